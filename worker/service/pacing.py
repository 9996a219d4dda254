"""Decides when touched feeds are published: after a burst of files, or in the midst of a long one.

Pure: every ``now`` is the caller's monotonic clock, in seconds.
"""

import math

# Publishing waits for a burst to end, but no longer than this many seconds, or this many times
# what the last round took: a burst of any length costs a bounded share in publishing.
LONGEST_HOLD, HOLD_FACTOR = 2.0, 5.0
# Where many files waited at once, as when a folder is read for the first time, nearly all that is
# published before the last of them would be published again soon.
HOLD_PER_FILE, LONGEST_HOLD_OF_MANY = 0.01, 60.0
HISTORY_SLICE = 0.5
RETRY_SECONDS = 5.0


class Pacing:
    """When to publish, how long to hold back, and when to stop."""

    def __init__(self) -> None:
        self._held_since: float | None = None
        self._most_waiting = 0  # files, since then
        self._hold_seconds = LONGEST_HOLD
        self._pages_since: float | None = None
        self._not_before = 0.0
        self._deadline = math.inf

    @property
    def is_holding(self) -> bool:
        """Are touched feeds held back until a burst ends?"""
        return self._held_since is not None

    def may_publish(self, now: float, *, waiting: int, is_burst: bool) -> bool:
        """May touched feeds be published now? ``waiting`` files are still to be read."""
        if self._held_since is None:
            self._held_since = now
        self._most_waiting = max(self._most_waiting, waiting)
        if now < self._not_before:
            return False
        return not is_burst or now >= self._held_since + self._hold()

    def may_leave_pages(self, now: float) -> bool:
        """May due pages wait, for the feeds of newer files? No longer than ``LONGEST_HOLD``."""
        if self._pages_since is None:
            self._pages_since = now
        return now < self._pages_since + LONGEST_HOLD

    def note_pages(self) -> None:
        """No page is due any more."""
        self._pages_since = None

    def may_publish_history(self, now: float) -> bool:
        """May archive documents be written now? True unless the public folder just failed."""
        return now >= self._not_before

    def history_end(self, now: float) -> float:
        """When a slice of archive documents that begins now ends."""
        return min(now + HISTORY_SLICE, self._deadline)

    def end_hold(self) -> None:
        """No feed is touched any more."""
        self._held_since, self._most_waiting = None, 0

    def note_round(self, seconds: float) -> None:
        """A round of publishing took ``seconds``; a longer round allows a longer hold."""
        self._hold_seconds = max(LONGEST_HOLD, HOLD_FACTOR * seconds)
        self.end_hold()

    def retry_later(self, now: float) -> None:
        """The public folder could not be written: publish nothing for ``RETRY_SECONDS``."""
        self._not_before = now + RETRY_SECONDS

    def next_due(self, soon: float) -> float:
        """When to publish what is touched: ``soon`` where nothing is held back."""
        if self._held_since is None:
            return max(soon, self._not_before)
        return max(self._not_before, self._held_since + self._hold())

    def hurry(self, deadline: float) -> None:
        """Begin no further feed after ``deadline``. Safe to call from a signal handler."""
        self._deadline = deadline

    def is_late(self, now: float) -> bool:
        """Is the deadline over?"""
        return now > self._deadline

    def _hold(self) -> float:
        of_many = min(LONGEST_HOLD_OF_MANY, HOLD_PER_FILE * self._most_waiting)
        return max(self._hold_seconds, of_many)
