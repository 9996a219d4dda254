"""What `feedmill init` leaves behind, and that it and the documentation know every key."""

import re
from dataclasses import fields, replace
from pathlib import Path

import pytest

from worker.config.loading import load_config, parse_config
from worker.config.model import (
    BucketSettings,
    Config,
    Drop,
    Feeds,
    InboxSettings,
    Media,
    Metrics,
    MirrorSettings,
    PageSettings,
    Search,
    Site,
    StandbySettings,
    TopicRule,
)
from worker.config.sample import STARTER, create_project

DOCUMENTATION = Path(__file__).parents[3] / "docs" / "configuration.md"
# The keys that stand elsewhere in the file than in the types, and those that are no keys.
ELSEWHERE = {
    "store_path": "store.path",
    "strict_topics": "topics.strict",
    "most_topics": "topics.most",
    "translations": "topics.translations",
    "host": "serve.host",
    "port": "serve.port",
    "local_port": "serve.local_port",
    "checkpoints": "store.checkpoints",
}
NO_KEYS = {"path", "site", "drop", "feeds", "topics", "searches", "metrics", "media", "pages"}
NO_KEYS |= {"configured_url", "mirror", "inbox", "standby"}
BUCKETS = {"mirror": ("to", MirrorSettings), "inbox": ("from", InboxSettings)}
BUCKETS["standby"] = ("state", StandbySettings)
PODCAST = ["topics", "title", "author", "owner", "category", "cover", "explicit", "type", "locked"]
PODCAST += ["guid"]
SETTING = re.compile(r"^#(?=\[|[a-z_]+ = )", re.MULTILINE)


def keys() -> list[str]:
    """Every key of the configuration, as the documentation writes it."""
    found = [ELSEWHERE[name] for name in names(Config) if name not in NO_KEYS]
    sections = (("site", Site), ("drop", Drop), ("feeds", Feeds), ("searches", Search))
    for section, kind in (
        *sections,
        ("pages", PageSettings),
        ("metrics", Metrics),
        ("media", Media),
    ):
        found += [f"{section}.{name}" for name in names(kind)]
    found.remove("feeds.podcast")
    found += [f"feeds.podcast.{name}" for name in PODCAST]
    for section, (url, kind) in BUCKETS.items():
        found += [f"{section}.{name}" for name in names(kind) if name != "bucket"]
        found += [f"{section}.{name}" for name in names(BucketSettings) if name != "url"]
        found.append(f"{section}.{url}")
    found += [f'topics."NAME".{name}' for name in names(TopicRule) if name != "name"]
    return found


def names(kind: type) -> list[str]:
    return [field.name for field in fields(kind)]


def test_the_starter_means_the_defaults() -> None:
    assert parse_config(STARTER, None, Path("/x")) == parse_config("", None, Path("/x"))


def test_every_setting_of_the_starter_is_right_and_shows_its_default() -> None:
    config = parse_config(SETTING.sub("", STARTER), None, Path("/x"))
    defaults = parse_config("", None, Path("/x"))
    assert config.site == replace(defaults.site, css=Path("/x/site.css"))
    assert replace(config.feeds, podcast=None) == defaults.feeds
    assert config.pages == replace(defaults.pages, templates=Path("/x/templates"))
    assert (config.host, config.port) == (defaults.host, defaults.port)
    assert config.local_port == defaults.local_port
    assert config.store_path == defaults.store_path
    assert config.metrics_path == defaults.metrics_path
    assert config.metrics.serve == defaults.metrics.serve
    assert config.drop.receipts_folder == Path("/x/receipts")
    assert config.drop.assets == Path("/x/assets")
    assert config.checkpoints == defaults.checkpoints
    assert config.mirror == MirrorSettings(BucketSettings("s3://example-feeds/site"))
    assert config.inbox == InboxSettings(BucketSettings("s3://example-inbox/articles"))
    assert config.standby == StandbySettings(BucketSettings("s3://example-state/site"))
    for name in set(names(Drop)) - {"receipts_folder", "assets"}:
        assert getattr(config.drop, name) == getattr(defaults.drop, name)


def test_the_starter_shows_every_key() -> None:
    text = SETTING.sub("", STARTER)
    config = parse_config(text, None, Path("/x"))
    for key in keys():
        section, _, name = key.rpartition(".")
        heading = {
            "searches": "[[searches]]",
            'topics."NAME"': f'[topics."{config.topics[0].name}"]',
        }
        start = text.index(f"\n{heading.get(section, f'[{section}]')}\n")
        end = text.find("\n[", start + 2)
        assert f"\n{name} = " in text[start:end], key


def test_every_key_is_explained_in_the_starter() -> None:
    for block in STARTER.split("\n\n"):
        assert block.lstrip("\n").startswith(("# ", "[")), block
        assert "\n# " in f"\n{block}", block


def test_every_key_is_documented_and_no_other() -> None:
    rows = re.findall(r"^\| `([a-z]+\.[^`]+)` \|", DOCUMENTATION.read_text("utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted(keys())


def test_the_documented_defaults_are_the_real_ones() -> None:
    defaults = parse_config("", None, Path("/"))
    sections = {"site": defaults.site, "drop": defaults.drop, "feeds": defaults.feeds}
    rows = re.findall(
        r"^\| `(\w+)\.(\w+)` \| `([^`]+)` \|", DOCUMENTATION.read_text("utf-8"), re.MULTILINE
    )
    checked = 0
    for section, name, value in rows:
        if section in sections:
            shown = parse_config(f"[{section}]\n{name} = {value}", None, Path("/"))
            assert shown == defaults, (section, name)
            checked += 1
    assert checked > 20


def test_init_makes_the_file_and_the_folders(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "project"
    made = create_project(folder)
    assert made == [folder / "feedmill.toml", folder / "drop", folder / "public"]
    assert load_config(made[0]).drop.folder == folder / "drop"
    assert made[1].is_dir()
    assert made[2].is_dir()


def test_init_changes_nothing_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "feedmill.toml").write_text("# mine\n")
    (tmp_path / "drop").mkdir()
    (tmp_path / "drop" / "a.md").write_text("text")
    assert create_project(tmp_path) == [tmp_path / "public"]
    assert create_project(tmp_path) == []
    assert (tmp_path / "feedmill.toml").read_text() == "# mine\n"
    assert (tmp_path / "drop" / "a.md").read_text() == "text"


def test_init_does_not_write_through_a_dangling_link(tmp_path: Path) -> None:
    (tmp_path / "feedmill.toml").symlink_to(tmp_path / "elsewhere.toml")
    create_project(tmp_path)
    assert not (tmp_path / "elsewhere.toml").exists()


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        create_project(tmp_path / "file")
