"""Each of server, warden, supervisor and program is killed alone: nothing is left within 3 s."""
import json
import os
import signal
import subprocess
import time
import unittest
import uuid

from harness import DEADLINE_S, PYTHON, WRAPPER, Run, fixture, marked, until

FAMILY = ("setsid", "daemon", "deaf", "bare")


class Scene:
    """A server stand-in, its wrapper, and a program with a family, all told by pid."""

    def __init__(self, *options, share=False):
        self.mark = "test-%s" % uuid.uuid4()
        command = [*(["share"] if share else []), *PYTHON, WRAPPER, "--mark", self.mark, *options, "--", *fixture("family.py", *FAMILY)]
        self.server = subprocess.Popen(
            fixture("server.py", *command), stdout=subprocess.PIPE, env={**os.environ, "STEWARD_MARK": self.mark}
        )
        told = {}
        while not {"started", "stdout"} <= told.keys():
            message = json.loads(self.server.stdout.readline())
            told[message["type"]] = message
        self.holder = told.get("holder", {}).get("pid")
        started = told["started"]
        self.pids = {
            "server": self.server.pid,
            "warden": started["wardenPid"],
            "supervisor": started["supervisorPid"],
            "program": started["pid"],
        }
        self.family = [int(pid) for pid in told["stdout"]["text"].split()]

    def signal(self, role, number):
        os.kill(self.pids[role], number)

    def message(self, kind):
        while True:
            line = self.server.stdout.readline()
            # A warden that takes over begins with an empty line, to end a half-written one.
            if not line.strip() and line:
                continue
            message = json.loads(line)
            if message["type"] == kind:
                return message

    def left(self):
        alive = [pid for pid in self.family if os.path.exists("/proc/%d" % pid)]
        return alive, {pid: text for pid, text in marked(self.mark).items() if pid != self.server.pid}

    def nothing_left(self):
        until(lambda: not any(self.left()), lambda: "left: %s %s" % self.left(), 3)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.kill()
        self.server.wait(DEADLINE_S)
        self.server.stdout.close()
        for pid in (*marked(self.mark), *self.family, *([self.holder] if self.holder else [])):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


class Deaths(unittest.TestCase):
    def test_one_killed_alone_leaves_nothing(self):
        for role in ("server", "warden", "supervisor", "program"):
            with self.subTest(role), Scene() as scene:
                scene.signal(role, signal.SIGKILL)
                scene.nothing_left()

    def test_the_server_hears_the_end_whoever_died(self):
        for role, reason in (("warden", "warden_lost"), ("supervisor", "supervisor_lost"), ("program", "signal")):
            with self.subTest(role), Scene() as scene:
                scene.signal(role, signal.SIGKILL)
                exited = scene.message("exited")
                self.assertEqual((exited["reason"], exited["signal"], exited["remaining"]), (reason, "SIGKILL", 0))
                self.assertGreaterEqual(exited["descendantsEnded"], len(FAMILY))

    def test_the_servers_death_is_seen_when_another_process_holds_the_control_channel(self):
        with Scene(share=True) as scene:
            scene.signal("server", signal.SIGKILL)
            scene.nothing_left()

    def test_the_server_dies_while_a_keeper_or_the_program_is_stopped(self):
        for role in ("warden", "supervisor", "program"):
            with self.subTest(role), Scene() as scene:
                scene.signal(role, signal.SIGSTOP)
                scene.signal("server", signal.SIGKILL)
                scene.nothing_left()

    def test_one_keeper_is_killed_while_the_other_is_stopped_and_goes_on(self):
        for stopped, killed in (("warden", "supervisor"), ("supervisor", "warden")):
            with self.subTest(stopped=stopped), Scene() as scene:
                scene.signal(stopped, signal.SIGSTOP)
                scene.signal(killed, signal.SIGKILL)
                scene.signal(stopped, signal.SIGCONT)
                scene.nothing_left()

    def test_the_servers_end_of_the_channel_closes_while_it_lives(self):
        with Run(fixture("family.py", *FAMILY)) as run:
            run.read_line()
            run.control.close()
            run.nothing_left()

    def test_killed_at_any_moment_of_the_start(self):
        for role in ("warden", "supervisor"):
            # Each round goes a bit further into the start, which takes about 15 ms, before the kill.
            for number in range(20):
                with self.subTest(role=role, number=number), Run(["sh", "-c", "setsid sleep 300 & sleep 300"]) as run:
                    pid = run.process.pid if role == "warden" else self.only_child(run.process.pid)
                    spin(number * (0.001 if role == "warden" else 0.0003))
                    os.kill(pid, signal.SIGKILL)
                    run.nothing_left()

    def only_child(self, pid):
        while True:
            with open("/proc/%d/task/%d/children" % (pid, pid)) as file:
                children = file.read().split()
            if children:
                return int(children[0])


def spin(seconds):
    """Waits more exactly than sleep does."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


class Lease(unittest.TestCase):
    def test_without_renewal_the_tree_is_ended(self):
        with Run(fixture("family.py", *FAMILY), "--renew-deadline-ms", "300") as run:
            exited = run.wait_for("exited", within_s=3)
            self.assertEqual((exited["reason"], exited["signal"], exited["remaining"]), ("lease", "SIGKILL", 0))
            run.nothing_left()

    def test_renewal_moves_the_deadline_on_and_never_back(self):
        with Run(["sleep", "300"], "--renew-deadline-ms", "500") as run:
            run.wait_for("started")
            begun = now_ms()
            run.send(type="renew", untilMs=begun + 1200)
            run.send(type="renew", untilMs=begun + 1)
            self.assertEqual(run.wait_for("exited")["reason"], "lease")
            self.assertTrue(1200 <= now_ms() - begun < 2500)

    def test_the_deadline_holds_while_the_supervisor_is_stopped(self):
        with Scene("--renew-deadline-ms", "700") as scene:
            scene.signal("supervisor", signal.SIGSTOP)
            self.assertEqual(scene.message("exited")["reason"], "lease")
            scene.nothing_left()


def now_ms():
    return time.monotonic() * 1000


if __name__ == "__main__":
    unittest.main()
