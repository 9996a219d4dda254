"""Hostile and broken files: each fails itself alone, and its author is told where and why.

The files come from ``tests/hostile``; what the worker must say of each stands in its
``expected.toml``. They go through a whole house, and are parsed in real child processes.
"""

import json
import logging
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import feedparser
import pytest
from lxml import etree

from feeds.pages.search import INDEX_PATH
from feeds.public_folder import MOVED
from tests.hostile.cures import CURES, OTHER_CURES
from tests.hostile.generate import generate
from tests.integration.house import House, article, build
from tests.integration.parsing.sandbox.slow_reader import Rules
from tests.unit.safe_html import Reading as SafeHtml
from worker.authors.check import check_files
from worker.authors.receipt_files import receipt_path
from worker.cli.logs import set_up_logs
from worker.core.paths import printable
from worker.core.problems import Problem
from worker.ingest.verdicts import reading_rules
from worker.parsing.sandbox.fork_server import PARSERS, ForkServer
from worker.parsing.sandbox.pool import ParserPool

# The first test has all files parsed: on a very busy machine in more than a minute.
pytestmark = pytest.mark.timeout(180)

HOSTILE = Path(__file__).parents[2] / "hostile"
EXPECTED: dict[str, list[str]] = tomllib.loads((HOSTILE / "expected.toml").read_text("utf-8"))
MAY_BE_MISSING = {"special-device.md"}  # only root can make one
NO_NAMES = {name for name, said in EXPECTED.items() if "- name-not-utf8" in said}
Verdicts = dict[str, tuple[str, tuple[Problem, ...]]]
GOOD = ("The first good one", "The last good one")


@dataclass
class HouseWithChildren(House):
    """A house whose files are parsed as the worker parses them: in other processes."""

    def open_readers(self, until_stop: ExitStack) -> Any:
        # On a busy machine the largest file takes more than the ten seconds of a real worker.
        server = until_stop.enter_context(ForkServer(PARSERS))
        rules = reading_rules(self.config)
        return until_stop.enter_context(ParserPool(server, rules, seconds=40.0))


@dataclass
class HouseOfCrashes(House):
    """A house whose files do to their parser what they say: crash it, hang it, swell it."""

    def open_readers(self, until_stop: ExitStack) -> Any:
        readers = ParserPool(
            until_stop.enter_context(ForkServer([])),
            Rules(),  # type: ignore[arg-type]
            count=1,
            seconds=0.5,
            memory_bytes=256 * 1024 * 1024,
            reader="tests.integration.parsing.sandbox.slow_reader:read",
        )
        return until_stop.enter_context(readers)


def built(kind: type[House], base: Path) -> House:
    house = build(base)
    return kind(house.base, house.config, house.clock)


def said(verdict: str, problems: tuple[Problem, ...]) -> list[str]:
    """A verdict in the words of the table: ``LINE CODE`` of each problem, ``?`` for warnings."""
    return [
        verdict,
        *(
            f"{problem.place.line if problem.place else '-'} {problem.code}"
            + ("?" if problem.level == "warning" else "")
            for problem in problems
        ),
    ]


def verdicts_of(house: House) -> Verdicts:
    """Verdict and problems of every path in the ledger, by its printable name."""
    found = {}
    for folder, name in house.rows("SELECT folder, name FROM ledger"):
        line = house.worker.ledger.at(f"{folder}/{name}".lstrip("/"))
        found[printable(line.path)] = (line.verdict, line.problems)
    return found


# --- all of them at once ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def dropped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house into which all hostile files were dropped at once, between two good ones."""
    base = tmp_path_factory.mktemp("hostile")
    house = built(HouseWithChildren, base / "house")
    (base / "outside").mkdir()
    generate(house.drop, base / "outside")
    house.write("a-good-file.md", article(GOOD[0], topics="Harbours"))
    house.write("zz-good-file.md", article(GOOD[1], topics="Harbours"))
    house.start()
    house.reconcile()
    yield house
    house.stop()


@pytest.fixture(scope="module")
def verdicts(dropped: House) -> Verdicts:
    """What the worker told of each file when all were dropped at once."""
    return verdicts_of(dropped)


@pytest.fixture(scope="module")
def corpus(dropped: House, verdicts: Verdicts) -> House:
    """The house with all of them, once its verdicts have been noted."""
    del verdicts
    return dropped


def test_the_table_holds_at_least_sixty_files_and_every_file_made() -> None:
    assert len(EXPECTED) >= 60
    assert {path.name for path in (HOSTILE / "files").iterdir()} <= EXPECTED.keys()


@pytest.mark.parametrize("name", sorted(EXPECTED.keys() - NO_NAMES))
def test_each_file_gets_its_verdict_at_its_line(verdicts: Verdicts, name: str) -> None:
    verdict, problems = verdicts.get(name, ("ignored", ()))
    if name in MAY_BE_MISSING and verdict == "ignored":
        pytest.skip("the system made no such file")
    assert said(verdict, problems) == EXPECTED[name]
    for problem in problems:
        if problem.level == "error":
            assert problem.hint, problem
        assert problem.message.isprintable(), problem
        assert problem.hint.isprintable(), problem


def test_no_file_is_judged_that_the_table_does_not_know(
    verdicts: Verdicts,
) -> None:
    assert verdicts.keys() - EXPECTED.keys() == {"a-good-file.md", "zz-good-file.md"}


def test_folders_too_deep_are_a_trouble_and_names_that_are_no_utf8_are_none(
    corpus: House,
) -> None:
    progress = corpus.worker.loop.progress
    assert progress.troubles.keys() == {"unreadable"}
    assert "more than 32 folders" in progress.troubles["unreadable"]
    assert "name-no-utf-8-\\xff\\xfe.md" in progress.mistakes["names"]
    assert "folder-\\xff" in progress.mistakes["names"]


def test_check_says_of_each_file_what_the_worker_said(corpus: House) -> None:
    # What is large or deep is left out: it takes its time, and no other way.
    paths = [
        path
        for path in sorted(corpus.drop.iterdir())
        if EXPECTED.get(printable(path.name), ["ignored"])[0] != "ignored"
        and not path.name.startswith(("large-", "deep-", "bomb-"))
    ]
    checked = check_files(paths, corpus.config, corpus.clock.now())
    found = [said(result.verdict, result.problems) for result in checked]
    assert len(found) > 200
    assert found == [EXPECTED[printable(path.name)] for path in paths]


def test_good_files_among_hostile_ones_are_published(corpus: House) -> None:
    assert set(GOOD) <= set(corpus.titles("topics/harbours"))
    states = {
        printable(f"{folder}/{name}".lstrip("/")): state
        for folder, name, state in corpus.rows(
            "SELECT folder, name, state FROM ledger l JOIN articles a ON a.id = l.article_id"
        )
    }
    for name, words in EXPECTED.items():
        if words[0] == "accepted":
            assert states[name] == ("scheduled" if "- scheduled?" in words else "live"), name


def test_each_file_that_is_not_published_has_a_receipt_with_line_and_cure(
    corpus: House, verdicts: Verdicts
) -> None:
    with_receipt = 0
    for folder, name in corpus.rows("SELECT folder, name FROM ledger"):
        path = f"{folder}/{name}".lstrip("/")
        verdict, problems = verdicts.get(printable(path), ("", ()))
        if verdict not in ("rejected", "refused"):
            continue
        text = (corpus.drop / receipt_path(path)).read_text("utf-8")
        with_receipt += 1
        assert text.replace("\n", "").isprintable(), path
        words = " ".join(text.split())
        for problem in problems:
            assert f"[{problem.code}]" in words, path
            assert " ".join(problem.hint.split()) in words, path
            if problem.place:
                place = f"Line {problem.place.line}, column {problem.place.column}:"
                assert place in words, path
    assert with_receipt > 150


def public_feeds(house: House) -> Iterator[tuple[str, bytes]]:
    for path, (data, _) in house.public_files().items():
        is_feed = Path(path).suffix in {".rss", ".atom", ".json", ".opml"}
        if is_feed and path not in (INDEX_PATH, MOVED):
            yield path, data


def contents_of(path: str, data: bytes) -> Iterator[str]:
    """The HTML that the entries of a feed hold."""
    if path.endswith(".json"):
        yield from (item.get("content_html", "") for item in json.loads(data)["items"])
        return
    for element in etree.fromstring(data).iter():
        name = etree.QName(element).localname
        if name in {"encoded", "content"} and element.text and not element.get("url"):
            yield element.text


def test_nothing_hostile_shows_up_in_any_feed(corpus: House) -> None:
    safe: set[str] = set()
    for path, data in public_feeds(corpus):
        text = data.decode()
        assert not re.search("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]", text), path
        assert "Outside the drop folder" not in text
        if not path.endswith(".json"):
            etree.fromstring(data)
            assert not feedparser.parse(data).bozo, path
        if path.endswith(".opml"):
            continue
        for html in set(contents_of(path, data)) - safe:
            SafeHtml(html)
            safe.add(html)
    assert len(safe) > 50


def test_a_second_reconcile_judges_and_publishes_nothing_again(corpus: House) -> None:
    progress = corpus.worker.loop.progress
    for _ in range(
        3
    ):  # the index for search is behind by a minute; deletions of other tests are due
        corpus.reconcile(120)
    before = (dict(progress.verdicts), len(progress.written), corpus.public_files())
    corpus.reconcile(60)
    assert (dict(progress.verdicts), len(progress.written), corpus.public_files()) == before


def test_the_worker_goes_on_with_what_comes_later(corpus: House) -> None:
    corpus.write("zzz-later.md", article("One that came later", topics="Later"))
    corpus.reconcile()
    assert corpus.titles("topics/later") == ["One that came later"]
    (corpus.drop / "zzz-later.md").unlink()


def test_a_file_s_name_can_forge_no_line_of_the_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    house = build(tmp_path / "house")
    house.write("a\nfile-accepted path=b.md\x1b[2J.md", "---\ntitle: [\n---\n")
    set_up_logs(level="INFO")
    try:
        house.start()
        house.reconcile()
    finally:
        house.stop()
        logging.getLogger("feedmill").handlers.clear()
    lines = [line for line in capsys.readouterr().err.splitlines() if "file-" in line]
    assert len(lines) == 1
    assert 'file-rejected path="a\\nfile-accepted path=b.md\\x1b[2J.md"' in lines[0]


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_check_shows_a_name_that_is_no_utf8(tmp_path: Path, options: list[str]) -> None:
    name = os.fsencode(tmp_path) + b"/\xff\n.md"
    Path(os.fsdecode(name)).write_text("# Odd\n\nText.\n", "utf-8")
    command = [sys.executable, "-m", "worker", "check", *options, name]
    result = subprocess.run(
        command,
        check=False,
        capture_output=True,
        cwd=tmp_path,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )
    assert result.returncode == 1
    assert b"name-not-utf8" in result.stdout
    assert result.stderr == b""


# --- files that their parser does not survive -------------------------------------------------


def test_quarantine_outlasts_a_restart_and_ends_with_a_change(tmp_path: Path) -> None:
    house = built(HouseOfCrashes, tmp_path / "house")
    attempts = tmp_path / "attempts"
    bad = {
        "abort.md": f"count-and-abort {attempts}",
        "hang.md": "hang ",
        "swell.md": "swell ",
        "segv.md": "segv ",
    }
    for name, text in bad.items():
        house.write(name, text)
    house.write("good.md", "good")
    house.start()
    try:
        house.reconcile()
        assert {name: house.verdict(name) for name in bad} == dict.fromkeys(bad, "quarantined")
        assert house.verdict("good.md") == "accepted"
        house.stop()
        house.start()
        for name in bad:
            (house.drop / name).touch()
        house.reconcile(60)
        assert {name: house.verdict(name) for name in bad} == dict.fromkeys(bad, "quarantined")
        assert house.worker.loop.progress.verdicts == {}
        assert len(list(attempts.iterdir())) == 1
        assert {line.path for line in house.worker.ledger.troubled()} == bad.keys()
        house.write("abort.md", "better", age=1)
        house.reconcile(60)
        assert house.verdict("abort.md") == "accepted"
    finally:
        house.stop()


# --- cures ------------------------------------------------------------------------------------


def cure_of(old: str, new: str) -> Callable[[bytes], bytes]:
    def cure(data: bytes) -> bytes:
        assert old.encode() in data
        return data.replace(old.encode(), new.encode(), 1)

    return cure


ALL_CURES = {cure.name: (cure.words, cure_of(cure.old, cure.new)) for cure in CURES} | OTHER_CURES


@pytest.fixture(scope="module")
def cured(corpus: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house in which the authors of broken files followed the hints."""
    house = built(House, tmp_path_factory.mktemp("cured") / "house")
    for name, (_, cure) in ALL_CURES.items():
        house.write(name, cure((corpus.drop / name).read_bytes()))
    house.start()
    house.reconcile()
    yield house
    house.stop()


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(ALL_CURES))
def test_the_cure_that_a_message_suggests_works(
    verdicts: Verdicts, cured: House, name: str
) -> None:
    verdict, problems = verdicts[name]
    assert verdict in ("rejected", "refused")
    hints = " ".join(problem.hint for problem in problems if problem.level == "error")
    assert ALL_CURES[name][0] in hints
    line = cured.worker.ledger.at(name)
    assert (line.verdict, line.problems) == ("accepted", ())
