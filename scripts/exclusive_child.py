#!/usr/bin/env python3
"""Runs one server program for Steward: once per data folder, and never longer than Steward itself.

    exclusive_child.py LOCK_FILE WAIT_SECONDS PARENT_PID -- PROGRAM [ARG...]

Takes an exclusive lock on LOCK_FILE, asks the kernel for SIGTERM when the parent dies, and becomes PROGRAM.
The lock lives as long as PROGRAM does, since it inherits the open file: no stale lock is possible.

Exit codes of its own: 75 the lock is held by another process after WAIT_SECONDS, 76 the parent is gone already.
"""
import ctypes
import fcntl
import os
import signal
import sys
import time

PR_SET_PDEATHSIG = 1
LOCK_HELD = 75
PARENT_GONE = 76
POLL_SECONDS = 0.05


def take_lock(path, wait_seconds):
    """The descriptor of the locked file, or None when another process keeps the lock."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock
        except BlockingIOError:
            if time.monotonic() > deadline:
                return None
            time.sleep(POLL_SECONDS)


def main(arguments):
    if len(arguments) < 5 or arguments[3] != "--":
        sys.stderr.write(__doc__)
        return 64
    lock_file, wait_seconds, parent = arguments[0], float(arguments[1]), int(arguments[2])
    program = arguments[4:]
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    # The parent may have died before the request above: then no signal will come.
    if os.getppid() != parent:
        return PARENT_GONE
    lock = take_lock(lock_file, wait_seconds)
    if lock is None:
        return LOCK_HELD
    os.set_inheritable(lock, True)
    # A Ctrl-C in the terminal reaches the whole group; Steward ends this program itself, in its order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.setsid()
    os.execv(program[0], program)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
