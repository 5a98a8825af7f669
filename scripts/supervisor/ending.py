"""Ends every descendant of this process, and knows when none is left.

This process is a subreaper, so a killed parent's children become ours, and
`waitpid` answering "no child" proves that the tree is empty: an empty list from
/proc would only prove that we looked at a quiet moment.
"""
import os

import _signal

from . import kernel, tree
from .freezing import freeze
from .wake import monotonic_ms

# How often the tree is listed and killed again while something still forks or dies slowly.
_ROUND_MS = 20


class Reaper:
    """Reaps children and keeps what they used."""

    def __init__(self):
        self.count = 0
        self.user_seconds = 0.0
        self.system_seconds = 0.0
        self.max_rss_bytes = 0
        self.statuses = {}
        self._wanted = {}

    def want(self, pid, tell=None):
        """Keeps this child's status in `statuses` once it has been reaped, and calls `tell(status)`."""
        self._wanted[pid] = tell

    def reap(self):
        """Takes every child that has ended. Returns False when no child is left at all."""
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            self.user_seconds += usage.ru_utime
            self.system_seconds += usage.ru_stime
            self.max_rss_bytes = max(self.max_rss_bytes, usage.ru_maxrss * 1024)
            if pid not in self._wanted:
                self.count += 1
                continue
            self.statuses[pid] = status
            if self._wanted[pid]:
                self._wanted[pid](status)

    def usage(self):
        return {
            "userMs": int(self.user_seconds * 1000),
            "systemMs": int(self.system_seconds * 1000),
            "maxRssBytes": self.max_rss_bytes,
        }


def signal_all(processes, number):
    """Signals processes as `tree.descendants` gave them; returns the keys of those that got it."""
    return [
        (pid, fields[19])
        for pid, fields in processes.items()
        if fields[0] != b"Z" and kernel.send_signal(pid, int(fields[19]), number, tree.start_of)
    ]


def end_tree(reaper, wake, grace_ms, limit_ms, cgroup=None):
    """Ends all descendants; returns the number that could not be ended in `limit_ms`.

    With a grace each gets SIGTERM first (and SIGCONT, since a stopped process would
    not see it) and so long to leave by itself.
    """
    until = monotonic_ms() + limit_ms
    if grace_ms > 0 and reaper.reap():
        processes = tree.descendants(os.getpid())
        signal_all(processes, _signal.SIGTERM)
        signal_all(processes, _signal.SIGCONT)
        _await_empty(reaper, wake, min(until, monotonic_ms() + grace_ms))
    # One write for all that is still in the group. What got out of it is found after that.
    if cgroup and reaper.reap() and cgroup.kill():
        _await_empty(reaper, wake, monotonic_ms() + _ROUND_MS)
    killed = set()
    while reaper.reap():
        began = monotonic_ms()
        if began > until:
            return len(tree.descendants(os.getpid()))
        killed.update(signal_all(freeze(killed), _signal.SIGKILL))
        # Dying takes CPU time too, and we go before it where there is one CPU only.
        now = monotonic_ms()
        _await_empty(reaper, wake, now + max(_ROUND_MS, 2 * (now - began)))
    return 0


def _await_empty(reaper, wake, until_ms):
    while reaper.reap() and monotonic_ms() < until_ms:
        wake.wait(until_ms)
