"""Starts a program as a child in a session of its own."""
import os

import _signal

from . import kernel

# Python sets these to "ignore" at its start, and ignoring survives exec.
_RESET = (_signal.SIGPIPE, _signal.SIGXFSZ)


class SpawnFailed(Exception):
    def __init__(self, number, message):
        super().__init__(message)
        self.errno = number


def launch(command, environment, prepare=None):
    """Forks and executes; returns the child's pid once exec has succeeded.

    The child keeps descriptors 0, 1 and 2 and nothing else. It dies with this process
    by parent-death signal. `prepare` runs in the child last before exec (limits,
    another user); what it raises is a failed spawn.
    """
    paths = candidates(command[0], environment)
    reader, writer = os.pipe2(os.O_CLOEXEC)
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        _become(command, paths, environment, prepare, parent, writer)
    os.close(writer)
    try:
        # Exec closes the pipe, so an empty answer is success.
        report = os.read(reader, 1000)
    finally:
        os.close(reader)
    if report:
        os.waitpid(pid, 0)
        number, _, message = report.decode("utf-8", "replace").partition(" ")
        raise SpawnFailed(int(number), message)
    return pid


def _become(command, paths, environment, prepare, parent, writer):
    try:
        os.setsid()
        for number in _RESET:
            _signal.signal(number, _signal.SIG_DFL)
        if prepare:
            prepare()
        # After the change of user: a change of credentials clears it.
        kernel.prctl(kernel.PR_SET_PDEATHSIG, int(_signal.SIGKILL))
        if os.getppid() != parent:
            # The parent died before the line above; nobody waits for the report.
            os._exit(127)
        os.dup2(writer, 3, inheritable=False)
        for name in os.listdir("/proc/self/fd"):
            if int(name) > 3:
                _close(int(name))
        writer = 3
        _execute(command, paths, environment)
    except OSError as error:
        os.write(writer, ("%d %s" % (error.errno or 0, error.strerror or error)).encode()[:1000])
    except BaseException as error:
        os.write(writer, ("0 %r" % (error,)).encode()[:1000])
    finally:
        os._exit(127)


def _close(descriptor):
    try:
        os.close(descriptor)
    except OSError:
        pass  # the one that the list itself was read with


def candidates(program, environment):
    if "/" in program:
        return [program]
    path = environment.get(b"PATH", b"/usr/local/bin:/usr/bin:/bin")
    return [os.path.join(os.fsdecode(folder) or ".", program) for folder in path.split(b":")]


def _execute(command, paths, environment):
    failure = None
    for path in paths:
        try:
            os.execve(path, command, environment)
        except OSError as error:
            # As a shell does: "not allowed" in one folder counts for more than "not there" in the next.
            if failure is None or failure.errno in (2, 20):
                failure = error
    raise failure
