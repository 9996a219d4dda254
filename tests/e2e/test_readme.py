"""The README is true: its commands do what it shows, and it names everything there is."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tests.e2e.session import play
from worker.cli.main import main
from worker.parsing.frontmatter.keys import ALIASES


@pytest.fixture(scope="module")
def readme(project_root: Path) -> str:
    return (project_root / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def pages(project_root: Path, readme: str) -> list[str]:
    """The README and all pages below docs/."""
    found = sorted((project_root / "docs").rglob("*.md"))
    return [readme, *(page.read_text(encoding="utf-8") for page in found)]


@pytest.mark.timeout(300)
def test_every_command_shown_gives_the_output_shown(readme: str, tmp_path: Path) -> None:
    play(readme, tmp_path)


def every_command(group: click.Group, prefix: str) -> Iterator[tuple[str, click.Command]]:
    """Every command that help lists, with its words."""
    for name, command in group.commands.items():
        if command.hidden:
            continue
        if isinstance(command, click.Group):
            yield from every_command(command, f"{prefix} {name}")
        if not isinstance(command, click.Group) or command.invoke_without_command:
            yield f"{prefix} {name}", command


def test_every_command_and_option_is_explained(readme: str, pages: list[str]) -> None:
    for words, command in every_command(main, "feedmill"):
        assert f"`{words}" in readme
        told = [page for page in pages if f"`{words}" in page or f"$ {words}" in page]
        for option in command.params:
            if isinstance(option, click.Option):
                name = max(option.opts, key=len)
                assert any(name in page for page in told), f"{words} {name}"
    for option in main.params:
        assert max(option.opts, key=len) in readme


def test_no_command_is_promised_that_does_not_exist(pages: list[str]) -> None:
    there = {words for words, _ in every_command(main, "feedmill")}
    promised = re.findall(r"(?:`|\$ )(feedmill [a-z]+(?:-[a-z]+)*)\b", "\n".join(pages))
    assert set(promised) - there == set()


def test_every_key_of_an_article_is_named(readme: str) -> None:
    for keys in ALIASES.values():
        for key in keys:
            assert re.search(rf"`{re.escape(key)}\b", readme), key


def test_links_within_the_project_lead_somewhere(project_root: Path) -> None:
    for page in [*project_root.glob("*.md"), *(project_root / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"
