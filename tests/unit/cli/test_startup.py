"""What a command loads before it has anything to do."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from worker.cli.main import main

ROOT = Path(__file__).parents[3]

# Each of them alone costs more than the command line itself.
HEAVY = {
    "asyncio",
    "babel",
    "jinja2",
    "http.client",
    "pydantic",
    "rich",
    "sqlite3",
    "ssl",
    "tomllib",
    "yaml",
}


# What the extras of pyproject.toml bring, by the names that are imported.
EXTRAS = {
    *("babel", "feedgen", "jinja2", "lxml", "markupsafe", "rich", "sqlite_utils"),
    *("httptools", "prometheus_client", "uvicorn", "uvloop", "watchdog"),
}


@pytest.mark.parametrize("words", ["check a.md", "new Title", "schema", "init site"])
def test_authors_commands_load_nothing_that_the_extras_bring(tmp_path: Path, words: str) -> None:
    (tmp_path / "a.md").write_text("# A title\n\nSome text.\n")
    (tmp_path / "drop").mkdir()
    code = "import sys\nfrom worker.cli.main import main\ntry: main()\n"
    code += "finally: print(*sys.modules, file=sys.stderr)"
    command = [sys.executable, "-c", code, *words.split()]
    done = subprocess.run(
        command, capture_output=True, check=True, text=True, timeout=30, cwd=tmp_path
    )
    loaded = set(done.stderr.split())
    assert "worker.cli.authors" in loaded
    assert loaded & EXTRAS == set()


def test_the_extras_are_those_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    named = [each for extra in ("publish", "serve") for each in extras[extra]]
    names = {re.split(r"[<>=;\[ ]", each)[0].lower().replace("-", "_") for each in named}
    assert names - {"feedmill"} == EXTRAS


def test_a_command_without_its_packages_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "rich.console", None)
    monkeypatch.delitem(sys.modules, "worker.cli.output", raising=False)
    (tmp_path / "drop").mkdir()
    done = CliRunner().invoke(main, ["once"])
    assert done.exit_code == 2
    assert done.stderr == (
        "feedmill: package: rich: it is not installed. Install feedmill[serve], or "
        "feedmill[publish] for all commands but run and serve.\n"
    )


def test_help_and_version_load_neither_the_configuration_nor_a_heavy_library() -> None:
    code = "import sys, worker.cli.main; print(*sys.modules, sep='\\n')"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True, timeout=30
    )
    loaded = set(done.stdout.split())
    assert "worker.cli.articles" in loaded
    assert not loaded & (HEAVY | {"worker.config.loading", "worker.store.database"})
