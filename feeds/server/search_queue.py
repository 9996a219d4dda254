"""Runs searches in threads, two at a time.

A search never delays responses to other clients. A client that would wait too long gets none.
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

MOST_AT_ONCE = 2
MOST_WAITING = 32
WAIT_SECONDS = 5.0
# A search bounds itself; some of SQLite's work cannot be interrupted.
LONGEST_SECONDS = 3.0
RETRY_SECONDS = 5

Found = TypeVar("Found")


class SearchQueue:
    """The searches of all clients."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(MOST_AT_ONCE)
        self._waiting = 0

    async def run(self, search: Callable[[], Found]) -> Found | None:
        """What ``search`` returns; None if too many clients search, or if it takes too long.

        A search whose client is gone, or got None, goes on in its thread and keeps its turn.
        """
        if not await self._turn():
            return None
        running = asyncio.get_running_loop().run_in_executor(None, search)
        running.add_done_callback(self._end)
        try:
            return await asyncio.wait_for(asyncio.shield(running), LONGEST_SECONDS)
        except TimeoutError:
            return None

    def _end(self, running: "asyncio.Future[Found]") -> None:
        self._turns.release()
        if not running.cancelled():
            running.exception()  # asks for it: its client may be gone

    async def _turn(self) -> bool:
        """Wait for a turn; False if that would take too long."""
        if self._turns.locked() and self._waiting >= MOST_WAITING:
            return False
        self._waiting += 1
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._turns.acquire()
        except TimeoutError:
            return False
        finally:
            self._waiting -= 1
        return True
