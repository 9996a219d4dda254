"""What the name alone says."""

import pytest

from worker.core.paths import is_text, join, printable, split
from worker.inbox.filters import NameFilter


@pytest.mark.parametrize(
    "path",
    [
        "a.md",
        "a.markdown",
        "a.txt",
        "a.html",
        "a.htm",
        "A.MD",
        "sub/a.Txt",
        "a b.md",
        "ä/ö.md",
        "~a.md",
    ],
)
def test_the_five_extensions_are_articles_in_any_case(path: str) -> None:
    assert NameFilter().is_article_name(path)


@pytest.mark.parametrize(
    "path",
    [
        "a",
        "a.css",
        "a.md~",
        "a.md.bak",
        "a.md.part",
        ".a.md",
        ".md",
        ".a.md.XyZ123",
        ".a.md.swp",
        ".#a.md",
        "#a.md#",
        "~$a.txt",
        ".git/a.md",
        "sub/.trash/a.md",
        "a.md.feedmill.txt",
        "A.MD.FEEDMILL.TXT",
        "",
    ],
)
def test_hidden_files_backups_temporary_files_and_receipts_are_no_articles(path: str) -> None:
    assert not NameFilter().is_article_name(path)


@pytest.mark.parametrize(
    ("pattern", "ignored", "taken"),
    [
        ("draft-*", "sub/draft-1.md", "sub/a-draft-1.md"),
        ("drafts", "drafts/a.md", "drafts.md"),
        ("drafts/", "x/drafts/a.md", "x/a.md"),
        ("sub/*.txt", "sub/a.txt", "a.txt"),
        ("/sub/old", "sub/old/deep/a.md", "x/sub/old/a.md"),
        ("[ab].md", "a.md", "c.md"),
        ("README.md", "README.md", "readme.md"),
    ],
)
def test_ignored_patterns_hold_for_names_or_for_paths(
    pattern: str, ignored: str, taken: str
) -> None:
    names = NameFilter(ignore=(pattern,))
    assert not names.is_article_name(ignored)
    assert names.is_article_name(taken)


def test_the_worker_s_own_folders_are_reserved_only_where_it_says_so_and_only_at_the_top() -> None:
    names = NameFilter(reserved=("archive", "rejected"))
    assert not names.is_article_name("archive/a.md")
    assert not names.takes_folder_path("rejected/sub")
    assert names.is_article_name("sub/archive/a.md")
    assert NameFilter().is_article_name("archive/a.md")


def test_the_drop_folder_itself_is_taken() -> None:
    assert NameFilter(ignore=("*",)).takes_folder_path("")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("plain ä.md", "plain ä.md"),
        ("caf\udce9.md", r"caf\xe9.md"),
        ("a\nb.md", r"a\nb.md"),
        ("a\x1b[31m.md", r"a\x1b[31m.md"),
        ("a\u202eb.md", r"a\u202eb.md"),
    ],
)
def test_a_shown_name_can_neither_break_an_encoder_nor_a_log_line(name: str, shown: str) -> None:
    assert printable(name) == shown
    assert is_text(printable(name))


def test_a_name_that_is_not_utf8_is_not_text() -> None:
    assert is_text("ä.md")
    assert not is_text("caf\udce9.md")


@pytest.mark.parametrize("path", ["a.md", "sub/a.md", "x/y/a.md"])
def test_a_path_is_joined_from_what_it_was_split_into(path: str) -> None:
    assert join(*split(path)) == path
