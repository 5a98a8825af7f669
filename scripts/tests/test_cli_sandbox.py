"""The real CLI and its Bash in each sandbox, with the Messages API on loopback."""
import os
import shutil
import signal
import tempfile
import unittest

import sandboxes
from claude_cli import command, environment, prompt, public_cli, read_until
from harness import Run, until
from messages_api import MessagesApi


class RealCliInSandbox(unittest.TestCase):
    def setUp(self):
        self.modes = [mode for mode, allowed in sandboxes.allowed().items() if allowed and mode != "none"]
        folder = tempfile.mkdtemp(prefix="steward-test-cli-")
        self.addCleanup(shutil.rmtree, folder)
        os.chmod(folder, 0o755)
        self.cli = public_cli(folder)
        self.view = folder

    def start(self, mode, bash):
        api = MessagesApi(bash)
        self.addCleanup(api.close)
        self.home = sandboxes.workspace(self, mode)
        options = sandboxes.options(mode, self.home)
        if "namespace" in mode:
            options += ["--ro-bind", self.view]
        run = Run(command("--allowedTools", "Bash", cli=self.cli), *options, environment=environment(self.home, api), cwd=self.home)
        self.addCleanup(run.close)
        self.started = run.wait_for("started")
        run.stdin.sendall(prompt("go"))
        return run

    def test_a_turn_with_bash(self):
        for mode in self.modes:
            with self.subTest(mode):
                run = self.start(mode, "id -u > made; ls /proc | grep -c '^[0-9]' >> made")
                self.assertEqual(read_until(run, "result")["result"], "done")
                run.stdin.close()
                exited = run.wait_for("exited")
                self.assertEqual((exited["code"], exited["reason"], exited["remaining"]), (0, "exit", 0))
                with open(os.path.join(self.home, "made")) as file:
                    uid, processes = file.read().split()
                self.assertEqual(int(uid), sandboxes.UID if "user" in mode else os.geteuid())
                if "namespace" in mode:
                    self.assertLess(int(processes), 12)
                run.nothing_left()

    def test_deaths_while_bash_runs(self):
        for mode in self.modes:
            # The other roles in the other modes: test_sandbox_ends, with a program that starts faster.
            for role in ("supervisorPid", "wardenPid", "pid") if mode == self.modes[-1] else ("supervisorPid",):
                with self.subTest(mode=mode, role=role):
                    run = self.start(mode, "sleep 300")
                    until(lambda: any(text.startswith("sleep 300") for text in run.left.values()), "Bash runs")
                    os.kill(self.started[role], signal.SIGKILL)
                    run.nothing_left()

    def test_stop_gives_the_cli_time_to_end_by_itself(self):
        for mode in self.modes[-1:]:
            with self.subTest(mode):
                run = self.start(mode, "sleep 300")
                until(lambda: any(text.startswith("sleep 300") for text in run.left.values()), "Bash runs")
                run.send(type="stop", graceMs=5000)
                exited = run.wait_for("exited", within_s=3)
                self.assertEqual((exited["code"], exited["reason"], exited["remaining"]), (143, "stop", 0))


if __name__ == "__main__":
    unittest.main()
