"""The owner's style sheet, templates and footer on the pages that the worker writes."""

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.integration.house import House, article
from tests.unit.html_check import Document, parse
from worker.config.model import PageSettings
from worker.publishing import own_look

INDEX = """\
{% extends "feedmill/index.html" %}
{% block footer %}{{ super() }}<p>Ours</p>{% endblock %}
"""


def page(house: House, key: str = "index") -> Document:
    return parse((house.public / f"{key}.html").read_bytes())


def troubles(house: House) -> dict[str, str]:
    return house.worker.loop.progress.troubles


def styles(house: House) -> list[str]:
    return [link.attributes["href"] for link in page(house).all("link", rel="stylesheet")]


def rescan(house: House) -> None:
    house.clock.pass_time(house.config.drop.rescan_seconds)
    house.reconcile()
    house.reconcile()


@pytest.fixture
def filled(house: House) -> House:
    house.write("one.md", article("One", topics="Mills", date="2026-04-01"))
    house.reconcile()
    return house


@pytest.fixture
def css(filled: House) -> Path:
    path = filled.base / "own.css"
    path.write_text("h1 { color: red } /* </style> */\n")
    filled.restart(site=replace(filled.config.site, css=path))
    filled.reconcile()
    return path


@pytest.fixture
def templates(filled: House) -> Path:
    folder = filled.base / "templates"
    folder.mkdir()
    (folder / "index.html").write_text(INDEX)
    filled.restart(pages=PageSettings(templates=folder))
    filled.reconcile()
    return folder


# -- the style sheet


def test_the_owner_s_style_comes_last_on_every_page(filled: House, css: Path) -> None:
    assert (filled.public / "site.css").read_bytes() == css.read_bytes()
    assert [style.partition("?")[0] for style in styles(filled)] == ["feedmill.css", "site.css"]
    topic = page(filled, "topics/mills").all("link", rel="stylesheet")[-1]
    assert topic.attributes["href"].startswith("../site.css?")


def test_a_changed_style_gets_another_address_at_the_next_rescan(filled: House, css: Path) -> None:
    before = styles(filled)
    css.write_text("h1 { color: blue }\n")
    rescan(filled)
    assert styles(filled)[0] == before[0]
    assert styles(filled)[1] != before[1]
    assert (filled.public / "site.css").read_text() == "h1 { color: blue }\n"


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (None, "No such file"),
        (b"a" * (own_look.MOST_STYLE_BYTES + 1), "more than 500,000 bytes"),
        (b"\x89PNG\r\n\x1a\n", "not UTF-8 text"),
        (b"a\0b", "not text"),
    ],
)
def test_a_style_that_cannot_be_used_is_a_trouble_and_the_last_good_one_stays(
    filled: House, css: Path, content: bytes | None, cause: str
) -> None:
    good, linked = css.read_bytes(), styles(filled)
    css.unlink()
    if content is not None:
        css.write_bytes(content)
    for _ in range(2):
        rescan(filled)
        assert str(css) in troubles(filled)["site-css"]
        assert cause in troubles(filled)["site-css"]
        assert "last good version stays" in troubles(filled)["site-css"]
        assert (filled.public / "site.css").read_bytes() == good
        assert styles(filled) == linked
        filled.write("two.md", article("Two", topics="Mills", date="2026-04-02"))
        filled.restart()
        filled.reconcile()
    assert filled.titles("all") == ["Two", "One"], "feeds go on"
    css.write_bytes(b"p {}")
    rescan(filled)
    assert "site-css" not in troubles(filled)
    assert (filled.public / "site.css").read_bytes() == b"p {}"


def test_a_named_pipe_as_a_style_holds_nothing_up(filled: House, css: Path) -> None:
    css.unlink()
    os.mkfifo(css)
    rescan(filled)
    assert "it is not a file" in troubles(filled)["site-css"]


def test_a_style_that_was_never_there_is_not_linked(filled: House) -> None:
    filled.restart(site=replace(filled.config.site, css=filled.base / "missing.css"))
    filled.reconcile()
    assert "site-css" in troubles(filled)
    assert len(styles(filled)) == 1


def test_without_the_setting_the_style_goes(filled: House, css: Path) -> None:
    filled.restart(site=replace(filled.config.site, css=None))
    filled.reconcile()
    assert len(styles(filled)) == 1
    assert not (filled.public / "site.css").exists()


# -- the footer


def test_the_footer_is_safe_markdown_below_every_page(filled: House) -> None:
    footer = "By [us](about.html), **[them](https://x.example/)** <script>alert(1)</script>\n\n- ok"
    site = replace(filled.config.site, footer=footer, copyright="© <Mills>")
    filled.restart(site=site)
    filled.reconcile()
    found = page(filled, "topics/mills").one("footer")
    assert "By us, them" in found.text
    assert "© <Mills>" in found.text
    html = (filled.public / "topics" / "mills.html").read_text().partition("<footer>")[2]
    assert f'<a href="{site.url}about.html">us</a>' in html
    assert "<strong>" in html
    assert "script" not in html
    assert "alert" not in html


# -- templates


def test_a_template_of_the_owner_goes_before_ours(filled: House, templates: Path) -> None:
    assert "Ours" in page(filled).one("footer").text
    assert "Ours" not in page(filled, "all").one("footer").text
    assert "templates" not in troubles(filled)


def test_an_error_names_file_and_line_and_the_last_good_pages_stay(
    filled: House, templates: Path
) -> None:
    own = templates / "index.html"
    before = (filled.public / "index.html").read_bytes()
    own.write_text(INDEX + "{{")
    rescan(filled)
    assert f"{own}:3: unexpected" in troubles(filled)["templates"]
    assert (filled.public / "index.html").read_bytes() == before
    filled.write("two.md", article("Two", topics="Dams", date="2026-04-02"))
    filled.restart()
    filled.reconcile()
    assert filled.titles("topics/dams") == ["Two"], "feeds go on"
    assert "Two" in page(filled, "topics/dams").one("main").text
    assert "Ours" in page(filled).one("footer").text, "and the last good template"
    own.write_text(INDEX.replace("Ours", "Fixed"))
    rescan(filled)
    assert "templates" not in troubles(filled)
    assert "Fixed" in page(filled).one("footer").text


def test_templates_are_bounded_in_size_and_number(filled: House, templates: Path) -> None:
    (templates / "large.html").write_text("x" * (own_look.MOST_TEMPLATE_BYTES + 1))
    rescan(filled)
    assert "large.html" in troubles(filled)["templates"]
    (templates / "large.html").unlink()
    for number in range(own_look.MOST_TEMPLATES):
        (templates / f"{number}.html").touch()
    rescan(filled)
    assert "more than 50 templates" in troubles(filled)["templates"]
    assert "Ours" in page(filled).one("footer").text


def test_a_folder_of_templates_that_is_missing_is_a_trouble(filled: House) -> None:
    filled.restart(pages=PageSettings(templates=filled.base / "none"))
    filled.reconcile()
    assert "No such file" in troubles(filled)["templates"]
    assert "One" in page(filled, "all").one("main").text


@pytest.mark.slow
def test_an_endless_template_is_refused(
    filled: House, templates: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_look, "TRIAL_SECONDS", 1.5)
    loop = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
    (templates / "card.html").write_text(loop)
    rescan(filled)
    assert "more than 1.5 seconds" in troubles(filled)["templates"]
    assert "Ours" in page(filled).one("footer").text


def test_a_template_that_fails_for_some_articles_fails_no_page(
    filled: House, templates: Path
) -> None:
    own = templates / "entry.html"
    own.write_text("\n{% if title == 'Odd' %}{{ nothing }}{% else %}<p>{{ title }}{% endif %}</p>")
    rescan(filled)
    assert "templates" not in troubles(filled)
    filled.write("odd.md", article("Odd", topics="Mills", date="2026-04-02"))
    filled.reconcile(5)
    assert filled.titles("all") == ["Odd", "One"]
    assert [heading.text for heading in page(filled, "all").all("h3")] == ["Odd"]
    assert f"{own}:2: 'nothing' is undefined" in troubles(filled)["templates"]


# -- the feeds' heads


def test_feeds_of_another_site_link_there_and_pages_stay_ours(filled: House) -> None:
    before = page(filled, "topics/mills").one("link", rel="canonical").attributes["href"]
    home, editor = "https://mill.example/", "ann@mill.example (Ann)"
    site = replace(filled.config.site, home=home, editor=editor, copyright="© Mills", author="Ann")
    filled.restart(site=site)
    filled.reconcile()
    for key in ("all", "topics/mills"):
        rss = (filled.public / f"{key}.rss").read_text()
        atom = (filled.public / f"{key}.atom").read_text()
        assert f"<link>{home}</link>" in rss
        assert "<managingEditor>ann@mill.example (Ann)</managingEditor>" in rss
        assert "<copyright>© Mills</copyright>" in rss
        assert "<rights>© Mills</rights>" in atom
        assert "<email>ann@mill.example</email>" in atom
        assert re.search(rf'<link href="{home}" rel="alternate"', atom)
        assert f'"home_page_url":"{home}"' in (filled.public / f"{key}.json").read_text()
    after = page(filled, "topics/mills").one("link", rel="canonical").attributes["href"]
    assert after == before


def test_without_these_settings_a_feed_keeps_its_bytes(filled: House) -> None:
    before = filled.public_files()
    site = replace(filled.config.site, footer="A footer", css=filled.base / "missing.css")
    filled.restart(site=site)
    filled.reconcile()
    feeds = [path for path in before if path.endswith((".rss", ".atom", ".json"))]
    assert [before[path] for path in feeds] == [filled.public_files()[path] for path in feeds]
