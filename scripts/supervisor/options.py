"""The options, defined once: parsing, checks and --help come from this table."""


class UsageError(Exception):
    pass


# name, kind, default, meaning. Every option takes a value.
TABLE = (
    ("control-fd", "count", 3, "descriptor of the control channel (a connected stream socket)"),
    ("owner-pid", "count", 0, "process id of the server that starts this; 0 = the parent process"),
    ("mark", "text", "", "put as STEWARD_MARK into the program's environment; --sweep finds it"),
    ("sample-interval-ms", "ms", 1000, "how often a sample is sent; 0 = never"),
    ("renew-deadline-ms", "ms", 0, "allowance until the first renew; without a renew in time the tree is ended; 0 = off"),
    ("descendant-grace-ms", "ms", 200, "from SIGTERM to SIGKILL for what outlives the program"),
    ("term-grace-ms", "ms", 2000, "grace of the stop that a SIGTERM to the supervisor begins"),
    ("max-memory-bytes", "bytes", 0, "memory of the tree, above which it is ended; 0 = no limit"),
    ("warn-memory-bytes", "bytes", 0, "memory of the tree, from which on a warning is sent; 0 = 90 % of the limit"),
    ("max-cpu-ms", "ms", 0, "CPU time of the tree in one run (control messages run and idle); 0 = no limit"),
    ("max-processes", "count", 0, "processes of the tree; 0 = no limit"),
    ("max-wall-ms", "ms", 0, "life of the program; 0 = no limit"),
    ("max-workspace-bytes", "bytes", 0, "bytes on disk below all of --workspace together; 0 = no limit"),
    ("workspace", "list", None, "a directory that --max-workspace-bytes counts"),
    ("max-open-files", "count", 0, "open files of each process; 0 = as inherited"),
    ("max-file-size-bytes", "bytes", 0, "size of each file that is written; 0 = as inherited"),
    ("uid", "count", 0, "run the program as this user, with no further groups or privileges; 0 = as the supervisor"),
    ("gid", "count", 0, "the group that goes with --uid; 0 = as the supervisor"),
    ("sandbox", "text", "none", "none, or namespace: own process ids and a view of the files by bubblewrap"),
    ("ro-bind", "list", None, "with --sandbox namespace: a path that can be read"),
    ("bind", "list", None, "with --sandbox namespace: a path that can be read and written"),
    ("tmp-bytes", "bytes", 64 << 20, "with --sandbox namespace: size of its own /tmp, and of /dev/shm, which lie in memory"),
    ("cgroup", "path", "", "a writable cgroup v2 directory; the program gets a group of its own below it"),
    ("linger-ms", "ms", 0, "how long the other side's close is waited for after `exited`; 0 = not"),
    ("end-limit-ms", "ms", 15000, "how long ending the tree is tried before `exited` tells what remains"),
)

MODES = (
    ("help", "print this"),
    ("version", "print the version of the control protocol"),
    ("sweep PREFIX", "end what earlier runs left; prints JSON. More: docs/protocol.md"),
    ("sweep PREFIX --uids FIRST-LAST", "also whatever runs as one of these users, which are the agents' alone"),
    ("sweep PREFIX --cgroup DIR", "also what is in groups below DIR whose warden is gone"),
    ("claim-uids DIR ...", "claim a block of user ids on this host; prints JSON. More: docs/protocol.md"),
    ("await [options] --", "wait for the rest of the command line on the control channel. More: docs/protocol.md"),
    ("check-sandbox [--cgroup DIR]", "print as JSON which kinds of sandbox this machine allows, and why not"),
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
        if not given:
            value = next(words, None)
            if value is None:
                raise UsageError("--%s needs a value" % name)
        _store(options, name, kinds[name], value)
    _check(options)
    return options


def _check(options):
    if not options.command or not options.command[0]:
        raise UsageError("no program given: put it after --")
    if options.control_fd < 3:
        raise UsageError("--control-fd is 3 or more: the others are the program's")
    if options.sandbox not in ("none", "namespace"):
        raise UsageError("--sandbox is none or namespace, not %r" % options.sandbox)
    if bool(options.uid) != bool(options.gid):
        raise UsageError("--uid and --gid go together, and neither is 0")
    if options.max_workspace_bytes and not options.workspace:
        raise UsageError("--max-workspace-bytes needs --workspace")
    if (options.bind or options.ro_bind) and options.sandbox != "namespace":
        raise UsageError("--bind and --ro-bind need --sandbox namespace")
    for path in (*options.bind, *options.ro_bind, *options.workspace, *filter(None, (options.cgroup,))):
        if not path.startswith("/"):
            raise UsageError("paths are absolute, not %r" % path)


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
        "       claude_wrapper.py --sweep PREFIX | --claim-uids DIR | --await | --check-sandbox | --help | --version",
        "",
        "Runs PROGRAM with this process's stdin, stdout and stderr, watches it and all its",
        "descendants, and leaves none behind. Control goes over descriptor 3.",
        "",
    ]
    for name, kind, default, meaning in TABLE:
        unit = " (%s; default %s)" % (_UNITS[kind], "none" if default in ("", None) else default)
        lines.append("  --%-31s %s%s" % (name, meaning, unit))
    lines.append("")
    lines.extend("  --%-31s %s" % mode for mode in MODES)
    return "\n".join(lines)
