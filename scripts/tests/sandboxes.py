"""The four kinds of sandbox, and a place for the tests in them."""
import json
import os
import shutil
import subprocess
import sys
import tempfile

from harness import PYTHON, SCRIPTS, WRAPPER

sys.path.insert(0, SCRIPTS)

from supervisor import tree  # noqa: E402

# Of this process alone: a sweep by user in another run of the tests on this host ends nothing of this one.
UID = 54000 + os.getpid() % 10000
USER = ("--uid", str(UID), "--gid", str(UID))


def options(mode, *binds):
    """The options of a mode. `binds` are what the program may write."""
    words = list(USER) if "user" in mode else []
    if "namespace" in mode:
        words += ["--sandbox", "namespace", *(word for path in binds for word in ("--bind", path))]
    return words


MODES = ("none", "user", "namespace", "namespace+user")


def told():
    """What --check-sandbox says."""
    done = subprocess.run([*PYTHON, WRAPPER, "--check-sandbox"], capture_output=True, check=True, timeout=30)
    return json.loads(done.stdout)


def may_mount():
    """Whether this machine lets us have a /proc that hides others, as util-linux finds it."""
    script = "mount -t proc -o hidepid=2 proc /proc && ! setpriv --reuid=65534 --regid=65534 --clear-groups test -d /proc/$PPID"
    return subprocess.run(["unshare", "-m", "sh", "-c", script], capture_output=True, timeout=30).returncode == 0


def allowed():
    """What --check-sandbox says, by mode."""
    answers = told()
    return {
        "none": True,
        "user": answers["user"],
        "namespace": answers["namespace"],
        "namespace+user": answers["namespaceWithUser"],
    }


def workspace(test, mode):
    """A directory that the mode's user owns. It is gone after the test."""
    folder = tempfile.mkdtemp(prefix="steward-test-")
    test.addCleanup(shutil.rmtree, folder, ignore_errors=True)
    if "user" in mode and os.geteuid() == 0:
        os.chown(folder, UID, UID)
    return folder


def below(pid):
    """{(pid, start time)} of all descendants."""
    return {(child, fields[19]) for child, fields in tree.descendants(pid).items()}


def living(processes):
    found = []
    for pid, start in processes:
        fields = tree.read_stat(pid)
        if fields and fields[19] == start and fields[0] != b"Z":
            found.append(pid)
    return found
