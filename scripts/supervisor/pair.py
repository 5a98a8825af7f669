"""Splits the started process into warden and supervisor."""
import os

import _signal

from . import codes, kernel, messages
from .page import Page
from .supervise import Supervisor
from .warden import Warden


def run(options, channel):
    """Returns the exit code of whichever of the two this process became."""
    owner = options.owner_pid or os.getppid()
    warden = os.getpid()
    try:
        # Before the fork, so that there is no moment in which an orphan could pass it by.
        kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
        page = Page()
        cgroup = _cgroup(options)
        supervisor = os.fork()
    except OSError as error:
        channel.send(messages.error("spawn_failed", str(error), error.errno))
        channel.drain(1000)
        return codes.SPAWN_FAILED
    if supervisor:
        return Warden(options, channel, page, cgroup, owner, supervisor).run()
    return _supervise(options, channel, page, cgroup, owner, warden)


def _cgroup(options):
    if not options.cgroup:
        return None
    from .cgroup import Cgroup

    return Cgroup(options.cgroup, options)


def _supervise(options, channel, page, cgroup, owner, warden):
    """A fault of ours is told; the warden then ends what is left."""
    try:
        return Supervisor(options, channel, page, cgroup, owner, warden).run()
    except Exception as error:
        page.reason = page.reason or "internal"
        channel.send(messages.error("internal", _describe(error)))
        channel.drain(200)
        return codes.INTERNAL
    finally:
        # A stopped warden could not reap us and would stay for ever.
        if os.getppid() == warden:
            os.kill(warden, _signal.SIGCONT)


def _describe(error):
    position = error.__traceback__
    while position.tb_next:
        position = position.tb_next
    return "%r at %s:%d" % (error, os.path.basename(position.tb_frame.f_code.co_filename), position.tb_lineno)
