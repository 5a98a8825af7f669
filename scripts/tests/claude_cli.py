"""The real CLI for the tests: where it is, and how it is started."""
import json
import os
import shutil
import uuid

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def find_cli():
    """CLAUDE_CLI_PATH, then `claude` on PATH, then the npm package."""
    bundled = os.path.join(REPOSITORY, "node_modules", ".bin", "claude")
    found = os.environ.get("CLAUDE_CLI_PATH") or shutil.which("claude") or (bundled if os.path.exists(bundled) else None)
    if not found:
        raise AssertionError("the tests need the real CLI: npm ci, or set CLAUDE_CLI_PATH")
    return os.path.realpath(found)


def public_cli(folder):
    """The CLI where another user may execute it: the checkout can lie in a private home."""
    path = os.path.join(folder, "claude")
    try:
        os.link(find_cli(), path)
    except OSError:
        shutil.copy(find_cli(), path)
    return path


def command(*options, cli=None):
    return [
        cli or find_cli(),
        *("-p", "--input-format", "stream-json", "--output-format", "stream-json", "--verbose"),
        *("--session-id", str(uuid.uuid4()), "--permission-mode", "default", "--setting-sources", "user", "--strict-mcp-config"),
        *options,
    ]


def environment(home, api):
    return {
        "PATH": os.environ["PATH"],
        "HOME": home,
        "CLAUDE_CONFIG_DIR": os.path.join(home, ".claude"),
        "CLAUDE_CODE_TMPDIR": home,
        "TMPDIR": home,
        "ANTHROPIC_API_KEY": "test",
        "ANTHROPIC_BASE_URL": api.url,
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "CLAUDE_CODE_EAGER_FLUSH": "1",
        "DISABLE_AUTOUPDATER": "1",
    }


def prompt(text):
    return json.dumps({"type": "user", "message": {"role": "user", "content": text}}).encode() + b"\n"


def read_until(run, kind):
    """The CLI's lines up to the first message of this type, which is returned."""
    while True:
        line = run.read_line()
        if not line:
            raise AssertionError("no %s: %s %s" % (kind, run.drain(), run.read_all(run.stderr)))
        message = json.loads(line)
        if message["type"] == kind:
            return message
