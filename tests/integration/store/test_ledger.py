"""What was found at each path of the drop folder: looked up and counted."""

from tests.integration.house import article


def test_files_are_counted_by_their_verdicts_without_those_that_no_file_has(house):
    assert house.worker.ledger.counts() == {}
    house.write("bad.md", "---\ntitle: [\n---\n")
    house.reconcile()
    assert house.worker.ledger.counts() == {"rejected": 1}
    for name in ("a.md", "b.md"):
        house.write(name, article(name))
    house.write("held.md", article("Held", draft="true"))
    house.reconcile()
    assert house.worker.ledger.counts() == {"accepted": 2, "held": 1, "rejected": 1}


def test_a_file_is_found_in_its_folder_with_the_state_of_its_article_if_it_has_one(house):
    house.write("deep/er/a.md", article("One"))
    house.write("deep/held.md", article("Held", draft="true"))
    house.write("bad.md", "---\ntitle: [\n---\n")
    house.reconcile()
    ledger = house.worker.ledger
    states = {"bad.md": "", "deep/er/a.md": "live", "deep/held.md": "held"}
    assert sorted(ledger.paths()) == sorted(states)
    assert list(ledger.folders()) == ["", "deep", "deep/er"]
    for path, state in states.items():
        assert ledger.present_at(path) == (ledger.at(path), state)
    assert ledger.present_at("a.md") is None
