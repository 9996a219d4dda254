"""From a file's text to front matter and body."""

import gc
import json
from typing import Any

import pytest
import yaml

from worker.core.problems import Place, Problem
from worker.parsing.frontmatter.block import MAX_CHARS, MAX_DEPTH, MAX_NODES, Block, UnreadableError
from worker.parsing.frontmatter.decoding import decode
from worker.parsing.frontmatter.splitter import SplitFile, split_front_matter
from worker.parsing.frontmatter.values import as_json
from worker.parsing.frontmatter.yaml_reader import read_yaml


def only_problem(file: SplitFile) -> Problem:
    assert len(file.problems) == 1, file.problems
    return file.problems[0]


def yaml_problem(lines: str) -> Problem:
    """The one problem of these lines between fences; the first of them is line 2."""
    return only_problem(split_front_matter(f"---\n{lines}\n---\nText.\n"))


# --- bytes ------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_any_line_ends_and_a_byte_order_mark_are_fine(end: str, mark: bytes) -> None:
    data = mark + end.join(["---", "title: Öl", "---", "Text", ""]).encode()
    file = split_front_matter(decode(data))
    assert file.values == {"title": "Öl"}
    assert (file.body, file.body_line) == ("Text\n", 4)


@pytest.mark.parametrize(
    ("data", "place", "hint"),
    [
        ("eins\r\nzwei Caf\xe9 drei".encode("latin-1"), Place(2, 9), "Windows-1252"),
        ("Hello".encode("utf-16"), Place(1, 1), "UTF-16"),
        ("Hello".encode("utf-16-le"), Place(1, 2), "UTF-16"),
        ("Ärger\n€".encode()[:-1], Place(2, 1), "incomplete"),
        ("äöü\rü".encode() + b"\xff", Place(2, 2), "UTF-8"),
        (b"%PDF-1.7\n", Place(1, 1), "plain text"),
        (b"PK\x03\x04....", Place(1, 1), "plain text"),
        (b"{\\rtf1 x}", Place(1, 1), "plain text"),
    ],
)
def test_what_is_not_utf8_is_refused_where_it_begins(data: bytes, place: Place, hint: str) -> None:
    with pytest.raises(UnreadableError) as error:
        decode(data)
    assert error.value.problem.code == "not-utf8"
    assert error.value.problem.place == place
    assert hint in error.value.problem.hint


# --- where the front matter ends --------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "values", "body", "line"),
    [
        ("Plain text\nof two lines", {}, "Plain text\nof two lines", 1),
        ("---\ntitle: a\n---\nText", {"title": "a"}, "Text", 4),
        ("\n \n---\ntitle: a\n---\n\n\nText", {"title": "a"}, "\n\nText", 6),
        ("---  \ntitle: a\n-----\nText", {"title": "a"}, "Text", 4),
        ("---\ntitle: a\n...\nText", {"title": "a"}, "Text", 4),
        ("---\ntitle: a\n---", {"title": "a"}, "", 3),
        ("---\n---\nText", {}, "Text", 3),
        ("---\n# title: a\n---\nText", {}, "Text", 4),
        ('+++\ntitle = "a"\n+++\nText', {"title": "a"}, "Text", 4),
        ('{"title": "a"}\nText', {"title": "a"}, "Text", 2),
        ('{\n"title": "a"\n}\n\nText', {"title": "a"}, "\nText", 4),
        ("{}\nText", {}, "Text", 2),
    ],
)
def test_front_matter_of_any_dialect_is_parted_from_the_body(
    text: str, values: dict[str, Any], body: str, line: int
) -> None:
    file = split_front_matter(text)
    assert file.values == values
    assert (file.body, file.body_line) == (body, line)
    assert file.problems == ()


@pytest.mark.parametrize(
    "text",
    [
        "---\n\nA paragraph below a line.\n\nNote: this is one, too.\n",
        "---",
        "+++\nOnly a sign, then prose.\n",
        "{% include header %}\nText",
        "{{ shortcode }}\nText",
        "{: .lead}\nText",
        "--- and so it began\n\nText",
        "—\n\nText after a dash.",
        "Title: A Heading\n---\nText",
        "Q: Why?\n\nA: Because.\n\n---\nText",
        "Title: Prose whose first line holds a colon\n\nText",
    ],
)
def test_what_only_looks_like_front_matter_stays_in_the_body(text: str) -> None:
    file = split_front_matter(text)
    assert (file.values, file.body, file.body_line) == ({}, text, 1)
    assert file.problems == ()


@pytest.mark.parametrize(
    "block",
    [
        "A paragraph between two lines across the page.",
        'It is "quoted", he said.\nAnd goes on; {as: is',
        "He said: wait and see",
        "He said: wait: and see",
        "## A heading",
        "A long paragraph. " * 4000,
    ],
)
def test_prose_between_two_lines_across_the_page_is_kept_with_a_warning(block: str) -> None:
    text = f"---\n{block}\n---\nText"
    file = split_front_matter(text)
    assert (file.values, file.body) == ({}, text)
    problem = only_problem(file)
    assert (problem.code, problem.level, problem.place) == ("rule-at-top", "warning", Place(1, 1))


@pytest.mark.parametrize(
    ("text", "code", "place", "hint"),
    [
        ("---\ntitle: a\ntopics:\n- b\n", "unclosed-front-matter", Place(1, 1), "after line 4"),
        ("\n---\n# a\ntitle: a\n\nText", "unclosed-front-matter", Place(2, 1), "after line 4"),
        ('+++\ntitle = "a"\n\nText', "unclosed-front-matter", Place(1, 1), "after line 2"),
        ("---\n- a\n- b\n---\n", "not-a-mapping", Place(2, 1), "- "),
        ("---\ntitle:a\n---\n", "not-a-mapping", Place(2, 1), "space"),
        ('---\ntitle = "a"\n---\n', "not-a-mapping", Place(2, 1), "+++"),
        ("—\ntitle: a\n—\n", "bad-fence", Place(1, 1), "hyphens"),
        ("-=-\ntitle: a\n---\n", "bad-fence", Place(1, 1), "hyphens"),
        ("--- yaml\ntitle: a\n---\n", "bad-fence", Place(1, 1), "hyphens"),
        ("---\ntitle: a\n---\ndate: x\ntags: y\n---\nText", "early-fence", Place(3, 1), "Remove"),
        ("title: a\ndate: 2021-02-04\n\ntype: b\n---\nText", "missing-fence", Place(1, 1), "above"),
    ],
)
def test_broken_front_matter_is_an_error_and_never_published_as_text(
    text: str, code: str, place: Place, hint: str
) -> None:
    problem = only_problem(split_front_matter(text))
    assert (problem.code, problem.level, problem.place) == (code, "error", place)
    assert hint in problem.hint


# --- YAML -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "code", "place"),
    [
        ("title: One: two", "yaml-colon", Place(2, 11)),
        ("a: b\n  c: d", "yaml-indent", Place(3, 3)),
        ("title:One\ndate: x", "yaml-space", Place(2, 1)),
        ("date: x\ntitle:One", "yaml-space", Place(3, 1)),
        ("a: b\ntitle One\nc: d", "yaml-no-colon", Place(3, 1)),
        ("title One\nc: d", "yaml-no-colon", Place(2, 1)),
        ("a: b\nOne", "yaml-no-colon", Place(3, 1)),
        ("a:\n\t- b", "yaml-tab", Place(3, 1)),
        ("a:\n  - b: 1\n  \tc: 2", "yaml-tab", Place(4, 3)),
        ('title: "One\ndate: x', "yaml-quote", Place(2, 8)),
        ('title: "One\nexcerpt: "Two"\ndate: "x"', "yaml-quote", Place(2, 8)),
        ('a: "b"\ntitle: "One', "yaml-quote", Place(3, 8)),
        ('title: "One" two', "yaml-quote", Place(2, 12)),
        ("title: 'It's one'", "yaml-quote", Place(2, 11)),
        ("a:\n  b: c\n d: e", "yaml-indent", Place(4, 2)),
        ("a:\n  - b\n - c", "yaml-indent", Place(4, 2)),
        ("title: @one", "yaml-start", Place(2, 8)),
        ("title: `one`", "yaml-start", Place(2, 8)),
        ("title: *one* two", "yaml-start", Place(2, 8)),
        ("title: - one", "yaml-start", Place(2, 8)),
        ("title: > one", "yaml-start", Place(2, 8)),
        ("title: [one] two", "yaml-start", Place(2, 8)),
        ("title: , one", "yaml-start", Place(2, 8)),
        ("title: !a!b one", "yaml-start", Place(2, 8)),
        ("topics: [one, two\ndate: x", "yaml-bracket", Place(2, 9)),
        ("provider: {name: one", "yaml-bracket", Place(2, 11)),
        ('title: "C:\\qux"', "yaml-escape", Place(2, 11)),
        ('title: "\\uD800"', "yaml-escape", Place(2, 9)),
        ("title: {{ page.title }}", "yaml-key", Place(2, 9)),
        ("title: &one two", "yaml-alias", Place(2, 8)),
        ("title: *one", "yaml-alias", Place(2, 8)),
        ("title: !!binary aGk=", "yaml-tag", Place(2, 8)),
        ("title: !ruby/object:X one", "yaml-tag", Place(2, 8)),
        ("<<: {a: b}", "yaml-merge", Place(2, 1)),
        ("a: b\n--- c: d", "yaml-documents", Place(3, 1)),
        ("a: b\nc: d\na: e", "duplicate-key", Place(4, 1)),
        ("x:\n  - a: b\n    a: c", "duplicate-key", Place(4, 5)),
        ('title: One"', "stray-quote", Place(2, 8)),
        ("title: One #two", "yaml-hash", Place(2, 12)),
    ],
)
def test_each_slip_in_yaml_is_told_at_its_own_place(lines: str, code: str, place: Place) -> None:
    problem = yaml_problem(lines)
    assert (problem.code, problem.place) == (code, place)
    assert problem.hint
    assert "libyaml" not in problem.message


def test_an_unquoted_colon_is_explained_without_yaml_s_words() -> None:
    problem = yaml_problem("excerpt: Two kinds: old and new")
    assert str(problem) == (
        "2:19: error: The value of `excerpt` contains a colon, so YAML reads it as another key. "
        "Put the value in quotes. [yaml-colon]"
    )


@pytest.mark.parametrize(
    "lines",
    [
        'a: "one\n  two"\nb: "x: y"\nc: \'it\'\'s\'\nd: "a \\" b"',
        "a: >\n  one\n  two\nb: |\n  key: value\n",
        "a: [one, two] # note\nb: {c: d}\n? e\n: f",
        "a: one # a comment\nb: 12 o'clock",
        "a: !!str 12\nb: 'x' # \"",
    ],
)
def test_ordinary_yaml_draws_no_complaint(lines: str) -> None:
    file = split_front_matter(f"---\n{lines}\n---\n")
    assert file.problems == ()
    assert file.values


def test_unquoted_values_keep_their_text_and_know_their_meaning() -> None:
    values = split_front_matter(
        "---\na: 1.10\nb: no\nc: 2021-02-04\nd: 0x1F\ne: ~\nf: text\ng: 'no'\n"
        "h: 2021-02-30\ni: 12:30:45\nj: [1_000, .inf, 99999999999999999999]\n---\n"
    ).values
    texts = {"a": "1.10", "b": "no", "c": "2021-02-04", "d": "0x1F", "e": None, "f": "text"}
    assert {key: values[key] for key in texts} == texts
    assert json.loads(json.dumps(as_json(values), allow_nan=False)) == {
        "a": 1.1, "b": False, "c": "2021-02-04", "d": 31, "e": None, "f": "text", "g": "no",
        "h": "2021-02-30", "i": "12:30:45", "j": [1000, "inf", "99999999999999999999"],
    }  # fmt: skip


def test_the_meaning_of_a_value_leaves_nothing_of_its_file_in_memory() -> None:
    values = split_front_matter(f"---\na: [{', '.join(map(str, range(200)))}]\n---\n").values
    before = sum(isinstance(each, yaml.Node) for each in gc.get_objects())
    assert as_json(values) == {"a": list(range(200))}
    assert sum(isinstance(each, yaml.Node) for each in gc.get_objects()) == before


def test_a_fence_right_below_the_first_one_is_the_second_one() -> None:
    assert split_front_matter("---\n---\nText.\n").body == "Text.\n"
    assert split_front_matter("+++\n+++").body == ""
    assert split_front_matter("---\na: b\n--- x\n----  \n---\n").body == "---\n"


@pytest.mark.parametrize(
    "text",
    [
        "---\na: b\n---secured: SECRET\n---\n",
        "---\na: b\nsecured: SECRET\nc: {Secured: {x: SECRET}, d: [{SECURED: [SECRET]}]}\n---\n",
        "---\nsecured: *SECRET\nx: {secured: &SECRET !SECRET {SECRET: 1, SECRET: 2}}\n---\n",
        '+++\na = "b"\nsecured = "SECRET"\n[c]\nsecured = {x = "SECRET"}\n+++\n',
        '{"a": "b", "secured": {"SECRET": 1, "SECRET": 2}, "c": [{"Secured": "SECRET"}]}\n',
    ],
)
def test_a_secured_value_is_dropped_at_any_depth_and_named_nowhere(text: str) -> None:
    file = split_front_matter(text)
    assert file.contents is not None
    assert "SECRET" not in repr(file.values) + repr(file.problems)


def test_a_key_is_found_at_any_depth_where_it_stands_in_the_file() -> None:
    file = split_front_matter(
        "\n---\ntitle: a\nrelated:\n  - title: b\n  - title: c\n    images: [{url: d}]\n---\n"
    )
    assert file.place(("title",)) == Place(3, 1)
    assert file.place(("related", 1)) == Place(6, 5)
    assert file.place(("related", 1, "images")) == Place(7, 5)
    assert file.place(("related", 1, "images", 0, "url")) == Place(7, 15)
    # What is missing is shown at the nearest thing around it.
    assert file.place(("related", 1, "webUrl")) == Place(6, 5)
    # One value may stand for a list of one.
    assert file.place(("title", 0, "url")) == Place(3, 1)
    assert file.place(("nowhere",)) == Place(3, 1)


def deep(depth: int) -> str:
    return "a: " + "[" * depth + "]" * depth


def test_front_matter_within_the_limits_is_read() -> None:
    assert split_front_matter(f"---\n{deep(MAX_DEPTH - 1)}\n---\n").values
    assert split_front_matter(f"---\na: [{'1,' * (MAX_NODES - 10)}]\n---\n").values
    assert split_front_matter(f"---\na: {'x' * (MAX_CHARS - 10)}\n---\n").values


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (deep(MAX_DEPTH), "front-matter-too-deep"),
        (deep(25_000), "front-matter-too-deep"),
        ("a: " + "{" * 60_000, "front-matter-too-deep"),
        ("secured: " + "[" * 60_000, "front-matter-too-deep"),
        ("a: b\n" + "? " * 30_000, "front-matter-too-deep"),
        ("".join(" " * depth + "a:\n" for depth in range(300)), "front-matter-too-deep"),
        (f"a: [{'1,' * MAX_NODES}]", "front-matter-too-many"),
        (f"a: {'x' * MAX_CHARS}", "front-matter-too-big"),
    ],
)
def test_front_matter_beyond_the_limits_is_refused_at_once(lines: str, code: str) -> None:
    assert yaml_problem(lines).code == code


def test_an_alias_bomb_builds_nothing() -> None:
    lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x]"]
    lines += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    file = split_front_matter("---\n" + "\n".join(lines) + "\n---\n")
    assert {problem.code for problem in file.problems} == {"yaml-alias"}
    assert len(repr(file.values)) < 2000


def test_lines_are_counted_as_editors_do_whatever_yaml_takes_for_a_line_end() -> None:
    assert yaml_problem("a: b\x85\u2028\nc: d: e").place == Place(3, 5)


def test_yaml_is_read_in_one_pass() -> None:
    """The values are those of the library's own loader, for what needs no judgement."""
    text = "a: {b: [c, 'd', {e: f}]}\ng: |\n  h\n  i\nj: >-\n  k\n  l\n"
    assert read_yaml(Block(text)).values == {
        "a": {"b": ["c", "d", {"e": "f"}]},
        "g": "h\ni\n",
        "j": "k l",
    }


def test_control_characters_do_not_make_front_matter_unreadable() -> None:
    for text in ("---\na: x\x01y\n---\n", '+++\na = "x\x01y"\n+++\n', '{"a": "x\x01y"}'):
        file = split_front_matter(text)
        assert [problem.code for problem in file.problems] == ["control-characters"]
        assert file.values == {"a": "xy"}
