import os
import signal
import socket
import unittest

from harness import Run, fixture, until


class Control(unittest.TestCase):
    def program(self, *options):
        run = Run(["sh", "-c", "trap 'echo usr' USR1; echo ready; while :; do sleep 0.01; done"], *options)
        self.addCleanup(run.close)
        run.read_line()
        return run

    def test_garbage_is_answered_and_ignored(self):
        run = self.program()
        lines = (
            b"nonsense",
            b"{",
            b"null",
            b"[]",
            b'"stop"',
            b"{} {}",
            b"{}",
            b"\xff\xfe",
            b"\0\0",
            b'{"type":null}',
            b'{"type":["stop"]}',
            b'{"type":"halt"}',
            b'{"type":"stop"}',
            b'{"type":"stop","graceMs":-1}',
            b'{"type":"stop","graceMs":true}',
            b'{"type":"stop","graceMs":"0"}',
            b'{"type":"stop","graceMs":NaN}',
            b'{"type":"renew","untilMs":Infinity}',
            b'{"type":"renew","untilMs":1e999}',
            b'{"type":"signal"}',
            b'{"type":"signal","signal":9}',
            b'{"type":"signal","signal":"KILL"}',
            b'{"type":"signal","signal":"SIGKILL","target":"everyone"}',
            b"[" * 60000,
            b'{"type":"' + b"x" * 200000 + b'"}',
            b"9" * 60000,
        )
        for number, line in enumerate(lines, 1):
            with self.subTest(line[:40]):
                run.send_raw(line + b"\n")
                until(lambda: run._read(0.1) and False or len(run.of("error")) >= number, "an error for %r" % line[:40])
                self.assertEqual(len(run.of("error")), number, run.messages[-3:])
        self.assertEqual({message["code"] for message in run.of("error")}, {"bad_control_line"})
        run.send_raw(b'\n \n\r\n{"type":"sample","id":"alive"}\r\n')
        run.wait_for("sample", id="alive")

    def test_messages_arrive_in_any_pieces(self):
        run = self.program()
        for byte in b'{"type":"sample","id":"\xc3\xa9"}\n':
            run.send_raw(bytes([byte]))
        run.wait_for("sample", id="\u00e9")

    def test_a_very_long_line_ends_with_its_newline_and_not_before(self):
        run = self.program()
        for _ in range(50):
            run.send_raw(b"x" * 65536)
        run.send_raw(b'{"type":"stop","graceMs":0}\n{"type":"sample","id":1}\n')
        run.wait_for("sample", id=1)
        self.assertEqual(len(run.of("error")), 1)
        self.assertEqual(run.of("exited"), [])

    def test_signals_reach_the_program_its_group_or_the_tree(self):
        for target in ("cli", "group", "tree"):
            with self.subTest(target):
                run = self.program()
                run.send(type="signal", signal="SIGUSR1", target=target)
                self.assertEqual(run.read_line(), "usr\n")

    def test_times_far_ahead_are_taken_as_they_are(self):
        run = self.program("--renew-deadline-ms", "1000", "--max-wall-ms", "9" * 18, "--sample-interval-ms", "9" * 18)
        run.send(type="renew", untilMs=2**53)
        run.send(type="sample", id=1)
        run.wait_for("sample", id=1)
        with Run(fixture("deaf.py")) as run:
            run.read_line()
            run.send(type="stop", graceMs=2**53)
            run.send(type="sample", id=2)
            run.wait_for("sample", id=2)
            run.send(type="stop", graceMs=0)
            self.assertEqual(run.wait_for("exited")["reason"], "stop")

    def test_a_signal_to_the_tree_reaches_other_sessions(self):
        with Run(fixture("family.py", "setsid", "daemon")) as run:
            pids = [int(word) for word in run.read_line().split()]
            run.send(type="signal", signal="SIGTERM", target="tree")
            self.assertEqual(run.wait_for("exited")["signal"], "SIGTERM")
            self.assertFalse([pid for pid in pids if os.path.exists("/proc/%d" % pid)])

    def test_a_server_that_does_not_read_costs_no_memory_and_loses_no_end(self):
        with Run(["cat"], "--sample-interval-ms", "1") as run:
            run.control.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            supervisor = run.wait_for("started")["supervisorPid"]
            # So many answers that no buffer holds them.
            for _ in range(3000):
                run.send(type="sample", id="x" * 100)
            run.stdin.close()
            run.wait_for("exited")
            self.assertLess(len(run.messages), 20000)
            run.nothing_left()
            self.assertFalse(os.path.exists("/proc/%d" % supervisor))


class Samples(unittest.TestCase):
    def test_samples_come_by_themselves_and_count_the_whole_tree(self):
        script = "setsid sh -c 'while :; do :; done' & sh -c 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done'; echo; cat"
        with Run(["sh", "-c", script], "--sample-interval-ms", "50") as run:
            run.read_line()
            first = run.wait_for("sample")
            self.assertGreater(first["rssBytes"], 100000)
            count = len(run.of("sample"))
            until(lambda: run._read(1) and len(run.of("sample")) > count + 5, "samples")
            samples = run.of("sample")
            self.assertEqual(samples[-1]["processes"], 3)
            self.assertGreaterEqual(samples[-1]["openFiles"], 9)
            cpu = [sample["cpuMs"] for sample in samples]
            self.assertEqual(cpu, sorted(cpu))
            self.assertGreater(cpu[-1], 200)

    def test_a_sample_that_is_asked_for_has_the_proportional_memory(self):
        with Run(["sleep", "300"], "--sample-interval-ms", "0") as run:
            run.wait_for("started")
            run.send(type="sample", id=7)
            sample = run.wait_for("sample", id=7)
            self.assertTrue(0 < sample["pssBytes"] <= sample["rssBytes"])
            self.assertEqual(len(run.of("sample")), 1)

    def test_used_time_and_memory_are_told_at_the_end(self):
        code = "b = bytearray(50_000_000)\nwhile __import__('time').process_time() < 0.3: pass"
        with Run(["python3", "-c", code]) as run:
            usage = run.wait_for("exited")["rusage"]
            self.assertGreaterEqual(usage["userMs"] + usage["systemMs"], 300)
            self.assertGreater(usage["maxRssBytes"], 50_000_000)


if __name__ == "__main__":
    unittest.main()
