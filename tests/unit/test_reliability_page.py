"""The page of promises names tests that there are."""

import re
from pathlib import Path


def test_every_test_that_the_page_names_is_there(project_root: Path) -> None:
    page = (project_root / "docs/reliability.md").read_text()
    named = set(re.findall(r"`((?:unit|integration|e2e|attack)/[\w/]+\.py)`", page))
    assert len(named) > 20
    assert {name for name in named if not (project_root / "tests" / name).is_file()} == set()


def test_every_promise_names_what_shows_it(project_root: Path) -> None:
    lines = (project_root / "docs/reliability.md").read_text().splitlines()
    promises = [line for line in lines if line.startswith("| ")][1:]
    assert len(promises) >= 10
    assert [line for line in promises if "`" not in line.split("|")[-2]] == []
