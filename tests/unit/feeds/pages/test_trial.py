"""What is wrong with the owner's templates, found on sample pages."""

import re
from importlib.resources import files
from pathlib import Path

import pytest

from feeds.pages.templating import OwnTemplate
from feeds.pages.trial import first_problem

TEMPLATES = Path(str(files("feeds.pages"))) / "templates"
EXTENDS = "{% extends 'feedmill/index.html' %}\n"


def problem(name: str, text: str) -> str:
    return first_problem((OwnTemplate(name, f"/own/{name}", text),), "en")


@pytest.mark.parametrize(
    ("text", "line", "cause"),
    [
        (f"{EXTENDS}\n{{% block main %}}", 3, "block"),
        (f"{EXTENDS}{{% block footer %}}\n{{{{ nothing }}}}{{% endblock %}}", 3, "is undefined"),
        ("<p>\n{{ site.title.no }}", 2, "no attribute 'no'"),
        ("\n{% for a in range(1000000000) %}{% endfor %}", 2, "Range too big"),
        ("\n{% include 'index.html' %}", 2, "recursion"),
        ("\n{% include 'nowhere.html' %}", 2, "nowhere.html"),
        ("{{ 1 }}\n{{ ''.__class__ }}", 2, "__class__"),
        ("\n\n{{ 1 / 0 }}", 3, "division by zero"),
    ],
)
def test_an_error_has_its_file_and_line(text: str, line: int, cause: str) -> None:
    found = problem("index.html", text)
    assert found.startswith(f"/own/index.html:{line}: ")
    assert cause in found


def test_a_template_that_no_page_uses_is_compiled_too() -> None:
    assert problem("spare.html", "\n{% if %}").startswith("/own/spare.html:2: ")


def test_a_page_that_grows_without_end_is_refused() -> None:
    loop = "{% for a in range(99999) %}{% for b in range(99999) %}{{ 'x' * 9999 }}"
    found = problem("index.html", loop + "{% endfor %}{% endfor %}")
    assert "more than 20,000,000 characters" in found


@pytest.mark.parametrize("language", ["en", "ar", "zh-TW", "xx"])
def test_our_own_templates_pass(language: str) -> None:
    assert first_problem((), language) == ""


def test_a_block_of_ours_can_be_replaced_in_all_pages_at_once() -> None:
    own = "{% extends 'feedmill/base.html' %}{% block footer %}{{ super() }}!{% endblock %}"
    assert problem("base.html", own) == ""


def test_every_template_and_block_is_documented() -> None:
    root = Path(__file__).parents[4]
    texts = {path.name: path.read_text("utf-8") for path in TEMPLATES.glob("*.html")}
    blocks = {name for text in texts.values() for name in re.findall(r"{% block (\w+)", text)}
    page = (root / "docs" / "own-pages.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+(?:\.html)?)` \|", page, re.M)
    assert sorted(rows) == sorted([*texts, *blocks])
