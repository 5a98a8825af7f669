"""How many bytes some directories take together, counted in slices so that it never holds up the loop."""
import errno
import os
import stat

from .wake import monotonic_ms

_SLICE_MS = 5
_PAUSE_MS = 45
# After a whole walk, so many times its length is waited, and at least so long.
_REST_FACTOR = 10
_REST_MS = 2000
# Bounds our own memory against a workspace of millions of folders or links.
_MOST_PENDING = 100000
_NONE = float("inf")


class Workspace:
    """`compare(bytes)` is called whenever a walk passes the limit or is complete, `tell(bytes)` when one is complete and found another sum.

    Symbolic links are not followed, other file systems not entered, and what has
    several names is counted once. So a workspace cannot make us read elsewhere.

    A folder whose path is longer than the kernel takes (4,095 bytes) counts as the whole
    limit: what is in it cannot be counted, and would be a way around the limit.
    """

    def __init__(self, paths, limit, compare, tell):
        self._paths = [os.path.abspath(path) for path in paths]
        # Without one only a complete walk is told.
        self._limit = limit or _NONE
        self._compare = compare
        self._tell = tell
        self._told = None
        self.next_ms = monotonic_ms()
        self._walk = None
        self._began_ms = 0

    def tick(self, now_ms):
        if now_ms < self.next_ms:
            return
        if self._walk is None:
            self._walk = _count(self._paths, self._limit)
            self._began_ms = now_ms
        total = None
        for total in self._walk:
            if total > self._limit or monotonic_ms() - now_ms > _SLICE_MS:
                break
        else:
            self._walk = None
        done = self._walk is None
        if total is not None and (done or total > self._limit):
            self._compare(total)
        if total is not None and done and total != self._told:
            self._told = total
            self._tell(total)
        took = monotonic_ms() - self._began_ms
        self.next_ms = monotonic_ms() + (max(_REST_MS, took * _REST_FACTOR) if done else _PAUSE_MS)

    def look_anew(self):
        """Begins a walk now, whatever another had found so far."""
        self._walk = None
        self.next_ms = monotonic_ms()


def _count(roots, limit):
    """Yields the bytes counted so far, after every entry. Each entry counts at least one block.

    What two roots have in common counts once where one is inside the other or a link joins
    files; other file systems below a root are not entered.
    """
    total = 0
    seen = set()
    pending = []
    for root in _outermost(roots):
        try:
            pending.append((root, os.lstat(root).st_dev))
        except OSError:
            pass  # it is gone, or was never made
    while pending:
        path, device = pending.pop()
        try:
            folder = _open_folder(path)
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG and limit != _NONE:
                total += limit
                yield total
            continue
        if folder is None:
            continue
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    info = _stat(entry)
                    if info is None or info.st_dev != device:
                        continue
                    if stat.S_ISDIR(info.st_mode):
                        if len(pending) < _MOST_PENDING:
                            pending.append((os.path.join(path, entry.name), device))
                    elif info.st_nlink > 1:
                        if (device, info.st_ino) in seen:
                            continue
                        if len(seen) < _MOST_PENDING:
                            seen.add((device, info.st_ino))
                    total += max(1, info.st_blocks) * 512
                    yield total
        finally:
            os.close(folder)
    yield total


def _outermost(roots):
    """The real paths of the roots, without those that lie inside another."""
    real = sorted({os.path.realpath(root) for root in roots})
    return [path for path in real if not any(path.startswith(other.rstrip("/") + "/") for other in real if other != path)]


def _open_folder(path):
    """A descriptor of the folder that really is at this path, or None where something else is.

    Raises OSError when it cannot be opened.

    The agent may swap a folder for a link while we walk, and O_NOFOLLOW looks at the last
    part of a path only. So what was opened is compared with what was meant.
    """
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    if os.readlink("/proc/self/fd/%d" % folder) == path:
        return folder
    os.close(folder)
    return None


def _stat(entry):
    try:
        return entry.stat(follow_symlinks=False)
    except OSError:
        return None
