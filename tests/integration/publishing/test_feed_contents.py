"""What of an article in the database stands in its feeds."""

import pytest

from tests.integration.house import article

RELATED = "{title: More, webUrl: 'https://e.org/1'%s}"


@pytest.mark.parametrize(("written", "language"), [(", language: de", "de"), ("", "")])
def test_a_related_article_keeps_its_language(house, written, language):
    house.write("a.md", article("One", related=f"[{RELATED % written}]"))
    house.reconcile()
    catalogue = house.worker.publisher._catalogue
    row = house.rows("SELECT id FROM articles")[0]
    (related,) = catalogue.entry(row[0]).related
    assert (related.url, related.title, related.language) == ("https://e.org/1", "More", language)


@pytest.mark.parametrize(
    ("provider", "source"),
    [
        ("{name: Mill, domain: mill.example}", ("Mill", "https://mill.example/")),
        ("{name: Mill}", ("Mill", "")),
        ("{domain: mill.example}", ("mill.example", "https://mill.example/")),
        ("{}", None),
    ],
)
def test_a_source_is_known_by_its_name_or_else_its_domain(house, provider, source):
    house.write("a.md", article("One", provider=provider))
    house.reconcile()
    catalogue = house.worker.publisher._catalogue
    found = catalogue.entry(house.rows("SELECT id FROM articles")[0][0]).source
    assert (found and (found.name, found.url)) == source
