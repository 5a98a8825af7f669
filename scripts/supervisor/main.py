"""What to do with the command line."""
import os

from . import codes


def main(arguments):
    mode = arguments[0] if arguments else "--help"
    if mode in ("--help", "-h"):
        from .options import help_text

        print(help_text())
        return codes.ENDED if arguments else codes.USAGE
    if mode == "--version":
        from . import VERSION

        print(VERSION)
        return codes.ENDED
    if mode in ("--sweep", "--check-sandbox"):
        return _other_mode(mode, arguments[1:])
    return _supervise(arguments)


def _supervise(arguments):
    from . import options as table

    try:
        options = table.parse(arguments)
    except table.UsageError as error:
        return _complain(str(error), codes.USAGE)
    from .channel import Channel

    try:
        channel = Channel(options.control_fd)
    except OSError as error:
        return _complain("descriptor %d is no control channel: %s" % (options.control_fd, error.strerror), codes.NO_CONTROL)
    from .pair import run

    return run(options, channel)


def _other_mode(mode, arguments):
    words = list(arguments)
    cgroup = ""
    if words[-2:-1] == ["--cgroup"]:
        cgroup = words.pop()
        words.pop()
    if mode == "--check-sandbox":
        from .check import check_sandbox

        return _complain("--check-sandbox takes --cgroup DIR or nothing", codes.USAGE) if words else check_sandbox(cgroup)
    from .sweep import sweep

    if len(words) != 1 or not words[0]:
        return _complain("--sweep takes one mark prefix, and not an empty one", codes.USAGE)
    return sweep(words[0], cgroup)


def _complain(text, code):
    os.write(2, ("claude_wrapper: %s\n" % text).encode("utf-8", "replace"))
    return code
