"""Files for other programs: one note in each folder names them, and goes with the last one."""

import shutil

import pytest

from tests.integration.authors.receipts import BROKEN, receipt, stamps
from tests.integration.house import article
from worker.authors import receipt_files
from worker.authors.receipt_text import OPENING
from worker.core.paths import NOTE
from worker.inbox.filters import NameFilter
from worker.parsing.rules import PROGRAMS_FILES


def listed(house, folder=""):
    """The lines of the note that name files; None without a note."""
    said = receipt(house, f"{folder}{NOTE}")
    return said and [line.strip() for line in said.split("\n") if line.startswith("  ")]


def test_every_kind_is_noticed_by_its_name():
    for suffix in PROGRAMS_FILES:
        assert NameFilter().is_article_name(f"a.{suffix}"), suffix


def test_a_folder_s_files_share_one_note_that_says_first_what_to_do(house):
    house.write("letter.docx", b"PK\xff")
    house.write("sub/Trip.PDF", b"%PDF")
    house.write("sub/plot.ipynb", b"{}")
    house.reconcile()
    assert len(list(house.drop.rglob("*.feedmill.txt"))) == 2
    first = receipt(house, f"sub/{NOTE}").split("\n")[0]
    assert first.startswith(f"{OPENING} Export these as HTML or Markdown (.md,")
    assert listed(house) == ["letter.docx (a Word document)"]
    assert listed(house, "sub/") == ["Trip.PDF (a PDF document)", "plot.ipynb (a Jupyter notebook)"]


def test_the_note_follows_the_list_and_goes_with_the_last_file(house):
    house.write("a.docx", b"PK")
    house.write("b.odt", b"PK")
    house.reconcile()
    before = stamps(house)
    house.write("c.md", BROKEN)
    house.reconcile(5)
    assert before.items() <= stamps(house).items()
    house.write("0.pdf", b"%PDF")
    (house.drop / "b.odt").rename(house.drop / "sub.odt")
    house.turn("0.pdf", "b.odt", "sub.odt")
    house.reconcile(5)
    assert [line.split(" ")[0] for line in listed(house)] == ["0.pdf", "a.docx", "sub.odt"]
    for name in ("0.pdf", "a.docx", "sub.odt"):  # no event: scans find it
        (house.drop / name).unlink()
    house.reconcile()
    house.reconcile(house.config.drop.withdraw_after_seconds + 1)
    assert listed(house) is None


def test_the_note_tells_of_pages_without_a_date_too(house):
    page = article("About").replace("---\n", "---\nmenu: main\n", 1)
    house.write("about.md", page)
    house.write("README.md", "Read me.")
    house.write("a.docx", b"PK")
    house.reconcile()
    first = " ".join(receipt(house, NOTE).split("\n\n")[0].split())
    assert first.endswith("Add `date: …` to a page if it is an article.")
    assert listed(house) == ["a.docx (a Word document)", "about.md (by the key `menu`)"]
    assert [*stamps(house)] == [f"{NOTE}.feedmill.txt"]
    (house.drop / "a.docx").unlink()
    house.write("about.md", page.replace("menu: main", "date: 2026-01-01"), age=1)
    house.reconcile(5)
    house.reconcile(house.config.drop.withdraw_after_seconds + 1)
    assert (house.titles(), listed(house)) == (["About"], None)


def test_the_note_says_of_each_page_which_rule_passed_it_over_and_follows_it(house):
    """Section pages and a site's own files are no news at all: they are in no note."""
    house.write("home.md", "---\nlayout: home\n---\nText.\n")
    house.write("imprint.md", "---\ntitle: Imprint\n---\nText.\n")
    house.write("pages/a.md", "Text.\n")
    for path in ("_index.md", "index.md", "README.md", "LICENSE.txt"):
        house.write(path, "---\ntitle: Section\n---\n")
    house.reconcile()
    assert listed(house) == [
        "home.md (by `layout: home`)",
        "imprint.md (by the file's name (`imprint`))",
    ]
    assert listed(house, "pages/") == ["a.md (by the folder `pages`)"]
    assert len([*house.drop.rglob("*.feedmill.txt")]) == 2
    house.write("home.md", "---\nweight: 3\n---\nText.\n", age=1)
    house.reconcile(5)
    assert listed(house)[0] == "home.md (by the key `weight`)"
    for path in ("home.md", "imprint.md", "pages/a.md"):  # what the note says to do
        house.write(path, article(path, date="2026-04-01"), age=1)
    house.reconcile(5)
    assert sorted(house.titles()) == ["home.md", "imprint.md", "pages/a.md"]
    assert [*house.drop.rglob("*.feedmill.txt")] == []


def test_with_all_receipts_a_page_has_its_own(make_house):
    house = make_house(receipts="all")
    house.write("about.md", article("About").replace("---\n", "---\nmenu: main\n", 1))
    house.reconcile()
    assert [*stamps(house)] == ["about.md.feedmill.txt"]


def test_modes(make_house):
    for mode, files in (("problems", 1), ("all", 1), ("off", 0)):
        house = make_house(mode, receipts=mode)
        house.write("a.docx", b"PK")
        house.write("b.pdf", b"%PDF")
        house.reconcile()
        house.restart()
        house.reconcile()
        assert [*stamps(house)] == [f"{NOTE}.feedmill.txt"] * files
        assert house.worker.loop.is_idle()


def test_a_link_to_another_file_gets_a_receipt_of_its_own(make_house):
    for mode in ("problems", "all"):
        house = make_house(mode, receipts=mode)
        (house.drop / "a.docx").symlink_to("/etc/passwd")
        house.write("b.docx", b"PK")
        house.reconcile()
        house.reconcile(5)
        assert "is a symbolic link" in receipt(house, "a.docx")
        assert listed(house) == ["b.docx (a Word document)"]


@pytest.mark.slow
def test_ten_thousand_files_make_a_short_note(house):
    for number in range(10_000):
        (house.drop / f"{number:05}.pdf").touch()
    house.reconcile()
    lines = listed(house)
    assert (len(lines), lines[0]) == (51, "00000.pdf (a PDF document)")
    assert lines[-1] == "and 9,950 more"
    assert len(list(house.drop.iterdir())) == 10_001


def test_names_can_forge_no_lines(house):
    house.write("a\nFEEDMILL: \x1b[2Jall is well.pdf", b"%PDF")
    house.write("\u202egpj.docx", b"PK")
    house.write("x" * 250 + ".pdf", b"%PDF")
    house.reconcile()
    said = receipt(house, NOTE)
    assert "  a\\nFEEDMILL: \\x1b[2Jall is well.pdf (" in said
    assert "\\u202egpj.docx (" in said
    assert all(char.isprintable() or char == "\n" for char in said)


def test_an_author_s_own_file_of_that_name_stays(house):
    mine = house.drop / f"{NOTE}.feedmill.txt"
    mine.write_text("My own notes.")
    house.write("a.docx", b"PK")
    house.reconcile()
    assert mine.read_text() == "My own notes."
    progress = house.worker.loop.progress
    assert mine.name in progress.mistakes["receipts"]
    mine.unlink()
    house.reconcile(5)
    assert listed(house) == ["a.docx (a Word document)"]
    assert not progress.mistakes


@pytest.mark.parametrize("moment", ["before", "amid"])
def test_a_folder_may_go_while_its_note_is_written(house, monkeypatch, moment):
    write_all = receipt_files.write_all

    def vanish(descriptor, data):
        shutil.rmtree(house.drop / "sub", ignore_errors=True)
        write_all(descriptor, data)

    house.write("sub/a.docx", b"PK")
    house.write("b.md", BROKEN)
    if moment == "amid":
        monkeypatch.setattr(receipt_files, "write_all", vanish)
    else:
        house.between = lambda: shutil.rmtree(house.drop / "sub", ignore_errors=True)
    house.reconcile()
    assert receipt(house, "b.md").startswith(OPENING)
    house.reconcile(house.config.drop.withdraw_after_seconds + 1)
    assert not house.worker.loop.progress.troubles
    assert not house.worker.loop.progress.mistakes
    assert sorted(path.name for path in house.drop.iterdir()) == ["b.md", "b.md.feedmill.txt"]
