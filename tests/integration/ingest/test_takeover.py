"""No file takes another one's article: who stood first stands, and both authors are told."""

import os

import pytest

from tests.integration.authors.receipts import receipt
from tests.integration.house import House, article

LINK = "https://example.org/1"
CLAIMS = [{"link": LINK}, {"id": '"42"'}, {"id": '"42"', "link": LINK}]
FUTURE = -86_400 * 3650  # an age in seconds: ten years ahead
LONG_AGO = 86_400 * 3650


def filled(house: House, **claim: str) -> None:
    """A folder in which honest.md has stood for a day."""
    for name in ("x", "y"):
        house.write(f"{name}.md", article(name))
    house.write("honest.md", article("Honest", **claim))
    house.reconcile()
    house.clock.pass_time(86_400)


def check_that_honest_stands(house: House, text: str = "Honest") -> None:
    assert text in house.titles()
    assert "Evil" not in house.titles()
    assert (house.verdict("honest.md"), house.verdict("evil.md")) == ("accepted", "shadowed")


@pytest.mark.parametrize("age", [FUTURE, 0, LONG_AGO])
@pytest.mark.parametrize("claim", CLAIMS)
def test_a_newcomer_of_any_file_time_does_not_take_an_article_over(house, claim, age):
    filled(house, **claim)
    before = house.ids()["Honest"]
    house.write("evil.md", article("Evil", **claim), age=age)
    house.turn("evil.md")
    check_that_honest_stands(house)
    house.reconcile(60)
    house.restart()
    house.reconcile(60)
    check_that_honest_stands(house)
    assert house.ids()["Honest"] == before


@pytest.mark.parametrize("change", ["edit", "touch", "break and cure", "save by renaming", "draft"])
def test_what_an_author_does_to_the_own_file_gives_nothing_away(house, change):
    filled(house, link=LINK)
    house.write("evil.md", article("Evil", link=LINK), age=LONG_AGO)
    house.reconcile()
    house.clock.pass_time(60)
    if change == "touch":
        stamp = house.clock.moment.timestamp()
        os.utime(house.drop / "honest.md", (stamp, stamp))
    if change == "break and cure":
        house.write("honest.md", "---\ntitle: [\n---\n", age=0)
        house.reconcile(60)
    if change == "draft":
        house.write("honest.md", article("Honest", link=LINK, draft="true"), age=0)
        house.reconcile(60)
        assert house.titles().count("Evil") == 0
    if change == "save by renaming":
        house.write("honest.md.tmp", article("Honest 2", link=LINK), age=0)
        (house.drop / "honest.md.tmp").rename(house.drop / "honest.md")
    elif change != "touch":
        house.write("honest.md", article("Honest 2", link=LINK), age=0)
    house.turn("evil.md", "honest.md")
    house.reconcile(60)
    house.write("evil.md", article("Evil", link=LINK, draft="false"), age=FUTURE)
    house.reconcile(60)
    check_that_honest_stands(house, "Honest" if change == "touch" else "Honest 2")


def test_a_renamed_file_takes_its_place_along(house):
    filled(house, link=LINK)
    house.write("evil.md", article("Evil", link=LINK), age=LONG_AGO)
    house.reconcile()
    house.clock.pass_time(60)
    (house.drop / "honest.md").rename(house.drop / "renamed.md")
    house.turn("renamed.md")
    stamp = house.clock.moment.timestamp()
    os.utime(house.drop / "evil.md", (stamp, stamp))
    house.reconcile(60)
    house.reconcile(60)
    assert "Evil" not in house.titles()
    assert house.verdict("renamed.md") == "accepted"


def test_a_uri_that_was_minted_for_another_file_is_no_way_into_its_article(house):
    filled(house)
    uri = house.ids()["Honest"]
    house.write("evil.md", article("Evil", id=f'"{uri}"'), age=LONG_AGO)
    house.reconcile()
    check_that_honest_stands(house)
    # Its author writes it into the own file, later than the other one did.
    house.write("honest.md", article("Honest", id=f'"{uri}"'), age=0)
    house.reconcile(60)
    house.reconcile(60)
    check_that_honest_stands(house)


def test_another_link_beside_the_same_id_does_not_give_the_id_away(house):
    filled(house, id='"42"', link=LINK)
    house.write("evil.md", article("Evil", id='"42"'), age=LONG_AGO)
    house.reconcile()
    house.write("honest.md", article("Honest", id='"42"', link="https://example.org/2"), age=0)
    house.reconcile(60)
    house.reconcile(60)
    check_that_honest_stands(house)


def test_an_old_file_cannot_bring_its_age_to_a_claim_that_it_makes_today(house):
    house.write("evil.md", article("Evil", id='"666"', link="https://example.org/9"))
    house.reconcile()
    house.clock.pass_time(86_400)
    filled(house, link=LINK)
    house.write("evil.md", article("Evil", id='"666"', link=LINK), age=LONG_AGO)
    house.reconcile(60)
    house.reconcile(60)
    check_that_honest_stands(house)


@pytest.mark.parametrize("way", ["goes", "claims something else"])
def test_the_waiting_file_stands_once_the_first_one_leaves(house, way):
    filled(house, link=LINK)
    before = house.ids()["Honest"]
    house.write("next.md", article("Next", link=LINK), age=0)
    house.reconcile()
    if way == "goes":
        house.delete("honest.md")
    else:
        house.write("honest.md", article("Honest", link="https://example.org/2"), age=0)
    house.reconcile(60)
    assert house.verdict("next.md") == "accepted"
    assert house.ids()["Next"] == before or way != "goes"


def test_seen_at_once_the_earlier_file_time_stands_and_one_in_the_future_is_now(house):
    house.write("b.md", article("B", link=LINK), age=100)
    house.write("a.md", article("A", link=LINK), age=50)
    house.write("c.md", article("C", link=LINK), age=FUTURE)
    house.reconcile()
    assert house.titles() == ["B"]
    # Later edits of the first one do not make it one of the last.
    house.write("b.md", article("B 2", link=LINK), age=0)
    house.reconcile(60)
    house.reconcile(60)
    assert house.titles() == ["B 2"]


@pytest.mark.parametrize("mode", ["problems", "all"])
def test_both_authors_are_told_and_not_any_longer_than_it_is_so(make_house, mode):
    house = make_house(receipts=mode)
    filled(house, link=LINK)
    house.write("evil.md", article("Evil", link=LINK), age=FUTURE)
    house.turn("evil.md")
    house.reconcile()
    assert "honest.md" in (receipt(house, "evil.md") or "")
    assert "“evil.md”" in (receipt(house, "honest.md") or "")
    house.restart()
    house.reconcile(60)
    assert "“evil.md”" in (receipt(house, "honest.md") or "")
    house.write("evil.md", article("Evil", link="https://example.org/2"), age=0)
    house.turn("evil.md")
    house.reconcile()
    assert "“evil.md”" not in (receipt(house, "honest.md") or "")
    house.write("evil.md", article("Evil", link=LINK), age=0)
    house.reconcile(60)
    assert "“evil.md”" in (receipt(house, "honest.md") or "")
    house.delete("evil.md")
    assert "“evil.md”" not in (receipt(house, "honest.md") or "")


def test_of_many_files_that_claim_one_article_some_are_named_and_all_counted(house):
    filled(house, link=LINK)
    for number in range(12):
        house.write(f"evil-{number:02}.md", article("Evil", link=LINK), age=FUTURE)
    house.reconcile()
    text = " ".join((receipt(house, "honest.md") or "").split())
    assert "“evil-00.md”" in text
    assert "9 others" in text


def test_of_two_that_were_withdrawn_at_a_path_the_last_one_returns(house):
    house.write("b.md", article("B"), age=60)
    house.reconcile()
    house.write("a.md", article("A"), age=60_000)
    house.reconcile()
    house.delete("a.md")
    before = house.ids()["B"]
    (house.drop / "b.md").rename(house.drop / "a.md")
    house.reconcile()
    house.delete("a.md")
    house.write("a.md", article("B"), age=10)
    house.reconcile()
    assert house.ids() == {"B": before}
