"""The limits that are watched: each warns once, then ends the tree."""
from .metering import exact_bytes
from .wake import monotonic_ms

# How often the tree is read for the limits: the nearer to one, the more often, since a
# program that allocates without end fills gigabytes in a second.
_CALM_MS = 250
_NEAR_MS = 100
_CLOSE_MS = 25
_IDLE_MS = 1000
# The exact figure costs milliseconds: at most a tenth of the time goes into it.
_REST_FACTOR = 10
# Where no warning is set, it comes at this part of the limit.
_WARN_PART = 0.9


class Limits:
    """`end(reason, grace_ms)` is called for the first limit that is passed."""

    def __init__(self, options, channel, end):
        self._channel = channel
        self._end = end
        self._grace_ms = options.term_grace_ms
        self._max = {
            "memory": options.max_memory_bytes,
            "cpu": options.max_cpu_ms,
            "processes": options.max_processes,
            "wall": options.max_wall_ms,
            "workspace": options.max_workspace_bytes,
        }
        self._warn = {name: int(limit * _WARN_PART) for name, limit in self._max.items()}
        self._warn["memory"] = options.warn_memory_bytes or self._warn["memory"]
        self._warned = set()
        self._passed = set()
        self._running = True
        self._started_ms = monotonic_ms()
        self.interval_ms = _CALM_MS
        # Those for which the tree has to be read. Time and workspace have their own clocks.
        self.watched = any(self._max[name] or self._warn[name] for name in ("memory", "cpu", "processes"))

    def begin_run(self):
        self._running = True
        self._warned.discard("cpu")

    def end_run(self):
        """CPU time counts only within a run: an idle process uses some for ever."""
        self._running = False

    def check(self, usage):
        """Compares one reading of the tree."""
        began = monotonic_ms()
        values = {"processes": len(usage.processes), "memory": usage.rss_bytes}
        if self._running:
            values["cpu"] = usage.run_cpu_ms
        if 0 < self._warn["memory"] <= usage.rss_bytes:
            # The sum counts shared pages once for each process, so a forked program looks too big.
            values["memory"] = exact_bytes(usage)[1] or usage.rss_bytes
        for name, value in values.items():
            self.compare(name, value)
        nearest = max((value / self._max[name] for name, value in values.items() if self._max[name]), default=0)
        calm = _CALM_MS if self._running else _IDLE_MS
        interval = _CLOSE_MS if nearest > 0.8 else _NEAR_MS if nearest > 0.5 else calm
        self.interval_ms = max(interval, (monotonic_ms() - began) * _REST_FACTOR)

    @property
    def wall_next_ms(self):
        """When the wall time has to be looked at next, or None."""
        if not self._max["wall"] or "wall" in self._passed:
            return None
        warn = 0 if "wall" in self._warned else self._warn["wall"]
        return self._started_ms + (warn or self._max["wall"])

    def check_wall(self, now_ms):
        if self.wall_next_ms is not None and now_ms >= self.wall_next_ms:
            self.compare("wall", int(now_ms - self._started_ms))

    def compare(self, name, value):
        limit, warn = self._max[name], self._warn[name]
        if warn and value < warn:
            self._warned.discard(name)
        elif warn and name not in self._warned:
            self._warned.add(name)
            self._tell(name, "warn", value, warn)
        # Wall time is over at its limit; of the others so much may be used.
        over = value > limit or (name == "wall" and value >= limit)
        if limit and over and name not in self._passed:
            self._passed.add(name)
            self._tell(name, "end", value, limit)
            # What runs away is ended at once; what is merely used up may finish its files.
            self._end("limit:" + name, 0 if name in ("memory", "processes") else self._grace_ms)

    def tell_memory_end(self):
        """The kernel was quicker than the watching, and has killed the group at its limit."""
        if "memory" not in self._passed:
            self._passed.add("memory")
            self._tell("memory", "end", self._max["memory"], self._max["memory"])

    def _tell(self, name, level, value, limit):
        self._channel.send({"type": "limit", "name": name, "level": level, "value": value, "limit": limit})
