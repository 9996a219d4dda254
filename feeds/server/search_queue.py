"""Runs index searches in threads, two at a time.

A search never delays responses to other clients. A client that would wait too long gets 503.
"""

import asyncio
import os
import threading

from feeds.server.documents import Document, pieces
from feeds.server.index_search import IndexCards, index_cards

MOST_AT_ONCE = 2
MOST_WAITING = 32
WAIT_SECONDS = 5.0
RETRY_SECONDS = 5


class SearchQueue:
    """The index searches of all clients; keeps the cards of the current index."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(MOST_AT_ONCE)
        self._waiting = 0
        self._building = threading.Lock()
        self._kept: tuple[tuple[int, ...], IndexCards | None] | None = None

    async def find(self, index: Document, file: int, words: str) -> bytes | None:
        """The index with the found topics; None if too many clients search.

        ``file`` is a descriptor of the index, open until this returns. A search whose client is
        gone still runs in its thread: it keeps its turn and a descriptor of its own.
        """
        if not await self._turn():
            return None
        own = os.dup(file)

        def end(_: object) -> None:
            os.close(own)
            self._turns.release()

        search = asyncio.get_running_loop().run_in_executor(None, self._search, index, own, words)
        search.add_done_callback(end)
        return await asyncio.shield(search)

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

    def _search(self, index: Document, file: int, words: str) -> bytes:
        with self._building:
            if self._kept is None or self._kept[0] != index.identity:
                self._kept = index.identity, index_cards(_bytes_of(index, file))
            cards = self._kept[1]
        return _bytes_of(index, file) if cards is None else cards.matching(words)


def _bytes_of(index: Document, file: int) -> bytes:
    return b"".join(pieces(file)) if index.data is None else index.data
