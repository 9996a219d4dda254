"""Datasette opens the database, live and as a backup, and shows it so that it can be read."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.acceptance.programs import program
from tests.e2e.process import Feedmill, article, feedmill

pytestmark = pytest.mark.acceptance
METADATA = Path(__file__).parents[2] / "systemd" / "datasette" / "metadata.yaml"


@pytest.fixture(scope="module")
def mill(tmp_path_factory) -> Iterator[Feedmill]:
    with feedmill(tmp_path_factory.mktemp("mill")) as found:
        found.write("a.md", article("About harbours", "Boats.", topics="Sea", author="Ann"))
        found.write("b.md", article("About mills", topics="Land"))
        found.write("bad.md", "---\ntitle: [\n---\n")
        found.start()
        found.until(lambda: len(found.titles()) == 2, "the entries")
        yield found


@pytest.fixture(scope="module", params=["live", "backup"])
def database(request, mill, tmp_path_factory) -> list[str]:
    if request.param == "live":
        return [str(mill.store)]
    copy = tmp_path_factory.mktemp("copy") / "feedmill.db"
    assert mill.call("backup", str(copy)).returncode == 0
    return ["-i", str(copy)]


def get(database: list[str], path: str) -> str:
    """One answer of Datasette; a complaint of its own about the metadata would be an error."""
    beside = Path(sys.executable).with_name("datasette")
    command = [str(beside) if beside.exists() else program("datasette"), "serve", *database]
    done = subprocess.run(
        [*command, "-m", str(METADATA), "--get", path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def rows(database: list[str], path: str) -> list[dict[str, Any]]:
    return json.loads(get(database, path))["rows"]


def test_articles_come_newest_first_and_can_be_searched(database):
    path = "/feedmill/articles.json?_shape=objects&_col=title&_col=state"
    assert {row["state"] for row in rows(database, path)} == {"live"}
    found = rows(database, f"{path}&_search=boats")
    assert [row["title"] for row in found] == ["About harbours"]
    assert "About harbours" in get(database, "/feedmill/articles")


def test_rows_that_point_elsewhere_show_what_they_point_to(database):
    path = "/feedmill/article_topics.json?_shape=objects&_labels=on"
    found = {row["topic_id"]["label"]: row["article_id"]["label"] for row in rows(database, path)}
    assert found == {"Sea": "About harbours", "Land": "About mills"}
    path = "/feedmill/entries.json?_shape=objects&_labels=on&_facet=feed_id"
    assert {row["feed_id"]["label"] for row in rows(database, path)} >= {"Sea", "Land"}


def test_what_is_only_for_the_machine_is_hidden(database):
    tables = {
        table["name"]: table for table in json.loads(get(database, "/feedmill.json"))["tables"]
    }
    assert tables["kept_entries"]["hidden"]
    assert tables["articles_fts"]["hidden"]
    shown = {name for name, table in tables.items() if not table["hidden"]}
    metadata = yaml.safe_load(METADATA.read_text("utf-8"))["databases"]["feedmill"]["tables"]
    described = {name for name, about in metadata.items() if about.get("description")}
    assert shown == described


def test_every_query_that_is_shipped_gives_an_answer(database):
    queries = yaml.safe_load(METADATA.read_text("utf-8"))["databases"]["feedmill"]["queries"]
    answers = {name: rows(database, f"/feedmill/{name}.json?_shape=objects") for name in queries}
    (bad,) = answers["needs_its_author"]
    assert (bad["path"], bad["verdict"]) == ("bad.md", "rejected")
    assert bad["first_problem"]
    assert answers["articles_by_day"][0]["articles"] == 2
    assert {row["name"]: row["articles"] for row in answers["topics_by_size"]} == {
        "Sea": 1,
        "Land": 1,
    }


def test_every_column_that_is_explained_is_there(database):
    metadata = yaml.safe_load(METADATA.read_text("utf-8"))["databases"]["feedmill"]["tables"]
    tables = {
        t["name"]: t["columns"] for t in json.loads(get(database, "/feedmill.json"))["tables"]
    }
    for name, about in metadata.items():
        named = [*about.get("columns", {}), *about.get("facets", ())]
        named += [about[key] for key in ("label_column", "sort", "sort_desc") if key in about]
        assert set(named) <= set(tables[name]), name
