"""The sandbox `namespace`: the program inside bubblewrap, with its own process ids and files."""
import os

# What every program needs of the machine, for reading. Left out on purpose: /root, /home,
# /var, /run (sockets of services), /sys, /boot, and in /etc all that may hold a secret.
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
# So not /etc/ssl as a whole: private keys lie below it, and a program that stays root could read them.
_ETC = (
    *("alternatives", "ca-certificates", "ca-certificates.conf", "group", "host.conf", "hosts", "hostname"),
    *("inputrc", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "locale.alias", "localtime", "magic", "mime.types"),
    *("nsswitch.conf", "os-release", "passwd", "pki/ca-trust", "pki/tls/certs", "protocols", "python3", "resolv.conf"),
    *("services", "shells", "ssl/certs", "ssl/openssl.cnf", "terminfo", "timezone"),
)
_KERNEL_FILES = ("acpi", "bus", "fs", "irq", "scsi", "sys", "sysrq-trigger")


def wrap(options, directory):
    """The command that runs the program inside bubblewrap, in the same working directory."""
    return ["bwrap", *_isolation(), *_view(options), "--chdir", directory, "--", *options.command]


def _isolation():
    # The network stays shared: the model gateway is on loopback.
    # Started by root, bubblewrap would leave all capabilities to the program, and with them a way out.
    return [
        *("--die-with-parent", "--new-session", "--cap-drop", "ALL"),
        *("--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"),
    ]


def _view(options):
    words = []
    for path in _SYSTEM:
        if os.path.islink(path):
            words += ["--symlink", os.readlink(path), path]
        elif os.path.isdir(path):
            words += ["--ro-bind", path, path]
    for name in _ETC:
        words += ["--ro-bind-try", "/etc/" + name, "/etc/" + name]
    words += ["--proc", "/proc", "--dev", "/dev", "--dir", "/run", "--dir", "/var/tmp"]
    if os.geteuid() == 0 and not options.uid:
        # Bubblewrap leaves these out where the program stays root: it looks at the folders
        # only, which nobody may write, while root may write the settings in them.
        for name in _KERNEL_FILES:
            words += ["--ro-bind-try", "/proc/" + name, "/proc/" + name]
    for path in ("/tmp", "/dev/shm"):
        # These lie in memory that no process's size shows, so their size is bounded.
        words += ["--size", str(options.tmp_bytes), "--tmpfs", path]
    for path in options.ro_bind:
        words += ["--ro-bind", path, path]
    # After the others, so that a writable place inside a readable one stays writable.
    for path in options.bind:
        words += ["--bind", path, path]
    return [*words, "--remount-ro", "/"]
