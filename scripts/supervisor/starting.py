"""From the options to the started program."""
import os

from . import mark
from .launch import SpawnFailed, candidates, launch
from .program import InsideProgram, Program


def start(options, cgroup, owner, warden):
    """Starts the program as the options say, in its sandbox and under its limits."""
    environment = mark.environment(options.mark, owner, warden)
    prepare = None
    # What a plain start does not need is not even loaded.
    if cgroup or options.uid or options.max_open_files or options.max_file_size_bytes:
        from .confine import confine

        def prepare():
            confine(options, cgroup)

    if options.sandbox == "none":
        return Program(launch(options.command, environment, prepare))
    from .namespace import wrap

    # Bubblewrap would tell it on stderr only.
    if not any(os.access(path, os.X_OK) for path in candidates(options.command[0], environment)):
        raise SpawnFailed(2, "No such file or directory: %s" % options.command[0])
    return InsideProgram(launch(wrap(options, os.getcwd()), environment, prepare))


def workspace(options, limits, channel):
    """The watch over the workspace's size, or None."""
    if not options.workspace:
        return None
    from .workspace import Workspace

    def tell(size):
        channel.send({"type": "workspace", "bytes": size}, droppable=True)

    return Workspace(options.workspace, options.max_workspace_bytes, lambda size: limits.compare("workspace", size), tell)
