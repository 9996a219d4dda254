"""``list``, ``search`` and ``topics``: what is there, for people and for programs."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner, Result

from tests.integration.house import article
from worker.cli.main import main
from worker.config.model import TopicRule
from worker.core.errors import RequestError
from worker.service.command_queue import Request
from worker.store.queries import Wanted, find_articles, list_topics


@pytest.fixture
def shelf(house):
    """Five articles in four states."""
    house.write(
        "a.md",
        article("Ferries in fog", topics="[Ferries, Fog]", date="2026-04-01T10:00:00Z"),
    )
    house.write(
        "b.md",
        article(
            "Tide tables", "Every ferry needs one.", topics="Water", date="2026-04-02T10:00:00Z"
        ),
    )
    house.write("c.md", article("Held", topics="Ferries", draft="true", date="2026-04-03"))
    house.write("d.md", article("Later", topics="Water", date="2026-06-01"))
    house.write("e.md", article("Gone", "Fog, fog, fog.", topics="Fog", date="2026-03-01"))
    house.reconcile()
    house.worker.handler.handle(Request("withdraw", ("e.md",)))
    house.turn()
    return house


def found(house, **wanted) -> list[str]:
    articles, count = find_articles(house.worker.database, house.config, Wanted(**wanted))
    assert count >= len(articles)
    return [found.title for found in articles]


def test_all_articles_are_listed_newest_first(shelf):
    assert found(shelf) == ["Later", "Held", "Tide tables", "Ferries in fog", "Gone"]


@pytest.mark.parametrize(
    ("wanted", "titles"),
    [
        ({"topic": "ferries"}, ["Held", "Ferries in fog"]),
        ({"states": ("live",)}, ["Tide tables", "Ferries in fog"]),
        ({"states": ("held", "withdrawn")}, ["Held", "Gone"]),
        ({"since": datetime(2026, 4, 2, 10, tzinfo=UTC)}, ["Later", "Held", "Tide tables"]),
        ({"until": datetime(2026, 4, 2, 10, tzinfo=UTC)}, ["Ferries in fog", "Gone"]),
        ({"topic": "Fog", "states": ("live",)}, ["Ferries in fog"]),
        ({"limit": 2}, ["Later", "Held"]),
        ({"query": "ferry"}, ["Tide tables"]),
        ({"query": "fog"}, ["Gone", "Ferries in fog"]),
        ({"query": "fog", "states": ("live",)}, ["Ferries in fog"]),
        ({"query": "ferr*", "topic": "water"}, ["Tide tables"]),
        ({"query": "title: tide"}, ["Tide tables"]),
        ({"query": '"tide tables" OR later'}, ["Later", "Tide tables"]),
        ({"query": "nothing"}, []),
    ],
)
def test_filters_and_queries_narrow_the_list(shelf, wanted, titles):
    assert sorted(found(shelf, **wanted)) == sorted(titles)


def test_the_best_match_comes_first_with_a_snippet(shelf):
    wanted = Wanted(query="fog")
    articles, _ = find_articles(shelf.worker.database, shelf.config, wanted)
    assert [item.title for item in articles] == ["Gone", "Ferries in fog"]
    assert "\ue000Fog\ue001" in articles[0].snippet
    assert articles[0].plain()["snippet"].startswith("Fog, fog")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ('"fog', "a double quote is not closed"),
        ("e-mail", "read as a part of the article to search in"),
        ("author: ada", "There are title:, summary: and text:"),
        ("fog AND", "something is missing at its end"),
        ("AND fog", "“AND” cannot stand there"),
        ("c++", "put it in double quotes: feedmill search '\"c++\"'"),
        ("(fog", "something is missing at its end"),
        ("fog)", "“)” cannot stand there"),
        ("*", "put it in double quotes"),
        ("fog 'n' tide", "put it in double quotes"),
    ],
)
def test_a_query_that_cannot_be_read_is_explained(shelf, query, said):
    with pytest.raises(RequestError) as caught:
        found(shelf, query=query)
    assert said in str(caught.value)
    quoted = query.replace('"', "")
    assert found(shelf, query=f'"{quoted}"') is not None


def test_an_unknown_topic_is_told(shelf):
    with pytest.raises(RequestError, match="there is no such topic"):
        found(shelf, topic="Zebras")


def test_topics_tell_their_articles_feeds_and_other_names(shelf):
    shelf.worker.handler.handle(Request("rename-topic", ("Fog", "Mist")))
    shelf.worker.handler.handle(Request("merge-topics", ("Water", "Ferries")))
    topics = list_topics(shelf.worker.database, shelf.config)
    assert [(t.name, t.live, t.articles) for t in topics] == [("Ferries", 2, 4), ("Mist", 1, 2)]
    ferries, mist = topics
    assert ferries.urls[0] == "https://house.example/topics/ferries.rss"
    assert ferries.aliases == ("Water",)
    assert ferries.former[0] == "https://house.example/topics/water.rss"
    assert (mist.slug, mist.aliases) == ("fog", ("Fog",))


# -- the commands themselves


@pytest.fixture
def run(shelf, monkeypatch):
    """Runs a command in the shelf's folder, by a configuration like the shelf's."""
    (shelf.base / "feedmill.toml").write_text(
        f'[site]\ntitle = "House"\nurl = "{shelf.config.site.url}"\ntimezone = "Europe/Vienna"\n'
    )
    monkeypatch.chdir(shelf.base)
    monkeypatch.delenv("FEEDMILL_CONFIG", raising=False)

    def command(*words: str) -> Result:
        return CliRunner().invoke(main, words, catch_exceptions=False)

    return command


def test_list_in_a_pipe_has_a_whole_line_for_each_article(run, shelf):
    name = "n" * 120
    shelf.write(f"{name}.md", article("Long " * 30))
    shelf.reconcile(5)
    lines = run("list").output.splitlines()
    assert any(line.endswith(f"\t{name}.md") for line in lines)
    (line,) = (line for line in lines if "Ferries in fog" in line)
    assert line == "2026-04-01 10:00\tlive\tFerries in fog\tFerries, Fog\ta.md"


def test_list_as_json_is_whole(run):
    (item,) = json.loads(run("list", "--topic", "Fog", "--state", "live", "--json").output)
    assert item == {
        "id": item["id"],
        "path": "a.md",
        "title": "Ferries in fog",
        "state": "live",
        "reason": "",
        "published": "2026-04-01T10:00:00Z",
        "updated": "2026-04-01T10:00:00Z",
        "link": "",
        "topics": ["Ferries", "Fog"],
        "snippet": "",
        "translation_of": "",
    }
    assert item["id"].startswith("urn:uuid:")


def test_dates_are_days_of_the_site_s_clock_both_ends_included(run):
    options = ("--since", "2026-04-01", "--until", "2026-04-02", "--json")
    titles = [item["title"] for item in json.loads(run("list", *options).output)]
    assert titles == ["Tide tables", "Ferries in fog"]
    # Midnight in Vienna is the evening before in UTC.
    options = ("--until", "2026-04-02 12:00", "--since", "2026-04-02 11:59", "--json")
    assert len(json.loads(run("list", *options).output)) == 0
    options = ("--until", "2026-04-02 12:01", "--since", "2026-04-02 12:00", "--json")
    assert len(json.loads(run("list", *options).output)) == 1


def test_what_there_is_more_of_is_told(run):
    done = run("list", "--limit", "2")
    assert done.output.endswith("3 more; use --limit to show more.\n")
    assert run("list", "--topic", "Water", "--state", "expired").output == (
        "No matching articles.\n"
    )


@pytest.mark.parametrize(
    "words",
    [
        ("list", "--since", "someday"),
        ("list", "--state", "lost"),
        ("list", "--topic", "Zebras"),
        ("search", " "),
        ("search", '"fog'),
        ("topics", "rename", "Zebras", "Horses"),
        ("withdraw", "none.md"),
        ("restore", "none.md"),
    ],
)
def test_what_cannot_be_done_ends_with_status_2_and_a_reason(run, shelf, words):
    shelf.stop()
    done = run(*words)
    assert done.exit_code == 2
    assert done.stderr
    assert "Traceback" not in done.output


def test_search_shows_where_it_was_found(run):
    assert "Every ferry needs one." in run("search", "ferry").output


def test_topics_lists_and_changes(run, shelf):
    shelf.stop()
    assert "https://house.example/topics/ferries.rss" in run("topics").output
    assert run("topics", "rename", "Ferries", "Boats").exit_code == 0
    assert run("topics", "merge", "Water", "Boats").exit_code == 0
    (boats, fog) = json.loads(run("topics", "--json").output)
    assert (boats["name"], boats["aliases"]) == ("Boats", ["Ferries", "Water"])
    assert fog["name"] == "Fog"


def test_withdraw_and_restore_take_a_path_as_whoever_asks_sees_it(run, shelf):
    shelf.stop()
    assert "is withdrawn" in run("withdraw", "drop/a.md").output
    assert json.loads(run("list", "--state", "withdrawn", "--json").output)[0]["path"] == "a.md"
    done = run("restore", str(shelf.drop / "a.md"))
    assert (done.exit_code, "is public again" in done.output) == (0, True)


def test_reading_commands_work_beside_a_running_worker_and_write_nothing(run, shelf):
    before = shelf.public_files()
    for words in (("list",), ("search", "fog"), ("topics",), ("status",)):
        assert run(*words).exit_code == 0
    assert shelf.public_files() == before


def test_without_a_database_they_say_what_to_do(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for words in (("list",), ("search", "fog"), ("topics",)):
        done = CliRunner().invoke(main, words, catch_exceptions=False)
        assert done.exit_code == 2
        assert "Run `feedmill once` first" in done.stderr


def test_the_topic_of_a_configured_alias_is_found(shelf):
    config = replace(shelf.config, topics=(TopicRule("Ferries", aliases=("Boats",)),))
    articles, _ = find_articles(shelf.worker.database, config, Wanted(topic="BOATS"))
    assert len(articles) == 2
