"""The exit codes. What happened to the program is in `exited`, not here."""

ENDED = 0
USAGE = 2
SPAWN_FAILED = 3
NO_CONTROL = 4
REMAINING = 5
SUPERVISOR_LOST = 6
INTERNAL = 7
UNCLAIMED = 8
