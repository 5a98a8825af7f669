"""What the tree uses: memory, CPU, processes, open files."""
import os

from . import tree
from .wake import monotonic_ms

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")


class Sampler:
    def __init__(self, interval_ms, channel, reaper):
        self._interval_ms = interval_ms
        self._channel = channel
        self._reaper = reaper
        self._cpu_ms = 0
        self.next_ms = monotonic_ms() + interval_ms if interval_ms else None

    def tick(self, now_ms):
        """Sends the regular sample when it is due."""
        if self.next_ms is not None and now_ms >= self.next_ms:
            self.next_ms = now_ms + self._interval_ms
            self._channel.send(self.measure(), droppable=True)

    def answer(self, request):
        """Sends a sample that was asked for; that one is exact."""
        sample = self.measure(exact=True)
        if request is not None:
            sample["id"] = request if isinstance(request, (int, float)) else str(request)[:200]
        self._channel.send(sample)

    def measure(self, exact=False):
        """A sample. An exact one costs milliseconds for a large process.

        The quick resident size comes from counters that the kernel keeps per CPU and
        that may be off by a few hundred KiB for each process.
        """
        processes = tree.descendants(os.getpid())
        sample = {
            "type": "sample",
            "rssBytes": sum(int(fields[21]) for fields in processes.values()) * _PAGE_BYTES,
            "cpuMs": self._cpu(processes),
            "processes": len(processes),
        }
        open_files = [_open_files(pid) for pid in processes]
        if None not in open_files:
            sample["openFiles"] = sum(open_files)
        if exact:
            sizes = [_sizes(pid) for pid in processes]
            sample["rssBytes"] = sum(resident for resident, _ in sizes)
            sample["pssBytes"] = sum(proportional for _, proportional in sizes)
        return sample

    def _cpu(self, processes):
        """All CPU time of the tree so far.

        A process that was reaped counts in its parent's figures for children, or in ours.
        One that ends between two reads is in neither for a moment: so never go back.
        """
        ticks = sum(int(word) for fields in processes.values() for word in fields[11:15])
        used = ticks * _TICK_MS + (self._reaper.user_seconds + self._reaper.system_seconds) * 1000
        self._cpu_ms = max(self._cpu_ms, int(used))
        return self._cpu_ms


def _open_files(pid):
    try:
        return len(os.listdir("/proc/%d/fd" % pid))
    except FileNotFoundError:
        return 0
    except OSError:
        return None


def _sizes(pid):
    """(resident bytes, proportional bytes) of a process, exactly."""
    try:
        with open("/proc/%d/smaps_rollup" % pid, "rb", 0) as file:
            text = file.read()
        return _kilobytes(text, b"\nRss:"), _kilobytes(text, b"\nPss:")
    except (OSError, ValueError):
        return 0, 0


def _kilobytes(text, label):
    return int(text[text.index(label) + len(label) :].split(None, 1)[0]) * 1024
