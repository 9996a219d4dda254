"""Commands for authors: beginning an article, and the schema."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from worker.cli.main import main


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a configuration and a drop folder in it."""
    (tmp_path / "drop").mkdir()
    (tmp_path / "feedmill.toml").write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FEEDMILL_CONFIG", raising=False)
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words, catch_exceptions=False)


def test_new_begins_an_article_that_the_worker_holds(project: Path) -> None:
    done = run("new", 'The "Ferry": back, at 7', "--topic", "Ferries", "--topic", "C#: notes")
    assert done.output.startswith("Created drop/the-ferry-back-at-7.md as a draft.")
    text = (project / "drop" / "the-ferry-back-at-7.md").read_text("utf-8")
    assert "\ndraft: true\n" in text
    checked = json.loads(run("check", "--json", "drop").output)
    assert [item["verdict"] for item in checked] == ["held"]
    assert [problem["code"] for problem in checked[0]["problems"]] == ["held"]

    (project / "drop" / "the-ferry-back-at-7.md").write_text(text.replace("draft: true\n", ""))
    assert run("once").exit_code == 0
    (found,) = json.loads(run("list", "--json").output)
    assert found["title"] == 'The "Ferry": back, at 7'
    assert found["topics"] == ["Ferries", "C#: notes"]


def test_new_takes_today_by_the_site_s_clock(project: Path) -> None:
    (project / "feedmill.toml").write_text('[site]\ntimezone = "Pacific/Kiritimati"\n')
    run("new", "East")
    (project / "feedmill.toml").write_text('[site]\ntimezone = "Pacific/Pago_Pago"\n')
    run("new", "West")
    east, west = (
        (project / "drop" / f"{name}.md").read_text().split("date: ")[1][:10]
        for name in ("east", "west")
    )
    assert east > west  # 25 hours apart, it is never the same day


def test_new_overwrites_nothing(project: Path) -> None:
    run("new", "Tides")
    mine = project / "drop" / "tides.md"
    mine.write_text("Mine.")
    done = run("new", "Tides")
    assert (done.exit_code, mine.read_text()) == (2, "Mine.")
    assert "drop/tides.md: it already exists" in done.output


def test_new_writes_into_a_sub_folder_and_nowhere_else(project: Path) -> None:
    assert run("new", "Tides", "--in", "Water/Salt").exit_code == 0
    assert (project / "drop" / "Water" / "Salt" / "tides.md").exists()
    for folder in ("..", "../other", "/tmp", ".hidden", "a/../../b"):
        done = run("new", "Tides", "--in", folder)
        assert done.exit_code == 2
        assert "the worker reads no articles from there" in done.output
    assert sorted(path.name for path in project.iterdir()) == ["drop", "feedmill.toml"]


@pytest.mark.parametrize("words", [("",), (" \u200b",), ("x" * 1001,), ("A", "--topic", " ")])
def test_new_refuses_what_check_would_refuse(project: Path, words: tuple[str, ...]) -> None:
    done = run("new", *words)
    assert done.exit_code == 2
    assert list((project / "drop").iterdir()) == []


def test_new_heeds_strict_topics(project: Path) -> None:
    (project / "feedmill.toml").write_text("[topics]\nstrict = true\n[topics.Ferries]\n")
    done = run("new", "A", "--topic", "Feries")
    assert done.exit_code == 2
    assert 'Did you mean "Ferries"?' in done.output
    assert run("new", "A", "--topic", "ferries").exit_code == 0


def test_new_needs_a_drop_folder(project: Path) -> None:
    (project / "drop").rmdir()
    done = run("new", "A")
    assert done.exit_code == 2
    assert "it does not exist" in done.output


def test_schema_prints_json_and_needs_no_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("schema")
    assert done.exit_code == 0
    assert "publishedDateTime" in json.loads(done.output)["properties"]
