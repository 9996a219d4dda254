"""What an author sees, to the letter: for every code the lines of ``check`` and the receipt.

UPDATE_GOLDEN=1 writes tests/golden/receipts/ anew, to be read as its readers would.
"""

import ast
import os
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.unit.authors.message_samples import NOW, SAMPLES, TOLD
from worker.authors.excerpts import Source
from worker.authors.receipt_text import (
    OPENING,
    REMARKS,
    Facts,
    FeedLink,
    Listed,
    is_deserved,
    note_text,
    receipt_text,
)
from worker.config.model import Config, Site, TopicRule
from worker.core.problems import CODES, Problem
from worker.core.stages import STATES as STATES_MEAN
from worker.ingest.verdicts import judge, reading_rules
from worker.parsing.article_reader import read_article
from worker.store.articles import Publication

ROOT = Path(__file__).parents[3]
GOLDEN = ROOT / "tests" / "golden" / "receipts"
UPDATE = os.environ.get("UPDATE_GOLDEN") == "1"
VIENNA = ZoneInfo("Europe/Vienna")
TOPICS = (TopicRule("Water"), TopicRule("Boats"))
FEEDS = (
    FeedLink("Water", ("https://quay.example/topics/water.rss",)),
    FeedLink("All articles", ("https://quay.example/all.rss",)),
)


def publicity(state: str = "live", **changes: object) -> Publication:
    made = Publication(
        id=1,
        uri="urn:uuid:5cd81302-0494-5e84-8b60-9a9212ac4295",
        path="a.md",
        title="",
        state=state,
        reason="",
        held=False,
        published=NOW,
        begin=NOW,
        until=None,
        since=NOW,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def judged(code: str) -> tuple[str, tuple[Problem, ...], Source | None]:
    """(verdict, problems, source) of the sample for a code."""
    if code in TOLD:
        source = Source(b"---\ntitle: Tides\ntopics: [AWS Al]\n---\n")
        return (*TOLD[code], source)
    name, text = SAMPLES[code]
    data = text.encode() if isinstance(text, str) else text
    config = Config(path=None, topics=TOPICS, strict_topics=code == "unknown-topic")
    if code == "internal":
        config = replace(config, site=Site(timezone="Nowhere/Land"))
    reading = read_article(data, name, reading_rules(config))
    verdict = judge(reading, config, NOW, name)
    return verdict.outcome, verdict.problems, Source(data)


def compare(name: str, text: str) -> None:
    path = GOLDEN / f"{name}.txt"
    if UPDATE:
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), f"differs from {path}"


NEEDS_NO_CURE = {"scheduled", "expired", "dropped-html"}
SEEN_ELSEWHERE = {"passed-over"}  # by check alone: no file that it is told of gets a receipt


@pytest.mark.parametrize("code", sorted(CODES.keys() - SEEN_ELSEWHERE))
def test_what_is_told_of_each_code(code: str) -> None:
    verdict, problems, source = judged(code)
    assert code in {problem.code for problem in problems}
    state = {"held": "held", "scheduled": "scheduled", "expired": "expired"}.get(code, "live")
    until = NOW - timedelta(days=1) if code == "expired" else None
    begin = NOW + timedelta(hours=19) if code == "scheduled" else NOW
    article = publicity(state, until=until, begin=begin, published=begin)
    facts = Facts(
        "quay/a.md",
        verdict,
        problems,
        source,
        article if verdict in ("accepted", "held") else None,
        VIENNA,
    )
    lines = [f"quay/a.md:{problem}" for problem in problems[:3]]
    text = receipt_text(replace(facts, feeds=FEEDS))
    if code == "other-kind":
        text = note_text(Listed([("a.docx", ""), ("b.pdf", "")], 2), Listed())
    compare(code, "\n".join([*lines, "", text]))


def test_every_sample_is_of_a_code_that_there_is() -> None:
    assert SAMPLES.keys() | TOLD.keys() == CODES.keys() - SEEN_ELSEWHERE
    assert not SAMPLES.keys() & TOLD.keys()
    if not UPDATE:
        names = {path.stem for path in GOLDEN.glob("*.txt")}
        assert names == (CODES.keys() - SEEN_ELSEWHERE) | {f"state-{name}" for name in STATES}


@pytest.mark.parametrize("code", sorted(CODES.keys() - SEEN_ELSEWHERE))
def test_every_problem_says_what_to_do(code: str) -> None:
    _, problems, _ = judged(code)
    for problem in problems:
        assert problem.hint or code in NEEDS_NO_CURE
        assert problem.message[0].isupper() or problem.message[0] in "`“<0123456789"
        assert problem.message.endswith((".", "?"))


STATES: dict[str, Facts] = {
    "live": Facts("a.md", "accepted", (), None, publicity(), VIENNA),
    "undo": Facts(
        "a.md",
        "accepted",
        (),
        None,
        publicity("scheduled", begin=NOW + timedelta(minutes=10), since=None),
        VIENNA,
    ),
    "withdrawn": Facts("a.md", "accepted", (), None, publicity("withdrawn"), VIENNA),
    "shadowed": Facts("a.md", "accepted", (), None, publicity("shadowed"), VIENNA),
    "rejected-after-live": Facts(
        "a.md", "rejected", TOLD["unreadable"][1], None, publicity(), VIENNA
    ),
    "rejected-after-scheduled": Facts(
        "a.md",
        "rejected",
        TOLD["unreadable"][1],
        None,
        publicity("scheduled", begin=NOW + timedelta(days=1)),
        VIENNA,
    ),
    "rejected-and-filed": Facts(
        "rejected/a.md", "rejected", TOLD["unreadable"][1], None, None, VIENNA, is_filed=True
    ),
    "ends": Facts(
        "a.md",
        "accepted",
        (),
        None,
        publicity(until=NOW + timedelta(days=30, hours=3, seconds=5)),
        VIENNA,
    ),
}


@pytest.mark.parametrize("name", sorted(STATES))
def test_what_is_told_of_each_state(name: str) -> None:
    compare(f"state-{name}", receipt_text(replace(STATES[name], feeds=FEEDS)))


def test_a_site_in_utc_is_told_one_time_only() -> None:
    facts = replace(STATES["ends"], zone=ZoneInfo("UTC"))
    assert "Public until: 2026-05-31T15:00:05Z\n" in receipt_text(facts)


@pytest.mark.parametrize("name", sorted(STATES))
def test_a_receipt_is_recognised_by_how_it_begins(name: str) -> None:
    assert receipt_text(STATES[name]).startswith(OPENING)


def test_who_gets_a_receipt() -> None:
    slip = TOLD["topic-typo"][1]
    remark = judged("naive-date")[1]
    assert not is_deserved("problems", "accepted", "live", ())
    assert not is_deserved("problems", "accepted", "live", remark)
    assert is_deserved("problems", "accepted", "live", slip)
    for state in ("scheduled", "expired", "withdrawn", "held", "shadowed"):
        assert is_deserved("problems", "accepted", state, ())
    for verdict in ("held", "rejected", "refused", "quarantined", "shadowed"):
        assert is_deserved("problems", verdict, "live", ())
        assert not is_deserved("off", verdict, "live", slip)
    assert is_deserved("all", "accepted", "live", ())


@pytest.mark.parametrize("code", sorted(CODES.keys() - SEEN_ELSEWHERE))
def test_every_warning_of_a_public_article_earns_a_receipt_or_is_a_remark(code: str) -> None:
    verdict, problems, _ = judged(code)
    told = [problem for problem in problems if problem.code == code]
    if verdict == "accepted":
        assert is_deserved("problems", "accepted", "live", told) == (code not in REMARKS)


def test_the_page_for_authors_names_the_remarks() -> None:
    page = (ROOT / "docs" / "authors.md").read_text("utf-8")
    (remarks,) = re.findall(r"Remarks alone earn no receipt: ([^.]*)\.", page)
    assert set(re.findall(r"`([a-z-]+)`", remarks)) == REMARKS <= CODES.keys()


def test_the_page_for_authors_explains_the_states() -> None:
    page = (ROOT / "docs" / "authors.md").read_text("utf-8")
    rows = page.partition("| state | meaning |\n|---|---|\n")[2].partition("\n\n")[0]
    assert rows == "\n".join(f"| `{state}` | {meaning} |" for state, meaning in STATES_MEAN.items())


def codes_in_source() -> dict[str, str]:
    """The first argument of every call of Problem, InvalidValueError, and of what else takes a code
    first; found in the source, where nobody can forget one."""
    takers = {"Problem", "InvalidValueError", "note", "report"}
    found: dict[str, str] = {}
    for path in sorted((ROOT / "worker").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and node.args):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            first = node.args[0]
            if name in takers and isinstance(first, ast.Constant) and isinstance(first.value, str):
                found.setdefault(first.value, path.name)
    return found


NOT_CODES = {
    "progress.py",
    "runner.py",
    "receipts.py",
    "toml_table.py",
    "loading.py",
    "checks.py",
    "loop.py",
    "podcast.py",
}


def test_every_code_in_the_source_is_in_the_table_and_the_other_way_round() -> None:
    used = {code: name for code, name in codes_in_source().items() if name not in NOT_CODES}
    assert {code: name for code, name in used.items() if code not in CODES} == {}
    text = "".join(path.read_text("utf-8") for path in (ROOT / "worker").rglob("*.py"))
    for code in CODES:
        assert text.count(f'"{code}"') >= 2, f"{code} is used nowhere"


def test_codes_are_words_that_can_be_searched_for() -> None:
    for code, meaning in CODES.items():
        assert code == code.lower()
        assert code.replace("-", "").isalnum()
        assert meaning.endswith(".")
