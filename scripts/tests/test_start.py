import json
import os
import signal
import subprocess
import unittest

from harness import PYTHON, SCRIPTS, WRAPPER, Run, fixture, until
from sandboxes import tree


class Start(unittest.TestCase):
    def test_the_program_gets_arguments_environment_and_directory_as_they_are(self):
        script = 'printf "%s|" "$@"; pwd; printf "%s" "$WEIRD"'
        environment = {"PATH": os.environ["PATH"], "WEIRD": "\udcff=\n"}
        with Run(["sh", "-c", script, "x", "a b", "", "--mark", "ü"], environment=environment, cwd="/usr") as run:
            self.assertEqual(run.read_all(), "a b||--mark|ü|/usr\n".encode() + b"\xff=\n")
            self.assertEqual(run.wait_for("exited")["code"], 0)
            run.nothing_left()

    def test_bytes_pass_both_ways_unchanged_and_the_end_of_input_arrives(self):
        with Run(["cat"]) as run:
            data = bytes(range(256)) * 64
            run.stdin.sendall(data)
            run.stdin.close()
            self.assertEqual(run.read_all(), data)
            exited = run.wait_for("exited")
            self.assertEqual((exited["code"], exited["signal"], exited["reason"]), (0, None, "exit"))
            self.assertEqual(run.wait(), 0)

    def test_a_program_that_ended_before_its_supervisor_looked_has_ended_in_order(self):
        # It stops its supervisor while that begins to watch the workspace, and has ended when that goes on.
        with Run(["sh", "-c", "kill -STOP $PPID"], "--workspace", SCRIPTS, "--max-workspace-bytes", str(1 << 40)) as run:
            states = until(lambda: self.states_below(run.process.pid), "a stopped supervisor, and a program that has ended")
            os.kill(states["T"], signal.SIGCONT)
            self.assertEqual(run.wait(), 0)
            self.assertEqual([message["type"] for message in run.drain() if message["type"] == "error"], [])

    def states_below(self, pid):
        """{state: pid} once one is stopped and the other has ended."""
        states = {fields[0].decode(): child for child, fields in tree.descendants(pid).items()}
        return states if set(states) == {"T", "Z"} else None

    def test_started_names_the_processes_and_the_version(self):
        with Run(["sleep", "300"]) as run:
            started = run.wait_for("started")
            self.assertEqual(started["version"], 1)
            self.assertEqual(started["wardenPid"], run.process.pid)
            self.assertEqual(set(run.left), {started["pid"], started["supervisorPid"], started["wardenPid"]})
            self.assertEqual(os.getsid(started["pid"]), started["pid"])

    def test_only_the_three_standard_descriptors_reach_the_program(self):
        with Run([*PYTHON, "-c", "import os; print(os.listdir('/proc/self/fd'))"]) as run:
            # The fourth is the directory that is being listed.
            self.assertEqual(run.read_line(), "['0', '1', '2', '3']\n")

    def test_signals_that_python_ignores_are_at_their_default_again(self):
        with Run(["grep", "-E", "^Sig(Ign|Blk)", "/proc/self/status"]) as run:
            self.assertEqual(set(run.read_all().split()[1::2]), {b"0" * 16})

    def test_the_keepers_hold_none_of_the_programs_channels(self):
        with Run(["sleep", "300"]) as run:
            started = run.wait_for("started")
            for role in ("supervisorPid", "wardenPid"):
                for descriptor in (0, 1, 2):
                    path = "/proc/%d/fd/%d" % (started[role], descriptor)
                    until(lambda: os.readlink(path) == "/dev/null", path)
                self.assertEqual(os.readlink("/proc/%d/cwd" % started[role]), "/")

    def test_a_program_that_is_not_there_is_told_with_its_errno(self):
        for command, name in ((["no-such-program"], "ENOENT"), (["/etc/passwd"], "EACCES"), (["/etc"], "EACCES")):
            with self.subTest(command), Run(command) as run:
                messages = run.drain()
                self.assertEqual([message["type"] for message in messages], ["error"])
                self.assertEqual((messages[0]["code"], messages[0]["errno"]), ("spawn_failed", name))
                self.assertEqual(run.wait(), 3)
                run.nothing_left()

    def test_nothing_is_added_to_an_environment_that_is_bare(self):
        with Run(["/usr/bin/env"], environment={"PATH": os.environ["PATH"], "LC_ALL": "C"}) as run:
            names = {line.partition("=")[0] for line in run.read_all().decode().splitlines()}
            self.assertEqual(names, {"PATH", "LC_ALL", "STEWARD_MARK", "STEWARD_SUPERVISOR"})

    def test_the_program_runs_with_the_usual_priority(self):
        code = "import os; print(os.sched_getscheduler(0) == os.SCHED_OTHER, os.nice(0))"
        with Run([*PYTHON, "-c", code]) as run:
            self.assertEqual(run.read_line(), "True %d\n" % os.nice(0))

    def test_the_environments_own_path_finds_the_program(self):
        with Run(["sleep", "0"], environment={"PATH": "/nowhere:/bin"}) as run:
            self.assertEqual(run.wait_for("exited")["code"], 0)

    def test_the_mark_and_the_keepers_are_in_the_environment(self):
        with Run(["sh", "-c", "echo $STEWARD_MARK $STEWARD_SUPERVISOR"]) as run:
            started = run.wait_for("started")
            mark, keepers = run.read_line().split()
            self.assertEqual(mark, run.mark)
            pids = [int(keeper.split(":")[0]) for keeper in keepers.split(",")]
            self.assertEqual(pids, [os.getpid(), started["wardenPid"], started["supervisorPid"]])


class CommandLine(unittest.TestCase):
    def wrapper(self, *arguments):
        return subprocess.run([*PYTHON, WRAPPER, *arguments], capture_output=True, text=True, timeout=10)

    def test_help_names_every_option_and_the_version_is_a_number(self):
        text = self.wrapper("--help").stdout
        for option in ("--control-fd", "--mark", "--sample-interval-ms", "--sweep"):
            self.assertIn(option, text)
        self.assertEqual(self.wrapper("--version").stdout, "1\n")

    def test_a_wrong_command_line_says_what_is_wrong(self):
        cases = (
            ((), ""),
            (("--nonsense", "--", "true"), "--nonsense"),
            (("--mark",), "needs a value"),
            (("--sample-interval-ms", "-1", "--", "true"), "--sample-interval-ms"),
            (("--sample-interval-ms=1.5", "--", "true"), "--sample-interval-ms"),
            (("--mark", "x"), "no program"),
            (("--",), "no program"),
            (("true",), "after --"),
            (("--control-fd", "1", "--", "true"), "--control-fd"),
            (("--sweep", ""), "--sweep"),
            (("--sweep", "x", "--uids", "0-5"), "0-5"),
            (("--sweep", "x", "--uids", "5"), "5"),
            (("--check-sandbox", "x"), "x"),
        )
        for arguments, expected in cases:
            with self.subTest(arguments):
                done = self.wrapper(*arguments)
                self.assertEqual(done.returncode, 2)
                self.assertIn(expected, done.stderr)

    def test_without_a_control_channel_nothing_is_started(self):
        done = self.wrapper("--control-fd", "57", "--", "echo", "started")
        self.assertEqual((done.returncode, done.stdout), (4, ""))
        self.assertIn("57", done.stderr)


if __name__ == "__main__":
    unittest.main()
