"""The dead man's switch: a deadline that the server has to move on."""
from .wake import monotonic_ms


class Lease:
    """Kept in the shared page, since the warden enforces it where the supervisor is stopped."""

    def __init__(self, allowance_ms, page):
        self._page = page
        page.deadline_ms = int(monotonic_ms()) + allowance_ms if allowance_ms else 0

    @property
    def deadline_ms(self):
        return self._page.deadline_ms or None

    def renew(self, until_ms):
        """Moves the deadline on, never back. Does nothing where the switch is off."""
        if self._page.deadline_ms:
            self._page.deadline_ms = max(self._page.deadline_ms, int(until_ms))

    def over(self, now_ms):
        return self.deadline_ms is not None and now_ms >= self.deadline_ms
