"""What works on macOS and Windows, as far as Linux can play them (docs/install.md)."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from worker.cli.main import main

WINDOWS = Path(__file__).with_name("windows.py")
ARTICLE = "---\ntitle: A title\ntopics: [Ferries]\n---\nText, and ![a buoy](buoy.png).\n"


def feedmill(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(WINDOWS), *words]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture
def site(tmp_path: Path) -> Path:
    made = feedmill(tmp_path, "init", ".")
    assert (made.returncode, made.stderr) == (0, "")
    (tmp_path / "drop" / "ferries").mkdir()
    (tmp_path / "drop" / "ferries" / "a.md").write_text(ARTICLE)
    return tmp_path


def test_authors_commands_work_without_the_modules_of_unix(site: Path) -> None:
    assert "drop/a-draft.md" in feedmill(site, "new", "A draft").stdout
    assert '"$schema"' in feedmill(site, "schema").stdout
    found = feedmill(site, "check", "drop")
    assert (found.returncode, found.stderr) == (0, "")
    assert "drop/a-draft.md:5:1: warning:" in found.stdout
    assert "buoy.png" in found.stdout
    (site / "drop" / "bad.md").write_text("---\ntitle: a: b\n---\n")
    assert feedmill(site, "check", "drop/bad.md").returncode == 1
    (site / "drop" / "link.md").symlink_to("ferries/a.md")
    assert "a symbolic link" in feedmill(site, "check", "drop/link.md").stdout


@pytest.mark.slow
def test_once_works_without_the_modules_of_unix_and_says_what_is_not_limited(site: Path) -> None:
    done = feedmill(site, "once")
    assert done.stdout.startswith("accepted ferries/a.md")
    assert done.stderr == "feedmill: this system cannot limit the time and memory of a file.\n"
    assert "<title>A title</title>" in (site / "public" / "topics" / "ferries.rss").read_text()
    assert feedmill(site, "once").stdout.startswith("Nothing new")
    assert "A title" in feedmill(site, "list").stdout
    assert "1 articles" in feedmill(site, "backup", "copy.db").stdout


@pytest.mark.parametrize("command", ["run", "serve"])
def test_what_needs_linux_says_so_at_its_start(
    command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, [command])
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(f"feedmill: {command}: needs Linux: this system is darwin. Run")
