"""The page for operators, and the log of verdicts that it draws."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.integration.house import article
from tests.unit.html_check import Document, parse
from worker.core.fingerprint import Fingerprint
from worker.core.problems import Problem
from worker.core.stages import FileResult
from worker.monitoring.heartbeat import Pulse, write_pulse
from worker.monitoring.status_page import status_page, status_style
from worker.monitoring.web_endpoints import endpoints, health
from worker.store import ledger
from worker.store.ledger import VerdictLog


def shown(house, query: str = "") -> Document:
    found = status_page(house.config, house.clock.now(), query)
    assert found.status == 200
    assert found.media_type == "text/html; charset=utf-8"
    return parse(found.body)


def beat(house, **changes: object) -> None:
    settings = {
        "started": house.clock.now() - timedelta(hours=3),
        "at": house.clock.now(),
        "mode": "inotify",
        "mode_reason": "a local disk",
        **changes,
    }
    write_pulse(house.config.store_path, Pulse(**settings))


@pytest.fixture
def filled(house):
    house.write("good.md", article("Good", topics="Mills"))
    house.write("<b>draft</b>.md", article("Draft", topics="Mills", draft="true"))
    house.write("bad.md", "---\ntitle: a: b\n---\n\nText.\n")
    house.reconcile()
    return house


def test_the_page_tells_what_is_live_held_and_rejected_and_why(filled):
    beat(filled)
    found = shown(filled)
    assert found.one("h1").text == "Running"
    text = found.one("main").text
    assert "1 articles live" in text.replace("\n", " ")
    assert "yaml-colon" in text
    assert "2:" in text, "the place of the problem"
    assert "draft: true" in text
    assert "<b>draft</b>.md" in text
    assert "Mills" in text
    assert len(found.all("svg")) >= 1


def test_the_last_verdicts_are_listed_newest_first(filled):
    filled.write("late.md", article("Late", topics="Mills"))
    filled.reconcile(30)
    rows = [row.text for row in shown(filled).all("tr") if "accepted" in row.text]
    assert "late.md" in rows[0]
    assert any("good.md" in row for row in rows[1:])


def test_the_page_renews_itself_until_it_is_paused(filled):
    (renewal,) = shown(filled).all("meta", http_equiv="refresh")
    assert int(renewal.attributes["content"]) >= 5
    assert not shown(filled, "pause").all("meta", http_equiv="refresh")


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"troubles": {"public-folder": "No space left"}}, "In trouble"),
        ({"at": datetime(2026, 1, 1, tzinfo=UTC)}, "Silent"),
    ],
)
def test_a_worker_that_is_not_well_is_called_so(filled, changes, word):
    beat(filled, **changes)
    found = shown(filled)
    assert found.one("h1").text == word
    assert found.one("title").text.startswith(word)
    for text in changes.get("troubles", {}).values():
        assert text in found.one("main").text


def test_a_worker_that_never_ran_is_not_called_dead(filled):
    assert shown(filled).one("h1").text == "Never ran"


def test_without_a_database_the_page_says_so(house):
    house.stop()
    house.config.store_path.unlink()
    found = status_page(house.config, house.clock.now(), "")
    assert found.status == 503
    assert b"there is none yet" in found.body


def test_health_is_that_of_the_public_folder(filled):
    assert health(filled.config, filled.clock.now()).body == b"ok\nworker: unknown\n"
    beat(filled)
    assert health(filled.config, filled.clock.now()).body == b"ok\nworker: running\n"
    filled.clock.pass_time(3600)
    assert health(filled.config, filled.clock.now()).body == b"ok\nworker: silent\n"
    filled.public.rename(filled.base / "elsewhere")
    found = health(filled.config, filled.clock.now())
    assert found.status == 503


def test_the_status_is_served_only_where_it_is_asked_for(filled):
    now = filled.clock.now
    assert endpoints(filled.config, now, "off").keys() == {"/healthz"}
    local = endpoints(filled.config, now, "local")
    assert local["/status"].is_local
    assert not endpoints(filled.config, now, "all")["/status"].is_local
    assert local["/status"].make("").status == 200
    assert b"color-scheme" in local["/status.css"].make("").body
    assert status_style().media_type == "text/css; charset=utf-8"


# -- the log of verdicts


BEGAN = 1_000_000_000_000


def noted(house, verdict: str, code: str, changed_ns: int) -> int | None:
    """The latency of a file that was changed at ``changed_ns``, judged, and published five
    seconds after the worker began."""
    now = BEGAN
    log = VerdictLog(house.worker.database, lambda: now)
    told = FileResult("a.md", verdict, (Problem(code, "…"),) if code else ())
    prints = {"a.md": Fingerprint(1, 1, 1, changed_ns)}
    with house.worker.database.transaction():
        log.add([told], prints, house.clock.now())
    now += 5_000_000_000
    log.note_published()
    return log.recent(1)[0].latency_ms


def test_a_file_is_timed_from_its_change_into_its_feeds(house):
    assert noted(house, "accepted", "", BEGAN + 1_000_000_000) == 4000
    assert noted(house, "accepted", "missing-summary", BEGAN + 4_990_000_000) == 10


def test_a_file_that_lay_there_before_the_worker_is_not_timed(house):
    assert noted(house, "accepted", "", BEGAN - 1_000_000_000) is None


@pytest.mark.parametrize(
    ("verdict", "code"),
    [("held", "held"), ("rejected", "yaml-colon"), ("accepted", "scheduled")],
)
def test_what_goes_into_no_feed_is_not_timed(house, verdict, code):
    assert noted(house, verdict, code, BEGAN + 1) is None


def test_the_worker_times_the_files_it_publishes(house):
    house.reconcile()
    house.write("new.md", article("New", topics="Mills"))
    house.reconcile()
    (entry,) = VerdictLog(house.worker.database).recent(1)
    assert entry.latency_ms is not None


def test_the_log_is_bounded(house, monkeypatch):
    monkeypatch.setattr(ledger, "MOST_VERDICTS", 5)
    for number in range(4):
        house.write(f"{number}.md", article(f"No {number}"))
        house.write(f"bad-{number}.md", "")
        house.reconcile(5)
    entries = VerdictLog(house.worker.database).recent(100)
    assert len(entries) == 5
    assert {entry.path for entry in entries[:2]} == {"3.md", "bad-3.md"}
