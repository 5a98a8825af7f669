"""Who descends from a process, read from /proc.

Both the warden and the supervisor are subreapers, so the kernel hands every orphan
below them to them: a descendant cannot leave the tree by setsid or a double fork,
and following the parent links down finds all of them.
"""
import os


def read_stat(pid):
    """The fields of /proc/PID/stat from the state on, or None when there is no such process.

    [0] state [1] parent [2] group [11] utime [12] stime [13] cutime [14] cstime
    [17] threads [19] start time [21] resident pages
    """
    try:
        with open("/proc/%d/stat" % pid, "rb", 0) as file:
            text = file.read(4096)
    except OSError:
        return None
    # The name is in brackets and may hold anything, so what follows starts after the last one.
    return text[text.rfind(b")") + 2 :].split()


def start_of(pid):
    """When the process started, in clock ticks after boot, or None."""
    fields = read_stat(pid)
    return int(fields[19]) if fields else None


def start_of_living(pid):
    """The same, and None for a zombie too."""
    fields = read_stat(pid)
    return int(fields[19]) if fields and fields[0] not in (b"Z", b"X") else None


def caught_signals(pid):
    """The mask of the signals that a process has handlers for; 0 when it is gone."""
    try:
        with open("/proc/%d/status" % pid, "rb", 0) as file:
            text = file.read()
    except OSError:
        return 0
    at = text.find(b"\nSigCgt:")
    return int(text[at + 8 :].split(None, 1)[0], 16) if at >= 0 else 0


def children_of(pid, threads=0):
    """The children that every thread of a process has, or None where the kernel cannot tell.

    With `threads` 1, as its stat says, the list of threads need not be read.
    """
    found = []
    try:
        names = (str(pid),) if threads == 1 else os.listdir("/proc/%d/task" % pid)
    except OSError:
        return found
    for thread in names:
        try:
            with open("/proc/%d/task/%s/children" % (pid, thread), "rb", 0) as file:
                text = file.read()
        except FileNotFoundError:
            if not os.path.exists("/proc/self/task/%d/children" % os.getpid()):
                return None
            continue
        except OSError:
            continue
        found.extend(int(word) for word in text.split())
    return found


def descendants(root):
    """All processes below `root` as {pid: stat fields}, zombies included."""
    found = {}
    queue = [root]
    while queue:
        parent = queue.pop()
        children = children_of(parent)
        if children is None:
            return _descendants_by_scan(root)
        for pid in children:
            fields = None if pid in found else read_stat(pid)
            # A number that was used again meanwhile belongs to a parent outside the tree.
            if fields and (int(fields[1]) == root or int(fields[1]) in found):
                found[pid] = fields
                queue.append(pid)
    return found


def _descendants_by_scan(root):
    """The same by reading every process, for kernels without the `children` files."""
    everyone = {}
    below = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            fields = read_stat(int(name))
            if fields:
                everyone[int(name)] = fields
                below.setdefault(int(fields[1]), []).append(int(name))
    found = {}
    queue = [root]
    while queue:
        for pid in below.get(queue.pop(), ()):
            if pid not in found:
                found[pid] = everyone[pid]
                queue.append(pid)
    return found
