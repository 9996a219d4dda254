"""How an article stands in its row."""

from tests.integration.house import article


def test_unknown_keys_are_kept_readable_and_in_the_order_of_their_names(house):
    house.write("a.md", article("One", zeal="Ünder", area="Süd"))
    house.reconcile()
    assert house.rows("SELECT extra FROM articles") == [('{"area": "Süd", "zeal": "Ünder"}',)]
