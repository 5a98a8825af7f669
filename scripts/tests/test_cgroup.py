"""A cgroup of the program's own, on whatever version 2 hierarchy this machine has."""
import json
import os
import signal
import subprocess
import unittest
import uuid

from harness import PYTHON, WRAPPER, Run, fixture, until

FAMILY = "setsid sleep 300 & (setsid sleep 300 &) ; env -i /usr/bin/setsid sleep 300 & echo ready; wait"


def parent():
    """A fresh group to make groups in, or None where this machine gives none."""
    with open("/proc/self/mountinfo") as file:
        mounts = [line.split() for line in file if " - cgroup2 " in line]
    with open("/proc/self/cgroup") as file:
        own = [line.strip().split(":", 2)[2] for line in file if line.startswith("0::")]
    for mount in mounts:
        path = os.path.join(mount[4], own[0].lstrip("/"), "steward-test-%s" % uuid.uuid4())
        try:
            os.mkdir(path)
            return path
        except OSError:
            continue
    return None


def wrapper(*arguments, **settings):
    done = subprocess.run([*PYTHON, WRAPPER, *arguments], capture_output=True, check=True, timeout=30, **settings)
    return json.loads(done.stdout)


class OwnGroup(unittest.TestCase):
    def setUp(self):
        self.parent = parent()
        if self.parent:
            self.addCleanup(self.remove)

    def remove(self):
        until(lambda: wrapper("--sweep", "no-such-mark", "--cgroup", self.parent) and not self.groups(), "the groups are gone")
        os.rmdir(self.parent)

    def groups(self):
        return [entry.name for entry in os.scandir(self.parent) if entry.is_dir()]

    def members(self):
        found = []
        for name in self.groups():
            with open(os.path.join(self.parent, name, "cgroup.procs")) as file:
                found += [int(pid) for pid in file.read().split()]
        return found

    def start(self, *command):
        """A run in a group, and the first line that it prints."""
        if not self.parent:
            # A machine without: nothing is started outside of the group that was asked for.
            with Run(["true"], "--cgroup", "/sys/fs/cgroup/no-such-group") as run:
                self.assertEqual((run.wait_for("error")["code"], run.wait()), ("spawn_failed", 3))
            return None, None
        run = Run(command, "--cgroup", self.parent)
        self.addCleanup(run.close)
        return run, run.read_line()

    def test_the_program_and_not_its_keepers_is_in_the_group_and_the_group_goes_with_it(self):
        run, line = self.start("sh", "-c", "grep ^0:: /proc/self/cgroup; sleep 300")
        if run:
            started = run.wait_for("started")
            self.assertEqual(os.path.basename(line.strip()), self.groups()[0])
            self.assertTrue(self.groups()[0].startswith("steward-%d-" % started["wardenPid"]))
            self.assertIn(started["pid"], self.members())
            self.assertFalse({started["wardenPid"], started["supervisorPid"]} & set(self.members()))
            run.send(type="stop", graceMs=0)
            self.assertEqual(run.wait_for("exited")["remaining"], 0)
            self.assertEqual((run.wait(), self.groups()), (0, []))

    def test_each_death_ends_the_group(self):
        for role in ("wardenPid", "supervisorPid", "pid"):
            with self.subTest(role):
                run, _ = self.start("sh", "-c", FAMILY)
                if run:
                    os.kill(run.wait_for("started")[role], signal.SIGKILL)
                    run.nothing_left()
                    until(lambda: not self.groups(), self.groups, 3)

    def test_the_sweep_ends_the_group_of_keepers_that_are_gone(self):
        run, _ = self.start("sh", "-c", FAMILY)
        if run:
            started = run.wait_for("started")
            for number in (signal.SIGSTOP, signal.SIGKILL):
                for role in ("supervisorPid", "wardenPid"):
                    os.kill(started[role], number)
            run.process.wait()
            until(lambda: started["pid"] not in self.members(), "the program is gone")
            # One of the sleepers has cleared its environment: only the group tells whose it is.
            self.assertEqual(len(self.members()), 3)
            self.assertEqual(wrapper("--sweep", "no-such-mark", "--cgroup", self.parent)["groups"], 1)
            until(lambda: not self.members(), self.members, 3)

    def test_a_group_in_use_is_not_swept(self):
        run, _ = self.start("sh", "-c", "echo ready; sleep 300")
        if run:
            self.assertEqual(wrapper("--sweep", "no-such-mark", "--cgroup", self.parent)["groups"], 0)
            run.send(type="sample", id=1)
            self.assertEqual(run.wait_for("sample", id=1)["processes"], 2)

    def test_a_tree_that_forks_all_the_time_is_ended(self):
        before = len(os.listdir("/proc"))
        run, _ = self.start(*fixture("bomb.py", "20", str(before + 150)))
        if run:
            until(lambda: len(run.left) > 80, "the tree has grown")
            run.send(type="stop", graceMs=0)
            self.assertEqual(run.wait_for("exited")["remaining"], 0)
            run.nothing_left()


class Check(unittest.TestCase):
    def test_the_check_names_a_reason_for_each_thing_that_does_not_work(self):
        told = wrapper("--check-sandbox")
        for name in ("user", "namespace", "namespaceWithUser", "cgroup"):
            self.assertEqual(told[name], name not in told["why"])
        self.assertFalse(told["cgroup"])
        self.assertFalse(wrapper("--check-sandbox", "--cgroup", "/proc")["cgroup"])

    def test_without_bubblewrap_it_says_what_to_install(self):
        self.assertIn("bubblewrap", wrapper("--check-sandbox", env={"PATH": "/nowhere"})["why"]["namespace"])


if __name__ == "__main__":
    unittest.main()
