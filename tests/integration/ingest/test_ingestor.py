"""From a file in the folder to entries in feeds: new, edited, renamed, deleted, broken, held."""

import os
import shutil
import time
from dataclasses import replace

import pytest

from tests.integration.house import article
from worker.ingest.ingestor import Ingestor
from worker.service.once import rebuild

CLOCK_REALTIME_COARSE = 5  # stamps files; <linux/time.h>


def test_a_dropped_article_stands_in_the_feeds_of_its_topics_and_in_all(house):
    house.write("a.md", article("One", topics="[AWS AI, AI]"))
    house.reconcile()
    assert house.titles("all") == house.titles("topics/aws-ai") == house.titles("topics/ai")
    assert house.titles("all") == ["One"]


def test_an_edit_updates_the_entry_under_the_same_id(house):
    house.write("a.md", article("One", body="First."))
    house.reconcile()
    before = house.feed().entries[0]
    house.write("a.md", article("One", body="Second."), age=1)
    house.reconcile(60)
    after = house.feed().entries[0]
    assert after.id == before.id
    assert "Second." in after.content[0].value
    assert after.updated > before.updated
    assert after.published == before.published


def test_a_rename_changes_nothing_that_a_reader_sees(house):
    house.write("a.md", article("One", topics="X"))
    house.reconcile()
    before = house.public_files()
    (house.drop / "a.md").rename(house.drop / "b.md")
    house.reconcile(60)
    house.reconcile(60)
    assert house.public_files() == before
    assert house.verdict("a.md") is None
    assert house.verdict("b.md") == "accepted"


def test_a_rename_seen_only_as_a_new_file_changes_nothing_either(house):
    house.write("a.md", article("One", topics="X"))
    house.reconcile()
    before = house.ids()
    (house.drop / "a.md").rename(house.drop / "b.md")
    house.turn("b.md")
    house.reconcile(60)
    assert house.ids() == before


def test_a_touch_changes_nothing_that_a_reader_sees(house):
    path = house.write("a.md", article("One"))
    house.reconcile()
    before = house.public_files()
    os.utime(path)
    house.reconcile(60)
    assert house.public_files() == before


def test_a_changed_title_and_link_keep_the_id(house):
    house.write("a.md", article("One", link="https://example.org/1"))
    house.reconcile()
    before = house.ids()["One"]
    house.write("a.md", article("Two", link="https://example.org/2"), age=1)
    house.reconcile(60)
    assert house.ids() == {"Two": before}


def test_a_deletion_withdraws_the_article_after_the_grace_period(house):
    for name in ("a", "b", "c"):
        house.write(f"{name}.md", article(name))
    house.reconcile()
    (house.drop / "a.md").unlink()
    house.reconcile()
    assert sorted(house.titles()) == ["a", "b", "c"]
    house.reconcile(house.config.drop.withdraw_after_seconds + 1)
    assert sorted(house.titles()) == ["b", "c"]
    assert b"deleted-entry" in (house.public / "all.atom").read_bytes()


def test_a_file_dropped_again_after_its_deletion_is_the_same_article(house):
    house.write("a.md", article("One"))
    house.reconcile()
    before = house.ids()
    house.delete("a.md")
    assert house.titles() == []
    house.write("a.md", article("One"))
    house.reconcile(60)
    assert house.ids() == before


def test_a_feed_without_live_articles_stays_valid_and_in_place(house):
    house.write("a.md", article("One", topics="X"))
    house.reconcile()
    house.delete("a.md")
    assert house.titles("topics/x") == []
    assert (house.public / "topics/x.rss").exists()


def test_a_broken_version_leaves_the_last_good_one_in_the_feeds(house):
    house.write("a.md", article("One"))
    house.reconcile()
    house.write("a.md", "---\ntitle: [\n---\n", age=1)
    house.reconcile(60)
    assert house.titles() == ["One"]
    assert house.verdict("a.md") == "rejected"
    house.write("a.md", article("Two"), age=1)
    house.reconcile(60)
    assert house.titles() == ["Two"]


def test_a_broken_file_disturbs_no_other(house):
    house.write("bad.md", b"\xff\xfe\x00")
    house.write("good.md", article("Good"))
    house.reconcile()
    assert house.titles() == ["Good"]
    assert house.verdict("bad.md") == "rejected"


def test_the_same_bytes_are_not_judged_twice(house):
    house.write("bad.md", "---\ntitle: [\n---\n")
    house.reconcile()
    told = house.worker.loop.progress.verdicts["rejected"]
    os.utime(house.drop / "bad.md")
    house.reconcile(60)
    assert house.worker.loop.progress.verdicts["rejected"] == told


def test_a_held_article_is_in_no_feed_and_its_author_is_told_the_line(house):
    house.write("a.md", article("One", draft="true", topics="Secret"))
    house.reconcile()
    assert house.titles() == []
    assert not (house.public / "topics/secret.atom").exists()
    (problem,) = [p for p in house.worker.ledger.at("a.md").problems if p.code == "held"]
    assert problem.place.line == 3


def test_unpublished_articles_are_published_where_the_configuration_says_so(make_house):
    house = make_house(unpublished="publish")
    house.write("a.md", article("One", published="false"))
    house.write("b.md", article("Two", draft="true"))
    house.reconcile()
    assert house.titles() == ["One"]


def test_a_scheduled_article_becomes_public_by_itself(house):
    house.write("a.md", article("Later", date="2026-05-01T13:00:00Z"))
    house.reconcile()
    assert house.titles() == []
    house.clock.pass_time(3600)
    house.turn()
    assert house.titles() == ["Later"]


def test_an_expiring_article_leaves_by_itself_also_after_having_been_down(house):
    house.write("a.md", article("Brief", expires="2026-05-01T13:00:00Z"))
    house.reconcile()
    assert house.titles() == ["Brief"]
    house.stop()
    house.clock.pass_time(7200)
    house.start()
    house.turn()
    assert house.titles() == []


def test_topics_come_from_the_folder_where_the_file_names_none(house):
    house.write("Space News/a.md", article("One"))
    house.reconcile()
    assert house.titles("topics/space-news") == ["One"]


def test_an_article_without_topic_or_folder_goes_to_the_default_topic(house):
    house.write("a.md", article("One"))
    house.reconcile()
    assert house.titles("topics/news") == ["One"]


def test_one_topic_whatever_the_case_and_spacing(house):
    for number, name in enumerate(["AI", "ai", '" AI "', "Ai"]):
        house.write(f"{number}.md", article(f"n{number}", topics=f"[{name}]"))
    house.reconcile()
    assert len(house.titles("topics/ai")) == 4
    assert house.rows("SELECT count(*) FROM topics WHERE key = 'ai'") == [(1,)]


def test_topics_that_only_differ_in_signs_get_feeds_of_their_own(house):
    names = ["C", "C++", "C#", "人工智能", "../../etc/passwd", "🚀"]
    for number, name in enumerate(names):
        house.write(f"{number}.md", article(f"n{number}", topics=f"['{name}']"))
    house.reconcile()
    slugs = [row[0] for row in house.rows("SELECT slug FROM topics")]
    assert len(slugs) == len(set(slugs)) == len(names)
    feeds = {path.stem for path in (house.public / "topics").glob("*.rss")}
    assert feeds == set(slugs)


def test_an_article_that_changes_its_topic_leaves_the_old_feed(house):
    house.write("a.md", article("One", topics="X"))
    house.reconcile()
    house.write("a.md", article("One", topics="Y"), age=1)
    house.reconcile(60)
    assert house.titles("topics/x") == []
    assert house.titles("topics/y") == ["One"]


def test_only_the_feeds_of_touched_topics_are_written(house):
    house.write("a.md", article("One", topics="X"))
    house.write("b.md", article("Two", topics="Y"))
    house.reconcile()
    before = house.public_files()
    house.write("c.md", article("Three", topics="Y"))
    house.reconcile(60)
    changed = {path for path, found in house.public_files().items() if before.get(path) != found}
    assert "topics/y.atom" in changed
    assert not any(path.startswith("topics/x") for path in changed)


def test_a_restart_with_nothing_changed_writes_nothing(house):
    house.write("a.md", article("One"))
    house.reconcile(5)
    house.reconcile(5)
    before = house.public_files()
    house.stop()
    house.clock.pass_time(3600)
    house.start()
    house.reconcile()
    assert house.worker.loop.progress.written == []
    assert house.public_files() == before


@pytest.mark.parametrize("damage", ["delete", "tamper"])
def test_a_damaged_public_folder_is_made_whole_again(house, damage):
    house.write("a.md", article("One", topics="X"))
    house.reconcile(5)
    before = house.public_files()
    victim = house.public / "topics/x.rss"
    victim.unlink() if damage == "delete" else victim.write_text("hacked")
    house.restart()
    house.reconcile(60)
    assert house.public_files() == before


@pytest.mark.parametrize("way", ["restart", "rebuild"])
def test_a_lost_public_folder_comes_back_to_the_byte_with_its_history(house, way):
    house.restart(feeds=replace(house.config.feeds, min_entries=3, min_days=1))
    for number in range(12):
        date = f"2026-01-{number + 1:02}T00:00:00Z"
        house.write(f"{number}.md", article(f"n{number}", date=date, topics="X"))
    house.reconcile(5)
    before = house.public_files()
    assert "archive/topics/x/3.atom" in before
    shutil.rmtree(house.public)
    house.clock.pass_time(3600)
    if way == "restart":
        house.restart()
        house.reconcile()
    else:
        rebuild(house.worker)
    assert house.public_files() == before


def test_of_two_files_with_one_link_the_first_stands_and_the_other_is_told(house):
    house.write("old.md", article("Old", link="https://example.org/1"), age=100)
    house.write("new.md", article("New", link="https://example.org/1"), age=50)
    house.reconcile()
    assert house.titles() == ["Old"]
    assert house.verdict("new.md") == "shadowed"
    assert "old.md" in house.worker.ledger.at("new.md").problems[0].message


@pytest.mark.parametrize("is_seen_again", [False, True])
def test_a_broken_version_keeps_the_place_of_the_last_good_one(house, is_seen_again):
    house.write("a.md", article("A", link="https://example.org/1"), age=100)
    house.reconcile()
    house.write("a.md", "---\ntitle: [\n---\n", age=20)
    house.reconcile(60)
    if is_seen_again:
        stamp = house.clock.moment.timestamp() - 10
        os.utime(house.drop / "a.md", (stamp, stamp))
        house.reconcile(60)
    house.write("b.md", article("B", link="https://example.org/1"), age=100_000)
    house.reconcile(60)
    assert house.titles() == ["A"]


def test_the_other_file_comes_when_the_first_is_deleted(house):
    for name in ("x", "y"):
        house.write(f"{name}.md", article(name))
    house.write("old.md", article("Old", link="https://example.org/1"), age=100)
    house.write("new.md", article("New", link="https://example.org/1"), age=50)
    house.reconcile()
    before = house.ids()["Old"]
    house.delete("old.md")
    house.reconcile()
    assert house.ids()["New"] == before


def test_a_changed_configuration_reaches_feeds_that_nothing_else_touched(house):
    house.write("a.md", article("One"))
    house.reconcile()
    house.restart(site=replace(house.config.site, title="Renamed"))
    house.reconcile(60)
    assert house.feed().feed.title == "Renamed"


def test_accepted_and_rejected_files_are_filed_away_without_overwriting(make_house):
    house = make_house(after="archive")
    house.write("sub/a.md", article("One", topics="X"))
    house.write("bad.md", "---\ntitle: [\n---\n")
    house.reconcile()
    assert not (house.drop / "sub/a.md").exists()
    assert (house.drop / "archive/sub/a.md").exists()
    assert (house.drop / "rejected/bad.md").exists()
    house.write("sub/a.md", article("Two", topics="X"))
    house.reconcile(60)
    assert len(list((house.drop / "archive/sub").iterdir())) == 2
    assert house.titles("topics/x") == ["Two"]


def test_a_file_whose_worker_died_before_moving_it_is_filed_away_by_the_next(
    make_house, monkeypatch
):
    house = make_house(after="archive")
    written = house.write("a.md", article("One")).stat().st_ctime_ns
    while time.clock_gettime_ns(CLOCK_REALTIME_COARSE) <= written:
        pass  # some milliseconds, until the file's stat alone proves that it is unchanged
    with monkeypatch.context() as patched:
        patched.setattr(Ingestor, "_file_away", lambda *_: {})  # killed here
        house.reconcile()
    assert (house.drop / "a.md").exists()
    house.restart()
    house.reconcile(60)
    assert (house.drop / "archive/a.md").exists()
    assert not (house.drop / "a.md").exists()
    assert house.titles() == ["One"]


def test_a_whole_folder_that_vanishes_withdraws_nothing(house):
    for number in range(10):
        house.write(f"{number}.md", article(f"n{number}"))
    house.reconcile()
    for number in range(6):
        (house.drop / f"{number}.md").unlink()
    house.reconcile()
    house.reconcile(60)
    assert len(house.titles()) == 10
    assert "6 of 10" in house.worker.loop.progress.troubles["withdrawal"]
    house.worker.intake.withdraw(allow_mass=True)
    house.reconcile()
    assert len(house.titles()) == 4


def test_secrets_reach_neither_the_database_nor_a_feed(house):
    secret = "c2VjcmV0LXZhbHVlLW9mLW91ci1vd24="
    text = article("One", secured=secret, related="[]")
    house.write("a.md", text)
    house.write(
        "b.md", article("Two", related="[{title: x, webUrl: 'https://e.org', secured: s3c}]")
    )
    house.reconcile()
    house.stop()
    for path in [*house.base.glob("feedmill.db*"), *house.public.rglob("*")]:
        if path.is_file():
            assert secret.encode() not in path.read_bytes()
