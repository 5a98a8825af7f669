import os
import signal
import time
import unittest

import sandboxes
from harness import Run, fixture, until


class Ends(unittest.TestCase):
    def family(self, *words, options=()):
        run = Run(fixture("family.py", *words), *options)
        self.addCleanup(run.close)
        self.started = run.wait_for("started")
        self.pids = [int(word) for word in run.read_line().split()]
        return run

    def gone(self, *pids):
        until(lambda: not [pid for pid in pids if os.path.exists("/proc/%d" % pid)], "gone: %s" % (pids,), 3)

    def test_exit_code_and_signal_are_told_at_once_and_once(self):
        for script, code, name, reason in (("exit 7", 7, None, "exit"), ("kill -9 $$", None, "SIGKILL", "signal")):
            with self.subTest(script), Run(["sh", "-c", script]) as run:
                run.drain()
                ends = [(message["code"], message["signal"]) for kind in ("cli_exited", "exited") for message in run.of(kind)]
                self.assertEqual(ends, [(code, name)] * 2)
                self.assertEqual((run.messages[-1]["reason"], run.messages[-1]["remaining"]), (reason, 0))
                self.assertEqual(run.wait(), 0)
                run.nothing_left()

    def test_the_channel_stays_open_until_the_other_side_has_read_the_end(self):
        with Run(["sh", "-c", "exit 7"], "--linger-ms", "60000") as run:
            self.assertEqual(run.wait_for("exited")["code"], 7)
            # Nothing of the program is left, and what is said now finds somebody.
            run.send(type="idle")
            time.sleep(0.2)
            run.send(type="idle")
            self.assertIsNone(run.process.poll())
            run.control.close()
            self.assertEqual(run.wait(), 0)
            run.nothing_left()

    def test_who_does_not_close_is_waited_for_so_long(self):
        with Run(["sh", "-c", "exit 7"], "--linger-ms", "300") as run:
            run.wait_for("exited")
            begun = time.monotonic()
            self.assertEqual(run.wait(), 0)
            self.assertGreater(time.monotonic() - begun, 0.2)

    def test_whatever_outlives_the_program_is_ended(self):
        run = self.family("setsid", "daemon", "deaf", "bare", "echo")
        run.stdin.close()
        exited = run.wait_for("exited")
        self.assertEqual((exited["code"], exited["reason"], exited["remaining"]), (0, "exit", 0))
        # The program's exit is known before the grace of those that outlive it is over.
        self.assertGreaterEqual(exited["descendantsEnded"], 4)
        self.assertLess(run.wait_for("cli_exited")["at"], exited["at"] - 100)
        self.gone(*self.pids)
        run.nothing_left()

    def test_a_descendant_that_holds_stdout_lets_go_of_it(self):
        run = self.family("holder", "echo")
        run.stdin.close()
        self.assertEqual(run.read_all(within_s=3), b"")
        self.assertEqual(run.wait_for("exited")["remaining"], 0)
        self.gone(*self.pids)

    def test_stop_lets_the_program_end_by_itself(self):
        with Run(["sh", "-c", "trap 'exit 5' TERM; echo ready; while :; do sleep 0.01; done"]) as run:
            run.read_line()
            run.send(type="stop", graceMs=10000)
            exited = run.wait_for("exited")
            self.assertEqual((exited["code"], exited["reason"], exited["remaining"]), (5, "stop", 0))
            run.nothing_left()

    def test_stop_kills_what_ignores_it_when_the_grace_is_over(self):
        with Run(fixture("deaf.py")) as run:
            run.read_line()
            begun = time.monotonic()
            run.send(type="stop", graceMs=300)
            exited = run.wait_for("exited")
            self.assertEqual((exited["signal"], exited["reason"]), ("SIGKILL", "stop"))
            self.assertTrue(0.3 <= time.monotonic() - begun < 1.5)
            run.nothing_left()

    def test_a_second_stop_brings_the_kill_forward_and_the_first_reason_stays(self):
        with Run(fixture("deaf.py"), "--renew-deadline-ms", "60000") as run:
            run.read_line()
            run.send(type="stop", graceMs=60000)
            run.send(type="stop", graceMs=0)
            self.assertEqual(run.wait_for("exited", within_s=2)["reason"], "stop")

    def test_stop_at_once_ends_the_whole_tree(self):
        run = self.family("setsid", "daemon", "deaf", "bare")
        run.send(type="stop", graceMs=0)
        exited = run.wait_for("exited", within_s=1)
        self.assertEqual((exited["signal"], exited["remaining"]), ("SIGKILL", 0))
        self.gone(*self.pids)
        run.nothing_left()

    def test_a_stopped_program_gets_the_chance_to_end(self):
        with Run(["sh", "-c", "trap 'exit 5' TERM; echo ready; while :; do sleep 0.01; done"]) as run:
            pid = run.wait_for("started")["pid"]
            run.read_line()
            os.kill(pid, signal.SIGSTOP)
            run.send(type="stop", graceMs=10000)
            self.assertEqual(run.wait_for("exited")["code"], 5)

    def test_sigterm_to_either_keeper_is_a_stop(self):
        for role in ("wardenPid", "supervisorPid"):
            with self.subTest(role), Run(["sh", "-c", "trap 'exit 5' TERM; echo ready; while :; do sleep 0.01; done"]) as run:
                started = run.wait_for("started")
                run.read_line()
                os.kill(started[role], signal.SIGTERM)
                exited = run.wait_for("exited")
                self.assertEqual((exited["code"], exited["reason"]), (5, "terminated"))
                self.assertEqual(run.wait(), 0)
                run.nothing_left()

    def test_a_terminals_signals_do_not_end_the_keepers(self):
        with Run(["sleep", "300"]) as run:
            started = run.wait_for("started")
            for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1):
                for role in ("wardenPid", "supervisorPid"):
                    os.kill(started[role], number)
            run.send(type="sample", id="after")
            run.wait_for("sample", id="after")
            self.assertEqual(len(run.left), 3)

    def test_a_tree_that_forks_all_the_time_is_ended(self):
        before = len(os.listdir("/proc"))
        with Run(fixture("bomb.py", "20", str(before + 150))) as run:
            run.read_line()
            until(lambda: len(run.left) > 80, "the tree has grown")
            run.send(type="stop", graceMs=0)
            exited = run.wait_for("exited")
            self.assertEqual(exited["remaining"], 0)
            self.assertGreater(exited["descendantsEnded"], 80)
            run.nothing_left()

    def test_without_the_kernels_lists_of_children_the_same_processes_are_found(self):
        self.family("setsid", "daemon", "deaf", "bare")
        supervisor = self.started["supervisorPid"]
        found = sandboxes.tree.descendants(supervisor)
        self.assertGreaterEqual(len(found), 5)
        scanned = sandboxes.tree._descendants_by_scan(supervisor)
        self.assertEqual({pid: fields[19] for pid, fields in scanned.items()}, {pid: fields[19] for pid, fields in found.items()})


if __name__ == "__main__":
    unittest.main()
