"""What was found at each path of the drop folder, counted."""

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
