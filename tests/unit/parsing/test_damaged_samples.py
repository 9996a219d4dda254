"""Documents of the shape that real ones come in, damaged on purpose: each slip at its own line."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from worker.parsing.article_reader import ReadingRules, read_article


class Damage(NamedTuple):
    """A slip: the lines it can happen to, what it makes of one, and the code it should draw."""

    lines: str
    damaged: Callable[[re.Match[str]], str]
    code: str
    below: int = 0


DAMAGES = {
    "a closing quote is missing": Damage(
        r'[ -]*\w+: ".*"$', lambda line: line[0][:-1], "yaml-quote"
    ),
    "an opening quote is missing": Damage(
        r'([ -]*(?:title|excerpt): )"(\w[^#:]*")$', lambda line: line[1] + line[2], "stray-quote"
    ),
    "a tab indents the line": Damage(r" +(.*)$", lambda line: f"\t{line[1]}", "yaml-tab"),
    "the day does not exist": Damage(
        r"(.*DateTime: )\S+$", lambda line: f"{line[1]}2021-02-30T10:00:00Z", "bad-date"
    ),
    "the address has no scheme": Damage(
        r'(.*(?:[uU]rl): ")https?://(.*)$', lambda line: line[1] + line[2], "bad-url"
    ),
    "the key stands there twice": Damage(
        r"( *\w+: *\S.*)$", lambda line: f"{line[1]}\n{line[1]}", "duplicate-key", below=1
    ),
    "the space after the colon is missing": Damage(
        r'( *\w+:) ([^\s"].*)$', lambda line: line[1] + line[2], "yaml-space"
    ),
    "the size is negative": Damage(
        r"(.*(?:width|height): )(\d+)$", lambda line: f"{line[1]}-{line[2]}", "bad-size"
    ),
}


def damaged_lines(text: str, damage: Damage) -> Iterator[tuple[int, str]]:
    """(line number, text with that line damaged) for each line that the damage can happen to."""
    lines = text.split("\n")
    for at, line in enumerate(lines):
        if found := re.match(damage.lines, line):
            damaged = [*lines[:at], damage.damaged(found), *lines[at + 1 :]]
            yield at + 1 + damage.below, "\n".join(damaged)


def assert_told_at_its_own_line(path: Path, damage: Damage) -> None:
    text = path.read_text("utf-8")
    rules = ReadingRules()
    before = read_article(text.encode(), path.name, rules)
    assert before.article is not None
    times = 0
    for line, damaged in damaged_lines(text, damage):
        reading = read_article(damaged.encode(), path.name, rules)
        new = [problem for problem in reading.problems if problem not in before.problems]
        assert [(problem.code, problem.place and problem.place.line) for problem in new] == [
            (damage.code, line)
        ]
        times += 1
    assert times > 0


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("seed", ["000_3b9d61f0c5a2487e", "002_8f15d3ae607bc294"])
def test_damage_in_a_sample_is_told_at_its_own_line(
    project_root: Path, seed: str, damage: str
) -> None:
    assert_told_at_its_own_line(project_root / "seeds" / f"{seed}.txt", DAMAGES[damage])


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("number", range(2))
def test_damage_in_a_real_document_is_told_at_its_own_line(
    shared_seeds: Path, number: int, damage: str
) -> None:
    paths = sorted(shared_seeds.glob("*.txt"))
    paths = [path for path in paths if path.read_text("utf-8").startswith("---")]
    assert_told_at_its_own_line(paths[number], DAMAGES[damage])
