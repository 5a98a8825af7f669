"""The started program as the target of signals, with or without bubblewrap around it."""
import os

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


class InsideProgram(Program):
    """Our child is bubblewrap. It waits for the first process of the namespace, which starts the
    program as its first child and adopts orphans later. A signal to bubblewrap itself would take
    the whole namespace away before the program could end in order."""

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

    def _find(self, processes):
        first = [pid for pid, fields in processes.items() if int(fields[1]) == self.pid]
        children = [pid for pid, fields in processes.items() if int(fields[1]) in first]
        return min(children, key=lambda pid: (int(processes[pid][19]), pid), default=None)
