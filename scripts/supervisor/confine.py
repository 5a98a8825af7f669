"""What the child does to itself between fork and exec: limits of the kernel, another user."""
import os

from . import kernel

# The kernel counts threads, and the CLI alone has about twenty. As a backstop against
# a fork bomb that outruns the watching, not as the limit itself.
_TASKS_PER_PROCESS = 16
_TASKS_SPARE = 256


def tasks_for(processes):
    """How many kernel tasks a limit of so many processes allows."""
    return processes * _TASKS_PER_PROCESS + _TASKS_SPARE


def confine(options, cgroup):
    """Runs in the child. Whatever fails here is a failed spawn: no program runs unconfined."""
    if cgroup:
        cgroup.enter()
    _limit_resources(options)
    if options.uid:
        if options.sandbox == "none":
            # Bubblewrap has process ids of its own. Where it does not work, the table of docs/sandbox.md says what is seen.
            kernel.hide_other_users()
        _become(options.uid, options.gid)


def _limit_resources(options):
    if not (options.max_open_files or options.max_file_size_bytes or (options.uid and options.max_processes)):
        return
    import resource

    for limit, value in (
        (resource.RLIMIT_NOFILE, options.max_open_files),
        (resource.RLIMIT_FSIZE, options.max_file_size_bytes),
        # Counted by user over all of the machine, so it fits only a user of the session's own.
        (resource.RLIMIT_NPROC, options.uid and options.max_processes and tasks_for(options.max_processes)),
    ):
        if value:
            hard = resource.getrlimit(limit)[1]
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(limit, (value, value))


def _become(uid, gid):
    """Another user for good: no further groups, and no way back by setuid programs."""
    if os.geteuid() == 0:
        os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
