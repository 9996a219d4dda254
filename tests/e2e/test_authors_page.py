"""docs/authors.md is true: its session, its codes, what it says of editors."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.e2e.session import play
from worker.core.problems import CODES
from worker.parsing.article_reader import ReadingRules, read_article
from worker.parsing.frontmatter.dates import parse_date, zone_named
from worker.parsing.frontmatter.json_schema import front_matter_schema


@pytest.fixture(scope="module")
def page(project_root: Path) -> str:
    return (project_root / "docs" / "authors.md").read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "worker", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


# Some thirty starts of a program, on a machine that may be busy.
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_session_goes_as_it_is_shown(page: str, tmp_path: Path) -> None:
    play(page, tmp_path)
    # What its last command wrote is JSON still.
    written = json.loads((tmp_path / "gazette" / "article.schema.json").read_text("utf-8"))
    assert written == {k: v for k, v in front_matter_schema().items() if k != "$schema"}


def test_every_code_is_explained_and_no_other(page: str) -> None:
    rows = re.findall(r"^\| `([a-z0-9-]+)` \| (.*?) \| (.*?) \|$", page, re.MULTILINE)
    assert {code: meaning for code, meaning, _ in rows} == CODES
    assert len(rows) == len(CODES)
    for code, _, cure in rows:
        assert cure.endswith("."), code


@pytest.mark.slow
def test_the_task_for_vs_code_finds_every_problem(page: str, tmp_path: Path) -> None:
    (task,) = (json.loads(text)["tasks"][0] for text in blocks(page, "json"))
    (tmp_path / "drop").mkdir()
    (tmp_path / "drop" / "a: b [c].md").write_text("---\ntitle: x\ndate: never [x]\n---\n", "utf-8")
    (tmp_path / "drop" / "b.md").write_text("---\ntitle: x\nsummry: x\n---\nText.\n", "utf-8")
    done = run(tmp_path, *task["args"])
    pattern = task["problemMatcher"]["pattern"]
    names = ("file", "line", "column", "severity", "code")
    found = []
    for line in done.stdout.splitlines():
        match = re.search(pattern["regexp"], line)
        assert match, line
        found.append(tuple(match[pattern[name]] for name in names))
    assert found == [
        ("drop/a: b [c].md", "3", "1", "error", "bad-date"),
        ("drop/b.md", "3", "1", "warning", "unknown-key"),
    ]


def test_the_template_for_obsidian_gives_an_article_that_is_held(page: str) -> None:
    (template,) = (text for text in blocks(page, "yaml") if "{{title}}" in text)
    text = template.replace("{{title}}", "Tides").replace("{{date:YYYY-MM-DD}}", "2026-05-01")
    reading = read_article(f"{text}\nHigh at six.\n".encode(), "Tides.md", ReadingRules())
    assert reading.problems == ()
    assert reading.article is not None
    assert reading.article.hold is not None
    assert (reading.article.title, reading.article.topics) == ("Tides", ("News",))


def test_the_dates_that_are_shown_can_be_read(page: str) -> None:
    section = page.partition("\n## Time\n")[2].partition("\n## ")[0]
    dates = re.findall(r"`(\d{4}-[^`]+)`", section)
    assert len(dates) == 2
    assert [parse_date(date, zone_named("UTC")).assumed for date in dates] == [True, False]


@pytest.mark.slow
def test_the_pre_commit_hook_checks_what_it_is_given(project_root: Path, tmp_path: Path) -> None:
    (hook,) = yaml.safe_load((project_root / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert hook["id"] == "feedmill-check"
    assert hook["language"] == "python"
    for name in ("drop/a.md", "b.html", "c.htm", "d.txt", "e.markdown"):
        assert re.search(hook["files"], name)
        assert not re.search(hook["exclude"], name)
    assert not re.search(hook["files"], "feedmill.toml")
    assert re.search(hook["exclude"], "drop/a.md.feedmill.txt")
    command, *words = shlex.split(hook["entry"])
    assert command == "feedmill"
    (tmp_path / "good.md").write_text("# Good\n\nText.\n", "utf-8")
    (tmp_path / "bad.md").write_text("---\ntitle: [\n---\n", "utf-8")
    assert run(tmp_path, *words, "good.md").returncode == 0
    assert run(tmp_path, *words, "good.md", "bad.md").returncode == 1
