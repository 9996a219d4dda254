"""The door to the dialects: what ``adapt`` gives for a whole file."""

import pytest

from worker.core.article import Hold
from worker.core.problems import Place
from worker.parsing.dialects.adapter import adapt
from worker.parsing.frontmatter.block import UnreadableError


def test_a_file_of_jekyll_comes_in_our_terms() -> None:
    text = "---\nlayout: post\ncategories: [Sea]\n---\nFirst {% tag %}.\n<!--more-->\nSecond.\n"
    adapted = adapt(text, "_drafts/2026-05-01-low-tide.md")
    assert adapted.file.values["topics"] == ["Sea"]
    assert adapted.file.body == "First.\n\nSecond.\n"
    assert adapted.file.body_line == 5
    assert adapted.teaser == "First.\n"
    assert adapted.title == "Low Tide"
    assert adapted.hold == Hold("_drafts", Place(1, 1))
    assert [problem.code for problem in adapted.problems] == ["template-code"]


@pytest.mark.parametrize("name", ["_drafts/tides.txt", "tides.md"])
def test_a_text_of_no_tool_stays_as_it_is(name: str) -> None:
    adapted = adapt("Low tide at 9:40.\n", name)
    assert adapted.file.body == "Low tide at 9:40.\n"
    assert (adapted.file.values, adapted.problems, adapted.tags) == ({}, (), ())
    assert (adapted.title, adapted.teaser, adapted.hold) == ("", "", None)


def test_header_lines_without_fences_are_front_matter() -> None:
    adapted = adapt("Title: Tides\nTags: sea, moon\n\nText.\n", "tides.md")
    assert adapted.file.values["topics"] == ["sea", "moon"]
    assert adapted.file.has_front_matter


def test_a_program_as_front_matter_is_refused() -> None:
    with pytest.raises(UnreadableError, match="runs no programs"):
        adapt("---js\n{}\n---\nText.\n", "a.md")
