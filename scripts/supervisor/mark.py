"""The mark that a run's processes carry in their environment, for the sweep.

STEWARD_MARK        the server's text, see --mark
STEWARD_SUPERVISOR  owner, warden and supervisor, each as `pid:start time`, joined by commas
STEWARD_ROOM        of a wrapper that waits: room for the mark that it does not know yet
"""
import os

from . import tree

MARK = b"STEWARD_MARK"
KEEPERS = b"STEWARD_SUPERVISOR"
_ROOM = b"STEWARD_ROOM"
# Of a wrapper that waited: what the server has told.
_told = None


def environment(text, owner, warden):
    """The program's environment: ours, and the mark where there is one."""
    values = _inherited()
    if text:
        values[MARK] = os.fsencode(text)
        values[KEEPERS] = ",".join("%d:%d" % (pid, tree.start_of(pid) or 0) for pid in (owner, warden, os.getpid())).encode()
    return values


def inherit(values):
    """Hands on these values in place of the environment of this process, which carries the mark from now on."""
    global _told
    _told = values
    if MARK in values:
        _carry(MARK + b"=" + values[MARK])


def _carry(entry):
    """Writes the entry where /proc/PID/environ is read from, so that the sweep sees the keepers.

    Where that is not allowed they are not seen; what they keep still is.
    """
    try:
        with open("/proc/self/environ", "rb") as file:
            data = b"\0" + file.read()
        at = data.index(b"\0" + _ROOM + b"=")
        room = data.index(b"\0", at + 1) - at - 1
        # Field 50 of proc(5), env_start; `read_stat` gives those from the third on.
        start = int(tree.read_stat(os.getpid())[47])
        if start and len(entry) <= room:
            with open("/proc/self/mem", "r+b", 0) as memory:
                memory.seek(start + at)
                memory.write(entry.ljust(room, b"\0"))
    except (OSError, ValueError):
        pass


def _inherited():
    """The environment as it was given to us, byte for byte.

    Not os.environ: in a C locale Python adds LC_CTYPE to that at its start.
    """
    if _told is not None:
        return dict(_told)
    with open("/proc/self/environ", "rb") as file:
        entries = file.read().split(b"\0")
    return {name: value for name, equals, value in (entry.partition(b"=") for entry in entries) if equals}
