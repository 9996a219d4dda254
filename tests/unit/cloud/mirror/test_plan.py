"""What is sent in which order, and what may be deleted."""

from datetime import UTC, datetime, timedelta

import pytest

from worker.cloud.bucket import ObjectVersion
from worker.cloud.mirror.folder import FileIdentity
from worker.cloud.mirror.plan import (
    FEED,
    FRONT,
    LEAF,
    PAGE,
    SentObject,
    as_text,
    headers_of,
    missed,
    plan,
    rank,
)

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
AGE = 300
OLD, NEW = FileIdentity(1, 1, 10, 5, 5), FileIdentity(1, 2, 10, 6, 6)


def sent(path: str, identity: FileIdentity = OLD) -> SentObject:
    return SentObject(ObjectVersion('"1"'), "digest", as_text(headers_of(path, AGE)), identity)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("media/1.png", LEAF),
        ("archive/topics/x/1.atom", LEAF),
        ("articles/a-1.html", LEAF),
        ("feedmill.css", LEAF),
        ("favicon.ico", LEAF),
        ("all.atom", FEED),
        ("topics/x.json", FEED),
        ("topics/x.html", PAGE),
        ("all/1.html", PAGE),
        ("index.html", FRONT),
        ("feeds.opml", FRONT),
        ("search.json", FRONT),
        ("sitemap/0.xml", FRONT),
    ],
)
def test_what_a_file_is(path: str, kind: int) -> None:
    assert rank(path) == kind


def test_headers_are_those_of_the_web_server() -> None:
    assert headers_of("all.json", 60) == {
        "Content-Type": "application/feed+json; charset=utf-8",
        "Cache-Control": "public, max-age=60",
    }
    assert headers_of("archive/all/1.rss", 60)["Cache-Control"] == "public, max-age=86400"
    assert "immutable" in headers_of("media/1.png", 60)["Cache-Control"]
    assert headers_of("media/x.unknown", 60)["Content-Type"] == "application/octet-stream"


def test_what_is_linked_to_goes_before_what_links_to_it() -> None:
    paths = ("index.html", "all.html", "all.atom", "archive/all/1.atom", "media/1.png")
    found = plan(dict.fromkeys(paths, NEW), {}, NOW, AGE)
    assert found.waves == (
        ("archive/all/1.atom", "media/1.png"),
        ("all.atom",),
        ("all.html",),
        ("index.html",),
    )
    assert found.count == 5


def test_what_is_new_goes_before_what_changes() -> None:
    """A changed page may link to a new one."""
    paths = ("all.atom", "all.html", "archive/all/1.atom")
    known = {path: sent(path) for path in paths}
    new = ("articles/new.html", "topics/new.html", "topics/new.atom")
    found = plan(dict.fromkeys((*paths, *new), NEW), known, NOW, AGE)
    assert found.waves == (
        ("articles/new.html",),
        ("archive/all/1.atom",),
        ("topics/new.atom",),
        ("topics/new.html",),
        ("all.atom",),
        ("all.html",),
    )


def test_what_did_not_change_is_not_sent() -> None:
    assert plan({"all.atom": OLD}, {"all.atom": sent("all.atom")}, NOW, AGE).waves == ()


def test_what_only_a_list_has_shown_is_looked_at() -> None:
    listed = {"all.atom": SentObject(ObjectVersion('"1"'))}
    assert plan({"all.atom": OLD}, listed, NOW, AGE).waves == (("all.atom",),)


def test_other_headers_are_sent_again() -> None:
    known = {path: sent(path) for path in ("all.atom", "archive/all/1.atom")}
    assert plan(dict.fromkeys(known, OLD), known, NOW, 60).waves == (("all.atom",),)


def test_deletions_wait_until_no_cache_has_a_link_to_them() -> None:
    files = {"all.atom": OLD}
    known = {"all.atom": sent("all.atom"), "archive/all/9.atom": sent("archive/all/9.atom")}
    first = plan(files, known, NOW, AGE)
    assert (first.gone, first.deletions) == (("archive/all/9.atom",), ())
    known["archive/all/9.atom"] = missed(known["archive/all/9.atom"], NOW)
    for seconds, deletions in ((AGE, ()), (AGE + 1, ("archive/all/9.atom",))):
        later = plan(files, known, NOW + timedelta(seconds=seconds), AGE)
        assert (later.gone, later.deletions) == ((), deletions)


def test_a_file_that_is_there_again_stays() -> None:
    known = {"all.atom": missed(sent("all.atom"), NOW)}
    found = plan({"all.atom": OLD}, known, NOW + timedelta(days=1), AGE)
    assert (found.back, found.deletions, found.waves) == (("all.atom",), (), ())


@pytest.mark.parametrize("files", [{}, {"lost+found": OLD}])
def test_a_folder_that_is_not_mounted_deletes_nothing(files: dict[str, FileIdentity]) -> None:
    known = {"all.atom": sent("all.atom"), "index.html": missed(sent("index.html"), NOW)}
    found = plan(files, known, NOW + timedelta(days=1), AGE)
    assert (found.gone, found.deletions) == ((), ())
