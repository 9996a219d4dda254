"""The README is true: its commands do what it shows, and it names everything there is."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from worker.cli import main
from worker.keys import ALIASES

END = "-- end of command, status "


@pytest.fixture(scope="module")
def readme(project_root: Path) -> str:
    return (project_root / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def pages(project_root: Path, readme: str) -> list[str]:
    """The README and all pages below docs/."""
    found = sorted((project_root / "docs").rglob("*.md"))
    return [readme, *(page.read_text(encoding="utf-8") for page in found)]


def shown(text: str) -> list[tuple[str, str]]:
    """Each command of the ``console`` blocks, with the output that stands below it."""
    lines = "".join(re.findall(r"^```console\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
    parts = re.split(r"^\$ ", lines, flags=re.MULTILINE)
    assert parts[0] == "", "a console block begins with a command"
    return [(command, output) for command, _, output in (p.partition("\n") for p in parts[1:])]


def test_every_command_shown_gives_the_output_shown(readme: str, tmp_path: Path) -> None:
    commands = shown(readme)
    assert commands
    script = "".join(f"{command}\necho '{END}'$?\n" for command, _ in commands)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["/bin/sh", "-s"],
        input=script,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PATH": path, "HOME": str(tmp_path), "LC_ALL": "C.UTF-8", "COLUMNS": "80"},
        check=True,
    )
    assert done.stderr == ""
    said = re.split(rf"^{END}(\d+)\n", done.stdout, flags=re.MULTILINE)
    outputs, statuses = said[0:-1:2], said[1::2]
    for (command, output), found, status in zip(commands, outputs, statuses, strict=True):
        pattern = re.escape(output).replace("…", ".*")
        assert re.fullmatch(pattern, found), f"{command}\nshould give\n{output}\nand gives\n{found}"
        assert status == ("1" if "error:" in output else "0"), command


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
    promised = re.findall(r"(?:`|\$ )(feedmill [a-z]+)\b", "\n".join(pages))
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
