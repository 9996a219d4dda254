"""TOML and JSON front matter: what authors are told, and where."""

import json

import pytest

from worker.core.problems import Place, Problem
from worker.parsing.frontmatter.block import MAX_CHARS, MAX_DEPTH, MAX_NODES
from worker.parsing.frontmatter.splitter import SplitFile, split_front_matter
from worker.parsing.frontmatter.values import as_json


def only_problem(file: SplitFile) -> Problem:
    assert len(file.problems) == 1, file.problems
    return file.problems[0]


@pytest.mark.parametrize(
    ("lines", "place", "hint"),
    [
        ("title: One", Place(2, 1), "---"),
        ('title = "One', Place(2, 13), 'Add "'),
        ("title = One", Place(2, 9), "quotes"),
        ("a = [1, 2", Place(2, 10), "Close every"),
        ('a = "b" c = "d"', Place(2, 9), "on its own line"),
        ("a = 2021-02-30", Place(2, 5), "2021-02-04"),
        ('a = "C:\\qux"', Place(2, 8), "backslash"),
        (f"a = {'9' * 5000}\nb = 1", Place(2, 5), "quotes"),
    ],
)
def test_each_slip_in_toml_is_told_at_its_place(lines: str, place: Place, hint: str) -> None:
    problem = only_problem(split_front_matter(f"+++\n{lines}\n+++\nText"))
    assert (problem.code, problem.place) == ("toml-syntax", place)
    assert hint in problem.hint


@pytest.mark.parametrize(
    ("text", "place", "hint"),
    [
        ('{"a": "b",}', Place(1, 10), "Remove the comma"),
        ('{"a": ["b",\n]}', Place(1, 11), "Remove the comma"),
        ('{\n# b\n"a": "b"}', Place(2, 1), "Remove the comment"),
        ('{\n  title: "One"\n}', Place(2, 3), 'as "key"'),
        ('{"a": One}', Place(1, 7), "double quotes"),
        ('{"a": "One}\n', Place(1, 12), 'Add "'),
        ('{"a": 1 "b": 2}', Place(1, 9), "comma"),
        ('{"a" 1}', Place(1, 6), '"key": value'),
        ('{"a": "C:\\qux"}', Place(1, 10), "backslash twice"),
        ('{"a": NaN}', Place(1, 7), "null"),
        ('{"a": 1}}\nText', Place(1, 9), "every {"),
        ("{\n", Place(2, 1), "Write keys"),
    ],
)
def test_each_slip_in_json_is_told_at_its_place(text: str, place: Place, hint: str) -> None:
    problem = only_problem(split_front_matter(text))
    assert (problem.code, problem.place) == ("json-syntax", place)
    assert hint in problem.hint


@pytest.mark.parametrize(
    ("lines", "key", "place"),
    [
        ('a = "b"\na = "c"', "a", Place(3, 1)),
        ('a = [\n"b",\n]\n"a" = [\n"c",\n]', "a", Place(5, 1)),
        ("[a]\nb = 1\n[a]", "a", Place(4, 2)),
        ("a = {b = 1}\na.b = 2", "a.b", Place(3, 1)),
        ("a = 1\nc = {b = 1, b = 2}", "b", Place(3, 1)),
    ],
)
def test_a_key_given_twice_in_toml_is_named(lines: str, key: str, place: Place) -> None:
    problem = only_problem(split_front_matter(f"+++\n{lines}\n+++\nText"))
    assert (problem.code, problem.place) == ("duplicate-key", place)
    assert f"`{key}`" in problem.message


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("+++\nb = 1\na = " + "[" * 60 + "]" * 60 + "\n+++\n", Place(3, 37)),
        ("+++\nb = '['\na = " + "[" * 20_000 + "\n+++\n", Place(3, 37)),
        ('{"b": "[\\"[",\n"a": ' + "[" * 60 + "]" * 60 + "}", Place(2, 37)),
        ('{"b": 1,\n"a": ' + "[" * 20_000, Place(2, 37)),
    ],
)
def test_where_toml_and_json_become_too_deep_is_told(text: str, place: Place) -> None:
    assert only_problem(split_front_matter(text)).place == place


def test_keys_given_twice_in_json_are_all_told() -> None:
    file = split_front_matter('{"a": 1,\n "b": {"c": 1, "c": 2},\n "a": [{"d": 1, "d": 2}]}\n')
    assert [(problem.code, problem.place) for problem in file.problems] == [
        ("duplicate-key", Place(2, 16)),
        ("duplicate-key", Place(3, 2)),
        ("duplicate-key", Place(3, 17)),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "+++\na = " + "[" * 60 + "]" * 60 + "\n+++\n",
        "+++\na = " + "[" * 20_000 + "\n+++\n",
        "+++\n" + "a." * 20_000 + "b = 1\n+++\n",
        "+++\n[" + "a." * 20_000 + "b]\n+++\n",
        '{"a": ' + "[" * 60 + "]" * 60 + "}",
        '{"a":' * 20_000,
    ],
)
def test_deep_toml_and_json_are_refused_at_once(text: str) -> None:
    assert only_problem(split_front_matter(text)).code == "front-matter-too-deep"


@pytest.mark.parametrize("text", ["+++\na = " + "[" * 60 + "\n+++\n", '{"a": ' + "[" * 60])
def test_how_deep_is_too_deep_is_not_left_to_the_interpreter(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        pytest.fail("a parser got to see more levels than are allowed")

    monkeypatch.setattr("worker.parsing.frontmatter.toml_reader.tomllib.loads", refuse)
    monkeypatch.setattr(
        "worker.parsing.frontmatter.json_reader.json.JSONDecoder.raw_decode", _shallow
    )
    assert only_problem(split_front_matter(text)).code == "front-matter-too-deep"


def _shallow(_: json.JSONDecoder, text: str) -> None:
    assert text.count("[") + text.count("{") <= MAX_DEPTH
    raise json.JSONDecodeError("Expecting value", text, len(text))


@pytest.mark.parametrize(
    "text",
    [
        f"+++\na = 1  # {'[' * 60}\n+++\n",
        f'+++\na = """\n"{"[" * 60}""""\nb = 1\n+++\n',
        f"+++\na = '''\n'{'[' * 60}''''\nb = 1\n+++\n",
        f'+++\na = "\\"{"[" * 60}"\nb = \'{"[" * 60}\'\n+++\n',
        f'{{"a": "\\"{"[" * 60}"}}\n',
        f'{{"a": 1}}\n{"[" * 60}',
    ],
)
def test_brackets_that_nest_nothing_are_not_counted(text: str) -> None:
    assert not split_front_matter(text).problems


@pytest.mark.parametrize(
    "text", ['{"a": x}\n' + "[" * 60, '{"a" 1, "b": ' + "[" * 60, '{"a": NaN, "b": ' + "[" * 60]
)
def test_a_mistake_in_json_before_what_is_too_deep_is_told(text: str) -> None:
    assert only_problem(split_front_matter(text)).code == "json-syntax"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f'+++\na = "{"x" * MAX_CHARS}"\n+++\n', "front-matter-too-big"),
        (f'{{"a": "{"x" * MAX_CHARS}"}}\n', "front-matter-too-big"),
        (f'{{"a": [{"1," * MAX_NODES}1]}}\n', "front-matter-too-many"),
        (f"+++\na = [{'1,' * MAX_NODES}]\n+++\n", "front-matter-too-many"),
    ],
)
def test_large_toml_and_json_are_refused(text: str, code: str) -> None:
    assert only_problem(split_front_matter(text)).code == code


def test_keys_of_toml_and_json_are_found_where_they_stand() -> None:
    toml = split_front_matter(
        '+++\ntitle = "a"\nprovider.name = "b"\n[[related]]\ntitle = "c"\n'
        '[[related]]\n  title = "d"\n[related.provider]\nname = "e"\n+++\n'
    )
    assert toml.place(("title",)) == Place(2, 1)
    assert toml.place(("provider", "name")) == Place(3, 1)
    assert toml.place(("related", 1, "title")) == Place(7, 3)
    assert toml.place(("related", 1, "provider", "name")) == Place(9, 1)
    assert toml.place(("related", 1, "webUrl")) == Place(6, 3)
    data = split_front_matter('{"a": "x\\" {", "b": [1, {"c": true}],\n "d": {"e\\n": 2}}\n')
    assert data.place(("a",)) == Place(1, 2)
    assert data.place(("b", 1, "c")) == Place(1, 26)
    assert data.place(("d", "e\n")) == Place(2, 8)


def test_numbers_of_toml_and_json_keep_their_text() -> None:
    for text in ("+++\na = 1.10\n+++\n", '{"a": 1.10}'):
        values = split_front_matter(text).values
        assert values == {"a": "1.10"}
        assert as_json(values) == {"a": 1.1}


def test_the_hint_on_a_control_character_says_how_it_is_written_in_the_front_matter() -> None:
    raw = split_front_matter('{"a": "x\x01y"}\nBody\x01.\n')
    escaped = split_front_matter('{"a": "x\\u0001y"}\nBody\x01.\n')
    assert "may not show" in only_problem(raw).hint
    assert "backslash" in only_problem(escaped).hint
