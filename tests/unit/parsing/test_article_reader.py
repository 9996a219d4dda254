"""From a file's bytes to an article or to all its problems, whatever the bytes."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.articles import BLOB, SAMPLE
from worker.core.article import Hold, Reading
from worker.core.problems import CODES, Place
from worker.parsing.article_reader import ReadingRules, read_article

ROOT = Path(__file__).parents[3]
SEEDS = ROOT.parent / "shared" / "seeds"
RULES = ReadingRules(site_url="https://site.example/", timezone="Europe/Berlin", language="en")


def read(text: str | bytes, name: str = "a.txt") -> Reading:
    return read_article(text if isinstance(text, bytes) else text.encode(), name, RULES)


def codes(reading: Reading) -> list[str]:
    return [problem.code for problem in reading.problems]


# --- good files -------------------------------------------------------------------------------


def test_rich_front_matter_with_an_empty_body_gives_an_article_without_a_problem() -> None:
    reading = read(SAMPLE)
    article = reading.article
    assert reading.problems == ()
    assert article is not None
    assert article.title == "River gauges: what the new sensors tell"
    assert article.topics == ("Rivers", "Open Data")
    assert article.hold == Hold("published", Place(9, 1))
    assert article.language == "en"
    # An empty body shows what else there is.
    for part in ("Forty sensors", "sensor.jpg", "How a flood is foretold"):
        assert part in article.content_html
    for part in ("Forty sensors", "How a flood is foretold"):
        assert part in article.text
    assert BLOB not in repr(reading)


def test_the_same_file_reads_the_same_whatever_its_line_ends() -> None:
    for end in ("\r\n", "\r"):
        assert read(b"\xef\xbb\xbf" + SAMPLE.replace("\n", end).encode()) == read(SAMPLE)


def test_plain_prose_has_its_first_line_as_title_and_not_in_its_text() -> None:
    article = read("\n\nA first line\n\nAnd then the text.\n").article
    assert article is not None
    assert (article.title, article.summary) == ("A first line", "And then the text.")
    assert "A first line" not in article.content_html
    assert article.text == "And then the text."


def test_a_text_of_one_line_is_title_and_content_at_once() -> None:
    article = read("Only one line").article
    assert article is not None
    assert (article.title, article.text) == ("Only one line", "Only one line")
    assert "Only one line" in article.content_html


def test_a_text_of_one_endless_line_loses_nothing() -> None:
    words = " ".join(f"word{n}" for n in range(1000))
    article = read(words).article
    assert article is not None
    assert len(article.title) <= 200
    assert article.text == words


@pytest.mark.parametrize(
    ("name", "heading"),
    [("a.md", "<h2 id="), ("b/A.MARKDOWN", "<h2 id="), ("a.txt", "## Two"), ("a.html", "## Two")],
)
def test_the_extension_decides_how_the_body_is_read(name: str, heading: str) -> None:
    article = read("---\ntitle: One\n---\n## Two\n\nThree\n", name).article
    assert article is not None
    assert heading in article.content_html


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html", "a.htm", "a.markdown"])
@pytest.mark.parametrize(
    "head", ["---\ntitle: One\n---\n", '+++\ntitle = "One"\n+++\n', '{"title": "One"}\n']
)
def test_any_extension_may_carry_any_front_matter(name: str, head: str) -> None:
    article = read(f"{head}<p>Two</p>", name).article
    assert article is not None
    assert article.title == "One"
    assert "One" not in article.content_html


def test_relative_links_in_the_body_are_relative_to_the_article_s_own_address() -> None:
    text = "---\ntitle: One\nlink: https://x.example/a/b\n---\n[two](c)"
    article = read(text, "a.md").article
    assert article is not None
    assert "https://x.example/a/c" in article.content_html
    article = read("---\ntitle: One\n---\n[two](c)", "a.md").article
    assert article is not None
    assert "https://site.example/c" in article.content_html


def test_what_the_file_says_wins_over_the_body_and_the_site() -> None:
    text = "---\ntitle: One\nsummary: Two\nlanguage: de\n---\n# Three\n\nFour"
    article = read(text, "a.md").article
    assert article is not None
    assert (article.title, article.summary, article.language) == ("One", "Two", "de")
    assert "Three" in article.content_html


# --- bad files --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", [("empty-file", Place(1, 1))]),
        (b" \n\t\r\n\xef\xbb\xbf", [("empty-file", Place(1, 1))]),
        ("---\ntitle: \u200b\n---\n".encode(), [("no-title", Place(2, 1))]),
        (b"\xef\xbb\xbf \n", [("empty-file", Place(1, 1))]),
        (b"\xef\xbb\xbf" * 100_000, [("empty-file", Place(1, 1))]),
        (b"A title\nGr\xfc\xdfe\n", [("not-utf8", Place(2, 3))]),
        (b"---\nfoo: bar\n---\n", [("no-title", Place(2, 1))]),
        (b"---\nfoo: bar\ntitle: ''\n---\n", [("no-title", Place(3, 1))]),
        (b"---\n---\n", [("no-title", Place(2, 1))]),
        (b"---\ntitle: [a]\n---\n", [("bad-type", Place(2, 1))]),
        (b"---\ntitle: a\n\nText", [("unclosed-front-matter", Place(1, 1))]),
        (b"---\n- title: a\n---\n", [("not-a-mapping", Place(2, 1))]),
        (b"---\ntitle: a: b\n---\n", [("yaml-colon", Place(2, 9))]),
        (b"---\ntitle: a\ndate: 2021-02-30\n---\n", [("bad-date", Place(3, 1))]),
    ],
)
def test_each_kind_of_broken_file_is_told_at_its_place(
    data: bytes, told: list[tuple[str, Place]]
) -> None:
    reading = read(data)
    assert reading.article is None
    assert [(problem.code, problem.place) for problem in reading.problems] == told


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("---\ntitle: a\ntitle: b\n---\nText", Place(3, 1)),
        ('{"title": "a",\n"title": "b"}\nText', Place(2, 1)),
    ],
)
def test_the_last_of_a_key_given_twice_counts(text: str, place: Place) -> None:
    reading = read(text.encode())
    assert reading.article is not None
    assert reading.article.title == "b"
    problems = [problem for problem in reading.problems if problem.code == "duplicate-key"]
    assert [(problem.level, problem.place) for problem in problems] == [("warning", place)]


@pytest.mark.parametrize("marks", [1, 2, 20])
def test_any_number_of_byte_order_marks_is_skipped(marks: int) -> None:
    article = read(b"\xef\xbb\xbf" * marks + b"---\ntitle: a\n---\nText").article
    assert article is not None
    assert (article.title, article.text) == ("a", "Text")


def test_problems_of_front_matter_and_text_are_told_together_in_their_order() -> None:
    text = "---\nquality: high\ntitle: a\ntitle: b\nlink: x:y\n---\n<script>x</script>\nText\n"
    reading = read(text, "a.md")
    assert reading.article is None
    assert codes(reading) == ["bad-number", "duplicate-key", "bad-url", "dropped-html"]
    places = [problem.place for problem in reading.problems if problem.place]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ('---\ntitle: "a\\x00b"\n---\n', "error"),
        ("---\ntitle: a\x01b\n---\n", "error"),
        ("---\ntitle: a\nid: b\x7fc\n---\n", "error"),
        ('{"title": "a", "link": "/b\\u0007"}\nText', "error"),
        ('{"title": "a\\ud800"}\nText', "error"),
        ("A title\x0b of two\n\nText of it.", "error"),
        ('---\ntitle: a\nexcerpt: "b\\x07c"\n---\n', "warning"),
        ("---\ntitle: a\nx: {y: [b\x92c]}\n---\nText.\n", "warning"),
        ("---\ntitle: a\nx\x01: b\n---\nText.\n", "warning"),
        ("+++\ntitle = 'a'\nexcerpt = 'b\x01c'\n+++\n", "warning"),
        ('{"title": "a", "excerpt": "b\\ud800c"}\nText', "warning"),
        ("A title\n\nText\x00 of it.", "warning"),
    ],
)
def test_control_characters_are_removed_but_from_title_id_and_link(text: str, level: str) -> None:
    reading = read(text)
    levels = [problem.level for problem in reading.problems]
    assert set(codes(reading)) == {"control-characters"}
    assert ("error" in levels) == (level == "error")
    assert (reading.article is None) == (level == "error")
    assert not re.search("[\x00-\x08\x0b\x0e-\x1f\x7f\x92\ud800]", repr(reading.article))


def test_the_line_of_a_control_character_is_named() -> None:
    reading = read('---\ntitle: a\ntags: ["b\\x07c"]\n---\nText\n\nmore\x01 text\n')
    assert [problem.place for problem in reading.problems] == [Place(3, 8), Place(7, 5)]
    assert reading.problems[0].message.startswith("`tags` contains the control character U+0007")


@pytest.mark.parametrize(
    "text",
    [
        f"---\ntitle: a\n---\nText\nsecured: {BLOB}\n",
        f'A title\n\n"secured" = "{BLOB}"\n',
        f"A title\n\nsecured: >-\n  {BLOB}\n",
    ],
)
def test_a_secured_value_in_the_text_is_an_error_that_does_not_show_it(text: str) -> None:
    reading = read(text)
    assert "secured-in-body" in codes(reading)
    assert BLOB not in repr(reading)


def test_a_message_never_quotes_a_secret_that_a_slip_made_part_of_another_value() -> None:
    reading = read(SAMPLE.replace('324\n\nsecured: "', "324"))
    (problem,) = [problem for problem in reading.problems if problem.code == "bad-size"]
    assert problem.place == Place(35, 9)
    assert BLOB[:20] not in repr(reading.problems)


def test_prose_about_secured_things_is_no_secret() -> None:
    assert read("Bridges\n\nThey are secured: by ropes, bolts and ordinances.").article


def test_of_very_many_problems_the_first_are_told_and_the_rest_counted() -> None:
    images = "".join("  - width: 5\n" for _ in range(500))
    reading = read(f"---\ntitle: a\nimages:\n{images}---\n")
    assert len(reading.problems) == 101
    assert reading.problems[-1].message == "400 more problems are not listed."


def test_a_fault_of_our_own_is_one_file_s_problem_and_names_no_content() -> None:
    rules = ReadingRules(timezone="Nowhere/Town")
    (problem,) = read_article(SAMPLE.encode(), "a.txt", rules).problems
    assert (problem.code, problem.level) == ("internal", "error")
    assert "ZoneInfoNotFoundError" in problem.message


# --- each line damaged on purpose -------------------------------------------------------------

Damage = tuple[str, int, str]


def damages(text: str) -> list[Damage]:
    """(what, line, text) for each slip on each line of front matter where it is one."""
    lines = text.split("\n")
    found: list[Damage] = []

    def damage(what: str, at: int, *new: str) -> None:
        found.append((what, at + 1, "\n".join([*lines[:at], *new, *lines[at + 1 :]])))

    for at, line in enumerate(lines):
        key = re.match(r"(\s*(?:- )?)([A-Za-z]+):( .*)?$", line)
        if key is None or key[2] == "secured":
            continue
        if line.endswith('"'):
            damage("quote not closed", at, line[:-1])
            damage("quote not opened", at, line.replace(': "', ": ", 1))
        if "://" in line:
            damage("no scheme", at, line.replace("https://", ""))
        if "DateTime" in line:
            damage("bad date", at, f"{key[1]}{key[2]}: 2021-02-30T10:00:00Z")
        if key[1].startswith(" "):
            damage("tab", at, "\t" + line.lstrip())
        if key[3]:
            damage("no space", at, f"{key[1]}{key[2]}:{key[3].strip()}")
            damage("no colon", at, f"{key[1]}{key[2]}{key[3]}")
            damage("twice", at - 1, lines[at - 1], line.replace("- ", "  "), line)
    return [each for each in found if each[0] != "twice" or "- " not in lines[each[1]]]


def assert_told_at_its_line(what: str, line: int, text: str) -> None:
    reading = read(text)
    lines = [problem.place.line for problem in reading.problems if problem.place]
    expected = line + 2 if what == "twice" else line
    assert expected in lines, (what, line, [str(problem) for problem in reading.problems])
    secured = text.partition("secured:")[2].strip(' "-\n')[:30]
    assert secured not in repr(reading)


@pytest.mark.parametrize(
    ("what", "line", "text"),
    [pytest.param(*each, id=f"{each[0]}-{each[1]}") for each in damages(SAMPLE)],
)
def test_a_slip_on_any_line_is_told_at_that_line(what: str, line: int, text: str) -> None:
    assert_told_at_its_line(what, line, text)


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the real samples are not here")
def test_the_real_samples_are_articles_without_a_problem() -> None:
    files = sorted(SEEDS.glob("*.txt"))
    assert len(files) == 3
    for file in files:
        reading = read(file.read_bytes(), file.name)
        assert reading.problems == ()
        assert reading.article is not None
        assert reading.article.content_html
        secured = file.read_text().partition("secured:")[2].strip(' "-\n')[:30]
        assert not secured or secured not in repr(reading)


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the real samples are not here")
def test_a_slip_in_the_real_samples_is_told_at_its_line() -> None:
    for file in sorted(SEEDS.glob("*.txt")):
        for what, line, text in damages(file.read_text()):
            assert_told_at_its_line(what, line, text)


# --- the house --------------------------------------------------------------------------------


def test_every_code_is_in_the_table_and_every_entry_of_the_table_is_used() -> None:
    used: set[str] = set()
    for file in (ROOT / "worker").rglob("*.py"):
        if file.name == "codes.py":
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Constant) and node.value in CODES:
                used.add(node.value)
            if isinstance(node, ast.Call) and _name(node.func) in {"Problem", "InvalidValueError"}:
                code = node.args[0] if node.args else None
                if isinstance(code, ast.Constant):
                    assert code.value in CODES, f"{file.name} uses {code.value!r}"
    assert used == set(CODES)


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else ""


def test_reading_keeps_its_process_small() -> None:
    """A child that parses needs neither feeds nor the database, the watcher or a terminal."""
    script = "import sys, worker.parsing.article_reader; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert not loaded & {"feedgen", "lxml", "sqlite_utils", "sqlite3", "watchdog", "rich", "click"}
