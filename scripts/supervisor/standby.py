"""A wrapper that waits to be told what to start, so that the start of Python costs no program anything.

Told is what else the command line, the environment and the directory say, as one frame on the
control channel: the number of bytes that follow as eight hexadecimal digits, then an object with
`arguments`, `environment` and `directory`. What comes after it is the control channel as always.
"""
import os

import _signal

from . import codes, kernel, mark, messages, wire
from .channel import Channel

_SIZE_DIGITS = 8
MAX_ORDER_BYTES = 16 * 1024 * 1024


def wait(arguments, supervise):
    """Blocks until the server says what to start; then it is `supervise`'s. Ends when the server does."""
    from . import options as table

    try:
        options = table.parse([*arguments[: arguments.index("--")], "--", "-"] if "--" in arguments else arguments)
        owner = options.owner_pid or os.getppid()
        # The channel's end would do, but for one that was stopped.
        kernel.prctl(kernel.PR_SET_PDEATHSIG, int(_signal.SIGKILL))
        if os.getppid() != owner:
            return codes.ENDED
        _load()
        order = _order(options.control_fd)
    except (table.UsageError, ValueError, OSError) as error:
        os.write(2, ("claude_wrapper: %s\n" % error).encode("utf-8", "replace"))
        return codes.USAGE
    if order is None:
        return codes.ENDED
    return _obey(order, options.control_fd, supervise)


def _obey(order, descriptor, supervise):
    arguments, environment = order["arguments"], order["environment"]
    mark.inherit({os.fsencode(name): os.fsencode(value) for name, value in environment.items()})
    try:
        os.chdir(order["directory"])
    except OSError as error:
        channel = Channel(descriptor)
        channel.send(messages.error("spawn_failed", str(error), error.errno))
        channel.drain(1000)
        return codes.SPAWN_FAILED
    return supervise(["--control-fd", str(descriptor), *arguments])


def _load():
    """What a start may need is here before it is needed."""
    from . import confine, namespace, pair, workspace  # noqa: F401
    import resource  # noqa: F401


def _order(descriptor):
    """The frame; None when the server went away instead."""
    size = _read(descriptor, _SIZE_DIGITS)
    if size is None:
        return None
    count = int(size, 16)
    if count > MAX_ORDER_BYTES:
        raise ValueError("an order has at most %d bytes, not %d" % (MAX_ORDER_BYTES, count))
    data = _read(descriptor, count)
    if data is None:
        return None
    order = wire.decode(data)
    for field, kind in (("arguments", list), ("environment", dict), ("directory", str)):
        if not isinstance(order.get(field), kind):
            raise ValueError("the order has no %s" % field)
    return order


def _read(descriptor, count):
    data = b""
    while len(data) < count:
        try:
            chunk = os.read(descriptor, count - len(data))
        except OSError:
            return None
        if not chunk:
            return None
        data += chunk
    return data
