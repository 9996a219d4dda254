"""The front page: what stands where, and how long it is."""

import gzip
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from feeds.model import Latest
from feeds.pages.front_page import MANY_TOPICS, MOST_IN_A_ROW, NamedCard, render_front_page
from feeds.pages.snippets import Card, anchor
from tests.unit.feeds.feed_samples import PROSE, RICH
from tests.unit.feeds.pages.page_samples import CARDS, SITE, index, named, page
from tests.unit.html_check import Document, parse


def with_topics(*names: str) -> Document:
    cards = [Card(f"topics/{at}", name, "", 1, None) for at, name in enumerate(names)]
    return parse(index(cards=cards, newest=()))


def numbered(count: int) -> list[str]:
    return [f"Topic {number}" for number in range(1, count + 1)]


def test_the_newest_articles_come_before_the_topics():
    found = parse(index())
    assert [heading.text for heading in found.all("h2")] == ["Newest articles", "Topics"]
    assert [item.attributes["id"] for item in found.all("article")] == [
        anchor(RICH.id),
        anchor(PROSE.id),
    ]
    assert found.one("p", class_="more").text == "All articles 1,234 articles"


def test_a_site_without_articles_says_what_to_do():
    found = parse(render_front_page(SITE, [], 0, [], {}))
    assert "Put a text or Markdown file into the drop folder" in found.one("main").text
    assert [heading.text for heading in found.all("h2")] == ["Newest articles"]


def test_the_head_offers_the_feed_of_all_articles_and_no_other():
    found = parse(index()).all("link", rel="alternate")
    urls = [link.attributes["href"] for link in found]
    assert urls == [f"{SITE.url}all.{format_}" for format_ in ("atom", "rss", "json")]
    assert found[0].attributes["type"] == "application/atom+xml"


def test_subscribe_is_folded_and_offers_every_address_to_copy():
    found = parse(index())
    assert "open" not in found.one("details", class_="subscribe").attributes
    offered = [code.text for code in found.all("code")]
    assert offered == [f"{SITE.url}{path}" for path in ("all.atom", "all.rss", "all.json")] + [
        f"{SITE.url}feeds.opml"
    ]
    assert len([b for b in found.all("button") if "data-copy" in b.attributes]) == 4
    assert b"feed:" not in index()


def test_without_atom_the_next_best_format_is_offered():
    site = replace(SITE, formats=("json", "rss"))
    found = parse(index(site)).all("link", rel="alternate")
    assert [link.attributes["href"] for link in found] == [
        f"{SITE.url}all.rss",
        f"{SITE.url}all.json",
    ]
    assert "atom" not in index(site).decode()


def test_a_card_tells_count_latest_article_and_date():
    first, quiet, notes = (
        item for item in parse(index()).all("li") if item.text.strip().endswith("Feed")
    )
    assert "1,234 articles · 4 May 2023 · Feed" in first.text
    assert RICH.title in first.text
    assert "From <wheels> to weirs" in first.text
    assert "0 articles" in quiet.text
    assert "1 article ·" in notes.text


def test_an_article_without_a_link_is_linked_to_where_it_stands():
    target = f"topics/notes.html#{anchor(PROSE.id)}"
    link = next(a for a in parse(index()).all("a") if a.text == PROSE.title)
    assert link.attributes["href"] == target
    assert link.attributes["lang"] == "de"
    assert f'id="{anchor(PROSE.id)}"' in page(PROSE).decode()


def test_the_search_box_works_without_a_script():
    form = parse(index()).one("form", role="search")
    assert form.attributes["method"] == "get"
    assert form.attributes["action"] == "search.html"
    box = parse(index()).one("input", type="search")
    assert box.attributes["name"] == "q"
    below = parse(page(RICH)).one("form", role="search")
    assert below.attributes["action"] == "../search.html"


def test_only_a_long_list_of_topics_has_a_field_of_its_own():
    few, many = (with_topics(*numbered(MANY_TOPICS + more)) for more in (0, 1))
    assert not few.all("input", id="q")
    form = next(form for form in many.all("form") if "role" not in form.attributes)
    assert form.attributes["action"] == "search.html"
    assert many.one("input", id="q").attributes["name"] == "q"
    assert all("hidden" not in card.attributes for card in many.all("li")[-21:])


def test_topics_are_sorted_as_people_count():
    found = with_topics("Topic 10", "topic 2", "Zebra", "Äpfel", "Apfel 3", "Apfel")
    assert [heading.text for heading in found.all("h3")] == [
        *("Apfel", "Äpfel", "Apfel 3", "topic 2", "Topic 10", "Zebra"),
    ]


def test_very_many_topics_are_in_groups_by_letter_with_a_list_to_jump():
    names = numbered(MOST_IN_A_ROW - 1)
    assert not with_topics(*names, "Äpfel").all("nav")
    found = with_topics(*names, "Äpfel", "3 mills", "潮力", "#tags")
    jumps = found.one("nav", class_="letters")
    assert jumps.text == "0–9 A T Other"
    targets = [a.attributes["href"].removeprefix("#") for a in found.all("a")]
    labels = [label.attributes["id"] for label in found.all("p", class_="letter")]
    assert labels == [target for target in targets if target.startswith("letter")]
    assert [ul.attributes["aria-labelledby"] for ul in found.all("ul", class_="cards")] == labels


def test_topics_of_one_letter_are_not_grouped():
    found = with_topics(*numbered(MOST_IN_A_ROW + 1))
    assert not found.all("nav")
    assert not found.all("p", class_="letter")


def with_others(**others: list[NamedCard]) -> Document:
    return parse(render_front_page(SITE, [], 0, named(CARDS), others))


def test_other_feeds_have_sections_of_their_own_after_the_topics():
    cards = named([Card("authors/ann", "Ann", "", 3, None)])
    found = with_others(language=cards, author=cards, search=cards)
    assert [heading.text for heading in found.all("h2")][1:] == [
        *("Topics", "Saved searches", "Authors", "Languages")
    ]
    assert [a.attributes["href"] for a in found.all("a") if a.text == "Ann"] == [
        "authors/ann.html"
    ] * 3
    headings = [h.text for h in with_others(author=[], language=cards).all("h2")][1:]
    assert headings == ["Topics", "Languages"]


def test_only_many_authors_are_folded():
    for more in (0, 1):
        names = [f"Ann {number}" for number in range(MANY_TOPICS + more)]
        cards = named([Card(f"authors/{name}", name, "", 1, None) for name in names])
        folded = with_others(author=cards).all("summary")[1:]
        assert [summary.text for summary in folded] == ["Show all 21: Authors"] * more


def test_a_language_is_called_by_its_own_name_and_marked_as_such():
    card = Card("languages/de", "Deutsch", "", 3, None, "de")
    found = with_others(language=named([card]))
    heading = next(h for h in found.all("h3") if h.text == "Deutsch")
    assert heading.attributes["lang"] == "de"


def test_the_front_page_of_a_hundred_topics_is_small():
    started = datetime(2026, 1, 1, tzinfo=UTC)
    cards = [
        Card(
            key=f"topics/topic-number-{number}",
            name=f"Topic number {number}",
            description="",
            entries=number * 37,
            latest=Latest(
                f"urn:uuid:{number}",
                f"An article with a headline of quite an ordinary length, the {number}th of them",
                f"https://www.publication.example/2026/05/{number}-an-article-with-a-headline/",
                started + timedelta(hours=number),
            ),
        )
        for number in range(100)
    ]
    data = index(cards=cards, newest=[RICH])
    parse(data)
    assert len(data) < 50_000
    assert len(gzip.compress(data)) < 10_000
