"""The started program as the target of signals, and how it ended, with or without bubblewrap around it."""
import os

import _signal

from . import kernel, tree
from .ending import signal_all


class Program:
    """`pid` is our child, and not reaped while this is used: its number and its group's mean it for sure."""

    def __init__(self, pid):
        self.pid = pid

    def signal(self, number):
        os.kill(self.pid, number)

    def signal_group(self, number):
        os.killpg(self.pid, number)

    def look(self, now_ms=None):
        """Notes what can be seen only while the program lives: when it is time, or at once without a time."""

    def own(self, processes):
        """Which of these are the program itself, and what is around it."""
        return {self.pid}

    def status(self, status):
        """The program's own wait status, from that of our child."""
        return status


# How often a living program is looked at: it sets its handlers once, while it starts.
_LOOK_MS = 200
# Bubblewrap tells a death by signal as this and the signal.
_BY_SIGNAL = 128


class InsideProgram(Program):
    """Our child is bubblewrap. It waits for the first process of the namespace, which starts the
    program as its first child and adopts orphans later. A signal to bubblewrap itself would take
    the whole namespace away before the program could end in order."""

    def __init__(self, pid):
        super().__init__(pid)
        self._next_look_ms = 0
        self._inside = None
        self._caught = 0

    def look(self, now_ms=None):
        """Notes which signals the program catches."""
        if now_ms is not None:
            if now_ms < self._next_look_ms:
                return
            self._next_look_ms = now_ms + _LOOK_MS
        if self._inside is None:
            self._inside = self._find(tree.descendants(self.pid))
        if self._inside is not None:
            self._caught = tree.caught_signals(self._inside) or self._caught

    def status(self, status):
        """Bubblewrap exits with 128 and the number where the program died by a signal. A program that
        catches a signal may exit with the same by itself, as the CLI does: that stays an exit code."""
        number = os.WEXITSTATUS(status) - _BY_SIGNAL if os.WIFEXITED(status) else 0
        if not 0 < number < _signal.NSIG or self._caught & 1 << (number - 1):
            return status
        return number

    def signal(self, number):
        processes = tree.descendants(self.pid)
        program = self._find(processes)
        if program is None:
            os.kill(self.pid, number)  # still setting up: nothing is lost with it
        else:
            kernel.send_signal(program, int(processes[program][19]), number, tree.start_of)

    def signal_group(self, number):
        processes = tree.descendants(self.pid)
        program = self._find(processes)
        if program is None:
            os.kill(self.pid, number)
            return
        group = processes[program][2]
        first = int(processes[program][1])
        signal_all({pid: fields for pid, fields in processes.items() if fields[2] == group and pid != first}, number)

    def own(self, processes):
        first = {pid for pid, fields in processes.items() if int(fields[1]) == self.pid}
        return {self.pid, self._find(processes)} | first

    def _find(self, processes):
        first = [pid for pid, fields in processes.items() if int(fields[1]) == self.pid]
        children = [pid for pid, fields in processes.items() if int(fields[1]) in first]
        return min(children, key=lambda pid: (int(processes[pid][19]), pid), default=None)
