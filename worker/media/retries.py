"""When a file that could not be copied is tried again. Pure."""

from worker.store.public_files import MediaKey

MOST_TRIES = 5
FIRST_SECONDS = 0.5
LONGEST_SECONDS = 60.0


class Retries:
    """The files that wait, each with its number of tries and its next time."""

    def __init__(self) -> None:
        self._waiting: dict[MediaKey, tuple[int, float]] = {}

    def postpone(self, key: MediaKey, now: float) -> bool:
        """Try again later, at growing intervals. False after ``MOST_TRIES``."""
        tries = self._waiting.get(key, (0, 0.0))[0] + 1
        self._waiting[key] = (tries, now + min(LONGEST_SECONDS, FIRST_SECONDS * 2**tries))
        return tries < MOST_TRIES

    def done(self, key: MediaKey) -> None:
        """The file was looked at."""
        self._waiting.pop(key, None)

    def is_waiting(self, key: MediaKey) -> bool:
        """Did the file fail before?"""
        return key in self._waiting

    def is_early(self, key: MediaKey, now: float) -> bool:
        """Is it not yet time for the next try?"""
        return key in self._waiting and now < self._waiting[key][1]

    def is_hopeful(self) -> bool:
        """Is there a file that has not failed often?"""
        return any(tries < MOST_TRIES for tries, _ in self._waiting.values())

    def next_due(self) -> float | None:
        """When the next try is; None if nothing waits."""
        return min((moment for _, moment in self._waiting.values()), default=None)
