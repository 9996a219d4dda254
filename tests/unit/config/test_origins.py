"""``feedmill config``: every setting in use, as valid TOML, with its origin."""

import tomllib
from pathlib import Path

from worker.config.loading import load_config
from worker.config.origins import as_toml, settings_of
from worker.config.sample import STARTER

TEXT = """\
drop.folder = "in"  # a dotted key
[site]
title = "The \\"Quay\\""
hub = "https://ann:hunter2@hub.example/"
[feeds]
formats = [
  "rss",
]
[topics."AWS AI"]
aliases = ["Bedrock"]
[[searches]]
name = "A"
query = "one"
[[searches]]
name = "B"
query = '''two'''
"""


def written(tmp_path: Path, text: str = TEXT) -> Path:
    path = tmp_path / "feedmill.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_each_setting_has_its_line_or_is_a_default(tmp_path: Path) -> None:
    path = written(tmp_path)
    found = {each.plain()["key"]: each.plain() for each in settings_of(path)}
    lines = {
        "drop.folder": 1,
        "site.title": 3,
        "feeds.formats": 6,
        'topics."AWS AI".aliases': 10,
        "searches[1].query": 13,
        "searches[2].query": 16,
    }
    for key, line in lines.items():
        assert found[key]["from"] == f"{path}:{line}"
    assert found["drop.folder"]["value"] == str(tmp_path / "in")
    assert found["serve.port"] == {"key": "serve.port", "value": 8000, "from": "default"}
    assert found["searches[1].min_quality"]["value"] is None


def test_the_output_is_toml_that_means_the_same(tmp_path: Path) -> None:
    path = written(tmp_path, TEXT.replace("ann:hunter2@", ""))
    shown = tmp_path / "shown.toml"
    shown.write_text(as_toml(settings_of(path), "x"), encoding="utf-8")
    before, after = load_config(path), load_config(shown)
    assert (before.site, before.drop, before.feeds) == (after.site, after.drop, after.feeds)
    assert (before.topics, before.searches) == (after.topics, after.searches)
    assert (before.port, before.store_path) == (after.port, after.store_path)


def test_what_looks_like_a_secret_is_masked(tmp_path: Path) -> None:
    text = as_toml(settings_of(written(tmp_path)), "x")
    assert tomllib.loads(text)["site"]["hub"] == "https://***@hub.example/"
    assert "hunter2" not in text


def test_every_setting_of_the_starter_is_shown(tmp_path: Path) -> None:
    text = as_toml(settings_of(written(tmp_path, STARTER)), "x")
    for name in ("settle_seconds", "receipts_folder", "max_bytes", "most", "local_port", "file"):
        assert f"{name} = " in text


def test_an_option_changes_the_derived_address_but_no_id(tmp_path: Path) -> None:
    path = written(tmp_path, "")
    plain, other = load_config(path), load_config(path, {"port": 9000})
    assert other.site.url == "http://127.0.0.1:9000/"
    assert (other.port, other.local_port) == (9000, 9001)
    assert other.id_url == plain.id_url == plain.site.url


def test_an_option_does_not_change_a_configured_address(tmp_path: Path) -> None:
    path = written(tmp_path, '[site]\nurl = "https://quay.example/"\n[serve]\nport = 1\n')
    other = load_config(path, {"port": 9000, "host": "0.0.0.0"})
    assert other.site.url == other.id_url == "https://quay.example/"
    assert (other.host, other.port) == ("0.0.0.0", 9000)
