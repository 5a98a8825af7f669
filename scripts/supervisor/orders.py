"""What the server may ask over the control channel. A bad line is answered and ignored."""
import os

import _signal

from . import kernel, messages, tree
from .ending import signal_all

_MAX_MS = 2**53
_TARGETS = ("cli", "group", "tree")


class BadLine(Exception):
    pass


class Orders:
    def __init__(self, supervisor):
        self._supervisor = supervisor
        self._known = {
            "signal": self._signal,
            "stop": self._stop,
            "renew": self._renew,
            "run": self._run,
            "idle": self._idle,
            "sample": self._sample,
        }

    def obey(self, message):
        """Carries out one message, as `Channel.receive` gives it."""
        try:
            if isinstance(message, str):
                raise BadLine(message)
            kind = message.get("type")
            known = self._known.get(kind) if isinstance(kind, str) else None
            if not known:
                raise BadLine("unknown type %.100r" % (kind,))
            known(message)
        except BadLine as error:
            self._supervisor.channel.send(messages.error("bad_control_line", str(error)))

    def _signal(self, message):
        name = message.get("signal")
        number = kernel.signal_number(name) if isinstance(name, str) else None
        if number is None:
            raise BadLine("signal: no such signal %.100r" % (name,))
        target = message.get("target", "cli")
        if target not in _TARGETS:
            raise BadLine("target is one of cli, group, tree")
        program = self._supervisor.program
        try:
            if target == "cli":
                program.signal(number)
            elif target == "group":
                program.signal_group(number)
            else:
                signal_all(tree.descendants(os.getpid()), number)
        except OSError as error:
            self._supervisor.channel.send(messages.error("signal_failed", error.strerror, error.errno))

    def _stop(self, message):
        self._supervisor.end("stop", _milliseconds(message, "graceMs"))

    def _renew(self, message):
        self._supervisor.lease.renew(_milliseconds(message, "untilMs"))

    def _run(self, _message):
        self._supervisor.sampler.begin_run()
        self._supervisor.limits.begin_run()

    def _idle(self, _message):
        self._supervisor.end_run()

    def _sample(self, message):
        self._supervisor.sampler.answer(message.get("id"), self._supervisor.program)


def _milliseconds(message, field):
    value = message.get(field)
    # True is an int in Python.
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= _MAX_MS:
        raise BadLine("%s is a number of milliseconds from 0 on" % field)
    return value
