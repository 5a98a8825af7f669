"""Finds and ends what earlier runs left, by the mark in the environment, never by name.

Needed only where warden and supervisor were killed together. A marked process is left
over when its server is gone or both of its keepers are. All are known by process id and
start time, so a number that was used again keeps nothing alive.
"""
import os
import time

import _signal

from . import codes, kernel, tree, wire
from .cgroup import sweep as sweep_cgroup
from .mark import KEEPERS, MARK

_LIMIT_S = 5
_FREEZE_PASSES = 10


def sweep(prefix, cgroup, uids):
    """Ends the leftovers whose mark begins with `prefix`, prints what it did as one line of JSON.

    What has cleared its environment is found where there is another sign: with a cgroup
    directory, the groups in it whose warden is gone; with user ids that are the agents'
    alone, every process of theirs that is not below a marked one in use.
    """
    groups = sweep_cgroup(cgroup) if cgroup else 0
    prefix = os.fsencode(prefix)
    ended = {}
    until = time.monotonic() + _LIMIT_S
    while True:
        found = _freeze(prefix, uids)
        for pid, (fields, mark) in found.items():
            entry = {"pid": pid, "name": _name(pid), "mark": os.fsdecode(mark)}
            if kernel.send_signal(pid, int(fields[19]), _signal.SIGKILL, tree.start_of):
                ended.setdefault((pid, fields[19]), entry)
        if not found or time.monotonic() > until:
            break
        time.sleep(0.01)
    kept = len(_find(prefix, uids)[1])
    report = {"type": "swept", "ended": list(ended.values()), "groups": groups, "kept": kept, "remaining": len(found)}
    os.write(1, wire.encode(report))
    return codes.REMAINING if found else codes.ENDED


def _freeze(prefix, uids):
    """Stops all leftovers and what is below them, until a look finds no new one: {pid: (fields, mark)}.

    So none can fork between the look and the kill. And an unmarked process below a keeper
    is found while the keeper, stopped, still holds it: afterwards nothing would tell whose it is.
    """
    found = {}
    for _ in range(_FREEZE_PASSES):
        leftovers = _find(prefix, uids)[0]
        fresh = {pid: fields for pid, fields in _with_descendants(leftovers).items() if pid not in found}
        for pid, fields in fresh.items():
            kernel.send_signal(pid, int(fields[19]), _signal.SIGSTOP, tree.start_of)
            found[pid] = (fields, leftovers.get(pid, b""))
        if not fresh:
            break
    return found


def _find(prefix, uids):
    """({pid: mark} of the leftovers, the pids of those in use)."""
    leftovers = {}
    kept = []
    spared = _own_line()
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) in spared:
            continue
        pid = int(name)
        environment = _environment(pid)
        mark = environment.get(MARK, b"")
        if _user_of(pid) in uids:
            # An agent's own environment proves nothing for it: it can write there what it likes.
            in_use = _has_keeper(pid, uids)
        elif mark.startswith(prefix):
            in_use = _in_use(pid, environment)
        else:
            continue
        if in_use:
            kept.append(pid)
        else:
            leftovers[pid] = mark
    return leftovers, kept


def _user_of(pid):
    """The real user id; unlike the owner of the files in /proc it cannot be hidden."""
    for line in _read(pid, "status").splitlines():
        if line.startswith(b"Uid:"):
            return int(line.split()[1])
    return -1


def _has_keeper(pid, uids):
    """Whether a keeper in use, that no agent can pretend to be, is above the process."""
    while True:
        above = 0
        for above in _line(pid):
            if _user_of(above) not in uids:
                environment = _environment(above)
                if MARK in environment and _in_use(above, environment):
                    return True
        if tree.read_stat(above) or not tree.read_stat(pid):
            return False
        # The line broke off at a process that ended just now; its children have another parent.


def _in_use(pid, environment):
    keepers = [_alive(keeper) for keeper in environment.get(KEEPERS, b"").split(b",") if keeper]
    if len(keepers) == 3:
        owner, warden, supervisor = keepers
        return owner and (warden or supervisor)
    # No keepers: it is a warden or a supervisor itself. Its server is named on the command line.
    owner = _owner_option(pid)
    own_start = tree.start_of(pid)
    if not owner or own_start is None:
        return True
    start = tree.start_of_living(owner)
    return start is not None and start <= own_start


def _alive(keeper):
    pid, _, start = keeper.partition(b":")
    return pid.isdigit() and start.isdigit() and tree.start_of_living(int(pid)) == int(start)


def _owner_option(pid):
    words = _read(pid, "cmdline").split(b"\0")
    words = words[: words.index(b"--")] if b"--" in words else []
    for word, following in zip(words, words[1:] + [b""]):
        value = following if word == b"--owner-pid" else word.partition(b"--owner-pid=")[2]
        if value.isdigit():
            return int(value)
    return 0


def _with_descendants(leftovers):
    """Also what a leftover started without the mark, as {pid: stat fields}, living ones only."""
    found = {}
    for pid in leftovers:
        fields = tree.read_stat(pid)
        if fields:
            found[pid] = fields
            found.update(tree.descendants(pid))
    return {pid: fields for pid, fields in found.items() if fields[0] != b"Z"}


def _own_line():
    """This process and everything above it: never to be ended."""
    return set(_line(os.getpid()))


def _line(pid):
    """A process and all that are above it."""
    while pid > 0:
        yield pid
        fields = tree.read_stat(pid)
        pid = int(fields[1]) if fields else 0


def _environment(pid):
    pairs = (entry.partition(b"=") for entry in _read(pid, "environ").split(b"\0"))
    return {name: value for name, _, value in pairs}


def _name(pid):
    return os.fsdecode(_read(pid, "comm").strip())


def _read(pid, file):
    try:
        with open("/proc/%d/%s" % (pid, file), "rb", 0) as stream:
            return stream.read()
    except OSError:
        return b""
