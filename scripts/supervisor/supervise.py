"""The supervisor: starts the program, obeys the control channel, ends the tree."""
import os
import select

import _signal

from . import codes, kernel, messages, starting
from .detach import detach
from .ending import Reaper, end_tree
from .launch import SpawnFailed
from .lease import Lease
from .limits import Limits
from .orders import Orders
from .sampler import Sampler
from .wake import PARENT_SIGNAL, Wake, monotonic_ms

# How long a server that does not read may take to take `exited`.
_LAST_WORD_MS = 5000


class Supervisor:
    def __init__(self, options, channel, page, cgroup, owner, warden):
        self.channel = channel
        self.program = None
        self.lease = Lease(options.renew_deadline_ms, page)
        self.limits = Limits(options, channel, self.end)
        self._reaper = Reaper()
        self.sampler = Sampler(options.sample_interval_ms, channel, self._reaper, self.limits)
        self._options = options
        self._page = page
        self._cgroup = cgroup
        self._owner = owner
        self._warden = warden
        self._wake = Wake(self._beat)
        self._orders = Orders(self)
        self._workspace = None
        # When the whole tree is killed; set by the first reason to end it.
        self._kill_at_ms = None

    def run(self):
        """Runs until nothing of the program is left; returns the exit code."""
        # A group of its own: a SIGKILL to the warden's group must not take both.
        os.setpgid(0, 0)
        kernel.go_first()
        kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
        kernel.prctl(kernel.PR_SET_PDEATHSIG, PARENT_SIGNAL)
        if not self._start():
            return codes.SPAWN_FAILED
        self._attend()
        return self._finish()

    def end(self, reason, grace_ms):
        """Begins the end of the tree: SIGTERM now, SIGKILL to all after the grace.

        The first reason stays; a later call can only bring the kill forward.
        """
        self._page.reason = self._page.reason or reason
        first = self._kill_at_ms is None
        at = monotonic_ms() + grace_ms
        self._kill_at_ms = at if first else min(at, self._kill_at_ms)
        if first and grace_ms > 0:
            self.program.look()
            for number in (_signal.SIGTERM, _signal.SIGCONT):
                try:
                    self.program.signal_group(number)
                except OSError:
                    pass  # ended meanwhile; the next round reaps it

    def end_run(self):
        """What a run leaves is measured after it."""
        self.limits.end_run()
        if self._workspace:
            self._workspace.look_anew()

    def _beat(self):
        self._page.beat_ms = monotonic_ms()

    def _start(self):
        try:
            self.program = starting.start(self._options, self._cgroup, self._owner, self._warden)
        except (SpawnFailed, OSError) as error:
            self.channel.send(messages.error("spawn_failed", str(error), error.errno))
            self.channel.drain(1000)
            if self._cgroup:
                self._cgroup.remove()
            return False
        self._page.cli_pid = self.program.pid
        self._reaper.want(self.program.pid, self._cli_exited)
        self.channel.send(messages.started(self.program.pid, os.getpid(), self._warden))
        detach()
        self._workspace = starting.workspace(self._options, self.limits, self.channel)
        return True

    def _attend(self):
        """Returns when the program has ended or the time to kill has come."""
        control = self.channel.descriptor
        # Watched before the first look: a program that ended already leaves in the first round.
        self._wake.watch(control, select.POLLIN)
        while True:
            self._reaper.reap()
            if self.program.pid in self._reaper.statuses:
                break
            now = monotonic_ms()
            self._look_around(now)
            if self._kill_at_ms is not None and now >= self._kill_at_ms:
                break
            self._wake.watch(control, select.POLLIN | (select.POLLOUT if self.channel.pending else 0))
            if control in self._wake.wait(self._next_ms()):
                self.channel.flush()
                for message in self.channel.receive():
                    self._orders.obey(message)
        self._wake.unwatch(control)

    def _look_around(self, now):
        if self.channel.closed or self._page.owner_gone:
            self.end("parent_gone", 0)
        elif os.getppid() != self._warden:
            self.end("warden_lost", 0)
        elif self.lease.over(now):
            self.end("lease", 0)
        elif self._wake.terminated and self._kill_at_ms is None:
            self.end("terminated", self._options.term_grace_ms)
        self.program.look(now)
        self.sampler.tick(now)
        self.limits.check_wall(now)
        if self._workspace:
            self._workspace.tick(now)

    def _next_ms(self):
        times = [self._kill_at_ms, self.lease.deadline_ms, self.sampler.next_ms, self.limits.wall_next_ms]
        if self._workspace:
            times.append(self._workspace.next_ms)
        return min((at for at in times if at is not None), default=None)

    def _cli_exited(self, status):
        status = self.program.status(status)
        self._page.cli_status = status
        reason = "signal" if os.WIFSIGNALED(status) else "exit"
        if self._cgroup and self._cgroup.ran_out_of_memory():
            reason = "limit:memory"
            self.limits.tell_memory_end()
        self._page.reason = self._page.reason or reason
        self.channel.send(messages.cli_exited(status))

    def _finish(self):
        """Ends what is left, and tells it."""
        before = self._reaper.count
        grace = self._options.descendant_grace_ms
        if self._kill_at_ms is not None:
            grace = max(0, min(grace, self._kill_at_ms - monotonic_ms()))
        remaining = end_tree(self._reaper, self._wake, grace, self._options.end_limit_ms, self._cgroup)
        if self._cgroup:
            self._cgroup.remove()
        status = self._page.cli_status
        self._page.exited_sent = True
        ended = self._reaper.count - before
        self.channel.send(messages.exited(status, self._page.reason, self._reaper.usage(), ended, remaining))
        self.channel.drain(_LAST_WORD_MS)
        return codes.REMAINING if remaining else codes.ENDED
