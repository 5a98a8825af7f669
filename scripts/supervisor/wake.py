"""Waiting for signals, descriptors and a point in time at once."""
import os
import select
import time

import _signal

# A parent's death arrives as this signal. It only wakes: the parent's id is compared
# afterwards, because the kernel also sends it when the parent's *thread* that
# started us ends while the process lives on.
PARENT_SIGNAL = int(_signal.SIGUSR1)

_WAKING = (PARENT_SIGNAL, _signal.SIGCHLD, _signal.SIGTERM)
# A terminal's Ctrl-C or hang-up is the server's to act on, not ours.
_IGNORED = (_signal.SIGINT, _signal.SIGHUP, _signal.SIGQUIT, _signal.SIGUSR2, _signal.SIGALRM, _signal.SIGTSTP)

# poll takes a C int, and a deadline may lie centuries ahead. Waking early does no harm.
_LONGEST_MS = 3600 * 1000


def monotonic_ms():
    return time.monotonic() * 1000


class Wake:
    """Turns signals into wake-ups of `wait`. `terminated` counts SIGTERM.

    `beat` is called before each wait: whoever waits is at work.
    """

    def __init__(self, beat=None):
        self.terminated = 0
        self._beat = beat
        self._reader, writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._poll = select.poll()
        self._poll.register(self._reader, select.POLLIN)
        _signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        for number in _WAKING + _IGNORED:
            # A handler and not SIG_IGN: exec resets handlers, but hands SIG_IGN on to the program.
            _signal.signal(number, self._handle)

    def _handle(self, number, _frame):
        if number == _signal.SIGTERM:
            self.terminated += 1

    def watch(self, descriptor, events):
        self._poll.register(descriptor, events)

    def unwatch(self, descriptor):
        self._poll.unregister(descriptor)

    def wait(self, until_ms=None):
        """Returns {descriptor: events} as soon as anything happens, or at `until_ms` (monotonic)."""
        if self._beat:
            self._beat()
        timeout = None if until_ms is None else min(_LONGEST_MS, max(0, int(until_ms - monotonic_ms()) + 1))
        ready = dict(self._poll.poll(timeout))
        if ready.pop(self._reader, None):
            try:
                while len(os.read(self._reader, 512)) == 512:
                    pass
            except BlockingIOError:
                pass
        return ready
