"""Reads the tree when it is time, for the regular samples and for the limits."""
from .metering import Meter, beside, exact_bytes, open_files
from .wake import monotonic_ms


class Sampler:
    def __init__(self, interval_ms, channel, reaper, limits):
        self._interval_ms = interval_ms
        self._channel = channel
        self._limits = limits
        self._meter = Meter(reaper)
        now = monotonic_ms()
        self._send_at = now + interval_ms if interval_ms else None
        self._check_at = now if limits.watched else None

    @property
    def next_ms(self):
        return min((at for at in (self._send_at, self._check_at) if at is not None), default=None)

    def tick(self, now_ms):
        if self.next_ms is None or now_ms < self.next_ms:
            return
        usage = self._meter.read()
        if self._check_at is not None:
            self._limits.check(usage)
            self._check_at = now_ms + self._limits.interval_ms
        if self._send_at is not None and now_ms >= self._send_at:
            self._send_at = now_ms + self._interval_ms
            self._channel.send(self._sample(usage), droppable=True)

    def begin_run(self):
        self._meter.begin_run()

    def answer(self, request, program):
        """Sends a sample that was asked for; that one is exact."""
        usage = self._meter.read()
        sample = self._sample(usage)
        sample["besideProgram"] = beside(program, usage)
        sample["rssBytes"], sample["pssBytes"] = exact_bytes(usage)
        if request is not None:
            sample["id"] = request if isinstance(request, (int, float)) else str(request)[:200]
        self._channel.send(sample)

    def _sample(self, usage):
        sample = {
            "type": "sample",
            "rssBytes": usage.rss_bytes,
            "cpuMs": usage.cpu_ms,
            "runCpuMs": usage.run_cpu_ms,
            "runPeakRssBytes": self._meter.run_peak_bytes,
            "processes": len(usage.processes),
        }
        files = open_files(usage)
        if files is not None:
            sample["openFiles"] = files
        return sample
