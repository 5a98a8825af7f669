"""Ends and deaths inside each sandbox."""
import os
import signal
import unittest

import sandboxes
from harness import Run, until

FAMILY = "setsid sleep 300 & (setsid sleep 300 &) ; env -i /usr/bin/setsid sleep 300 & echo ready; wait"
PATIENT = "trap 'echo bye; exit 5' TERM; echo ready; while :; do sleep 0.01; done"


class SandboxEnds(unittest.TestCase):
    def setUp(self):
        self.modes = [mode for mode, allowed in sandboxes.allowed().items() if allowed]

    def start(self, mode, script):
        run = Run(["sh", "-c", script], *sandboxes.options(mode), cwd="/")
        self.addCleanup(run.close)
        run.read_line()
        return run

    def family(self, mode):
        run = self.start(mode, FAMILY)
        self.started = run.wait_for("started")
        # The three sleepers have to be there before anybody is killed.
        until(lambda: sum(self.is_sleeper(pid) for pid, _ in sandboxes.below(self.started["supervisorPid"])) == 3, "a family")
        self.family_processes = sandboxes.below(self.started["wardenPid"])
        return run

    def is_sleeper(self, pid):
        try:
            with open("/proc/%d/comm" % pid) as file:
                return file.read() == "sleep\n"
        except OSError:
            return False

    def nothing_left(self, run):
        until(lambda: not sandboxes.living(self.family_processes), lambda: sandboxes.living(self.family_processes), 3)
        run.nothing_left()

    def test_one_killed_alone_leaves_nothing(self):
        for mode in self.modes:
            for role in ("wardenPid", "supervisorPid", "pid", "control"):
                with self.subTest(mode=mode, role=role):
                    run = self.family(mode)
                    if role == "control":
                        run.control.close()
                    else:
                        os.kill(self.started[role], signal.SIGKILL)
                    self.nothing_left(run)

    def test_both_keepers_killed_at_once_leave_nothing_in_a_namespace(self):
        for mode in self.modes:
            with self.subTest(mode):
                run = self.family(mode)
                for role in ("wardenPid", "supervisorPid"):
                    os.kill(self.started[role], signal.SIGSTOP)
                for role in ("supervisorPid", "wardenPid"):
                    os.kill(self.started[role], signal.SIGKILL)
                if "namespace" in mode:
                    self.nothing_left(run)
                else:
                    # The documented hole: the program dies with its parent, its orphans stay for the sweep.
                    family = sandboxes.living(self.family_processes)
                    sleeping = {pid for pid in family if self.is_sleeper(pid)}
                    self.assertEqual(len(sleeping), 3)
                    until(lambda: set(sandboxes.living(self.family_processes)) == sleeping, "the program is gone")
                    left = sandboxes.living(self.family_processes)
                    for pid in left:
                        os.kill(pid, signal.SIGKILL)

    def test_stop_reaches_the_program_and_lets_it_end(self):
        for mode in self.modes:
            with self.subTest(mode):
                run = self.start(mode, PATIENT)
                run.send(type="stop", graceMs=10000)
                self.assertEqual(run.read_line(), "bye\n")
                exited = run.wait_for("exited")
                self.assertEqual((exited["code"], exited["reason"], exited["remaining"]), (5, "stop", 0))

    def test_signals_reach_the_program_and_its_group(self):
        script = "trap 'echo usr; exit 0' USR1; echo ready; while :; do sleep 0.01; done"
        for mode in self.modes:
            for target in ("cli", "group"):
                with self.subTest(mode=mode, target=target):
                    run = self.start(mode, script)
                    run.send(type="signal", signal="SIGUSR1", target=target)
                    self.assertEqual(run.read_line(), "usr\n")
                    self.assertEqual(run.wait_for("exited")["code"], 0)

    def test_a_stop_right_after_the_start_is_not_lost(self):
        for mode in self.modes:
            for _ in range(4):
                with self.subTest(mode), Run(["sleep", "300"], *sandboxes.options(mode), cwd="/") as run:
                    run.send(type="stop", graceMs=10000)
                    self.assertEqual(run.wait_for("exited", within_s=3)["remaining"], 0)

    def test_the_exit_code_comes_through(self):
        for mode in self.modes:
            with self.subTest(mode), Run(["sh", "-c", "exit 7"], *sandboxes.options(mode), cwd="/") as run:
                self.assertEqual(run.wait_for("exited")["code"], 7)

    def test_a_death_by_signal_is_told_as_one(self):
        for mode in self.modes:
            for name in ("SIGKILL", "SIGTERM", "SIGSEGV"):
                with self.subTest(mode=mode, signal=name):
                    run = self.start(mode, "echo ready; exec sleep 300")
                    run.send(type="signal", signal=name)
                    exited = run.wait_for("exited")
                    self.assertEqual((exited["code"], exited["signal"], exited["reason"]), (None, name, "signal"))
                    self.assertEqual(run.wait_for("cli_exited")["signal"], name)

    def test_an_exit_code_that_looks_like_a_signal_stays_one_where_the_program_caught_it(self):
        script = "trap 'exit 143' TERM; echo ready; while :; do sleep 0.01; done"
        for mode in self.modes:
            with self.subTest(mode):
                run = self.start(mode, script)
                run.send(type="stop", graceMs=10000)
                exited = run.wait_for("exited")
                self.assertEqual((exited["code"], exited["signal"]), (143, None))

    def test_samples_see_into_the_namespace(self):
        for mode in self.modes:
            with self.subTest(mode):
                run = self.family(mode)
                run.send(type="sample", id=1)
                sample = run.wait_for("sample", id=1)
                self.assertEqual(sample["processes"], len(sandboxes.below(self.started["supervisorPid"])))
                self.assertGreater(sample["pssBytes"], 0)


if __name__ == "__main__":
    unittest.main()
