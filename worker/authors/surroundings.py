"""What a checked article names: are those files there, and are they what the worker takes?

Reads below one folder and ``drop.assets`` only, as the worker does. Whether a file that is there
is public, only the worker knows.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from worker.config.model import Config
from worker.core.article import Article, Mention
from worker.core.deferred import MEDIA_KINDS, parse
from worker.core.errors import DropError
from worker.core.paths import join, printable
from worker.core.problems import Problem
from worker.inbox.filters import NameFilter
from worker.inbox.folder import DropFolder
from worker.inbox.scanner import Folder
from worker.ingest.verdicts import link_target
from worker.media.examination import problem_with
from worker.media.source import Sources
from worker.media.warnings import told_of
from worker.parsing.sandbox.pool import ParserPool
from worker.store.mentions import key_of, keys_of, missing_among
from worker.store.public_files import MOST_OF_ARTICLE, MediaKey

MOST_FOLDERS = 1_000
"""How many folders are looked through for a name, outside the drop folder."""


class Surroundings:
    """The files in ``root`` and below: the drop folder, or the folder of a file outside it."""

    def __init__(self, root: Path, config: Config, names: NameFilter, readers: ParserPool) -> None:
        self._root = root
        self._is_drop = root == config.drop.folder
        self._inbox = DropFolder(root, config.drop.max_bytes, names)
        self._sources = Sources(self._inbox, config.drop.assets)
        self._most_bytes = config.media.max_bytes
        self._readers = readers
        self._seen: dict[MediaKey, Problem | None] = {}

    def problems(self, article: Article) -> Iterator[Problem]:
        """What is wrong with the files that the article names; where they were looked for, if
        that is not the drop folder."""
        try:
            found = [*self._of_media(article), *self._of_links(article)]
        except DropError:  # it went meanwhile
            return
        root = printable(str(self._root.absolute()))
        where = f"Looked for below “{root}”, as the article is not in the drop folder."
        for problem in found:
            yield problem if self._is_drop else replace(problem, hint=f"{problem.hint} {where}")

    def _of_media(self, article: Article) -> list[Problem]:
        named = [(mention, parse(mention.address)) for mention in article.mentions]
        media = [
            (mention.place, MediaKey(found.kind, found.target))
            for mention, found in named
            if found and found.kind in MEDIA_KINDS
        ]
        looked = ((place, self._of_file(key)) for place, key in media[:MOST_OF_ARTICLE])
        return told_of([(place, problem) for place, problem in looked if problem], len(media))

    def _of_file(self, key: MediaKey) -> Problem | None:
        if key.kind == "named" and self._keys is None:
            return None
        if key not in self._seen:
            problem = problem_with(key, self._sources, self._readers, self._most_bytes)
            self._seen[key] = problem
        return self._seen[key]

    def _of_links(self, article: Article) -> Iterator[Problem]:
        expected = list(missing_among(article, ()))
        if expected and self._keys is not None:
            yield from map(link_target, filter(self._is_missing, expected))

    def _is_missing(self, mention: Mention) -> bool:
        found = parse(mention.address)
        return found is not None and key_of(found) not in (self._keys or ())

    @cached_property
    def _keys(self) -> set[str] | None:
        """The keys of all files that may be articles; None if there are too many folders."""
        keys: set[str] = set()
        for number, folder in enumerate(self._inbox.scan("")):
            if number == MOST_FOLDERS and not self._is_drop:
                return None
            for name, *_ in folder.files if isinstance(folder, Folder) else ():
                keys |= keys_of(join(folder.path, name))
        return keys
