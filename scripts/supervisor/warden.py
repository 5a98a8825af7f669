"""The warden: the small outer process that outlives the supervisor.

If the supervisor is killed, its orphans would go to init and be lost among all other
processes. So the process that the server starts forks first thing: the child becomes
the supervisor, and the parent stays as warden, a subreaper above it, and does nothing
but wait. When the supervisor dies the kernel hands the whole tree to the warden, which
ends it. When the warden dies the supervisor notices and ends the tree. When the server
dies both notice. Why two processes and in this order: docs/protocol.md.
"""
import os

import _signal

from . import codes, kernel, messages
from .detach import detach
from .ending import Reaper, end_tree
from .wake import PARENT_SIGNAL, Wake, monotonic_ms

# How long a supervisor that should have acted (the server is gone, the lease is over)
# may take before the warden takes it for stopped or stuck and acts in its place.
_PATIENCE_MS = 1000


class Warden:
    def __init__(self, options, channel, page, cgroup, owner, supervisor):
        self._options = options
        self._channel = channel
        self._page = page
        self._cgroup = cgroup
        self._owner = owner
        self._supervisor = supervisor
        self._reaper = Reaper()
        self._wake = Wake()

    def run(self):
        """Waits for the supervisor's end; returns the exit code."""
        try:
            os.setsid()
        except OSError:
            pass  # leads a session already
        kernel.prctl(kernel.PR_SET_PDEATHSIG, PARENT_SIGNAL)
        detach()
        kernel.go_first()
        self._reaper.want(self._supervisor)
        self._wait()
        return self._finish()

    def _wait(self):
        overdue_since = None
        passed_on = 0
        while self._reap() and self._supervisor not in self._reaper.statuses:
            if self._wake.terminated > passed_on:
                passed_on = self._wake.terminated
                os.kill(self._supervisor, _signal.SIGTERM)
            now = monotonic_ms()
            next_ms = self._page.deadline_ms or None
            if not self._overdue(now):
                overdue_since = None
            elif overdue_since is None:
                overdue_since = now
                next_ms = now + _PATIENCE_MS
                # It may not know: somebody else can hold the other end of the control channel.
                os.kill(self._supervisor, PARENT_SIGNAL)
            else:
                # As long as it is at work, ending a large tree say, it is left alone.
                patience_ends = max(overdue_since, self._page.beat_ms) + _PATIENCE_MS
                next_ms = max(patience_ends, now + 1)
                if now >= patience_ends:
                    os.kill(self._supervisor, _signal.SIGKILL)
            self._wake.wait(next_ms)

    def _reap(self):
        # The program can become ours and be reaped in the same moment as the supervisor.
        self._reaper.want(self._page.cli_pid)
        return self._reaper.reap()

    def _overdue(self, now):
        if os.getppid() != self._owner:
            self._page.owner_gone = True
            return True
        return 0 < self._page.deadline_ms <= now

    def _finish(self):
        """The supervisor is dead: whatever it left is ours now."""
        status = self._reaper.statuses.get(self._supervisor, 0)
        cli = self._page.cli_pid
        before = self._reaper.count
        reason = self._page.reason or self._reason()
        remaining = end_tree(self._reaper, self._wake, 0, self._options.end_limit_ms, self._cgroup)
        if self._cgroup:
            self._cgroup.remove()
        failed_to_start = os.WIFEXITED(status) and os.WEXITSTATUS(status) == codes.SPAWN_FAILED
        if not (self._page.exited_sent or failed_to_start):
            cli_status = self._reaper.statuses.get(cli, self._page.cli_status)
            # The supervisor may have died in the middle of a line: end that line first.
            self._channel.send_raw(b"\n")
            self._channel.send(messages.exited(cli_status, reason, self._reaper.usage(), self._reaper.count - before, remaining))
            self._channel.drain(1000)
        if not failed_to_start:
            self._channel.linger(self._options.linger_ms)
        if remaining:
            return codes.REMAINING
        return os.WEXITSTATUS(status) if os.WIFEXITED(status) else codes.SUPERVISOR_LOST

    def _reason(self):
        if self._page.owner_gone:
            return "parent_gone"
        return "lease" if self._overdue(monotonic_ms()) else "supervisor_lost"
