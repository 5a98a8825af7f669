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
    if mode == "--claim-uids":
        from .claim import main as claim

        return claim((arguments[1:] or [""])[0], arguments[2:])
    if mode == "--await":
        from .standby import wait

        return wait(arguments[1:], _supervise)
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
    settings = {"--cgroup": "", "--uids": ""}
    words = list(arguments)
    prefix = words.pop(0) if mode == "--sweep" and words else ""
    while len(words) > 1 and words[0] in settings:
        name, value, *words = words
        settings[name] = value
    first, dash, last = settings["--uids"].partition("-")
    if words or (settings["--uids"] and not (first.isdigit() and dash and last.isdigit() and int(first) > 0)):
        return _complain("%s does not take %s: see --help" % (mode, " ".join(words or [settings["--uids"]])), codes.USAGE)
    if mode == "--check-sandbox":
        from .check import check_sandbox

        return check_sandbox(settings["--cgroup"])
    if not prefix:
        return _complain("--sweep takes a mark prefix, and not an empty one", codes.USAGE)
    from .sweep import sweep

    return sweep(prefix, settings["--cgroup"], range(int(first), int(last) + 1) if dash else range(0))


def _complain(text, code):
    os.write(2, ("claude_wrapper: %s\n" % text).encode("utf-8", "replace"))
    return code
