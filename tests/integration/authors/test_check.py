"""``feedmill check``: what the worker would say, of files anywhere, with nothing touched."""

import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.integration.house import article, build
from tests.integration.media.files import png
from worker.authors.check import check_files, check_text
from worker.authors.surroundings import MOST_FOLDERS
from worker.cli.main import main
from worker.config.model import Config, Drop, Media, TopicRule

pytestmark = pytest.mark.usefixtures("parsers_in_process")

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
BROKEN = "---\ntitle: Tides: a table\n---\n\nText.\n"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "drop").mkdir()
    return Config(path=None, drop=Drop(folder=tmp_path / "drop", ignore=("*.bak.md", "old/*")))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a drop folder in it."""
    (tmp_path / "drop").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FEEDMILL_CONFIG", raising=False)
    return tmp_path


def run(*words: str, text: str | bytes | None = None) -> Result:
    return CliRunner().invoke(main, words, input=text, catch_exceptions=False)


def write(folder: Path, files: dict[str, str | bytes]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)


def test_a_folder_is_walked_as_the_worker_walks_it(config: Config) -> None:
    drop = config.drop.folder
    names = ["a.md", ".hidden.md", "b.css", "a.md.feedmill.txt", "x.bak.md", "old/c.md", "s/d.txt"]
    write(drop, dict.fromkeys(names, "# Title\n\nText.\n"))
    found = [Path(result.path) for result in check_files([drop], config, NOW)]
    assert found == [drop / "a.md", drop / "s" / "d.txt"]
    assert [Path(r.path) for r in check_files([drop / "s"], config, NOW)] == [drop / "s" / "d.txt"]
    assert list(check_files([drop / "old"], config, NOW)) == []


@pytest.mark.slow
def test_another_folder_is_walked_by_the_same_rules(config: Config, tmp_path: Path) -> None:
    write(tmp_path / "else", {"a.md": "# A\n", "x.bak.md": "# X\n", ".git/b.md": "# B\n"})
    found = list(check_files([tmp_path / "else"], config, NOW))
    assert [Path(result.path).name for result in found] == ["a.md"]


def test_files_are_answered_in_the_order_given_whatever_they_are(
    config: Config, tmp_path: Path
) -> None:
    write(tmp_path, {"bad.md": BROKEN, "ok.md": "# Ok\n\nText.\n", "x.css": "%PDF", "z.md": ""})
    (tmp_path / "link.md").symlink_to("ok.md")
    names = ["x.css", "none.md", "ok.md", "link.md", "bad.md", "x.css", "z.md"]
    found = list(check_files([tmp_path / name for name in names], config, NOW))
    assert [Path(result.path).name for result in found] == names
    assert [result.verdict for result in found] == [
        "ignored",
        "refused",
        "accepted",
        "refused",
        "rejected",
        "ignored",
        "rejected",
    ]
    codes = [[problem.code for problem in result.problems] for result in found]
    assert codes[0] == ["passed-over"]
    assert codes[1] == ["unreadable"]
    assert codes[3] == ["not-a-file"]


def test_what_a_name_decides_is_decided_by_the_path_below_the_drop_folder(config: Config) -> None:
    strict = replace(config, strict_topics=True, topics=(TopicRule("Ferries"),))
    write(config.drop.folder, {"Ferries/a.md": "# A\n\nx\n", "Gossip/b.md": "# B\n\nx\n"})
    found = check_files([config.drop.folder], strict, NOW)
    assert [result.verdict for result in found] == ["accepted", "rejected"]


WARNED_OF = {
    "held": article(draft="true"),
    "scheduled": article(date="2199-06-01T00:00:00Z"),
    "naive-date": article(date="2026-04-01 10:00"),
    "unknown-key": article(summry="Short."),
    "dropped-html": article(body="Text. <script>alert(1)</script>"),
    "relative-link": article(body="A [table](/tides.html)."),
    "no-summary": article(body=""),
    "topic-typo": article(topics="Ferrys"),
}


def test_warnings_fail_only_if_strict(project: Path) -> None:
    (project / "feedmill.toml").write_text("[topics.Ferry]\n")
    write(project, {f"in/{code}.md": text for code, text in WARNED_OF.items()})
    done = run("check", "in")
    assert done.exit_code == 0
    for code in WARNED_OF:
        (line,) = [line for line in done.output.splitlines() if f"/{code}.md:" in line]
        assert ": warning: " in line
        assert line.endswith(f"[{code}]")
    assert run("check", "--strict", "in").exit_code == 1


def test_a_flawless_file_is_answered_with_silence(project: Path) -> None:
    write(project, {"a.md": article()})
    for options in ((), ("--strict",)):
        done = run("check", *options, "a.md")
        assert (done.output, done.exit_code) == ("", 0)


def test_an_error_is_told_as_editors_and_ci_read_it_and_fails(project: Path) -> None:
    write(project, {"drop/bad.md": BROKEN})
    done = run("check", "drop")
    assert done.output.startswith("drop/bad.md:2:13: error: The value of `title` contains a colon")
    assert done.output.endswith("[yaml-colon]\n")
    assert done.output.count("\n") == 1
    assert done.exit_code == 1


@pytest.mark.slow
def test_json_has_every_file(project: Path) -> None:
    write(project, {"drop/bad.md": BROKEN, "drop/good.md": article()})
    done = run("check", "--json", "drop")
    bad, good = json.loads(done.output)
    assert good == {"path": "drop/good.md", "verdict": "accepted", "problems": []}
    (problem,) = bad.pop("problems")
    assert bad == {"path": "drop/bad.md", "verdict": "rejected"}
    assert problem.keys() == {"line", "column", "level", "code", "message", "hint"}
    assert (problem["line"], problem["column"], problem["code"]) == (2, 13, "yaml-colon")
    assert done.exit_code == 1
    assert json.loads(run("check", "--json", "drop/good.md").output)[0]["verdict"] == "accepted"


@pytest.mark.slow
def test_standard_input_is_read_as_a_file_of_the_name_given(project: Path) -> None:
    text = "# Markdown *title*\n"
    assert run("check", "-", text=text).exit_code == 0
    done = run("check", "-", "--name", "Ferries/a.txt", text=BROKEN)
    assert done.output.startswith("Ferries/a.txt:2:13: error: ")
    assert done.exit_code == 1
    assert "passed-over" in run("check", "-", "--name", "a.css", text=text).output
    assert run("check", "-", "a.md", text=text).exit_code == 2


def test_standard_input_has_the_same_limit_as_files(config: Config) -> None:
    small = replace(config, drop=replace(config.drop, max_bytes=1000))
    assert check_text(b"x" * 1000, "a.md", small, NOW).verdict == "accepted"
    found = check_text(b"x" * 1001, "a.md", small, NOW)
    assert (found.verdict, found.problems[0].code) == ("refused", "file-too-large")


def test_links_to_files_that_are_not_there_are_told(config: Config, tmp_path: Path) -> None:
    drop = config.drop.folder
    text = "# A\n\nSee [b](b.md), [c](c.md) and [[d]].\n"
    write(drop, {"s/a.md": text, "s/b.md": "# B\n\nText.\n", "e/D.md": "# D\n\nText.\n"})
    (found,) = check_files([drop / "s" / "a.md"], config, NOW)
    assert [problem.code for problem in found.problems] == ["link-target"]
    assert found.problems[0].place == (3, 20)


def test_a_file_outside_the_drop_folder_is_checked_among_its_neighbours(
    config: Config, tmp_path: Path
) -> None:
    text = "# A\n\nSee [b](b.md), [c](c.md), ![p](p.png), ![[q.png]] and ![r](../r.png).\n"
    write(
        tmp_path, {"r.png": png(), "else/a.md": text, "else/b.md": "# B\n", "else/x/q.png": png()}
    )
    for argument in (tmp_path / "else" / "a.md", tmp_path / "else"):
        found = next(check_files([argument], config, NOW))
        assert [(problem.code, problem.place) for problem in found.problems] == [
            ("relative-link", (3, 92)),
            ("missing-media", (3, 32)),
            ("link-target", (3, 20)),
        ]
        assert f"below “{tmp_path}/else”" in found.problems[1].hint
    for number in range(MOST_FOLDERS):
        (tmp_path / "else" / str(number)).mkdir()
    found = next(check_files([tmp_path / "else" / "a.md"], config, NOW))
    assert [problem.code for problem in found.problems] == ["relative-link", "missing-media"]


def test_pictures_get_the_worker_s_words(tmp_path: Path) -> None:
    house = build(tmp_path / "house")
    house.config = replace(house.config, media=Media(max_bytes=1000))
    (tmp_path / "secret.png").write_bytes(png())
    house.write("trip/boat.png", png())
    house.write("trip/page.png", b"<html>no picture</html>")
    house.write("trip/large.png", b"\x89PNG\r\n\x1a\n" + bytes(2000))
    house.write("trip/Dock.png", png())
    (house.drop / "trip/link.png").symlink_to(tmp_path / "secret.png")
    (house.drop / "trip/folder.png").mkdir()
    os.mkfifo(house.drop / "trip/pipe.mp3")
    names = [
        "boat",
        "page",
        "large",
        "dock",
        "link",
        "folder",
        "none",
        "../../secret",
        "/etc/secret",
    ]
    body = "\n\n".join(f"A ![picture]({name}.png)" for name in names)
    body += "\n\nSound: ![s](pipe.mp3) ![[Dock.png]] ![[gone.png]] ![n](none.png)"
    house.write("trip/index.md", article(body=body, cover="cover.jpg"))
    house.write("many.md", article(body=" ".join(f"![p](p{n}.png)" for n in range(600))))
    house.start()
    house.reconcile()
    rows = {path: house.worker.ledger.at(path) for path in ("many.md", "trip/index.md")}
    house.stop()
    checked = {
        Path(found.path).relative_to(house.drop).as_posix(): found
        for found in check_files([house.drop], house.config, NOW)
    }
    for path, row in rows.items():
        assert checked[path].problems == row.problems
    codes = {problem.code for row in rows.values() for problem in row.problems}
    assert codes >= {"missing-media", "bad-media", "large-media", "too-many-media"}


def test_pictures_of_the_assets_folder_are_looked_for_there(config: Config, tmp_path: Path) -> None:
    drop = replace(config.drop, assets=tmp_path / "static")
    write(tmp_path, {"static/a.png": png(), "drop/a.md": "# A\n\n![a](/a.png) ![b](/b.png)\n"})
    (found,) = check_files([drop.folder], replace(config, drop=drop), NOW)
    problem = found.problems[-1]
    assert [each.code for each in found.problems] == ["no-summary", "missing-media"]
    assert problem.place == (3, 19)
    assert "drop.assets" in problem.message


def test_check_needs_no_database_and_makes_nothing(project: Path) -> None:
    write(project, {"a.md": BROKEN})
    before = sorted(path.name for path in project.iterdir())
    run("check", "a.md")
    assert sorted(path.name for path in project.iterdir()) == before


def test_on_a_terminal_the_line_itself_is_shown_with_a_caret(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(project, {"bad.md": BROKEN})
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "60")
    done = run("check", "bad.md")
    assert "\x1b[" in done.output
    plain = CliRunner(env={"FORCE_COLOR": "1", "NO_COLOR": "1", "TERM": "dumb"})
    text = plain.invoke(main, ("check", "bad.md")).output
    assert "bad.md:2:13: error: The value of `title` contains a colon" in text
    assert "\n    title: Tides: a table\n                ^\n    Put the value in quotes" in text
    assert text.endswith("1 rejected\n")


@pytest.mark.slow
def test_no_text_of_a_file_can_give_orders_to_the_terminal(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(project, {"a.md": "---\ntitle: x\ndate: \x1b]0;owned\x07\nlang: '\x1b[2J'\n---\nx\n"})
    for colour in ("", "1"):
        monkeypatch.setenv("FORCE_COLOR", colour) if colour else None
        text = run("check", "a.md").output
        assert "[bad-date]" in text
        assert "\x1b]" not in text
        assert "\x1b[2J" not in text
