"""Topics: slips are noticed, strictness is kept, and an address once given away stays alive."""

from dataclasses import replace

import pytest

from tests.integration.house import article
from worker.config import TopicRule


def receipt(house, path: str) -> str:
    return " ".join((house.drop / f"{path}.feedmill.txt").read_text("utf-8").split())


def codes(house, path: str) -> list[str]:
    return [problem.code for problem in house.worker.ledger.at(path).problems]


def test_a_new_topic_one_letter_from_an_older_one_draws_a_warning_with_the_suggestion(house):
    house.write("a.md", article("A", topics="[AWS AI]"))
    house.reconcile()
    house.write("b.md", article("B", topics="[Ferries, AWS Al]"))
    house.reconcile(5)
    assert house.verdict("b.md") == "accepted"
    said = receipt(house, "b.md")
    assert "Line 3, column 1: The topic `AWS Al` is new, and one letter away from `AWS AI`" in said
    assert "Did you mean `AWS AI`?" in said
    assert codes(house, "a.md") == []

    house.write("b.md", article("B", topics="[Ferries, AWS AI]"), age=1)
    house.reconcile(5)
    assert codes(house, "b.md") == []
    assert sorted(house.titles("topics/aws-ai")) == ["A", "B"]


def test_a_slip_is_still_told_after_an_edit_that_did_not_cure_it(house):
    house.write("a.md", article("A", topics="Harbours"))
    house.write("b.md", article("B", topics="Harbors"))
    house.reconcile()
    house.write("b.md", article("B again", topics="Harbors"), age=1)
    house.reconcile(5)
    assert codes(house, "b.md") == ["topic-typo"]


def test_a_topic_that_others_are_on_is_no_slip(house):
    house.write("1.md", article("1", topics="Wines"))
    house.write("2.md", article("2", topics="Vines"))
    house.reconcile()
    house.write("3.md", article("3", topics="Vines"))
    house.reconcile(5)
    assert codes(house, "3.md") == []


def test_a_configured_topic_is_known_before_any_article_is_on_it(house):
    house.restart(topics=(TopicRule("Lighthouses", aliases=("Beacons",)),))
    house.write("a.md", article("A", topics="Lighthuoses"))
    house.write("b.md", article("B", topics="Bacons"))
    house.write("c.md", article("C", topics="lighthouses"))
    house.reconcile()
    assert "`Lighthouses`" in receipt(house, "a.md")
    assert "`Lighthouses`" in receipt(house, "b.md")
    assert codes(house, "c.md") == []


@pytest.fixture
def strict(house):
    rules = (TopicRule("AWS AI", aliases=("Amazon AI",)), TopicRule("Tides"))
    house.restart(topics=rules, strict_topics=True)
    return house


def test_with_strict_an_unknown_topic_rejects_the_file_and_names_the_likely_one(strict):
    strict.write("a.md", article("A", topics="[Tides, AWS Al]"))
    strict.write("b.md", article("B", topics="[amazon ai]"))
    strict.write("Gossip/c.md", article("C"))
    strict.write("d.md", article("D"))
    strict.reconcile()
    assert strict.verdict("a.md") == strict.verdict("Gossip/c.md") == "rejected"
    assert sorted(strict.titles()) == ["B", "D"]
    assert "Line 3, column 1: The topic `AWS Al` is not one of those that this site has." in (
        receipt(strict, "a.md")
    )
    assert "Did you mean `AWS AI`?" in receipt(strict, "a.md")
    assert "from its folder" in receipt(strict, "Gossip/c.md")
    assert not strict.rows("SELECT 1 FROM topics WHERE key IN ('aws al', 'gossip')")


def test_strictness_judges_what_is_there_already_when_it_is_switched_on(house):
    house.write("a.md", article("A", topics="Gossip"))
    house.reconcile()
    house.restart(strict_topics=True)
    house.reconcile(5)
    assert house.verdict("a.md") == "rejected"
    assert house.titles() == ["A"]
    house.restart(topics=(TopicRule("Gossip"),))
    house.reconcile(5)
    assert house.verdict("a.md") == "accepted"


def test_an_article_without_topics_is_never_too_strict_for(strict):
    strict.restart(drop=replace(strict.config.drop, default_topic="Anything"))
    strict.write("a.md", article("A"))
    strict.reconcile()
    assert strict.titles("topics/anything") == ["A"]
