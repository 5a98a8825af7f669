"""The supervisor: starts the program, obeys the control channel, ends the tree."""
import os
import select

import _signal

from . import codes, kernel, mark, messages
from .detach import detach
from .ending import Reaper, end_tree
from .launch import SpawnFailed, launch
from .lease import Lease
from .orders import Orders
from .sampling import Sampler
from .wake import PARENT_SIGNAL, Wake, monotonic_ms


class Supervisor:
    def __init__(self, options, channel, page, owner, warden):
        self.channel = channel
        self.reaper = Reaper()
        self.sampler = Sampler(options.sample_interval_ms, channel, self.reaper)
        self.lease = Lease(options.renew_deadline_ms, page)
        self.cli_pid = 0
        self._options = options
        self._page = page
        self._owner = owner
        self._warden = warden
        self._wake = Wake()
        self._orders = Orders(self)
        # When the whole tree is killed; set by the first reason to end it.
        self._kill_at_ms = None

    def run(self):
        """Runs until nothing of the program is left; returns the exit code."""
        # A group of its own: a SIGKILL to the warden's group must not take both.
        os.setpgid(0, 0)
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
            for number in (_signal.SIGTERM, _signal.SIGCONT):
                try:
                    os.killpg(self.cli_pid, number)
                except OSError:
                    pass  # ended meanwhile; the next round reaps it

    def _start(self):
        environment = mark.environment(self._options.mark, self._owner, self._warden)
        try:
            self.cli_pid = launch(self._options.command, environment)
        except (SpawnFailed, OSError) as error:
            self.channel.send(messages.error("spawn_failed", str(error), error.errno))
            self.channel.drain(1000)
            return False
        self._page.cli_pid = self.cli_pid
        self.reaper.want(self.cli_pid, self._cli_exited)
        self.channel.send(messages.started(self.cli_pid, os.getpid(), self._warden))
        detach()
        return True

    def _attend(self):
        """Returns when the program has ended or the time to kill has come."""
        control = self.channel.descriptor
        self._wake.watch(control, select.POLLIN)
        while True:
            self.reaper.reap()
            if self.cli_pid in self.reaper.statuses:
                break
            now = monotonic_ms()
            self._look_around(now)
            if self._kill_at_ms is not None and now >= self._kill_at_ms:
                break
            self.sampler.tick(now)
            self._wake.watch(control, select.POLLIN | (select.POLLOUT if self.channel.pending else 0))
            if control in self._wake.wait(self._next_ms()):
                self.channel.flush()
                for message in self.channel.receive():
                    self._orders.obey(message)
        self._wake.unwatch(control)

    def _look_around(self, now):
        if self.channel.closed or self._owner_gone():
            self.end("parent_gone", 0)
        elif os.getppid() != self._warden:
            self.end("warden_lost", 0)
        elif self.lease.over(now):
            self.end("lease", 0)
        elif self._wake.terminated and self._kill_at_ms is None:
            self.end("terminated", self._options.term_grace_ms)

    def _owner_gone(self):
        # Only the warden can be sure of it, and it tells by this flag.
        return self._page.owner_gone

    def _next_ms(self):
        times = (self._kill_at_ms, self.lease.deadline_ms, self.sampler.next_ms)
        return min((at for at in times if at is not None), default=None)

    def _cli_exited(self, status):
        self._page.cli_status = status
        reason = "signal" if os.WIFSIGNALED(status) else "exit"
        self._page.reason = self._page.reason or reason
        self.channel.send(messages.cli_exited(status))

    def _finish(self):
        """Ends what is left, and tells it."""
        before = self.reaper.count
        grace = self._options.descendant_grace_ms
        if self._kill_at_ms is not None:
            grace = max(0, min(grace, self._kill_at_ms - monotonic_ms()))
        remaining = end_tree(self.reaper, self._wake, grace, self._options.end_limit_ms)
        status = self.reaper.statuses.get(self.cli_pid)
        self._page.exited_sent = True
        ended = self.reaper.count - before
        self.channel.send(messages.exited(status, self._page.reason, self.reaper.usage(), ended, remaining))
        self.channel.drain(1000)
        return codes.REMAINING if remaining else codes.ENDED
