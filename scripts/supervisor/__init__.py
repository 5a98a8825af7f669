"""The supervisor of one agent process. See docs/protocol.md.

Import rule: everything that runs before the program is executed counts against
its start-up time. So the modules on that path use the interpreter's own small C
modules (`_signal`, `_ctypes`, `_json`) instead of `signal`, `ctypes` and `json`,
which import `enum`, `re` and others: that saves about 10 ms of CPU at each start
and 1.3 MB of private memory in each of the two processes.
"""

VERSION = 1
