"""The options, defined once: parsing, checks and --help come from this table."""


class UsageError(Exception):
    pass


# name, kind, default, meaning. A kind other than `flag` takes a value.
TABLE = (
    ("control-fd", "count", 3, "descriptor of the control channel (a connected stream socket)"),
    ("owner-pid", "count", 0, "process id of the server that starts this; 0 = the parent process"),
    ("mark", "text", "", "put as STEWARD_MARK into the program's environment; --sweep finds it"),
    ("sample-interval-ms", "ms", 1000, "how often a sample is sent; 0 = never"),
    ("renew-deadline-ms", "ms", 0, "allowance until the first renew; without a renew in time the tree is ended; 0 = off"),
    ("descendant-grace-ms", "ms", 200, "from SIGTERM to SIGKILL for what outlives the program"),
    ("term-grace-ms", "ms", 2000, "grace of the stop that a SIGTERM to the supervisor begins"),
    ("end-limit-ms", "ms", 5000, "how long ending the tree is tried before `exited` tells what remains"),
)

MODES = (
    ("help", "print this"),
    ("version", "print the version of the control protocol"),
    ("sweep PREFIX", "end what an earlier run left: see docs/protocol.md"),
)

_UNITS = {"ms": "milliseconds", "bytes": "bytes", "count": "number", "text": "text", "path": "path", "list": "path, may be repeated"}


class Options:
    """One attribute for each row of the table (`-` becomes `_`), and `command`."""

    def __init__(self):
        for name, kind, default, _ in TABLE:
            setattr(self, name.replace("-", "_"), [] if kind == "list" else default)
        self.command = []


def parse(arguments):
    """The options of `arguments`; UsageError says which one is wrong and how."""
    kinds = {name: kind for name, kind, _, _ in TABLE}
    options = Options()
    words = iter(arguments)
    for word in words:
        if word == "--":
            options.command = list(words)
            break
        name, given, value = word[2:].partition("=")
        if not word.startswith("--") or name not in kinds:
            raise UsageError("unknown option %s (the program comes after --)" % word)
        kind = kinds[name]
        if kind == "flag":
            value = True
        elif not given:
            value = next(words, None)
            if value is None:
                raise UsageError("--%s needs a value" % name)
        _store(options, name, kind, value)
    if not options.command or not options.command[0]:
        raise UsageError("no program given: put it after --")
    return options


def _store(options, name, kind, value):
    attribute = name.replace("-", "_")
    if kind in ("ms", "bytes", "count"):
        # isdigit alone takes digits of other scripts too.
        if not (value.isascii() and value.isdigit() and len(value) <= 18):
            raise UsageError("--%s takes a whole number from 0 on, not %r" % (name, value))
        value = int(value)
    elif kind == "list":
        value = getattr(options, attribute) + [value]
    setattr(options, attribute, value)


def help_text():
    lines = [
        "usage: claude_wrapper.py [options] -- PROGRAM [ARG...]",
        "       claude_wrapper.py --sweep PREFIX | --help | --version",
        "",
        "Runs PROGRAM with this process's stdin, stdout and stderr, watches it and all its",
        "descendants, and leaves none behind. Control goes over descriptor 3.",
        "",
    ]
    for name, kind, default, meaning in TABLE:
        unit = "" if kind == "flag" else " (%s; default %s)" % (_UNITS[kind], "none" if default in ("", None) else default)
        lines.append("  --%-24s %s%s" % (name, meaning, unit))
    lines.append("")
    lines.extend("  --%-24s %s" % mode for mode in MODES)
    return "\n".join(lines)
