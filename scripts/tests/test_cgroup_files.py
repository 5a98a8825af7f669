"""What the supervisor writes into its cgroup and reads from it, on a stand-in: the interface is plain files.

So the logic is tried on every machine. What the kernel makes of the files is tried in test_cgroup, where it gives a
group, and in the last test here, where it gives the controllers as well.
"""
import json
import os
import shutil
import signal
import subprocess
import tempfile
import unittest

from harness import PYTHON, WRAPPER, Run, fixture, until
from test_cgroup import parent as real_parent

MEGABYTE = 1 << 20
LIMITS = ("--max-memory-bytes", str(900 * MEGABYTE), "--max-processes", "20")


def read(*path):
    with open(os.path.join(*path)) as file:
        return file.read()


def write(text, *path):
    with open(os.path.join(*path), "w") as file:
        file.write(text)


class Files(unittest.TestCase):
    def setUp(self):
        self.parent = tempfile.mkdtemp(prefix="steward-cgroup-")
        self.addCleanup(shutil.rmtree, self.parent)

    def start(self, *options):
        run = Run(["sleep", "300"], "--cgroup", self.parent, *options)
        self.addCleanup(run.close)
        self.pid = run.wait_for("started")["pid"]
        (name,) = [name for name in os.listdir(self.parent) if name.startswith("steward-")]
        return run, os.path.join(self.parent, name)

    def test_the_limits_are_written_before_the_program_is_there(self):
        run, group = self.start(*LIMITS)
        self.assertEqual(read(group, "memory.max"), str(900 * MEGABYTE))
        self.assertEqual((read(group, "memory.swap.max"), read(group, "memory.oom.group")), ("0", "1"))
        # 16 tasks for each process and 256 to spare: the kernel counts threads.
        self.assertEqual(read(group, "pids.max"), str(20 * 16 + 256))
        # The program itself goes in, by the number that means the writer.
        self.assertEqual(read(group, "cgroup.procs"), "0")
        # Controllers are asked for one by one; the last stays in a plain file.
        self.assertEqual(read(self.parent, "cgroup.subtree_control"), "+pids")

    def test_without_limits_none_are_written(self):
        _, group = self.start()
        self.assertEqual(os.listdir(group), ["cgroup.procs"])

    def test_the_end_writes_the_kill_and_does_not_rely_on_it(self):
        run, group = self.start(*LIMITS)
        run.send(type="stop", graceMs=0)
        exited = run.wait_for("exited")
        self.assertEqual((exited["reason"], exited["signal"], exited["remaining"]), ("stop", "SIGKILL", 0))
        self.assertEqual(read(group, "cgroup.kill"), "1")
        run.nothing_left()

    def test_a_kill_by_the_kernel_for_memory_is_told_as_that_limit(self):
        run, group = self.start(*LIMITS)
        write("low 0\noom 1\noom_kill 1\noom_group_kill 1\n", group, "memory.events")
        os.kill(self.pid, signal.SIGKILL)
        exited = run.wait_for("exited")
        self.assertEqual((exited["reason"], exited["signal"]), ("limit:memory", "SIGKILL"))
        limit = run.wait_for("limit", name="memory", level="end")
        self.assertEqual((limit["value"], limit["limit"]), (900 * MEGABYTE, 900 * MEGABYTE))

    def test_any_other_kill_is_not(self):
        run, group = self.start(*LIMITS)
        write("low 0\noom 3\noom_kill 0\n", group, "memory.events")
        os.kill(self.pid, signal.SIGKILL)
        self.assertEqual(run.wait_for("exited")["reason"], "signal")
        self.assertEqual(run.of("limit"), [])

    def sweep(self):
        words = [*PYTHON, WRAPPER, "--sweep", "no-such-mark", "--cgroup", self.parent]
        return json.loads(subprocess.run(words, capture_output=True, check=True, timeout=30).stdout)

    def test_the_sweep_kills_the_groups_of_wardens_that_are_gone_and_no_others(self):
        _, in_use = self.start()
        gone, empty, foreign = (os.path.join(self.parent, name) for name in ("steward-999999999-1", "steward-999999998-1", "somebody-else"))
        for group in (gone, empty, foreign):
            os.mkdir(group)
        write("populated 1\nfrozen 0\n", gone, "cgroup.events")
        write("populated 1\nfrozen 0\n", in_use, "cgroup.events")
        self.assertEqual(self.sweep()["groups"], 1)
        self.assertEqual(read(gone, "cgroup.kill"), "1")
        self.assertFalse(os.path.exists(empty))
        self.assertTrue(os.path.exists(foreign))
        self.assertFalse(os.path.exists(os.path.join(in_use, "cgroup.kill")))

    def test_a_place_that_cannot_hold_groups_with_limits_is_told(self):
        words = [*PYTHON, WRAPPER, "--check-sandbox", "--cgroup", self.parent]
        told = json.loads(subprocess.run(words, capture_output=True, check=True, timeout=30).stdout)
        self.assertFalse(told["cgroup"])
        self.assertIn("memory, pids", told["why"]["cgroup"])

    def test_the_kernel_itself_bounds_the_memory(self):
        parent = real_parent()
        limits = ("--max-memory-bytes", str(300 * MEGABYTE))
        try:
            with open(os.path.join(parent or "/nonexistent", "cgroup.controllers")) as file:
                given = "memory" in file.read().split()
        except OSError:
            given = False
        try:
            # Without the controller the same limit is kept by watching, in a group or in none.
            group = ("--cgroup", parent) if parent else ()
            with Run(fixture("memory.py", "8", "6000"), *limits, *group) as run:
                exited = run.wait_for("exited")
                self.assertEqual((exited["reason"], exited["remaining"]), ("limit:memory", 0))
                run.nothing_left()
                if given:
                    self.assertLess(exited["rusage"]["maxRssBytes"], 310 * MEGABYTE)
        finally:
            if parent:
                until(lambda: not [entry for entry in os.scandir(parent) if entry.is_dir()], "the group is gone")
                os.rmdir(parent)


if __name__ == "__main__":
    unittest.main()
