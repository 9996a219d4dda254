"""How an article stands in its row."""

from tests.integration.house import article


def test_unknown_keys_are_kept_readable_and_in_the_order_of_their_names(house):
    house.write("a.md", article("One", zeal="Ünder", area="Süd"))
    house.reconcile()
    assert house.rows("SELECT extra FROM articles") == [('{"area": "Süd", "zeal": "Ünder"}',)]


def test_a_related_article_keeps_its_source(house):
    source = "{name: The Mill, domain: mill.example}"
    related = f"[{{title: More, webUrl: 'https://e.org/1', provider: {source}}}]"
    house.write("a.md", article("One", related=related))
    house.reconcile()
    found = house.rows("SELECT provider_name, provider_domain FROM related")
    assert found == [("The Mill", "mill.example")]
