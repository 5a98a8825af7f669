"""One control message as one line of JSON, both ways, without importing `json`."""


def _load():
    try:
        import _json

        class Plain:
            strict = True
            object_hook = None
            object_pairs_hook = None
            parse_float = float
            parse_int = int
            parse_constant = float
            memo = {}

        return _json.make_scanner(Plain), _json.encode_basestring_ascii
    except (ImportError, AttributeError, TypeError):
        import json

        return json.JSONDecoder().scan_once, json.dumps


_scan, _quote = _load()


def encode(message):
    """The line of a message: objects, lists, strings, numbers, booleans and None."""
    return (_text(message) + "\n").encode("ascii")


def _text(value):
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, str):
        return _quote(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value) if -1e300 < value < 1e300 else "null"
    if isinstance(value, dict):
        return "{" + ",".join(_quote(str(key)) + ":" + _text(item) for key, item in value.items()) + "}"
    return "[" + ",".join(_text(item) for item in value) + "]"


def decode(line):
    """The object in a line; ValueError for anything else."""
    text = line.decode("utf-8").strip(" \t\r\n")
    try:
        value, end = _scan(text, 0)
    except (StopIteration, SystemError):
        # SystemError: the scanner looks for the exception class of a `json` that nobody has imported.
        raise ValueError("not JSON")
    except RecursionError:
        raise ValueError("nested too deeply")
    if end != len(text):
        raise ValueError("more than one JSON value in a line")
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return value
