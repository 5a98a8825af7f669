"""The control channel: lines in both directions over one non-blocking descriptor."""
import os
import select
import time

from . import wire

MAX_LINE_BYTES = 64 * 1024
_DROPPABLE_ABOVE_BYTES = 64 * 1024


class Channel:
    def __init__(self, descriptor):
        os.set_inheritable(descriptor, False)
        os.set_blocking(descriptor, False)
        self.descriptor = descriptor
        self.closed = False
        self._incoming = b""
        self._skipping = False
        self._outgoing = b""

    # Down

    def receive(self):
        """The messages of one read; a bad line comes as its error's text.

        One read and not all there is, so that a flood cannot hold up the rest of the
        loop. Sets `closed` at the end of the stream.
        """
        messages = []
        try:
            chunk = os.read(self.descriptor, MAX_LINE_BYTES)
        except BlockingIOError:
            return messages
        except OSError:
            chunk = b""
        self.closed = not chunk
        self._split(chunk, messages)
        return messages

    def _split(self, chunk, messages):
        *lines, rest = (self._incoming + chunk).split(b"\n")
        for line in lines:
            if self._skipping:
                self._skipping = False
            elif len(line) > MAX_LINE_BYTES:
                messages.append("a line is longer than %d bytes" % MAX_LINE_BYTES)
            elif line.strip():
                messages.append(_decode(line))
        if len(rest) > MAX_LINE_BYTES:
            if not self._skipping:
                messages.append("a line is longer than %d bytes" % MAX_LINE_BYTES)
            self._skipping = True
        self._incoming = b"" if self._skipping else rest

    # Up

    def send(self, message, droppable=False):
        """Queues a message and writes what the other side takes now.

        A droppable one (a sample) is left out while the other side is not reading.
        """
        if self.closed or (droppable and len(self._outgoing) > _DROPPABLE_ABOVE_BYTES):
            return
        self.send_raw(wire.encode(message))

    def send_raw(self, data):
        self._outgoing += data
        self.flush()

    @property
    def pending(self):
        return bool(self._outgoing)

    def flush(self):
        while self._outgoing and not self.closed:
            try:
                written = os.write(self.descriptor, self._outgoing)
            except BlockingIOError:
                return
            except OSError:
                # Nobody is left to read it.
                self.closed = True
                return
            self._outgoing = self._outgoing[written:]

    def drain(self, within_ms):
        """Writes all that is queued, for at most this long."""
        until = time.monotonic() + within_ms / 1000
        poll = select.poll()
        poll.register(self.descriptor, select.POLLOUT)
        self.flush()
        while self.pending and not self.closed:
            left = until - time.monotonic()
            if left <= 0 or not poll.poll(left * 1000):
                return
            self.flush()

    def linger(self, within_ms):
        """Waits for the other side to close, for at most this long.

        What it says to a channel that is closed would cost it what it has not read yet.
        """
        until = time.monotonic() + within_ms / 1000
        poll = select.poll()
        poll.register(self.descriptor, select.POLLIN)
        while not self.closed:
            left = until - time.monotonic()
            if left <= 0 or not poll.poll(left * 1000):
                return
            self.receive()


def _decode(line):
    try:
        return wire.decode(line)
    except ValueError as error:
        return str(error)
