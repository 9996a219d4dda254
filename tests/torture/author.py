"""An author as busy as a hundred: seeded rounds of changes to a drop folder.

What lies in the folder at the end of a round decides what must be in the database then, in
whatever order a worker saw the changes. To that end a round changes each file once; every file
has a fixed time; and a round either adds to feeds or takes from them: a document of a feed's
history is cut when an entry leaves the feed's window, and is not taken back when the window
grows again, so that the order of adding and taking would show.
"""

import os
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from tests.integration.media.files import png

TOPICS = ("AWS AI", "C++", "Tea", "Räder", "人工智能")
PARCEL = "parcel"
FOLDERS = ("", "", "garden", "garden/roses", PARCEL)
BASE = datetime(2020, 3, 1, tzinfo=UTC)
FIRST_MTIME = int((BASE + timedelta(days=500)).timestamp())
BROKEN = (
    b"---\ntitle: [\n---\n\nText.\n",
    b"---\ntitle: No such day\ndate: 2026-02-30\n---\n\nText.\n",
    b"---\ntitle: Not text \xff\xfe\n---\n\n",
    b"---\ntitle: One\ntitle: Two\n---\n\n",
)
SCHEDULED_SECONDS = 3
# Beside the articles: pictures that some of them show, and files for other programs.
BESIDE = (*(f"p{number}.png" for number in range(4)), "letter.docx", "map.pdf")

Kind = Literal["id", "link", "dated", "undated", "prose", "scheduled"]
KINDS: tuple[Kind, ...] = ("id", "id", "link", "dated", "undated", "undated", "prose", "scheduled")


@dataclass(frozen=True, slots=True)
class Step:
    """One call on the file system. ``mtime`` (POSIX seconds) is a written file's own; ``slow``
    writes it in place and in two pieces, instead of moving it in whole."""

    what: Literal["write", "delete", "move"]
    path: str
    to: str = ""
    data: bytes = b""
    mtime: int = 0
    slow: bool = False

    def take(self, drop: Path) -> None:
        """Do it in this drop folder."""
        path = drop / self.path
        if self.what == "delete":
            path.unlink()
        elif self.what == "move":
            (drop / self.to).parent.mkdir(parents=True, exist_ok=True)
            path.rename(drop / self.to)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._write(path)

    def _write(self, path: Path) -> None:
        target = path if self.slow else path.with_name(f".{path.name}.part")
        half = len(self.data) // 2
        with target.open("wb", buffering=0) as file:
            file.write(self.data[:half])
            file.write(self.data[half:])
            # Before it is closed: nobody is to see the file with another time.
            os.utime(file.fileno(), (self.mtime, self.mtime))
        if not self.slow:
            target.rename(path)


Change = tuple[Step, ...]
"""Steps that follow each other at once."""


@dataclass(slots=True, eq=False)
class Piece:
    """A file that the author knows of, as it is in the folder now."""

    path: str
    kind: Kind
    number: int
    date: datetime
    topics: tuple[str, ...]
    version: int = 1
    is_held: bool = False
    is_broken: bool = False
    names: tuple[str, ...] = ()
    """What the text names: files to link to and pictures to show, there or not."""


@dataclass(slots=True)
class Author:
    """Knows what lies in the folder, and thinks of what to change next."""

    chance: random.Random
    with_rivals: bool = True
    pieces: list[Piece] = field(default_factory=list)
    deleted: list[Piece] = field(default_factory=list)
    beside: list[str] = field(default_factory=list)
    dropped: int = 0
    _stamps: int = 0

    # -- rounds

    def grow(self, now: datetime, count: int) -> list[Change]:
        """New files, edits, mistakes put right, drafts finished, deleted files dropped again."""
        changes = [self._edited(piece) for piece in self._some(self.pieces, 0.3)]
        changes += [self._dropped_again(piece) for piece in self._some(self.deleted, 0.5)]
        for _ in range(count):
            changes += self._new(now)
        changes += self._beside()
        self.chance.shuffle(changes)
        return changes

    def shrink(self) -> list[Change]:
        """Deletions, renames, drafts, mistakes, edits; two files that change places; a folder
        that gets another name."""
        free = list(self.pieces)
        changes = self._swapped(free)
        folder_moved = self._folder_moved(free)
        for piece in self._some(free, 0.6):
            what = self.chance.choice(("delete", "move", "move", "hold", "break", "edit"))
            changes.append(getattr(self, f"_{what}")(piece))
        changes += self._beside()
        self.chance.shuffle(changes)
        return folder_moved + changes  # first: what is moved into the folder stays in it

    def _some(self, pieces: Iterable[Piece], share: float) -> list[Piece]:
        return [piece for piece in list(pieces) if self.chance.random() < share]

    # -- pictures, and files for other programs

    def _beside(self) -> list[Change]:
        """Such files dropped, replaced, moved and removed, each once."""
        changes: list[Change] = []
        # The changes are done in any order: what one takes away, no other may put there.
        before = set(self.beside)
        for path in self._some(self.beside, 0.4):
            what = self.chance.choice(("replace", "replace", "move", "delete"))
            to = self._place_beside()
            if what == "replace" or (what == "move" and to in before.union(self.beside)):
                changes.append((self._step(path, self._bytes(path), slow=self._is_slow()),))
                continue
            self.beside.remove(path)
            changes.append((Step("delete", path),))
            if what == "move":
                self.beside.append(to)
                changes[-1] = (Step("move", path, to),)
        taken = {step.path for change in changes for step in change}
        for _ in range(3):
            path = self._place_beside()
            if path not in taken.union(before, self.beside):
                self.beside.append(path)
                changes.append((self._step(path, self._bytes(path), slow=self._is_slow()),))
        return changes

    def _place_beside(self) -> str:
        return f"{self.chance.choice(FOLDERS)}/{self.chance.choice(BESIDE)}".lstrip("/")

    def _bytes(self, path: str) -> bytes:
        if not path.endswith(".png"):
            return b"for another program"
        if self.chance.random() < 0.2:
            return b"<p>no picture</p>"
        return png(self.chance.randint(1, 4), shade=self.chance.randint(0, 3))

    def _is_slow(self) -> bool:
        return self.chance.random() < 0.3

    # -- what adds

    def _new(self, now: datetime) -> list[Change]:
        self.dropped += 1
        number, kind = self.dropped, self.chance.choice(KINDS)
        folder = self.chance.choice(FOLDERS)
        # The parcel changes its name, and must not change its articles' topics by it.
        topics = tuple(self.chance.sample(TOPICS, self.chance.randint(folder == PARCEL, 2)))
        if kind == "prose":
            topics, folder = (), "" if folder == PARCEL else folder
        name = f"{number}.{'txt' if kind == 'prose' else self.chance.choice(('md', 'html'))}"
        date = BASE + timedelta(days=self.chance.randint(0, 400), minutes=number)
        if kind == "scheduled":
            date = now.replace(microsecond=0) + timedelta(seconds=SCHEDULED_SECONDS)
        piece = Piece(f"{folder}/{name}" if folder else name, kind, number, date, topics)
        piece.is_held = kind != "prose" and self.chance.random() < 0.1
        piece.is_broken = self.chance.random() < 0.1
        self.pieces.append(piece)
        changes = [(self._write(piece),)]
        if kind == "link" and self.with_rivals and self.chance.random() < 0.4:
            changes.append((self._rival(piece),))
        return changes

    def _rival(self, piece: Piece) -> Step:
        """A second file with the same link: the one that came first stands."""
        lines = [f"title: Rival {piece.number}", f"date: {piece.date:%Y-%m-%d}", _link(piece)]
        folder = piece.path.rpartition("/")[0]
        if piece.topics:  # in the same feeds: to win is not to leave one
            lines.append(f"topics: [{', '.join(piece.topics)}]")
            folder = ""
        text = "---\n" + "\n".join(lines) + f"\n---\n\nThe rival of {piece.number}.\n"
        return self._step(f"{folder}/rival-{piece.number}.md".lstrip("/"), text.encode())

    def _edited(self, piece: Piece) -> Change:
        piece.version += 1
        piece.is_broken = False
        piece.is_held = piece.is_held and self.chance.random() < 0.5
        return (self._write(piece),)

    def _dropped_again(self, piece: Piece) -> Change:
        self.deleted.remove(piece)
        self.pieces.append(piece)
        return self._edited(piece)

    # -- what takes away, or leaves everything where it is

    def _delete(self, piece: Piece) -> Change:
        self.pieces.remove(piece)
        self.deleted.append(piece)
        return (Step("delete", piece.path),)

    def _move(self, piece: Piece) -> Change:
        folder, _, name = piece.path.rpartition("/")
        if piece.topics:  # else its folder is its topic
            folder = self.chance.choice(FOLDERS)
        last, piece.path = piece.path, f"{folder}/m{name}".lstrip("/")
        return (Step("move", last, piece.path),)

    def _hold(self, piece: Piece) -> Change:
        piece.is_held = piece.kind != "prose"
        return self._edit(piece)

    def _break(self, piece: Piece) -> Change:
        piece.is_broken = True
        return self._edit(piece)

    def _edit(self, piece: Piece) -> Change:
        piece.version += 1
        return (self._write(piece),)

    def _swapped(self, free: list[Piece]) -> list[Change]:
        """Each file takes its id with it to the other's place."""
        able = [piece for piece in free if piece.kind == "id" and piece.topics]
        able = [piece for piece in able if not piece.is_broken]
        if len(able) < 2 or self.chance.random() < 0.5:
            return []
        one, other = self.chance.sample(able, 2)
        free.remove(one)
        free.remove(other)
        first, second, between = one.path, other.path, f"{one.path}.swap"
        one.path, other.path = second, first
        moves = ((first, between), (second, first), (between, second))
        return [tuple(Step("move", path, to) for path, to in moves)]

    def _folder_moved(self, free: list[Piece]) -> list[Change]:
        inside = [piece for piece in self.pieces if piece.path.startswith(f"{PARCEL}/")]
        if not inside or self.chance.random() < 0.5 or not set(inside) <= set(free):
            return []
        self._stamps += 1
        name = f"sent-{self._stamps}"
        for piece in inside:
            free.remove(piece)
            piece.path = name + piece.path.removeprefix(PARCEL)
        moved = [path for path in self.beside if path.startswith(f"{PARCEL}/")]
        self.beside = [path for path in self.beside if path not in moved]
        self.beside += [name + path.removeprefix(PARCEL) for path in moved]
        return [(Step("move", PARCEL, name),)]

    # -- texts

    def _write(self, piece: Piece) -> Step:
        pictures = self.chance.sample(BESIDE[:4], self.chance.randint(0, 2))
        others = self.chance.sample(self.pieces, min(len(self.pieces), self.chance.randint(0, 2)))
        piece.names = (*pictures, *(other.path for other in others))
        return self._step(piece.path, _text(piece), slow=self._is_slow())

    def _step(self, path: str, data: bytes, *, slow: bool = False) -> Step:
        self._stamps += 1
        return Step("write", path, data=data, mtime=FIRST_MTIME + 60 * self._stamps, slow=slow)


def _link(piece: Piece) -> str:
    return f"link: https://elsewhere.example/{piece.number}"


def _text(piece: Piece) -> bytes:
    number, version = piece.number, piece.version
    if piece.is_broken:
        return BROKEN[(number + version) % len(BROKEN)] + f"{number}.{version}".encode()
    title, body = f"Title {number}.{version}", f"Body {number} as of {version}. " * 20
    if piece.kind == "prose":
        return f"{title}\n\n{body}\n".encode()
    lines = [f"title: {title}", f"type: {piece.kind}"]
    if piece.kind != "undated":
        lines.append(f"date: {piece.date:%Y-%m-%dT%H:%M:%SZ}")
    if piece.kind == "id":
        lines.append(f"id: tag:house.example,2020:{number}")
    if piece.kind == "link":
        lines.append(_link(piece))
    if piece.topics:
        lines.append(f"topics: [{', '.join(piece.topics)}]")
    if piece.is_held:
        lines.append("draft: true")
    if number % 3 == 0:
        lines += ["authors: [{name: Ann}, {name: Bo}]"]
        lines += [f"image: https://pictures.example/{number}.png"]
    if number % 5 == 0:
        lines += ["cover: p0.png"]
    body += "\n\n".join(("", *(_named(piece, name) for name in piece.names)))
    return ("---\n" + "\n".join(lines) + f"\n---\n\n{body}\n").encode()


def _named(piece: Piece, name: str) -> str:
    """A picture by its path or its name alone, or a link by its path or its name alone."""
    is_picture = name.endswith(".png")
    if piece.path.endswith(".html"):
        return f'<img src="{name}" alt="{name}">' if is_picture else f'<a href="/{name}">{name}</a>'
    if piece.number % 2:
        return f"![[{name}]]" if is_picture else f"[[{name.rpartition('/')[2]}]]"
    return f"![{name}]({name})" if is_picture else f"[{name}](/{name})"
