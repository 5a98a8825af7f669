"""Which kinds of sandbox this machine allows, found out by trying each."""
import os
import subprocess

from . import codes, kernel, namespace, wire
from .cgroup import probe
from .options import Options

_NOBODY = 65534
_LIMIT_S = 10


def check_sandbox(cgroup):
    """Prints one line of JSON: what works, and for the rest why it does not."""
    why = {}
    result = {
        "type": "sandbox",
        "user": _tell(why, "user", _user()),
        "userSeesOwnProcessesOnly": _tell(why, "userSeesOwnProcessesOnly", _hiding()),
        "namespace": _tell(why, "namespace", _namespace(None)),
        "cgroup": _tell(why, "cgroup", probe(cgroup) if cgroup else "no directory is given by --cgroup"),
    }
    # With --uid bubblewrap runs without privileges, which some machines refuse.
    both = _namespace(_NOBODY) if result["user"] else why["user"]
    result["namespaceWithUser"] = _tell(why, "namespaceWithUser", both)
    result["why"] = why
    os.write(1, wire.encode(result))
    return codes.ENDED


def _tell(why, name, reason):
    """`reason` is why it does not work, or empty."""
    if reason:
        why[name] = reason
    return not reason


def _user():
    refused = "changing the user is refused: that takes root with CAP_SETUID and CAP_SETGID"
    return "" if _child_can(lambda: _drop(_NOBODY) or True) else refused


def _hiding():
    """It is tried as it will be used: an older kernel mounts, and hides nothing."""
    refused = "mounting /proc anew is refused, or hides nothing: that takes CAP_SYS_ADMIN and Linux 5.8"
    parent = "/proc/%d" % os.getpid()
    return "" if _child_can(lambda: kernel.hide_other_users() and not _drop(_NOBODY) and not os.path.exists(parent)) else refused


def _child_can(attempt):
    pid = os.fork()
    if pid == 0:
        done = False
        try:
            done = attempt()
        finally:
            os._exit(0 if done else 1)
    return os.waitpid(pid, 0)[1] == 0


def _drop(uid):
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)


def _namespace(user):
    options = Options()
    options.command = ["true"]
    options.uid = user or 0
    try:
        done = subprocess.run(
            namespace.wrap(options, "/"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            preexec_fn=(lambda: _drop(user)) if user else None,
            timeout=_LIMIT_S,
        )
    except FileNotFoundError:
        return "bwrap is not on PATH: install the package bubblewrap"
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    text = done.stderr.decode("utf-8", "replace").strip()
    return "" if done.returncode == 0 else text[-300:] or "bwrap ended with %d" % done.returncode
