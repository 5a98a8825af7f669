"""The messages that go up, as functions of their data."""
import os
import time

from . import VERSION, kernel


def now_ms():
    return int(time.time() * 1000)


def started(pid, supervisor, warden):
    return {"type": "started", "pid": pid, "supervisorPid": supervisor, "wardenPid": warden, "version": VERSION, "at": now_ms()}


def error(code, message, number=None):
    """`number` is an errno; its name goes along as `errno`."""
    fields = {"type": "error", "code": code, "message": message}
    if number:
        # Only here, since it is rare: the module costs start-up time.
        import errno

        fields["errno"] = errno.errorcode.get(number, str(number))
    return fields


def end_of(status):
    """Exit code and signal name of a wait status; both None when it is not known."""
    if status is None:
        return None, None
    if os.WIFSIGNALED(status):
        return None, kernel.signal_name(os.WTERMSIG(status))
    return os.WEXITSTATUS(status), None


def cli_exited(status):
    code, signal = end_of(status)
    return {"type": "cli_exited", "code": code, "signal": signal, "at": now_ms()}


def exited(status, reason, usage, ended, remaining):
    code, signal = end_of(status)
    return {
        "type": "exited",
        "code": code,
        "signal": signal,
        "reason": reason,
        "rusage": usage,
        "descendantsEnded": ended,
        "remaining": remaining,
        "at": now_ms(),
    }
