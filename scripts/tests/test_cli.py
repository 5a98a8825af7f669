"""The real CLI under the supervisor, with a Bash command in a session of its own."""
import os
import shutil
import signal
import tempfile
import time
import unittest

from claude_cli import command, environment, prompt, read_until
from harness import Run, until
from messages_api import MessagesApi


class RealCli(unittest.TestCase):
    def start(self, bash, *options):
        self.api = MessagesApi(bash)
        self.addCleanup(self.api.close)
        home = tempfile.mkdtemp(prefix="steward-test-")
        self.addCleanup(shutil.rmtree, home, ignore_errors=True)
        run = Run(command(), *options, environment=environment(home, self.api), cwd=home)
        self.addCleanup(run.close)
        run.stdin.sendall(prompt("go"))
        self.started = run.wait_for("started")
        return run

    def start_with_bash(self, *options):
        run = self.start("sleep 300", *options)
        self.sleeper = until(lambda: [pid for pid, text in run.left.items() if text.startswith("sleep 300")], "Bash runs")[0]
        self.assertNotEqual(os.getsid(self.sleeper), self.started["pid"])
        return run

    def test_each_keeper_or_the_cli_killed_alone_leaves_nothing(self):
        for role in ("wardenPid", "supervisorPid", "pid"):
            with self.subTest(role):
                run = self.start_with_bash()
                os.kill(self.started[role], signal.SIGKILL)
                run.nothing_left()

    def test_the_server_gone_leaves_nothing(self):
        run = self.start_with_bash()
        run.control.close()
        run.nothing_left()

    def test_stop_gives_the_cli_time_to_end_by_itself_and_then_takes_bash(self):
        run = self.start_with_bash("--sample-interval-ms", "100")
        self.assertGreater(run.wait_for("sample")["rssBytes"], 50_000_000)
        begun = time.monotonic()
        run.send(type="stop", graceMs=5000)
        exited = run.wait_for("exited")
        self.assertEqual((exited["code"], exited["reason"], exited["remaining"]), (143, "stop", 0))
        self.assertGreater(exited["rusage"]["userMs"], 50)
        self.assertGreater(exited["rusage"]["maxRssBytes"], 50_000_000)
        self.assertLess(time.monotonic() - begun, 1)
        run.nothing_left()

    def test_a_turn_with_a_tool_and_the_end_of_input(self):
        run = self.start("echo it works")
        self.assertEqual(read_until(run, "result")["result"], "done")
        self.assertIn("it works", str(self.api.requests[-1]["messages"][-1]))
        run.stdin.close()
        exited = run.wait_for("exited")
        self.assertEqual((exited["code"], exited["reason"], exited["remaining"]), (0, "exit", 0))
        run.nothing_left()


if __name__ == "__main__":
    unittest.main()
