"""Hypothesis strategies for what authors put into a drop folder."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.integration.house import START

PATHS = [f"{folder}{name}.md" for folder in ("", "Space/", "Space/Old/") for name in "abcd"]
LINKS = ["https://one.example/x", "http://www.one.example/x/", "https://two.example/y?z=1"]
IDS = ["42", "tag:house.example,2026:seven"]
TOPICS = ["AI", "C++", "Space", "人工智能"]
BROKEN = [
    b"",
    b"\xff\xfe\x00",
    b"---\ntitle: [\n---\n",
    b"---\ntitle: Bad date\ndate: 2026-02-30\n---\n\nText.\n",
    b"---\ntitle: No end\n",
    b"---\n- a list\n---\n\nText.\n",
]


@dataclass(frozen=True)
class File:
    """A file as it lies in the folder: its bytes, and its time as seconds before ``START``."""

    path: str
    data: bytes
    age: int

    @property
    def stamp(self) -> float:
        return (START - timedelta(seconds=self.age)).timestamp()


def moments(*, future: bool) -> st.SearchStrategy[str]:
    """Front matter dates of the last or the next hundred days."""
    days = st.integers(1, 100) if future else st.integers(-100, 0)
    return days.map(lambda n: (START + timedelta(days=n)).astimezone(UTC).strftime("%Y-%m-%d"))


def fields(*, links: list[str], ids: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    """The front matter of a good file, some of it live, some held, scheduled or expired."""
    optional: dict[str, st.SearchStrategy[Any]] = {
        "date": moments(future=False) | moments(future=True),
        "expires": moments(future=False) | moments(future=True),
        "draft": st.just("true"),
        "topics": st.lists(st.sampled_from(TOPICS), min_size=1, max_size=3, unique=True),
    }
    if links:
        optional["link"] = st.sampled_from(links)
    if ids:
        optional["id"] = st.sampled_from(ids).map(lambda text: f'"{text}"')
    rare = st.integers(0, 4).map(lambda number: number == 0)
    return st.fixed_dictionaries(
        {"words": st.sampled_from(["alpha", "beta", "gamma"])}, optional=optional
    ).flatmap(lambda found: rare.map(lambda keep: _thinned(found, keep)))


def _thinned(found: dict[str, Any], keep: bool) -> dict[str, Any]:
    """Most articles are simply live."""
    return found if keep else {k: v for k, v in found.items() if k not in ("draft", "expires")}


def markdown(found: dict[str, Any], mark: str) -> bytes:
    """The file's bytes; ``mark`` makes its text its own."""
    lines = [f"title: Title {mark}"]
    for name, value in found.items():
        if name != "words":
            text = f"[{', '.join(value)}]" if isinstance(value, list) else value
            lines.append(f"{name}: {text}")
    head = "\n".join(lines)
    return f"---\n{head}\n---\n\nText {found['words']} of {mark}.\n".encode()


@st.composite
def folders(
    draw: st.DrawFn, *, links: list[str] | None = None, ids: list[str] | None = None
) -> list[File]:
    """A drop folder's files. With ``links`` or ``ids``, several files may claim the same; else
    each has its own, or none."""
    paths = draw(st.lists(st.sampled_from(PATHS), min_size=1, max_size=8, unique=True))
    files: list[File] = []
    for number, path in enumerate(paths):
        age = draw(st.integers(60, 90) | st.integers(60, 10_000_000))
        own_links = [f"https://own.example/{number}"] if links is None else links
        own_ids = [f"own-{number}"] if ids is None else ids
        kind = draw(st.integers(0, 9))
        if kind == 0:
            data = draw(st.sampled_from(BROKEN))
        elif kind == 1 and files and (links or ids):
            data = draw(st.sampled_from(files)).data
        else:
            data = markdown(draw(fields(links=own_links, ids=own_ids)), str(number))
        files.append(File(path, data, age))
    return files


def at(text: str) -> datetime:
    """A moment by its ISO text."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
