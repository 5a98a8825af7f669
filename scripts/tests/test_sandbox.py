"""What each sandbox prevents: the table of docs/sandbox.md, cell by cell."""
import os
import shutil
import socket
import tempfile
import unittest

import sandboxes
from harness import Run

ROOT = os.geteuid() == 0

# What a program tries | "yes" where it can, in the order of sandboxes.MODES.
TABLE = {
    "signal the supervisor": ("kill -0 $SUPERVISOR", "yes no no no"),
    "see other processes": ("test -d /proc/$TEST", "yes mounts no no"),
    "read the command lines of other processes": ("grep -q . /proc/$TEST/cmdline", "yes mounts no no"),
    "read the environment of the server": ("cat /proc/$TEST/environ", "yes no no no"),
    "read a private file of the server": ("cat $OUTSIDE/private", "yes no no no"),
    "read a public file outside the view": ("cat $OUTSIDE/public", "yes yes no no"),
    "write into a folder of the server": ("touch $OUTSIDE/new", "yes no no no"),
    "write into a folder that all may write": ("touch $OUTSIDE/open/$MODE", "yes yes no no"),
    "reach a service by its socket file": ("test -w $OUTSIDE/socket", "yes yes no no"),
    "read the private keys of the machine": ("ls /etc/ssl/private", "root no no no"),
    "write into its workspace": ("touch new", "yes yes yes yes"),
    "write into the system": ("test -w /usr", "root no no no"),
    "change the settings of the kernel": ("test -w /proc/sys/kernel/core_pattern", "root no no no"),
    "hold a privilege": ("! grep -q 'CapEff.*0000000000000000' /proc/self/status", "root no no no"),
    "gain a privilege by a setuid program": ("! ./setuid-grep -q 'CapEff.*0000000000000000' /proc/self/status", "root no no no"),
    "use the network of the server": ("test $(readlink /proc/self/ns/net) = $NETWORK", "yes yes yes yes"),
    "fork without bound": ("! grep -q 'Max processes  *576 ' /proc/self/limits", "yes no yes no"),
    "leave data in /tmp for others": ("touch /tmp/$LEFT; test -e /tmp/$LEFT", "yes yes yes yes"),
}


class Table(unittest.TestCase):
    def setUp(self):
        self.outside = tempfile.mkdtemp(prefix="steward-outside-")
        self.addCleanup(shutil.rmtree, self.outside)
        os.chmod(self.outside, 0o755)
        for name, mode in (("private", 0o600), ("public", 0o644)):
            path = os.path.join(self.outside, name)
            open(path, "w").close()
            os.chmod(path, mode)
        os.mkdir(os.path.join(self.outside, "open"))
        os.chmod(os.path.join(self.outside, "open"), 0o1777)
        listener = socket.socket(socket.AF_UNIX)
        self.addCleanup(listener.close)
        listener.bind(os.path.join(self.outside, "socket"))
        os.chmod(os.path.join(self.outside, "socket"), 0o777)

    def probe(self, mode):
        folder = sandboxes.workspace(self, mode)
        grep = os.path.join(folder, "setuid-grep")
        shutil.copy(shutil.which("grep"), grep)
        os.chmod(grep, 0o4755)
        left = os.path.basename(folder) + "-left"
        script = "SUPERVISOR=${STEWARD_SUPERVISOR##*,}; SUPERVISOR=${SUPERVISOR%%:*}\n"
        for attempt, (command, _) in TABLE.items():
            script += "if { %s; } >/dev/null 2>&1; then echo '%s: yes'; else echo '%s: no'; fi\n" % (command, attempt, attempt)
        environment = {**os.environ, "TEST": str(os.getpid()), "OUTSIDE": self.outside, "MODE": mode, "LEFT": left, "NETWORK": os.readlink("/proc/self/ns/net")}
        with Run(["sh", "-c", script], *sandboxes.options(mode, folder), "--max-processes", "20", environment=environment, cwd=folder) as run:
            answers = dict(line.split(": ") for line in run.read_all().decode().splitlines())
            exited = run.wait_for("exited")
            run.nothing_left()
        self.assertEqual(exited["remaining"], 0)
        shared = os.path.exists("/tmp/" + left)
        if shared:
            os.unlink("/tmp/" + left)
        self.assertEqual(shared, "namespace" not in mode)
        return answers

    def test_each_cell(self):
        allowed = sandboxes.allowed()
        for column, mode in enumerate(sandboxes.MODES):
            if not allowed[mode]:
                self.refused(mode)
                continue
            answers = self.probe(mode)
            for attempt, (_, cells) in TABLE.items():
                expected = cells.split()[column]
                expected = ("yes" if ROOT else "no") if expected == "root" else expected
                expected = ("no" if sandboxes.may_mount() else "yes") if expected == "mounts" else expected
                with self.subTest(mode=mode, attempt=attempt):
                    self.assertEqual(answers.get(attempt), expected)

    def test_the_check_knows_whether_processes_are_hidden(self):
        self.assertEqual(sandboxes.told()["userSeesOwnProcessesOnly"], sandboxes.may_mount())

    def refused(self, mode):
        """Where the machine does not allow a sandbox, no program runs without it."""
        folder = sandboxes.workspace(self, mode)
        with Run(["sh", "-c", "echo ran"], *sandboxes.options(mode, folder), cwd=folder) as run:
            self.assertEqual(run.read_all(), b"")
            run.nothing_left()


class Refusals(unittest.TestCase):
    def test_without_bubblewrap_nothing_is_started(self):
        with Run(["/bin/true"], "--sandbox", "namespace", environment={"PATH": "/nowhere"}) as run:
            self.assertEqual((run.wait_for("error")["errno"], run.wait()), ("ENOENT", 3))

    def test_a_program_that_is_not_there_is_told_in_every_sandbox(self):
        for mode, allowed in sandboxes.allowed().items():
            if allowed:
                with self.subTest(mode), Run(["no-such-program"], *sandboxes.options(mode), cwd="/") as run:
                    self.assertEqual((run.wait_for("error")["code"], run.wait()), ("spawn_failed", 3))

    def test_a_cgroup_that_cannot_be_made_is_a_failed_start(self):
        with Run(["true"], "--cgroup", "/proc") as run:
            self.assertEqual((run.wait_for("error")["code"], run.wait()), ("spawn_failed", 3))

    def test_options_that_contradict_each_other_are_refused(self):
        cases = (
            ("--uid", "1"),
            ("--gid", "1"),
            ("--sandbox", "strong"),
            ("--bind", "/tmp"),
            ("--sandbox", "namespace", "--bind", "relative"),
            ("--max-workspace-bytes", "1"),
        )
        for options in cases:
            with self.subTest(options), Run(["true"], *options) as run:
                self.assertEqual(run.wait(), 2)


if __name__ == "__main__":
    unittest.main()
