"""The few system calls that Python has no function for, and signals by pidfd."""
import os

import _signal

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38


_CLONE_NEWNS = 0x20000
_MS_NOSUID, _MS_NODEV, _MS_NOEXEC = 2, 4, 8
_MS_REC, _MS_SLAVE = 0x4000, 0x80000


def _load(name):
    """A function of the C library; every argument is an int, bytes or None."""
    try:
        import _ctypes

        address = _ctypes.dlsym(_ctypes.dlopen(None, 0), name)
        call = _ctypes.call_function
        return lambda *arguments: call(address, arguments)
    except (ImportError, AttributeError, OSError):
        # Another Python than CPython, or one that moved its internals.
        import ctypes

        return getattr(ctypes.CDLL(None), name)


_prctl = _load("prctl")


def prctl(option, value):
    if _prctl(option, value, 0, 0, 0) != 0:
        raise OSError(0, "prctl(%d, %d) was refused" % (option, value))


def hide_other_users():
    """Gives this process and its children a /proc in which they see the processes of their own user only.

    Returns whether it works here: it takes CAP_SYS_ADMIN, which containers seldom have, and
    Linux 5.8 (before it, all mounts of /proc have the options of the first). Other mounts of the
    host come and go as before.
    """
    mount = _load("mount")
    return (
        _load("unshare")(_CLONE_NEWNS) == 0
        and mount(None, b"/", None, _MS_REC | _MS_SLAVE, None) == 0
        and mount(b"proc", b"/proc", b"proc", _MS_NOSUID | _MS_NODEV | _MS_NOEXEC, b"hidepid=2") == 0
    )


def go_first():
    """Runs this process before all others, where that is allowed; children are as usual.

    A thousand busy processes leave one of equal rank a thousandth of the machine: it
    was seen to need 15 s for what it does in 1 ms, and that is when it is needed.
    """
    try:
        os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(1))
    except OSError:
        pass  # takes CAP_SYS_NICE; a limit in the kernel (--uid, --cgroup) helps without it


def send_signal(pid, start, number, start_of):
    """Signals the process `pid` that started at `start`, never a later owner of the number.

    `start_of(pid)` reads the start time again after the pidfd is open: from then
    on the pidfd means one process for ever, so no reuse can come in between.
    Returns False when that process is gone or may not be signalled.
    """
    try:
        handle = os.pidfd_open(pid)
    except (AttributeError, OSError):
        return _send_without_pidfd(pid, start, number, start_of)
    try:
        if start_of(pid) != start:
            return False
        _signal.pidfd_send_signal(handle, number)
        return True
    except OSError:
        return False
    finally:
        os.close(handle)


def _send_without_pidfd(pid, start, number, start_of):
    # Kernels before 5.3: the window between the check and the signal is microseconds.
    try:
        if start_of(pid) != start:
            return False
        os.kill(pid, number)
        return True
    except OSError:
        return False


def signal_name(number):
    for name, value in _NAMES.items():
        if value == number:
            return name
    return "SIG%d" % number


def signal_number(name):
    """The number of a signal by its full name, or None."""
    return _NAMES.get(name)


_NAMES = {
    name: int(getattr(_signal, name))
    for name in dir(_signal)
    if name.startswith("SIG") and not name.startswith("SIG_") and name not in ("SIGCLD", "SIGPOLL", "SIGRTMIN", "SIGRTMAX")
}
