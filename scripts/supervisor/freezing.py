"""Stops a tree, so that nothing in it can fork between the listing and the kill."""
import os

import _signal

from . import tree

# Orphans of processes that ended during a pass have become our own children: looked at again so often.
_PASSES = 10


def freeze(killed):
    """Stops every descendant and returns {pid: stat fields}; those in `killed` are left out.

    From the top down, each before its children are listed: once a stop is pending no
    thread of the process can fork any more, so the list that is read then is complete.
    Listing the whole tree first and stopping it afterwards does not get to an end with a
    program that forks faster than it is listed.
    """
    found = {}
    for _ in range(_PASSES):
        if not _stop_below(os.getpid(), 1, found, killed):
            break
    return found


def _stop_below(root, threads, found, killed):
    """Stops what is below `root` and not in `found` yet; returns how many those were."""
    before = len(found)
    queue = [(root, threads)]
    while queue:
        children = tree.children_of(*queue.pop())
        if children is None:
            # A kernel without these lists: the passes have to do.
            children, queue = tree.descendants(root), None
        for pid in children:
            if pid not in found:
                fields = _stop(pid, root, found, killed)
                if fields:
                    found[pid] = fields
                    if queue is not None:
                        queue.append((pid, int(fields[17])))
    return len(found) - before


def _stop(pid, root, found, killed):
    """Stops one process if it is one of the tree; returns its stat fields, or None."""
    try:
        handle = os.pidfd_open(pid)
    except (AttributeError, OSError):
        handle = None
    try:
        # Read after the handle is open. Either it means this very process, or one that
        # has ended, and then the signal goes nowhere.
        fields = tree.read_stat(pid)
        if not fields or fields[0] == b"Z" or (pid, fields[19]) in killed:
            return None
        if int(fields[1]) != root and int(fields[1]) not in found:
            return None
        if handle is None:
            os.kill(pid, _signal.SIGSTOP)
        else:
            _signal.pidfd_send_signal(handle, _signal.SIGSTOP)
        return fields
    except OSError:
        return None
    finally:
        if handle is not None:
            os.close(handle)
