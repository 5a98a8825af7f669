"""Claims a block of user ids on this host, so that no two servers run agents as the same user.

A claim is a file in a directory of root's: `FIRST-LAST`, with the owner and its data folder as
JSON. It outlives the server, since the files of its sessions do, and ends with the data folder.
A lock of the kernel is held for the milliseconds that one claim takes.
"""
import errno
import fcntl
import json
import os
import socket
import time

from . import codes, wire

_LOCK_S = 10
# What does not pass by itself. Of anything else the next try may know nothing: nobody goes without a claim for it.
_LASTING = (errno.EPERM, errno.EACCES, errno.EROFS, errno.ENOENT, errno.ENOTDIR, errno.EEXIST, errno.ELOOP, errno.ENAMETOOLONG)
_OPTIONS = ("--owner", "--folder", "--range", "--block", "--first")


class Refused(Exception):
    """`code` says of what kind: `uids_taken`, `uids_unclaimable` where no claim can be made at all, `uids_failed` for now."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def main(directory, words):
    """Prints the block as one line of JSON, or why there is none."""
    settings = dict(zip(words[::2], words[1::2]))
    first, dash, last = settings.get("--range", "").partition("-")
    numbers = (first, last, settings.get("--block", ""), settings.get("--first", "0"))
    complete = directory.startswith("/") and settings.get("--owner") and settings.get("--folder", "").startswith("/")
    if len(words) % 2 or not complete or set(settings) - set(_OPTIONS) or not dash or not all(word.isdigit() for word in numbers):
        os.write(2, b"claude_wrapper: --claim-uids DIR --owner TEXT --folder DIR --range FIRST-LAST --block COUNT [--first UID]\n")
        return codes.USAGE
    first, last, block, wanted = (int(word) for word in numbers)
    try:
        begin = _claim(directory, settings["--owner"], settings["--folder"], range(first, last + 1), block, wanted)
    except Refused as error:
        os.write(1, wire.encode({"type": "error", "code": error.code, "message": str(error)}))
        return codes.UNCLAIMED
    os.write(1, wire.encode({"type": "uids", "first": begin, "last": begin + block - 1}))
    return codes.ENDED


def _claim(directory, owner, folder, ids, block, wanted):
    try:
        lock = _locked(directory)
    except OSError as error:
        raise _failed(directory, error)
    try:
        claims = _living(directory)
        mine = [claim for claim in claims if claim["owner"] == owner or _same_folder(claim, folder)]
        others = [claim for claim in claims if claim not in mine]
        # What it had, as long as the settings still allow it: the files of its sessions belong to these users.
        kept = [claim["first"] for claim in mine if claim["first"] in ids and claim["last"] == claim["first"] + block - 1]
        begin = _choose(others, [wanted] if wanted else [*kept, *range(ids.start, ids.stop - block + 1, block)], block)
        _write(directory, {"first": begin, "last": begin + block - 1, "owner": owner, "folder": folder, "host": socket.gethostname()})
        for claim in mine:
            if claim["file"] != "%d-%d" % (begin, begin + block - 1):
                os.unlink(os.path.join(directory, claim["file"]))
        return begin
    except OSError as error:
        raise _failed(directory, error)
    finally:
        os.close(lock)


def _failed(directory, error):
    code = "uids_unclaimable" if error.errno in _LASTING else "uids_failed"
    return Refused(code, "%s: %s" % (directory, error.strerror))


def _choose(others, candidates, block):
    for begin in candidates:
        if not any(claim["first"] <= begin + block - 1 and begin <= claim["last"] for claim in others):
            return begin
    holders = sorted({claim["folder"] for claim in others})
    raise Refused("uids_taken", "the user ids are claimed by the servers of %s" % ", ".join(holders[:5]))


def _locked(directory):
    """A descriptor that holds the lock of the directory, which is root's alone."""
    os.makedirs(directory, mode=0o700, exist_ok=True)
    info = os.lstat(directory)
    if info.st_uid != os.geteuid() or info.st_mode & 0o022:
        raise PermissionError(1, "it belongs to another user, or others may write into it")
    lock = os.open(os.path.join(directory, "lock"), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    until = time.monotonic() + _LOCK_S
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock
        except OSError as error:
            if time.monotonic() > until:
                os.close(lock)
                raise OSError(error.errno, "it stays locked")
            time.sleep(0.01)


def _living(directory):
    """The claims; one whose data folder is gone is removed."""
    found = []
    for name in os.listdir(directory):
        first, dash, last = name.partition("-")
        if not (dash and first.isdigit() and last.isdigit()):
            continue
        claim = _read(os.path.join(directory, name))
        claim.update(file=name, first=int(first), last=int(last))
        # A folder of another host or container cannot be looked for from here.
        if claim["host"] == socket.gethostname() and claim["folder"] and not os.path.isdir(claim["folder"]):
            os.unlink(os.path.join(directory, name))
        else:
            found.append(claim)
    return found


def _read(path):
    """What a claim says; one that cannot be read keeps its ids from others."""
    try:
        with open(path) as file:
            text = json.load(file)
    except (OSError, ValueError):
        text = {}
    return {key: str(text.get(key, "")) for key in ("owner", "folder", "host")}


def _same_folder(claim, folder):
    return claim["host"] == socket.gethostname() and claim["folder"] == folder


def _write(directory, claim):
    """Whole or not at all."""
    path = os.path.join(directory, "%d-%d" % (claim["first"], claim["last"]))
    with open(path + ".new", "w") as file:
        json.dump(claim, file)
    os.rename(path + ".new", path)
