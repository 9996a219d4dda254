"""Whose article a file is, and when it is public: every rule of worker/ingest/identity.py."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from worker.core.article import Article
from worker.core.stages import Claim, Known, Past, Since
from worker.ingest.identity import (
    New,
    Rival,
    Same,
    Shadowed,
    arrival,
    identify,
    link_key,
    mint,
    since,
)
from worker.ingest.lifecycle import next_change, state_at, times

CLAIM = Claim("b.md", "", "", "hash-b", 0, came="200")
KNOWN = Known(1, "urn:uuid:1", "a.md", "", "", "hash-a", Since("100", "100", "100"), present=True)
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
ARTICLE = Article("Title", "Summary", "<p>Text</p>", "Text")


def decide(
    claim: Claim,
    by_path: Known | None = None,
    by_id: Known | None = None,
    by_link: Known | None = None,
    by_content: Known | None = None,
) -> object:
    return identify(
        claim,
        by_path=by_path,
        by_id=by_id,
        by_link=[by_link] if by_link else [],
        by_content=[by_content] if by_content else [],
    )


def test_a_file_that_nothing_is_known_of_is_a_new_article():
    assert decide(CLAIM) == New()


def test_the_file_at_a_known_path_is_the_article_of_that_path():
    known = replace(KNOWN, path="b.md")
    assert decide(CLAIM, by_path=known) == Same(known)


def test_an_explicit_id_comes_before_the_path():
    other = replace(KNOWN, article_id=2, path="z.md", present=False, explicit_id="x")
    claim = replace(CLAIM, explicit_id="x")
    assert decide(claim, by_path=replace(KNOWN, path="b.md"), by_id=other) == Same(other)


def test_an_article_keeps_its_identity_when_its_file_gets_an_id_later():
    known = replace(KNOWN, path="b.md")
    assert decide(replace(CLAIM, explicit_id="x"), by_path=known) == Same(known)


def test_another_explicit_id_at_the_same_path_is_another_article():
    known = replace(KNOWN, path="b.md", explicit_id="old")
    assert decide(replace(CLAIM, explicit_id="new"), by_path=known) == New()


def test_a_renamed_file_is_known_by_its_content():
    gone = replace(KNOWN, present=False, content_hash="hash-b")
    assert decide(CLAIM, by_content=gone) == Same(gone)


def test_a_renamed_and_edited_file_is_known_by_its_link():
    gone = replace(KNOWN, present=False, link_key="example.org/x")
    claim = replace(CLAIM, link_key="example.org/x")
    assert decide(claim, by_link=gone) == Same(gone)


def test_a_file_renamed_to_where_a_deleted_one_was_keeps_its_identity():
    deleted = replace(KNOWN, path="b.md", present=False, withdrawn=True)
    renamed = replace(KNOWN, article_id=2, path="z.md", present=False, content_hash="hash-b")
    assert decide(CLAIM, by_path=deleted, by_content=renamed) == Same(renamed)
    alike = replace(deleted, content_hash="hash-b")
    assert decide(CLAIM, by_path=alike, by_content=renamed) == Same(renamed)
    linked = replace(renamed, content_hash="hash-z", link_key="example.org/x")
    claim = replace(CLAIM, link_key="example.org/x")
    assert decide(claim, by_path=deleted, by_link=linked) == Same(linked)


@pytest.mark.parametrize(
    "said", [{"content_hash": "hash-b"}, {"link_key": "example.org/x"}, {"content_hash": "other"}]
)
def test_a_deleted_file_that_is_dropped_again_is_the_same_article(said):
    """Edited or not, unless it is another one that was renamed."""
    deleted = replace(KNOWN, path="b.md", present=False, withdrawn=True, **said)
    claim = replace(CLAIM, link_key="example.org/x")
    assert decide(claim, by_path=deleted) == Same(deleted)


def test_a_deleted_file_that_is_dropped_again_is_not_another_one_that_was_deleted():
    deleted = replace(KNOWN, path="b.md", present=False, withdrawn=True, content_hash="hash-b")
    twin = replace(deleted, article_id=2, path="z.md")
    assert decide(CLAIM, by_path=deleted, by_content=twin) == Same(deleted)


def test_having_no_link_is_nothing_that_two_files_share():
    deleted = replace(KNOWN, path="b.md", present=False, withdrawn=True)
    twin = replace(KNOWN, article_id=2, path="z.md", present=False, withdrawn=True)
    twin = replace(twin, content_hash="hash-b")
    assert decide(CLAIM, by_path=deleted, by_content=twin) == Same(twin)


@pytest.mark.parametrize(("link", "is_back"), [("example.org/x", True), ("example.org/y", False)])
def test_a_deleted_file_that_comes_back_with_its_link_is_itself_again(link, is_back):
    deleted = replace(KNOWN, path="b.md", present=False, withdrawn=True, link_key=link)
    twin = replace(KNOWN, article_id=2, path="z.md", present=False, withdrawn=True)
    twin = replace(twin, content_hash="hash-b", link_key="")
    claim = replace(CLAIM, link_key="example.org/x")
    expected = Same(deleted if is_back else twin)
    assert decide(claim, by_path=deleted, by_content=twin) == expected


def test_a_copy_of_a_file_that_is_still_there_gives_way():
    known = replace(KNOWN, content_hash="hash-b")
    assert decide(CLAIM, by_content=known) == Shadowed(Rival(known, "content"))


def test_an_original_seen_after_its_copy_stands_as_an_article_of_its_own():
    copy = replace(KNOWN, content_hash="hash-b", since=Since(content="300"))
    assert decide(CLAIM, by_content=copy) == New((Rival(copy, "content"),))


LINK = "example.org/x"


@pytest.mark.parametrize(
    "said", [{"explicit_id": "x"}, {"link_key": LINK}, {"explicit_id": "x", "link_key": LINK}]
)
def test_a_file_with_an_id_or_a_link_is_no_copy_of_what_has_the_same_text(said):
    known = replace(KNOWN, content_hash="hash-b")
    assert decide(CLAIM, by_content=known) == Shadowed(Rival(known, "content"))
    assert decide(replace(CLAIM, **said), by_content=known) == New()


def test_a_file_that_came_before_one_with_an_id_of_its_own_is_not_its_next_version():
    known = replace(KNOWN, explicit_id="y", link_key=LINK, since=Since(link="300"))
    claim = replace(CLAIM, link_key=LINK, came="200")
    assert decide(claim, by_link=known) == New(losers=(Rival(known, "link"),))
    gone = replace(known, present=False)
    assert decide(claim, by_link=gone) == Same(gone)


@pytest.mark.parametrize(("came", "wins"), [("100", True), ("300", False)])
def test_of_two_files_with_one_link_the_one_that_came_first_stands(came, wins):
    known = replace(KNOWN, link_key=LINK, since=Since(link="200"))
    claim = replace(CLAIM, link_key=LINK, came=came)
    rival = Rival(known, "link")
    expected = Same(known, losers=(rival,)) if wins else Shadowed(rival)
    assert decide(claim, by_link=known) == expected


def test_the_winner_of_a_tie_does_not_depend_on_who_was_seen_first():
    first = replace(CLAIM, link_key=LINK, came="100")
    held_by_a = replace(KNOWN, link_key=LINK)
    rival = Rival(held_by_a, "link")
    assert decide(first, by_link=held_by_a) == Shadowed(rival)
    held_by_b = replace(held_by_a, path="b.md")
    taken = Same(held_by_b, losers=(Rival(held_by_b, "link"),))
    assert decide(replace(first, path="a.md"), by_link=held_by_b) == taken


def test_a_link_taken_over_by_an_edit_is_contended_for_from_then_on():
    own = replace(KNOWN, article_id=2, path="b.md", link_key="example.org/y")
    known = replace(KNOWN, link_key=LINK, since=Since(link="150"))
    rival = Rival(known, "link")
    later = replace(CLAIM, link_key=LINK, came="200")
    assert decide(later, by_path=own, by_link=known) == Shadowed(rival)
    earlier = replace(later, came="120")
    assert decide(earlier, by_path=own, by_link=known) == Same(own, losers=(rival,))


def test_the_file_that_stands_stays_whatever_is_done_to_it():
    own = replace(KNOWN, article_id=2, path="b.md", link_key=LINK)
    known = replace(KNOWN, link_key=LINK, since=Since(link="150"))
    edited = replace(CLAIM, link_key=LINK, came="900")
    assert decide(edited, by_path=own, by_link=known) == Same(own, (Rival(known, "link"),))
    gave_way = replace(own, shadowed=True)
    assert decide(edited, by_path=gave_way, by_link=known) == Shadowed(Rival(known, "link"))


def test_an_article_s_own_id_does_not_let_it_share_its_link():
    own = replace(KNOWN, article_id=2, path="b.md", explicit_id="x")
    rival = replace(KNOWN, link_key=LINK, since=Since(link="150"))
    claim = replace(CLAIM, explicit_id="x", link_key=LINK)
    assert decide(claim, by_path=own, by_id=own, by_link=rival) == Shadowed(Rival(rival, "link"))


def test_an_earlier_file_may_beat_one_article_by_its_id_and_another_by_its_link():
    twin = replace(KNOWN, article_id=2, path="z.md", explicit_id="x", since=Since(id="250"))
    linked = replace(KNOWN, link_key=LINK, since=Since(link="250"))
    claim = replace(CLAIM, explicit_id="x", link_key=LINK)
    losers = (Rival(twin, "id"), Rival(linked, "link"))
    assert decide(claim, by_id=twin, by_link=linked) == Same(twin, losers)


def test_of_several_that_stand_first_the_very_first_is_named():
    twin = replace(KNOWN, article_id=2, path="z.md", explicit_id="x", since=Since(id="050"))
    linked = replace(KNOWN, link_key=LINK)
    claim = replace(CLAIM, explicit_id="x", link_key=LINK)
    assert decide(claim, by_id=twin, by_link=linked) == Shadowed(Rival(twin, "id"))


def test_what_is_shadowed_itself_shadows_nothing():
    known = replace(KNOWN, explicit_id="x", shadowed=True)
    assert decide(replace(CLAIM, explicit_id="x"), by_id=known) == Same(known)


def test_each_claim_counts_from_when_the_file_first_made_it():
    assert since(CLAIM, None) == Since(content="200")
    assert since(replace(CLAIM, explicit_id="x"), None) == Since(id="200")
    assert since(replace(CLAIM, link_key=LINK), None) == Since(link="200")
    both = replace(CLAIM, explicit_id="x", link_key=LINK)
    assert since(both, None) == Since(id="200", link="200")
    known = replace(KNOWN, path="b.md", explicit_id="x", link_key="example.org/y")
    assert since(both, known) == Since(id="100", link="200")
    known = replace(known, explicit_id="y", link_key=LINK)
    assert since(both, known) == Since(id="200", link="100")


def test_an_article_that_gets_its_own_uri_as_id_has_had_it_from_the_beginning():
    known = replace(KNOWN, path="b.md", since=Since(content="100"))
    assert since(replace(CLAIM, explicit_id="urn:uuid:1"), known).id == ""


@pytest.mark.parametrize(
    ("state", "keeps"),
    [
        ({"present": False}, True),
        ({"present": False, "content_hash": "other"}, False),
        ({"present": False, "withdrawn": True}, False),
        ({"present": False, "shadowed": True}, False),
        ({"present": True}, False),
        ({"path": "b.md"}, True),
        ({"path": "b.md", "shadowed": True}, False),
        ({"path": "b.md", "present": False}, False),
    ],
)
def test_a_place_is_kept_by_the_file_that_stands_and_by_one_that_was_renamed(state, keeps):
    known = replace(KNOWN, **{"content_hash": "hash-b", "link_key": LINK, **state})
    found = since(replace(CLAIM, link_key=LINK), known)
    assert found.link == ("100" if keeps else "200")


def test_an_arrival_is_the_ctime_then_the_file_time_then_the_path():
    second = 1_000_000_000
    now = NOW.timestamp()
    past, later = int(now - 10) * second, int(now + 99_999) * second
    at_now = f"{(int(now) + 1) * second - 1:020}"
    assert arrival("a.md", past, past - 1, NOW) == f"{past:020} {past - 1:020} a.md"
    assert arrival("a.md", later, later, NOW) == f"{at_now} {at_now} a.md"
    assert arrival("a.md", None, past, NOW) == f"{at_now} {past:020} a.md"
    assert arrival("a.md", -5, -7, NOW) == f"{0:020} {0:020} a.md"
    assert arrival("a.md", 9, 0, NOW) < arrival("a.md", 10, 0, NOW)


def test_of_two_files_of_one_second_the_first_stands_also_if_it_is_read_in_the_next():
    second = 1_000_000_000
    first, other = (int(NOW.timestamp()) * second + part for part in (300_000_000, 500_000_000))
    read_later = NOW + timedelta(seconds=1)
    assert arrival("b.md", first, 0, read_later) < arrival("a.md", other, 0, NOW)


def test_a_link_goes_on_with_the_article_that_was_renamed_before_any_other():
    claim = replace(CLAIM, link_key="example.org/x", came="050")
    linked = replace(KNOWN, link_key="example.org/x")
    shadowed = replace(linked, article_id=2, shadowed=True)
    gone = replace(linked, article_id=3, present=False)
    renamed = replace(gone, article_id=4, content_hash="hash-b")
    foreign = replace(gone, article_id=5, explicit_id="y")

    def heir(*by_link: Known) -> object:
        return identify(claim, by_path=None, by_id=None, by_link=by_link, by_content=())

    assert heir(foreign, shadowed, linked, gone, renamed) == Same(
        renamed, losers=(Rival(linked, "link"),)
    )
    assert heir(foreign, gone, linked) == Same(linked, losers=(Rival(linked, "link"),))
    assert heir(foreign, shadowed, gone) == Same(gone)
    assert heir(foreign, shadowed) == Same(shadowed)
    assert heir(foreign) == Same(foreign)


def test_an_explicit_absolute_uri_stands_as_it_is():
    claim = replace(CLAIM, explicit_id="https://example.org/articles/1")
    assert list(mint(claim, "https://site.example/")) == ["https://example.org/articles/1"]


@pytest.mark.parametrize("explicit_id", ["42", "not a uri", "with:space in it", ""])
def test_everything_else_is_minted_as_a_uuid(explicit_id):
    uri = next(mint(replace(CLAIM, explicit_id=explicit_id), "https://site.example/"))
    assert uri.startswith("urn:uuid:")


def test_minting_is_the_same_for_the_same_file_and_never_ends():
    claim = replace(CLAIM, link_key="example.org/x")
    first = list(islice(mint(claim, "https://site.example/"), 6))
    assert first == list(islice(mint(claim, "https://site.example/"), 6))
    assert len(set(first)) == 6


def test_two_sites_mint_different_ids_for_the_same_path():
    assert next(mint(CLAIM, "https://a.example/")) != next(mint(CLAIM, "https://b.example/"))


@pytest.mark.parametrize(
    "link",
    [
        "https://example.org/a",
        "http://example.org/a",
        "https://www.example.org/a",
        "https://example.org/a/",
        "https://EXAMPLE.org:443/a#part",
        "http://example.org:80/a",
    ],
)
def test_ways_to_write_one_link_are_one_link(link):
    assert link_key(link) == "example.org/a"


def test_queries_and_ports_tell_links_apart():
    keys = {
        link_key(f"https://example.org{rest}")
        for rest in (":8080/a", ":81/a", ":444/a", "/a?x=1", "/a?x=2")
    }
    assert len(keys) == 5


def at(article: Article, past: Past | None = None, **changes):
    arguments = {
        "reader_hash": "hash",
        "content_hash": "other bytes",
        "file_time": NOW - timedelta(days=1),
        "now": NOW,
        "undo": timedelta(0),
        **changes,
    }
    return times(article, past, **arguments)


def test_without_a_date_the_file_s_time_is_taken_but_never_the_future():
    assert at(ARTICLE).published == NOW - timedelta(days=1)
    assert at(ARTICLE, file_time=NOW + timedelta(days=1)).published == NOW


PAST = Past(
    published=NOW - timedelta(days=9),
    updated=NOW - timedelta(days=8),
    first_seen=NOW - timedelta(days=9),
    public_since=NOW - timedelta(days=9),
    reader_hash="hash",
    content_hash="bytes",
)


def test_published_never_moves_once_readers_saw_the_article():
    moved = at(replace(ARTICLE, published=NOW), PAST)
    assert moved.published == PAST.published


def test_published_may_still_move_before_anybody_saw_it():
    moved = at(replace(ARTICLE, published=NOW), replace(PAST, public_since=None))
    assert moved.published == NOW


def test_a_file_that_takes_an_article_over_brings_its_own_times_along():
    moved = at(replace(ARTICLE, published=NOW), PAST, taken_over=True, undo=timedelta(hours=1))
    assert (moved.published, moved.updated, moved.public_from) == (NOW, NOW, NOW)


def test_updated_stays_for_a_change_that_no_reader_sees():
    assert at(ARTICLE, PAST).updated == PAST.updated


def test_updated_moves_to_the_file_s_time_when_the_text_changed():
    assert at(ARTICLE, PAST, reader_hash="other").updated == NOW - timedelta(days=1)


def test_updated_stays_when_the_same_bytes_are_read_in_another_way():
    assert at(ARTICLE, PAST, reader_hash="other", content_hash="bytes").updated == PAST.updated


def test_updated_moves_forward_even_when_the_file_s_time_is_old():
    moved = at(ARTICLE, PAST, reader_hash="other", file_time=NOW - timedelta(days=99))
    assert moved.updated == PAST.updated + timedelta(seconds=1)


def test_the_front_matter_may_say_when_it_was_updated():
    assert at(replace(ARTICLE, updated=NOW), PAST).updated == NOW


def test_updated_is_never_before_published():
    early = replace(ARTICLE, published=NOW, updated=NOW - timedelta(days=5))
    assert at(early).updated == NOW


def test_undo_minutes_keep_a_new_article_back_but_not_one_that_is_public():
    undo = timedelta(minutes=10)
    assert at(ARTICLE, undo=undo).public_from == NOW + undo
    assert at(ARTICLE, PAST, undo=undo).public_from == PAST.published


@pytest.mark.parametrize(
    ("held", "begin", "end", "state"),
    [
        (True, -1, None, "held"),
        (False, -1, None, "live"),
        (False, 0, None, "live"),
        (False, 1, None, "scheduled"),
        (False, -2, -1, "expired"),
        (False, -2, 0, "expired"),
        (False, -2, 1, "live"),
    ],
)
def test_one_predicate_decides_what_is_public(held, begin, end, state):
    found = state_at(
        NOW,
        held=held,
        public_from=NOW + timedelta(seconds=begin),
        public_until=None if end is None else NOW + timedelta(seconds=end),
    )
    assert found == state


def test_a_state_changes_by_itself_only_when_scheduled_or_about_to_expire():
    soon, later = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
    assert next_change("scheduled", soon, later) == soon
    assert next_change("live", NOW, later) == later
    assert next_change("live", NOW, None) is None
    assert next_change("held", soon, later) is None
