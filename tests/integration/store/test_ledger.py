"""What was found at each path of the drop folder: looked up and counted."""

from tests.integration.house import START, article
from worker.core.fingerprint import Fingerprint
from worker.core.problems import Problem
from worker.store.ledger import LedgerRow


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


def test_what_authors_may_have_to_know_is_given_with_the_state_of_the_article(house):
    house.write("fine.md", article("Fine"))
    house.write("held.md", article("Held", draft="true"))
    house.write("bad.md", "---\ntitle: [\n---\n")
    house.write("slip.md", article("Slip", date="never"))
    house.reconcile()
    found = {row.path: (row.verdict, state) for row, state in house.worker.ledger.unusual()}
    assert found.pop("slip.md") in {("accepted", "live"), ("rejected", "")}
    assert found == {"held.md": ("held", "held"), "bad.md": ("rejected", "")}


def test_problems_are_kept_readable(house):
    problem = Problem("any", "Für alle")
    row = LedgerRow("a.md", Fingerprint(1, 2, 3, 4), "hash", "rejected", None, (problem,))
    house.worker.ledger.write(row, START)
    assert house.worker.ledger.at("a.md") == row
    ((text,),) = house.rows("SELECT problems FROM ledger")
    assert "Für alle" in text


def test_the_files_with_a_stem_are_found_while_they_are_there(house):
    for path in ("s/a.md", "s/a.de.md", "s/ab.md", "s/a/b.md", "a.md"):
        house.write(path, article(path))
    house.reconcile()
    ledger = house.worker.ledger
    assert ledger.with_stem("s", "a") == ["s/a.de.md", "s/a.md"]
    assert ledger.with_stem("", "a") == ["a.md"]
    assert ledger.with_stem("s", "%") == []
    (house.drop / "s/a.md").unlink()
    house.reconcile()
    assert ledger.with_stem("s", "a") == ["s/a.de.md"]
