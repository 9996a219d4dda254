"""Commands that write: what they do, that they may be given twice, and who carries them out."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.integration.house import article
from worker.core.errors import RequestError
from worker.service.command_client import submit
from worker.service.command_queue import Answer, CommandQueue, Request


@pytest.fixture
def tell(house):
    """Has the house's worker carry out a command, and lets it publish."""

    def told(command: str, *arguments: str) -> str:
        text = house.worker.handler.handle(Request(command, arguments))
        house.turn()
        return text

    return told


def state(house, path: str) -> tuple[str, str]:
    return house.rows(f"SELECT state, reason FROM articles WHERE path = '{path}'")[0]


@pytest.fixture
def three(house):
    """Three articles: a with an id, b with a link, c plain."""
    house.write("a.md", article("A", id="tag:example.org,2026:a", topics="X"))
    house.write("b.md", article("B", link="https://www.example.org/b/", topics="X"))
    house.write("sub/c.md", article("C", topics="X"))
    house.reconcile()
    return house


@pytest.mark.parametrize(
    ("reference", "left"),
    [
        ("tag:example.org,2026:a", ["B", "C"]),
        ("a.md", ["B", "C"]),
        ("https://www.example.org/b/", ["A", "C"]),
        ("http://example.org/b", ["A", "C"]),
        ("sub/c.md", ["A", "B"]),
    ],
)
def test_withdraw_takes_an_article_from_every_feed_by_id_path_or_link(three, tell, reference, left):
    tell("withdraw", reference)
    assert sorted(three.titles()) == sorted(three.titles("topics/x")) == left
    assert b"deleted-entry" in (three.public / "topics/x.atom").read_bytes()


def test_withdraw_finds_an_article_by_its_uri_as_well(three, tell):
    uri = three.ids()["C"]
    assert "“C” (sub/c.md) is withdrawn" in tell("withdraw", uri)
    assert sorted(three.titles()) == ["A", "B"]


def test_what_is_withdrawn_by_command_stays_so_whatever_its_file_does(three, tell):
    tell("withdraw", "a.md")
    assert "is withdrawn already" in tell("withdraw", "a.md")
    three.write("a.md", article("A edited", id="tag:example.org,2026:a", topics="X"), age=1)
    three.reconcile(60)
    three.restart()
    three.reconcile(60)
    three.delete("a.md")
    three.write("a.md", article("A again", id="tag:example.org,2026:a", topics="X"))
    three.reconcile(60)
    assert sorted(three.titles()) == ["B", "C"]
    said = (three.drop / "a.md.feedmill.txt").read_text("utf-8")
    assert "Ask the site's administrator to restore" in said
    assert "feedmill restore" in said

    assert "is public again" in tell("restore", "a.md")
    assert sorted(three.titles()) == ["A again", "B", "C"]
    assert not (three.drop / "a.md.feedmill.txt").exists()


def test_a_restored_article_keeps_its_id_and_its_date(three, tell):
    before = {entry.title: (entry.id, entry.published) for entry in three.feed().entries}
    tell("withdraw", "a.md")
    three.reconcile(3600)
    tell("restore", "a.md")
    after = {entry.title: (entry.id, entry.published) for entry in three.feed().entries}
    assert after == before


def test_restore_decides_anew_what_time_and_author_have_decided_meanwhile(house, tell):
    house.write("held.md", article("Held", draft="true"))
    house.write("later.md", article("Later", date="2026-05-02T12:00:00Z"))
    house.write("ends.md", article("Ends", expires="2026-05-01T13:00:00Z"))
    house.reconcile()
    for path in ("held.md", "later.md", "ends.md"):
        tell("withdraw", path)
    house.reconcile(7200)
    assert "is held again" in tell("restore", "held.md")
    assert "is scheduled again" in tell("restore", "later.md")
    assert "is expired again" in tell("restore", "ends.md")
    house.reconcile(86_400)
    assert house.titles() == ["Later"]


def test_restore_does_not_bring_back_what_its_author_deleted(three, tell):
    tell("withdraw", "a.md")
    three.delete("a.md")
    assert "may be public again, but its file was deleted" in tell("restore", "a.md")
    assert sorted(three.titles()) == ["B", "C"]
    with pytest.raises(RequestError, match="its file was deleted"):
        tell("restore", "a.md")
    three.write("a.md", article("A back", id="tag:example.org,2026:a"))
    three.reconcile(60)
    assert "A back" in three.titles()


def test_restore_of_what_is_not_withdrawn_says_how_it_is(three, tell):
    assert "is not withdrawn: it is live" in tell("restore", "a.md")


def test_in_archive_mode_restore_needs_no_file(make_house):
    house = make_house(after="archive")
    house.write("a.md", article("A"))
    house.reconcile()
    house.worker.handler.handle(Request("withdraw", ("a.md",)))
    house.turn()
    assert house.titles() == []
    house.worker.handler.handle(Request("restore", ("a.md",)))
    house.turn()
    assert house.titles() == ["A"]


def test_a_reference_that_fits_none_or_several_changes_nothing(house, tell):
    house.write("a.md", article("A"))
    house.reconcile()
    before = house.public_files()
    for reference in ("", "b.md", "https://example.org/", "urn:uuid:0"):
        with pytest.raises(RequestError, match="no article has this id, path or link"):
            tell("withdraw", reference)
    assert house.public_files() == before


def test_the_winner_of_a_contest_is_withdrawn_and_its_rival_does_not_step_in(house, tell):
    house.write("old.md", article("Old", link="https://example.org/1"))
    house.write("new.md", article("New", link="https://example.org/1"), age=1)
    house.reconcile()
    tell("withdraw", "https://example.org/1")
    house.reconcile(400)
    assert house.titles() == []


def test_a_command_that_no_worker_knows_is_refused(tell):
    for command, arguments in (("explode", ()), ("withdraw", ("a", "b"))):
        with pytest.raises(RequestError, match="does not know it"):
            tell(command, *arguments)


# -- who carries them out


def test_without_a_worker_the_command_is_carried_out_and_published_at_once(three):
    three.stop()
    text = submit(three.config, Request("withdraw", ("a.md",)))
    assert "“A” (a.md) is withdrawn" in text
    assert sorted(three.titles()) == ["B", "C"]
    assert (three.drop / "a.md.feedmill.txt").exists()
    submit(three.config, Request("restore", ("a.md",)))
    assert sorted(three.titles()) == ["A", "B", "C"]
    assert not (three.drop / "a.md.feedmill.txt").exists()


def test_a_running_worker_carries_it_out_in_its_next_turn(three):
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(submit, three.config, Request("withdraw", ("a.md",)))
        while not asked.done():
            three.turn()
        refused = pool.submit(submit, three.config, Request("withdraw", ("none.md",)))
        while not refused.done():
            three.turn()
    assert "“A” (a.md) is withdrawn" in asked.result()
    assert sorted(three.titles()) == ["B", "C"]
    with pytest.raises(RequestError, match=r"none[.]md: no article has this id"):
        refused.result()
    assert not list(three.base.glob("feedmill.db.requests/*"))


def test_a_worker_that_does_not_answer_is_told_of_and_the_request_taken_back(three):
    with pytest.raises(RequestError, match="did not answer within"):
        submit(three.config, Request("withdraw", ("a.md",)), patience=0.2)
    assert not list(three.base.glob("feedmill.db.requests/*"))
    three.reconcile()
    assert "A" in three.titles()


@pytest.mark.slow
def test_when_the_worker_ends_without_an_answer_the_command_does_it_itself(three):
    leaves = threading.Event()

    def ask_and_note() -> str:
        leaves.set()
        return submit(three.config, Request("withdraw", ("a.md",)))

    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask_and_note)
        leaves.wait(10)
        while not list(three.base.glob("feedmill.db.requests/*.request")):
            assert not asked.done()
        three.stop()
        assert "“A” (a.md) is withdrawn" in asked.result()
    assert sorted(three.titles()) == ["B", "C"]


def test_what_is_no_request_is_answered_and_swept_away(three):
    folder = three.base / "feedmill.db.requests"
    for number, text in enumerate(("", "{", '["withdraw"]', '{"command": "withdraw"}')):
        (folder / f"{number}.request").write_text(text)
    three.turn()
    spool = CommandQueue(three.config)
    for number in range(4):
        answer = spool.answer_to(str(number))
        assert answer is not None
        assert not answer.done
    assert list(folder.iterdir()) == []


def test_an_answer_that_nobody_fetched_is_swept_away_by_a_later_worker(three, monkeypatch):
    spool = CommandQueue(three.config)
    spool.answer("7", Answer(True, "done"))
    spool.open()
    assert spool.answer_to("7") == Answer(True, "done")
    spool.answer("8", Answer(True, "done"))
    monkeypatch.setattr("worker.service.command_queue.KEPT_SECONDS", -10.0)
    spool.open()
    assert spool.answer_to("8") is None


def test_the_requests_folder_is_for_the_worker_s_user_alone(house):
    assert (house.base / "feedmill.db.requests").stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_root_makes_is_the_worker_s(house):
    house.stop()
    folder = house.base / "feedmill.db.requests"
    folder.rmdir()
    os.chown(house.config.store_path, 1234, 2345)
    CommandQueue(house.config).leave(Request("withdraw", ("a.md",)))
    assert (folder.stat().st_uid, folder.stat().st_gid) == (1234, 2345)


def test_a_command_reads_the_configuration_that_the_worker_has(three):
    three.restart(site=replace(three.config.site, url="https://new.example/"))
    three.reconcile()
    text = three.worker.handler.handle(Request("rename-topic", ("X", "Ports")))
    assert "https://new.example/topics/x.rss" in text
