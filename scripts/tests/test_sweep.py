import json
import os
import signal
import subprocess
import unittest
import uuid

import sandboxes
from harness import PYTHON, WRAPPER, Run, fixture, until


def sweep(prefix, *options):
    done = subprocess.run([*PYTHON, WRAPPER, "--sweep", prefix, *options], capture_output=True, text=True, timeout=20)
    return done.returncode, json.loads(done.stdout)


class Sweep(unittest.TestCase):
    def test_both_keepers_killed_the_sweep_ends_what_is_left(self):
        with Run(fixture("family.py", "setsid", "daemon", "deaf")) as run:
            started = run.wait_for("started")
            pids = [int(word) for word in run.read_line().split()]
            os.kill(started["wardenPid"], signal.SIGSTOP)
            os.kill(started["supervisorPid"], signal.SIGKILL)
            os.kill(started["wardenPid"], signal.SIGKILL)
            # The program dies with its supervisor; its children in other sessions do not.
            until(lambda: set(run.left) == set(pids), lambda: run.left)
            code, report = sweep(run.mark)
            self.assertEqual((code, report["type"], report["remaining"]), (0, "swept", 0))
            self.assertEqual({entry["pid"] for entry in report["ended"]}, set(pids))
            self.assertEqual({entry["mark"] for entry in report["ended"]}, {run.mark})
            run.nothing_left()

    def test_what_is_in_use_is_kept(self):
        with Run(fixture("family.py", "setsid", "daemon"), "--owner-pid", str(os.getpid())) as run:
            run.read_line()
            code, report = sweep(run.mark)
            self.assertEqual((code, report["ended"], report["kept"]), (0, [], 5))
            run.send(type="sample")
            run.wait_for("sample")

    def test_another_prefix_is_not_touched(self):
        mark = "test-%s" % uuid.uuid4()
        orphan = subprocess.Popen(["sleep", "300"], env={"STEWARD_MARK": mark, "STEWARD_SUPERVISOR": "1:1,2:2,3:3"})
        try:
            self.assertEqual(sweep(mark + "x")[1]["ended"], [])
            self.assertIsNone(orphan.poll())
            self.assertEqual([entry["pid"] for entry in sweep(mark[:-4])[1]["ended"]], [orphan.pid])
            self.assertEqual(orphan.wait(5), -signal.SIGKILL)
        finally:
            orphan.kill()

    def test_a_number_that_was_used_again_keeps_nothing_alive(self):
        # The keepers' numbers are all of living processes, but their start times are not.
        mark = "test-%s" % uuid.uuid4()
        own = os.getpid()
        orphan = subprocess.Popen(["sleep", "300"], env={"STEWARD_MARK": mark, "STEWARD_SUPERVISOR": "%d:1,%d:1,%d:1" % (own, own, own)})
        try:
            self.assertEqual([entry["pid"] for entry in sweep(mark)[1]["ended"]], [orphan.pid])
        finally:
            orphan.kill()
            orphan.wait()

    def test_keepers_that_are_stopped_and_without_a_server_are_ended_too(self):
        dead = subprocess.Popen(["true"])
        dead.wait()
        # A keeper that names a server that is gone, frozen before it can act on that.
        mark = "test-%s" % uuid.uuid4()
        keeper = subprocess.Popen(
            ["sh", "-c", "kill -STOP $$; exit", "wrapper", "--owner-pid", str(dead.pid), "--"], env={"STEWARD_MARK": mark}
        )
        try:
            os.waitid(os.P_PID, keeper.pid, os.WSTOPPED | os.WNOWAIT)
            self.assertEqual([entry["pid"] for entry in sweep(mark)[1]["ended"]], [keeper.pid])
        finally:
            keeper.kill()
            keeper.wait()

    def test_unmarked_descendants_of_a_leftover_are_ended_with_it(self):
        mark = "test-%s" % uuid.uuid4()
        script = "env -i sleep 300 & echo $!; wait"
        orphan = subprocess.Popen(
            ["sh", "-c", script], stdout=subprocess.PIPE, env={"PATH": os.environ["PATH"], "STEWARD_MARK": mark, "STEWARD_SUPERVISOR": "1:1,2:2,3:3"}
        )
        try:
            bare = int(orphan.stdout.readline())
            self.assertEqual({entry["pid"] for entry in sweep(mark)[1]["ended"]}, {orphan.pid, bare})
        finally:
            orphan.kill()
            orphan.stdout.close()
            orphan.wait()

    def test_by_user_what_has_cleared_or_forged_its_environment_is_found(self):
        if not sandboxes.allowed()["user"]:
            # Nothing can run as another user here, so there is nothing to find.
            self.assertEqual(sweep("no-such-mark", "--uids", "%d-%d" % (sandboxes.UID, sandboxes.UID))[1]["ended"], [])
            return
        script = "env -i setsid sleep 300 & setsid env STEWARD_SUPERVISOR=$OWN,$OWN,$OWN sleep 300 & echo ready; wait"
        own = "%d:%d" % (os.getpid(), sandboxes.tree.start_of(os.getpid()))
        options = ("--owner-pid", str(os.getpid()), *sandboxes.USER)
        with Run(["sh", "-c", script], *options, environment={**os.environ, "OWN": own}, cwd="/") as run:
            run.read_line()
            started = run.wait_for("started")
            family = until(lambda: self.sleepers(started["pid"]), "two sleepers")
            uids = "%d-%d" % (sandboxes.UID, sandboxes.UID)
            self.addCleanup(sweep, "no-such-mark", "--uids", uids)
            # In use: they have a keeper above them.
            self.assertEqual(sweep("no-such-mark", "--uids", uids)[1]["ended"], [])
            everything = sandboxes.below(os.getpid())
            for number in (signal.SIGSTOP, signal.SIGKILL):
                for role in ("supervisorPid", "wardenPid"):
                    os.kill(started[role], number)
            run.process.wait()
            # The keepers and the shell take a moment to die, and until then they are neither in use nor left over for sure.
            sleeping = {pid for pid, _ in family}
            until(lambda: set(sandboxes.living(everything)) == sleeping, lambda: "only the sleepers: %s" % sandboxes.living(everything))
            report = sweep("no-such-mark", "--uids", uids)[1]
            self.assertEqual({entry["pid"] for entry in report["ended"]}, {pid for pid, _ in family})
            self.assertEqual(sandboxes.living(family), [])

    def sleepers(self, pid):
        found = set()
        for child, start in sandboxes.below(pid):
            with open("/proc/%d/comm" % child) as file:
                if file.read() == "sleep\n":
                    found.add((child, start))
        return found if len(found) == 2 else None


if __name__ == "__main__":
    unittest.main()
