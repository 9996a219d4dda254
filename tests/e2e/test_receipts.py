"""The folder answers, as its author meets it: the real worker, real files, real notes."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.process import Feedmill, article

BROKEN = "---\ntitle: Tides: a table\ntopics: [Water]\n---\n\nHigh at six.\n"


def receipt(mill: Feedmill, path: str) -> Path:
    return mill.drop / f"{path}.feedmill.txt"


def told(mill: Feedmill, path: str) -> str:
    """The receipt's text on one line, "" where there is none."""
    try:
        return " ".join(receipt(mill, path).read_text("utf-8").split())
    except FileNotFoundError:
        return ""


@pytest.mark.slow
def test_fix_the_file_and_the_receipt_goes_and_the_feeds_follow(mill: Feedmill) -> None:
    mill.start()
    mill.watching()
    mill.write("sub/tides.md", BROKEN)
    mill.until(lambda: "Line 2, column 13:" in told(mill, "sub/tides.md"), "the receipt")
    said = told(mill, "sub/tides.md")
    assert "title: Tides: a table ^ Put the value in quotes" in said
    assert mill.titles("topics/water") == []

    # The fix that the receipt names.
    mill.write("sub/tides.md", BROKEN.replace("Tides: a table", '"Tides: a table"'))
    mill.until(lambda: mill.titles("topics/water") == ["Tides: a table"], "the entry")
    mill.until(lambda: told(mill, "sub/tides.md") == "", "the receipt's end")

    mill.write("sub/tides.md", BROKEN)
    mill.until(
        lambda: "previous version stays public" in told(mill, "sub/tides.md"), "the next one"
    )
    assert mill.titles("topics/water") == ["Tides: a table"]
    (mill.drop / "sub/tides.md").unlink()
    mill.until(lambda: told(mill, "sub/tides.md") == "", "its end with its file")
    assert not list(mill.drop.rglob(".feedmill-*"))


@pytest.mark.slow
def test_a_receipt_is_no_event_for_the_worker_that_wrote_it(mill: Feedmill) -> None:
    mill.start()
    mill.watching()
    for number in range(20):
        mill.write(f"{number}.md", BROKEN)
    mill.until(lambda: all(told(mill, f"{n}.md") for n in range(20)), "20 receipts")
    stamps = {path: path.stat().st_ino for path in mill.drop.glob("*.feedmill.txt")}
    # Another file's way through the house shows that the worker has had its chance.
    mill.write("good.md", article("Good"))
    mill.until(lambda: mill.titles() == ["Good"], "the good one")
    assert {path: path.stat().st_ino for path in mill.drop.glob("*.feedmill.txt")} == stamps
    assert mill.rows("SELECT count(*) FROM ledger") == [(21,)]
    assert "feedmill.txt" not in mill.log()
    assert mill.log().count("file-rejected") == 20


@pytest.mark.slow
def test_what_a_killed_worker_owed_the_next_one_tells(mill: Feedmill) -> None:
    mill.write("a.md", BROKEN)
    mill.start()
    mill.until(lambda: told(mill, "a.md") != "", "the receipt")
    said = told(mill, "a.md")
    mill.kill()
    receipt(mill, "a.md").write_text("FEEDMILL: half")
    receipt(mill, "gone.md").write_text("FEEDMILL: of a file that is gone")
    mill.write("b.md", BROKEN)
    mill.start()
    mill.until(lambda: told(mill, "a.md") == said, "the whole text again")
    mill.until(lambda: told(mill, "b.md") != "", "the new file's")
    mill.until(lambda: told(mill, "gone.md") == "", "the stale one's end")


@pytest.mark.slow
def test_with_undo_an_article_waits_as_its_receipt_says(
    make_mill: Callable[..., Feedmill],
) -> None:
    mill = make_mill(drop={"undo_minutes": "0.05"})
    mill.write("other.md", article("Other"))
    mill.start()
    mill.until(lambda: mill.titles() == ["Other"], "the first one")
    mill.write("a.md", article("Slip of the pen", topics="Secret"))
    mill.until(lambda: "so that you can change your mind" in told(mill, "a.md"), "the receipt")
    (mill.drop / "a.md").unlink()
    mill.write("b.md", article("Meant"))
    mill.until(lambda: sorted(mill.titles()) == ["Meant", "Other"], "what was meant")
    mill.until(lambda: told(mill, "a.md") == told(mill, "b.md") == "", "no receipts")
    assert not any(b"Slip" in data or b"Secret" in data for data in mill.public_files().values())


@pytest.mark.slow
@pytest.mark.parametrize("running", [True, False])
def test_commands_write_with_and_without_a_worker(mill: Feedmill, running: bool) -> None:
    mill.write("a.md", article("A", topics="AWS"))
    mill.write("b.md", article("B", topics="Amazon"))
    mill.once()
    if running:
        mill.start()
        mill.watching()

    def comes_true(condition: Callable[[], bool], what: str) -> None:
        """Soon with a worker, at once without one."""
        if running:
            mill.until(condition, what)
        assert condition(), what

    for words, said in (
        (("withdraw", "a.md"), "is withdrawn"),
        (("topics", "rename", "AWS", "Clouds"), "is called “Clouds” now"),
        (("topics", "merge", "Amazon", "Clouds"), "is on “Clouds” now"),
    ):
        done = mill.call(*words)
        assert (done.returncode, done.stderr) == (0, "")
        assert said in done.stdout
    comes_true(lambda: mill.titles() == ["B"], "a feed without it")
    comes_true(lambda: "Ask the site's administrator" in told(mill, "a.md"), "the receipt")
    assert "is public again" in mill.call("restore", "a.md").stdout
    for key in ("topics/aws", "topics/amazon"):
        comes_true(lambda key=key: sorted(mill.titles(key)) == ["A", "B"], key)
    comes_true(lambda: told(mill, "a.md") == "", "no receipt")
    topics = json.loads(mill.call("topics", "--json").stdout)
    assert [topic["name"] for topic in topics] == ["Clouds"]
    refused = mill.call("withdraw", "none.md")
    assert refused.returncode == 2
    assert "no article has this id, path or link" in refused.stderr
