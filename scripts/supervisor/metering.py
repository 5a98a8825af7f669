"""What the tree uses: memory, CPU, processes, open files."""
import os

from . import tree
from .wake import monotonic_ms

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")
# A program that waits for a run uses next to nothing, and is read once a second.
_FRESH_MS = 2000
# While it starts it uses a lot.
_START_MS = 3000


class Usage:
    """One reading. `rss_bytes` comes from counters that the kernel keeps per CPU: off by
    a few hundred KiB for each process, but cheap to read."""

    def __init__(self, processes, cpu_ms, run_cpu_ms):
        self.processes = processes
        self.rss_bytes = sum(int(fields[21]) for fields in processes.values()) * _PAGE_BYTES
        self.cpu_ms = cpu_ms
        self.run_cpu_ms = run_cpu_ms


class Meter:
    def __init__(self, reaper):
        self._reaper = reaper
        self._cpu_ms = 0
        self._run_from_ms = 0
        self._made_ms = self._read_ms = monotonic_ms()
        self.run_peak_bytes = 0

    def begin_run(self):
        """Counts a run's CPU time and peak memory from here on.

        Reading takes milliseconds, in which a prompt waits: the last reading will do where it is fresh.
        """
        self.run_peak_bytes = 0
        now = monotonic_ms()
        if now - self._made_ms < _START_MS or now - self._read_ms > _FRESH_MS:
            self.read()
        self._run_from_ms = self._cpu_ms

    def read(self):
        processes = tree.descendants(os.getpid())
        self._cpu_ms = max(self._cpu_ms, self._cpu(processes))
        self._read_ms = monotonic_ms()
        usage = Usage(processes, self._cpu_ms, self._cpu_ms - self._run_from_ms)
        self.run_peak_bytes = max(self.run_peak_bytes, usage.rss_bytes)
        return usage

    def _cpu(self, processes):
        """All CPU time of the tree since its start.

        A process that was reaped counts in its parent's figures for children, or in ours.
        One that ends between two reads is in neither for a moment, so the caller never
        lets the figure go back.
        """
        ticks = sum(int(word) for fields in processes.values() for word in fields[11:15])
        return int(ticks * _TICK_MS + (self._reaper.user_seconds + self._reaper.system_seconds) * 1000)


def beside(program, usage):
    """How many living processes are there beside the program itself: what it, or its tools, have started."""
    own = program.own(usage.processes)
    return sum(1 for pid, fields in usage.processes.items() if pid not in own and fields[0] not in (b"Z", b"X"))


def open_files(usage):
    """The number of open descriptors, or None where that may not be read."""
    try:
        return sum(_descriptors(pid) for pid in usage.processes)
    except PermissionError:
        return None


def _descriptors(pid):
    try:
        return len(os.listdir("/proc/%d/fd" % pid))
    except (FileNotFoundError, ProcessLookupError):
        return 0


def exact_bytes(usage):
    """(resident, proportional) bytes of the tree, exactly. Costs milliseconds for a large process."""
    resident = proportional = 0
    for pid in usage.processes:
        try:
            with open("/proc/%d/smaps_rollup" % pid, "rb", 0) as file:
                text = file.read()
        except OSError:
            continue
        resident += _kilobytes(text, b"\nRss:")
        proportional += _kilobytes(text, b"\nPss:")
    return resident, proportional


def _kilobytes(text, label):
    at = text.find(label)
    return int(text[at + len(label) :].split(None, 1)[0]) * 1024 if at >= 0 else 0
