"""One page of memory that supervisor and warden share.

The supervisor writes; the warden reads it when the supervisor is dead or stopped and
the warden has to end the tree in its place. Each number is one aligned machine word,
so a reader never sees half of it.
"""
import mmap
import struct

_DEADLINE = 0  # monotonic milliseconds; 0 = no deadline
_CLI = 8
_SENT = 16
_OWNER_GONE = 24
_CLI_STATUS = 32  # one more than the wait status; 0 = not reaped yet
_BEAT = 40
_REASON = 64
_REASON_BYTES = 64


class Page:
    def __init__(self):
        self._memory = mmap.mmap(-1, mmap.PAGESIZE)

    def _get(self, offset):
        return struct.unpack_from("q", self._memory, offset)[0]

    def _set(self, offset, value):
        struct.pack_into("q", self._memory, offset, value)

    @property
    def deadline_ms(self):
        """When the lease ends, or 0."""
        return self._get(_DEADLINE)

    @deadline_ms.setter
    def deadline_ms(self, value):
        self._set(_DEADLINE, value)

    @property
    def cli_pid(self):
        return self._get(_CLI)

    @cli_pid.setter
    def cli_pid(self, value):
        self._set(_CLI, value)

    @property
    def exited_sent(self):
        """Whether `exited` went out, so that it is never sent twice."""
        return self._get(_SENT) != 0

    @exited_sent.setter
    def exited_sent(self, value):
        self._set(_SENT, 1 if value else 0)

    @property
    def owner_gone(self):
        """Whether the warden has seen the server die."""
        return self._get(_OWNER_GONE) != 0

    @owner_gone.setter
    def owner_gone(self, value):
        self._set(_OWNER_GONE, 1 if value else 0)

    @property
    def beat_ms(self):
        """When the supervisor last showed that it is at work (monotonic)."""
        return self._get(_BEAT)

    @beat_ms.setter
    def beat_ms(self, value):
        self._set(_BEAT, int(value))

    @property
    def cli_status(self):
        """The program's wait status as the supervisor reaped it, or None."""
        value = self._get(_CLI_STATUS)
        return value - 1 if value else None

    @cli_status.setter
    def cli_status(self, value):
        self._set(_CLI_STATUS, value + 1)

    @property
    def reason(self):
        """Why the run ends, as first recorded, or an empty text."""
        return self._memory[_REASON : _REASON + _REASON_BYTES].rstrip(b"\0").decode("utf-8", "replace")

    @reason.setter
    def reason(self, value):
        self._memory[_REASON : _REASON + _REASON_BYTES] = value.encode()[:_REASON_BYTES].ljust(_REASON_BYTES, b"\0")
