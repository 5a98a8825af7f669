"""Starts the wrapper as the server does and looks at what is left afterwards."""
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
import uuid

SCRIPTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
WRAPPER = os.path.join(SCRIPTS, "claude_wrapper.py")
FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fixtures")
PYTHON = [sys.executable, "-S", "-E", "-s"]
DEADLINE_S = 15


def fixture(name, *arguments):
    """The command of a stand-in program."""
    path = os.path.join(FIXTURES, name)
    return ["/bin/sh", path, *arguments] if name.endswith(".sh") else [*PYTHON, path, *arguments]


def until(condition, what, within_s=DEADLINE_S):
    """Polls until the condition gives something true, and returns that."""
    end = time.monotonic() + within_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError("not within %s s: %s" % (within_s, what() if callable(what) else what))
        time.sleep(0.02)


def marked(mark):
    """{pid: command line} of every process, but zombies, whose environment holds the mark."""
    found = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open("/proc/%s/environ" % name, "rb") as file:
                if b"STEWARD_MARK=" + mark.encode() not in file.read().split(b"\0"):
                    continue
            with open("/proc/%s/cmdline" % name, "rb") as file:
                found[int(name)] = file.read().replace(b"\0", b" ").decode()
        except OSError:
            continue
    return found


def frame(order):
    """What a wrapper that waits is told, as it comes over the control channel."""
    data = json.dumps(order).encode()
    return b"%08x" % len(data) + data


class Run:
    """One started wrapper with its four channels."""

    # Whether it is started before it is told what to do.
    waits = False

    def __init__(self, command, *options, environment=None, mark=None, cwd=None):
        self.mark = mark or "test-%s" % uuid.uuid4()
        ours, theirs = socket.socketpair()
        self.control = ours
        self.stdin, child_in = socket.socketpair()
        self.stdout, child_out = socket.socketpair()
        self.stderr, child_err = socket.socketpair()
        descriptor = theirs.fileno()
        # The supervisor's own environment carries the mark as well, as the server does it.
        environment = {**(os.environ if environment is None else environment), "STEWARD_MARK": self.mark}
        words = ["--mark", self.mark, *options, "--", *command]
        self.process = subprocess.Popen(
            [*PYTHON, WRAPPER, *(["--await"] if self.waits else []), "--control-fd", str(descriptor), *(["--"] if self.waits else words)],
            stdin=child_in,
            stdout=child_out,
            stderr=child_err,
            pass_fds=[descriptor],
            env={"STEWARD_ROOM": "x" * 200} if self.waits else environment,
            cwd=None if self.waits else cwd,
        )
        if self.waits:
            order = {"arguments": words, "environment": environment, "directory": cwd or os.getcwd()}
            self.control.sendall(frame(order))
        for end in (theirs, child_in, child_out, child_err):
            end.close()
        self.messages = []
        self._rest = b""

    # Control

    def send(self, **message):
        self.send_raw(json.dumps(message).encode() + b"\n")

    def send_raw(self, data):
        self.control.sendall(data)

    def wait_for(self, kind, within_s=DEADLINE_S, **fields):
        """The first message of this type, and with these values, that has come or comes in time."""
        end = time.monotonic() + within_s
        seen = 0
        while True:
            for message in self.messages[seen:]:
                if message["type"] == kind and all(message.get(key) == value for key, value in fields.items()):
                    return message
            seen = len(self.messages)
            if not self._read(end - time.monotonic()):
                raise AssertionError("no %s %s within %s s in %s" % (kind, fields, within_s, self.messages))

    def _read(self, timeout):
        if timeout <= 0 or not select.select([self.control], [], [], timeout)[0]:
            return False
        try:
            data = self.control.recv(65536)
        except ConnectionResetError:
            data = b""
        *lines, self._rest = (self._rest + data).split(b"\n")
        self.messages.extend(json.loads(line) for line in lines if line)
        return bool(data)

    def drain(self):
        """Reads the control channel to its end."""
        while self._read(DEADLINE_S):
            pass
        return self.messages

    def of(self, kind):
        return [message for message in self.messages if message["type"] == kind]

    # The program's own channels

    def read_line(self, within_s=DEADLINE_S):
        """One line of the program's stdout."""
        data = b""
        self.stdout.settimeout(within_s)
        while not data.endswith(b"\n"):
            byte = self.stdout.recv(1)
            if not byte:
                break
            data += byte
        return data.decode()

    def read_all(self, end=None, within_s=DEADLINE_S):
        """Everything on stdout (or another channel) up to its end of file."""
        end = end or self.stdout
        end.settimeout(within_s)
        data = b""
        while True:
            chunk = end.recv(65536)
            if not chunk:
                return data
            data += chunk

    # The end

    @property
    def left(self):
        return marked(self.mark)

    def wait(self, within_s=DEADLINE_S):
        """The wrapper's exit code."""
        return self.process.wait(within_s)

    def nothing_left(self, within_s=3):
        until(lambda: not self.left, lambda: "still there: %s" % self.left, within_s)

    def close(self):
        """Ends whatever a failed test left, by the mark."""
        for end in (self.control, self.stdin, self.stdout, self.stderr):
            end.close()
        until(lambda: not self._kill_left(), "an end of what a failed test left")
        self.process.wait(DEADLINE_S)

    def _kill_left(self):
        left = self.left
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        return left

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
