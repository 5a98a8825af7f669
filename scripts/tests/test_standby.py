"""A wrapper that was started before it was known what for does all that another one does."""
import os
import signal
import socket
import subprocess
import unittest

import test_control
import test_ends
import test_start
from harness import PYTHON, WRAPPER, Run, frame, until


class Waiting(unittest.TestCase):
    def setUp(self):
        Run.waits = True
        self.addCleanup(setattr, Run, "waits", False)


class Start(Waiting, test_start.Start):
    def test_a_directory_that_is_not_there_is_a_failed_start(self):
        with Run(["true"], cwd="/no/such/place") as run:
            messages = run.drain()
            self.assertEqual([(message["code"], message["errno"]) for message in messages], [("spawn_failed", "ENOENT")])
            self.assertEqual(run.wait(), 3)

    def test_a_mark_without_room_is_the_programs_all_the_same(self):
        with Run(["sleep", "300"], mark="long-" + "x" * 400) as run:
            started = run.wait_for("started")
            self.assertEqual(set(run.left), {started["pid"]})
            run.send(type="stop", graceMs=0)
            run.wait_for("exited")


class Await(unittest.TestCase):
    def setUp(self):
        self.control, theirs = socket.socketpair()
        words = ["--await", "--control-fd", str(theirs.fileno()), "--owner-pid", str(os.getpid()), "--"]
        self.process = subprocess.Popen([*PYTHON, WRAPPER, *words], pass_fds=[theirs.fileno()], stderr=subprocess.PIPE)
        theirs.close()
        self.addCleanup(self.end)

    def end(self):
        self.control.close()
        self.process.kill()
        self.process.wait(10)
        self.process.stderr.close()

    def test_it_ends_with_the_server(self):
        self.control.close()
        self.assertEqual(self.process.wait(10), 0)

    def test_it_ends_with_the_server_also_in_the_middle_of_an_order(self):
        self.control.sendall(frame({"arguments": []})[:12])
        self.control.close()
        self.assertEqual(self.process.wait(10), 0)

    def test_what_is_no_order_starts_nothing(self):
        orders = (b"zzzzzzzz", b"ffffffff", b"00000002{}", frame({"arguments": [], "environment": {}, "directory": 1}))
        for order in orders:
            with self.subTest(order):
                self.control.sendall(order)
                self.assertEqual(self.process.wait(10), 2)
                self.assertTrue(self.process.stderr.read())
                self.end()
                self.setUp()


class Orphan(unittest.TestCase):
    def test_one_that_is_stopped_does_not_outlive_its_server(self):
        script = (
            "import os, socket, subprocess, time\n"
            "ours, theirs = socket.socketpair()\n"
            "words = [*%r, %r, '--await', '--control-fd', str(theirs.fileno()), '--owner-pid', str(os.getpid()), '--']\n"
            "child = subprocess.Popen(words, pass_fds=[theirs.fileno()])\n"
            "print(child.pid, flush=True)\n"
            "time.sleep(60)\n"
        ) % (PYTHON, WRAPPER)
        server = subprocess.Popen([*PYTHON, "-c", script], stdout=subprocess.PIPE)
        try:
            pid = int(server.stdout.readline())
            until(lambda: _has_loaded(pid), "a wrapper that waits")
            os.kill(pid, signal.SIGSTOP)
            until(lambda: _state(pid) == "T", "a wrapper that is stopped")
        finally:
            server.kill()
            server.wait(10)
            server.stdout.close()
        until(lambda: _state(pid) in (None, "Z"), "its end")


def _state(pid):
    try:
        with open("/proc/%d/stat" % pid) as file:
            return file.read().rpartition(")")[2].split()[0]
    except OSError:
        return None


def _has_loaded(pid):
    """Whether it has all modules: the last one that is loaded is a library of its own."""
    try:
        with open("/proc/%d/maps" % pid, "rb") as file:
            return b"/resource." in file.read()
    except OSError:
        return False


class Ends(Waiting, test_ends.Ends):
    pass


class Control(Waiting, test_control.Control):
    pass


if __name__ == "__main__":
    unittest.main()
