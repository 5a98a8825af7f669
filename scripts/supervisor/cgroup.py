"""A cgroup (version 2) of the program's own: limits in the kernel, and one write that ends all of it."""
import os
import time

from . import tree
from .confine import tasks_for

_NAME = "steward-"
_CONTROLLERS = ("memory", "pids")
# How long the sweep waits for a killed group to be empty.
_EMPTY_S = 2


class Cgroup:
    """Made by the warden before the fork, so that either keeper can remove it."""

    def __init__(self, parent, options):
        pid = os.getpid()
        self.path = os.path.join(parent, "%s%d-%d" % (_NAME, pid, tree.start_of(pid)))
        for controller in _CONTROLLERS:
            # One by one: a missing controller refuses the whole line.
            _try_write(os.path.join(parent, "cgroup.subtree_control"), "+" + controller)
        os.mkdir(self.path)
        if options.max_memory_bytes:
            _try_write(os.path.join(self.path, "memory.max"), str(options.max_memory_bytes))
            _try_write(os.path.join(self.path, "memory.swap.max"), "0")
            _try_write(os.path.join(self.path, "memory.oom.group"), "1")
        if options.max_processes:
            _try_write(os.path.join(self.path, "pids.max"), str(tasks_for(options.max_processes)))

    def enter(self):
        with open(os.path.join(self.path, "cgroup.procs"), "w") as file:
            file.write("0")

    def kill(self):
        """Ends every process in it at once. False where the kernel (before 5.14) has no such file."""
        return _try_write(os.path.join(self.path, "cgroup.kill"), "1")

    def ran_out_of_memory(self):
        """Whether the kernel has killed the group for its memory."""
        text = _read(os.path.join(self.path, "memory.events"))
        counts = dict(line.split() for line in text.splitlines())
        return int(counts.get("oom_kill", 0)) > 0

    def remove(self):
        _remove(self.path)


def probe(parent):
    """Why `parent` cannot hold groups with limits, or an empty text."""
    path = os.path.join(parent, "%sprobe-%d" % (_NAME, os.getpid()))
    try:
        os.mkdir(path)
    except OSError as error:
        return "no group can be made in %s: %s" % (parent, error.strerror)
    try:
        for controller in _CONTROLLERS:
            _try_write(os.path.join(parent, "cgroup.subtree_control"), "+" + controller)
        there = _read(os.path.join(path, "cgroup.controllers")).split()
        missing = [controller for controller in _CONTROLLERS if controller not in there]
        return "controllers missing below %s: %s" % (parent, ", ".join(missing)) if missing else ""
    finally:
        _remove(path)


def sweep(parent):
    """Ends and removes the groups below `parent` whose warden is gone; returns how many."""
    ended = 0
    for name in _list(parent):
        pid, _, start = name[len(_NAME) :].partition("-")
        if not name.startswith(_NAME) or not (pid.isdigit() and start.isdigit()):
            continue
        if tree.start_of_living(int(pid)) != int(start):
            path = os.path.join(parent, name)
            if _populated(path):
                ended += _try_write(os.path.join(path, "cgroup.kill"), "1")
            until = time.monotonic() + _EMPTY_S
            while _populated(path) and time.monotonic() < until:
                time.sleep(0.01)
            _remove(path)
    return ended


def _populated(path):
    return "populated 1" in _read(os.path.join(path, "cgroup.events"))


def _remove(path):
    # A program that may write here can have made groups below its own.
    for name in _list(path):
        _remove(os.path.join(path, name))
    try:
        os.rmdir(path)
    except OSError:
        pass  # not empty yet; the next sweep removes it


def _list(path):
    try:
        return [entry.name for entry in os.scandir(path) if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []


def _read(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


def _try_write(path, text):
    try:
        with open(path, "w") as file:
            file.write(text)
        return True
    except OSError:
        return False
