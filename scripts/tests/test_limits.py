import os
import tempfile
import time
import unittest

from harness import PYTHON, Run, fixture, until

MEGABYTE = 1 << 20
BUSY = ["sh", "-c", "trap 'exit 5' TERM; while :; do :; done"]


class Limits(unittest.TestCase):
    def ended(self, run, name):
        exited = run.wait_for("exited")
        self.assertEqual((exited["reason"], exited["remaining"]), ("limit:" + name, 0), run.messages)
        limit = run.wait_for("limit", name=name, level="end")
        self.assertGreaterEqual(limit["value"], limit["limit"])
        self.assertEqual(len([message for message in run.of("limit") if message["level"] == "end"]), 1)
        run.nothing_left()
        return exited, limit

    def test_a_quick_allocator_is_caught(self):
        limit = 300 * MEGABYTE
        with Run(fixture("memory.py", "8", "6000"), "--max-memory-bytes", str(limit)) as run:
            exited, _ = self.ended(run, "memory")
            self.assertEqual(exited["signal"], "SIGKILL")
            # A machine fills about a gigabyte in the quarter second between two looks.
            self.assertLess(exited["rusage"]["maxRssBytes"], limit + 2500 * MEGABYTE)
            self.assertEqual(run.wait_for("limit", name="memory", level="warn")["limit"], int(limit * 0.9))

    def test_memory_is_summed_over_the_tree(self):
        script = 'for i in 1 2 3 4; do "$@" & done; wait'
        command = ["sh", "-c", script, "sh", *fixture("memory.py", "10", "60")]
        with Run(command, "--max-memory-bytes", str(200 * MEGABYTE)) as run:
            self.ended(run, "memory")

    def test_pages_that_processes_share_count_once(self):
        with Run(fixture("memory.py", "10", "100", "5"), "--max-memory-bytes", str(220 * MEGABYTE)) as run:
            run.read_line()
            until(lambda: len(run.left) == 8, "all have forked")
            run.send(type="sample")
            self.assertGreater(run.wait_for("sample", processes=6)["rssBytes"], 300 * MEGABYTE)
            deadline = time.monotonic() + 1
            until(lambda: time.monotonic() > deadline or run.process.poll() is not None, "a second goes by")
            run._read(0.01)
            self.assertEqual(run.of("limit") + run.of("exited"), [])

    def test_the_warning_about_memory_comes_once_and_ends_nothing(self):
        with Run(fixture("memory.py", "10", "100"), "--warn-memory-bytes", str(50 * MEGABYTE)) as run:
            run.read_line()
            limit = run.wait_for("limit")
            self.assertEqual((limit["name"], limit["level"], limit["limit"]), ("memory", "warn", 50 * MEGABYTE))
            run.send(type="sample", id=1)
            run.wait_for("sample", id=1)
            self.assertEqual(len(run.of("limit")), 1)

    def test_cpu_time_is_ended_in_order(self):
        with Run(BUSY, "--max-cpu-ms", "300") as run:
            self.assertEqual(self.ended(run, "cpu")[0]["code"], 5)

    def test_cpu_time_counts_from_the_last_run_and_only_within_one(self):
        with Run(BUSY, "--max-cpu-ms", "700", "--sample-interval-ms", "50") as run:
            run.send(type="idle")
            begun = time.monotonic()
            until(lambda: run._read(1) and any(sample["cpuMs"] > 900 for sample in run.of("sample")), "CPU time goes by")
            self.assertEqual(run.of("limit"), [])
            run.send(type="run")
            run.send(type="sample", id="new")
            self.assertLess(run.wait_for("sample", id="new")["runCpuMs"], 300)
            self.ended(run, "cpu")
            # 0.9 s while idle and then the whole allowance of the run.
            self.assertGreater(time.monotonic() - begun, 1.5)

    def test_too_many_processes_are_ended(self):
        # A supervisor that may not go before others is slow among a thousand: docs/sandbox.md.
        most = len(os.listdir("/proc")) + (500 if os.geteuid() == 0 else 100)
        with Run(fixture("bomb.py", "20", str(most)), "--max-processes", "50") as run:
            self.ended(run, "processes")

    def test_the_programs_life_is_bounded(self):
        for limit in ("400", "1"):
            with self.subTest(limit), Run(["sleep", "300"], "--max-wall-ms", limit) as run:
                begun = time.monotonic()
                self.assertEqual(self.ended(run, "wall")[0]["signal"], "SIGTERM")
                self.assertLess(time.monotonic() - begun, 2)

    def test_open_files_and_file_size_are_bounded_in_the_kernel(self):
        code = "import os\ntry:\n  while 1: os.dup(0)\nexcept OSError as e: print(e.errno, os.close(9))"
        with Run([*PYTHON, "-c", code], "--max-open-files", "40") as run:
            self.assertEqual(run.read_line(), "24 None\n")
        with tempfile.TemporaryDirectory() as folder:
            script = "ulimit -c 0; head -c 3000000 /dev/zero > big"
            with Run(["sh", "-c", script], "--max-file-size-bytes", "1000000", cwd=folder) as run:
                # head dies by SIGXFSZ, and sh tells it as its exit code.
                self.assertEqual(run.wait_for("exited")["code"], 128 + 25)
                self.assertEqual(os.path.getsize(os.path.join(folder, "big")), 1000000)


# Some shells cannot change to a folder whose path is longer than 4,095 bytes.
DIG = "python3 -c 'import os; [(os.mkdir(name), os.chdir(name)) for name in [100 * chr(100)] * 50]'"


class Workspace(unittest.TestCase):
    def setUp(self):
        # In memory where there is such a place: one test makes ten thousand files.
        folder = tempfile.TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def run_with(self, script, limit):
        options = ("--max-workspace-bytes", str(limit), "--workspace", self.folder)
        run = Run(["sh", "-c", "trap 'exit 5' TERM; %s; echo ready; while :; do sleep 0.01; done" % script], *options, cwd=self.folder)
        self.addCleanup(run.close)
        return run

    def test_a_workspace_that_grows_too_big_ends_the_run(self):
        run = self.run_with("mkdir -p a/b; head -c 3000000 /dev/urandom > a/b/c", 2000000)
        exited = run.wait_for("exited")
        self.assertEqual((exited["code"], exited["reason"]), (5, "limit:workspace"))
        self.assertGreater(run.wait_for("limit", level="end")["value"], 2000000)
        run.nothing_left()

    def test_tells_what_a_run_has_left_and_only_when_it_is_another_sum(self):
        script = "echo ready; read x; head -c 500000 /dev/urandom > f; echo filled; while :; do sleep 0.01; done"
        with Run(["sh", "-c", script], "--workspace", self.folder, cwd=self.folder) as run:
            self.assertEqual(run.read_line(), "ready\n")
            self.assertEqual(run.wait_for("workspace")["bytes"], 0)
            run.stdin.sendall(b"\n")
            self.assertEqual(run.read_line(), "filled\n")
            run.send(type="idle")
            until(lambda: [m for m in run.of("workspace") if m["bytes"] >= 500000] or run._read(0.05), "the new sum")
            run.send(type="idle")
            # Between the answers to two questions it has looked around.
            for number in (7, 8):
                run.send(type="sample", id=number)
                run.wait_for("sample", id=number)
            self.assertEqual(len(run.of("workspace")), 2)

    def test_all_folders_count_together(self):
        for name in ("workspace", "home", "home/inside", "tmp"):
            os.mkdir(os.path.join(self.folder, name))
        paths = [os.path.join(self.folder, name) for name in ("workspace", "home", "home/inside", "tmp", "never-made")]
        options = [word for path in paths for word in ("--workspace", path)]
        # 1.2 MB in three places, one of which lies inside another and counts once; then one more.
        fill = "for d in workspace home/inside tmp; do head -c 400000 /dev/urandom > $d/f; done; ln workspace/f tmp/same; echo filled; read x; "
        script = fill + "head -c 600000 /dev/urandom > home/g; while :; do sleep 0.01; done"
        with Run(["sh", "-c", script], "--max-workspace-bytes", "1700000", *options, cwd=self.folder) as run:
            self.assertEqual(run.read_line(), "filled\n")
            # The second walk begins two seconds after the first.
            deadline = time.monotonic() + 2.5
            until(lambda: time.monotonic() > deadline, "two walks")
            run._read(0.01)
            self.assertEqual(run.of("limit"), [])
            run.stdin.sendall(b"\n")
            self.assertEqual(run.wait_for("exited")["reason"], "limit:workspace")
            limit = run.wait_for("limit", level="end")
            self.assertGreater(limit["value"], 1700000)

    def test_what_is_too_deep_to_be_counted_counts_as_the_whole_limit(self):
        run = self.run_with(DIG, 50000000)
        self.assertEqual(run.wait_for("exited")["reason"], "limit:workspace")
        self.assertGreater(run.wait_for("limit", level="end")["value"], 50000000)
        run.nothing_left()

    def test_without_a_limit_what_is_too_deep_harms_nothing(self):
        script = DIG + "; echo ready; while :; do sleep 0.01; done"
        with Run(["sh", "-c", script], "--workspace", self.folder, cwd=self.folder) as run:
            self.assertEqual(run.read_line(), "ready\n")
            run.send(type="idle")
            # Each folder that has a path is at least one block.
            until(lambda: [m for m in run.of("workspace") if m["bytes"] >= 30 * 512] or run._read(0.05), "the sum")

    def test_links_lead_nowhere_and_count_once(self):
        script = "head -c 900000 /dev/urandom > one; for i in 2 3 4; do ln one $i; done; ln -s /usr usr; ln -s . self; mkdir d; ln -s .. d/up"
        run = self.run_with(script, 2000000)
        run.read_line()
        # The second walk begins two seconds after the first.
        deadline = time.monotonic() + 2.5
        until(lambda: time.monotonic() > deadline, "two walks")
        run._read(0.01)
        self.assertEqual(run.of("limit"), [])

    def test_many_files_do_not_hold_up_the_control_channel(self):
        for folder in range(20):
            os.mkdir(os.path.join(self.folder, str(folder)))
            for name in range(500):
                open(os.path.join(self.folder, str(folder), str(name)), "w").close()
        run = self.run_with("true", 10**12)
        run.read_line()
        for number in range(100):
            begun = time.monotonic()
            run.send(type="sample", id=number)
            run.wait_for("sample", id=number)
            self.assertLess(time.monotonic() - begun, 0.2)


if __name__ == "__main__":
    unittest.main()
