"""What a start says of its configuration."""

from dataclasses import replace

import pytest

from tests.integration.house import House, article
from tests.integration.publishing.test_podcasts import SHOW
from worker.config.model import Search
from worker.monitoring.systemd_notify import Notifier
from worker.service.runner import ProcessState, Runner
from worker.service.side_processes import WebServer


def test_topics_that_do_not_exist_are_logged_once_all_articles_are_read(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    podcast = replace(SHOW, topics=("AWS", "Locks"))
    feeds = replace(house.config.feeds, podcast=podcast)
    house.restart(searches=(Search("Mills", topics=("Mils",)),), feeds=feeds)
    web = WebServer(wanted=False)
    state = ProcessState(house.clock, Notifier({}), house.clock.now(), web, pings=False)
    runner = Runner(house.worker, state, lambda: None)
    house.write("a.md", article("A", topics="[Mills, AWS]"))
    runner._catch_up()
    assert "unknown-topic" not in caplog.text
    house.reconcile()
    runner._catch_up()
    runner._catch_up()
    said = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert said == [
        'unknown-topic setting="topics of the search \\"Mills\\"" topic=Mils nearest=Mills',
        "unknown-topic setting=feeds.podcast.topics topic=Locks",
    ]
