"""The mark that a run's processes carry in their environment, for the sweep.

STEWARD_MARK        the server's text, see --mark
STEWARD_SUPERVISOR  owner, warden and supervisor, each as `pid:start time`, joined by commas
"""
import os

from . import tree

MARK = b"STEWARD_MARK"
KEEPERS = b"STEWARD_SUPERVISOR"


def environment(text, owner, warden):
    """The program's environment: ours, and the mark where there is one."""
    values = _inherited()
    if text:
        values[MARK] = os.fsencode(text)
        values[KEEPERS] = ",".join("%d:%d" % (pid, tree.start_of(pid) or 0) for pid in (owner, warden, os.getpid())).encode()
    return values


def _inherited():
    """The environment as it was given to us, byte for byte.

    Not os.environ: in a C locale Python adds LC_CTYPE to that at its start.
    """
    with open("/proc/self/environ", "rb") as file:
        entries = file.read().split(b"\0")
    return {name: value for name, equals, value in (entry.partition(b"=") for entry in entries) if equals}
