"""The help of every command fits on a terminal and is cut nowhere; so are the manual pages."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from worker.cli.main import main

ROOT = Path(__file__).parents[3]


def commands(command: click.Command, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield words
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            yield from commands(child, (*words, name))


ALL = sorted(commands(main))


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_help_fits_80_columns_and_no_line_is_cut(words: tuple[str, ...]) -> None:
    said = CliRunner().invoke(main, [*words, "--help"], terminal_width=80).output
    assert said.startswith("Usage: ")
    for line in said.splitlines():
        assert len(line) <= 80, line
        assert not line.endswith(("...", "…")) or line.endswith("FILE…"), line


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_each_command_takes_quiet_and_verbose(words: tuple[str, ...]) -> None:
    said = CliRunner().invoke(main, [*words, "--help"]).output
    assert "-q, --quiet" in said
    assert "-v, --verbose" in said


def test_quiet_and_verbose_together_are_wrong_usage() -> None:
    done = CliRunner().invoke(main, ["-q", "schema", "-v"])
    assert done.exit_code == 2
    assert "-q and -v contradict each other" in done.output


@pytest.mark.parametrize("words", [("-q", "init", "x"), ("init", "x", "--quiet")])
def test_quiet_may_stand_before_and_after_a_command(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, words)
    assert (done.exit_code, done.output) == (0, "")
    assert (tmp_path / "x" / "feedmill.toml").is_file()


def test_every_command_has_a_manual_page_and_every_shell_its_completion(tmp_path: Path) -> None:
    generate = [sys.executable, str(ROOT / "man" / "generate.py"), str(tmp_path)]
    subprocess.run(generate, check=True, cwd=ROOT, timeout=60)
    pages = {path.stem: path.read_text("utf-8") for path in (tmp_path / "man").iterdir()}
    assert pages.keys() == {"-".join(("feedmill", *words)) for words in ALL}
    for name, page in pages.items():
        assert page.startswith(".TH ")
        assert f"{name.replace('-', chr(92) + '-')} {chr(92)}-" in page
        requests = {line.split()[0] for line in page.splitlines() if line.startswith((".", "'"))}
        assert requests <= {".TH", ".SH", ".TP", ".PP", ".B", ".BR", ".I"}, name
        assert max(map(len, page.splitlines())) <= 90, name
    names = {path.name for path in (tmp_path / "completion").iterdir()}
    assert names == {"feedmill.bash", "_feedmill", "feedmill.fish"}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_for_the_shell(shell: str) -> None:
    done = CliRunner().invoke(main, ["completion", shell])
    assert done.exit_code == 0
    assert "_FEEDMILL_COMPLETE" in done.output


def test_bash_completes_commands_options_and_states(tmp_path: Path) -> None:
    script = tmp_path / "feedmill.bash"
    script.write_text(CliRunner().invoke(main, ["completion", "bash"]).output)
    ask = (
        'PATH="$2:$PATH"; source "$1"; compopt() { :; }; '
        "for line in 'feedmill top' 'feedmill topics re' 'feedmill list --state wi'; do "
        "COMP_WORDS=($line); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMPREPLY=(); "
        '_feedmill_completion feedmill; echo "${COMPREPLY[@]}"; done'
    )
    bin_folder = str(Path(sys.executable).parent)
    done = subprocess.run(
        ["bash", "--norc", "-c", ask, "bash", str(script), bin_folder],
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.splitlines() == ["topics", "rename", "withdrawn"]
