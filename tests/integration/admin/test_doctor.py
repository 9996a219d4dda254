"""The doctor finds what is wrong and names the fix; it changes nothing."""

import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import pytest

from tests.integration.house import House, article
from worker.admin import machine_checks
from worker.admin.doctor import Finding, _program, acting_as, examine
from worker.admin.machine_checks import clock, limits, parsers, space
from worker.admin.unit_checks import backup_findings, unit_findings, unit_text, unit_user
from worker.admin.unit_files import UNITS, ServicePaths, install, service_files, templates
from worker.config.loading import parse_config
from worker.config.model import Config, Drop, Feeds, Metrics, Search, TopicRule

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def system(tmp_path: Path) -> Path:
    """A root with what the doctor reads of a system: no unit yet, ample limits."""
    root = tmp_path / "root"
    inotify = root / "proc/sys/fs/inotify"
    inotify.mkdir(parents=True)
    (inotify / "max_user_watches").write_text("65536\n")
    (inotify / "max_queued_events").write_text("16384\n")
    (root / "proc/self").mkdir()
    shutil.copy("/proc/self/mountinfo", root / "proc/self/mountinfo")
    return root


@pytest.fixture
def config(house: House) -> Config:
    house.write("a.md", article("One"))
    house.reconcile()
    return house.config


def found(config: Config, root: Path, what: str) -> list[Finding]:
    """What is said of one thing, which stands together; what comes behind is not waited for."""
    for name, group in groupby(examine(config, NOW, root), attrgetter("what")):
        if name == what:
            return list(group)
    return []


def only(config: Config, root: Path, what: str) -> Finding:
    (finding,) = found(config, root, what)
    return finding


def test_a_sound_house_has_nothing_bad_and_looking_changes_nothing(house, config, system):
    before = sorted((path, path.stat().st_mtime_ns) for path in house.base.rglob("*.md"))
    files = house.public_files()
    assert [f for f in examine(config, NOW, system) if f.level == "bad"] == []
    assert sorted((path, path.stat().st_mtime_ns) for path in house.base.rglob("*.md")) == before
    assert house.public_files() == files


def test_whatever_is_not_well_has_a_cure(config, system):
    broken = replace(
        config,
        drop=replace(config.drop, folder=config.drop.folder / "nowhere"),
        store_path=Path("/proc/feedmill.db"),
        feeds=replace(config.feeds, folder=Path("/proc/public")),
    )
    wrong = [f for f in examine(broken, NOW, system) if f.level in ("bad", "warning")]
    assert {"drop folder", "public folder", "database"} <= {f.what for f in wrong}
    assert next(f for f in wrong if f.what == "drop folder").cure.startswith("mkdir ")
    assert [f for f in wrong if not f.cure] == []


def test_a_missing_public_folder_is_not_made_by_looking(house, config, system):
    shutil.rmtree(house.public)
    assert only(config, system, "public folder").level == "ok"
    assert not house.public.exists()


def test_a_public_folder_that_no_web_server_can_read_is_told_of(house, config, system):
    house.public.chmod(0o750)
    first, second = found(config, system, "public folder")
    assert (first.level, second.level) == ("ok", "warning")
    assert second.cure.startswith(f"chmod o+rx {house.public}")


def test_an_assets_folder_that_is_not_there_is_told_of(house, config, system, tmp_path):
    assert found(config, system, "assets") == []
    with_assets = replace(config, drop=replace(config.drop, assets=tmp_path / "static"))
    assert only(with_assets, system, "assets").level == "warning"
    (tmp_path / "static").mkdir()
    assert only(with_assets, system, "assets").level == "ok"


def test_a_database_of_another_program_is_told_of(house, config, system):
    house.stop()
    for path in house.base.glob("feedmill.db*"):
        if path.is_file():
            path.unlink()
    config.store_path.write_bytes(b"not a database" * 1000)
    assert only(config, system, "database").level == "bad"


def test_a_worker_that_died_is_told_of(house, config, system):
    heartbeat = house.base / "feedmill.db.heartbeat"
    assert only(config, system, "worker").text == "never ran"
    heartbeat.write_text(
        '{"pid": 4194303, "started": "2026-05-01T10:00:00Z", "at": "2026-05-01T11:00:00Z",'
        '"mode": "inotify", "mode_reason": "x", "files": 1, "last_scan": null, "verdicts": {},'
        '"troubles": {"database": "disk is full"}, "receipts": "", "proof": null,'
        '"canary": null, "stops_after": 45, "stopped": false}'
    )
    silent, trouble = found(config, system, "worker")
    assert silent.level == trouble.level == "bad"
    assert "2026-05-01T11:00:00Z" in silent.text
    assert "journalctl" in silent.cure
    assert "disk is full" in trouble.text
    assert trouble.cure


def test_topics_of_searches_that_do_not_exist_are_named_with_the_nearest_one(house, config, system):
    house.write("b.md", article("Two", topics="[Railways, Rivers]"))
    house.reconcile()
    assert found(config, system, "topics") == []
    searches = (
        Search("Trains", topics=("Railway", "RIVERS"), topics_none=("Boats",)),
        Search("Both", topics_all=("Rivers", "Dams")),
    )
    rules = (TopicRule("Dams"),)  # created by the next start
    one, two = found(replace(config, searches=searches, topics=rules), system, "topics")
    assert one.text == 'there is no topic "Railway" (topics of the search "Trains")'
    assert one.cure == 'Did you mean "Railways"? An article on it creates it.'
    assert two.text == 'there is no topic "Boats" (topics_none of the search "Trains")'
    assert two.cure == "An article on it creates it."
    assert {one.level, two.level} == {"warning"}


@pytest.mark.parametrize(
    ("kind", "level", "said"),
    [("ext4", "ok", "inotify"), ("nfs4", "bad", "local disk"), ("tmpfs", "warning", "in memory")],
)
def test_mounts_are_judged_by_their_kind(config, system, kind, level, said):
    line = f"1 0 0:1 / / rw - {kind} source rw\n"
    (system / "proc/self/mountinfo").write_text(line)
    mounts = found(config, system, "mounts")
    assert level in [finding.level for finding in mounts]
    assert said in " ".join(f"{finding.text} {finding.cure}" for finding in mounts)


as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can look as somebody else")


@as_root
def test_it_looks_with_the_eyes_of_the_service_s_user(tmp_path, config, system):
    unit = system / UNITS / "feedmill.service"
    unit.parent.mkdir(parents=True)
    unit.write_text("[Service]\nUser=nobody\n")
    assert only(config, system, "user").text == "checking as nobody"
    drop = only(config, system, "drop folder")
    assert (drop.level, "enter every folder above" in drop.cure) == ("bad", True)
    assert os.geteuid() == 0


@as_root
def test_what_that_user_may_enter_and_not_write_is_told_of_with_the_missing_path(system):
    unit = system / UNITS / "feedmill.service"
    unit.parent.mkdir(parents=True)
    unit.write_text("[Service]\nUser=nobody\n")
    with TemporaryDirectory(dir="/var/tmp") as base:  # the way to tmp_path is for its owner alone
        folder = Path(base)
        folder.chmod(0o755)
        (folder / "drop").mkdir()
        config = replace(
            Config(path=None),
            drop=Drop(folder=folder / "drop", after="archive"),
            feeds=Feeds(folder=folder / "public"),
            store_path=folder / "feedmill.db",
        )
        for what in ("drop folder", "public folder", "database"):
            finding = only(config, system, what)
            assert finding.level == "bad", finding
            assert "ReadWritePaths=" in finding.cure
        (folder / "drop").chmod(0o700)
        assert "cannot be read" in only(config, system, "drop folder").text


@as_root
def test_a_program_that_the_service_s_user_cannot_read_is_told_of():
    with TemporaryDirectory(dir="/var/tmp") as base:
        prefix = Path(base, "venv")
        (prefix / "bin").mkdir(parents=True)
        (prefix / "bin" / "feedmill").touch()
        with acting_as("nobody"):
            (finding,) = _program(prefix, "nobody")
        assert (finding.level, finding.what) == ("bad", "program")
        assert f"chmod -R go+rX {prefix}" in finding.cure
        assert [f.level for f in _program(prefix, "root")] == ["ok"]


@as_root
def test_acting_ends_whatever_happens():
    groups = os.getgroups()
    seen = []

    def act() -> None:
        with acting_as("nobody") as actor:
            seen.append((actor, os.geteuid() != 0))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        act()
    assert seen == [("nobody", True)]
    assert (os.geteuid(), os.getegid(), os.getgroups()) == (0, 0, groups)


def test_nobody_is_acted_as_who_does_not_exist():
    with acting_as("no-such-user") as actor:
        assert actor == ("root" if os.geteuid() == 0 else actor)


# Units


def configured(**changes: str) -> Config:
    paths = {"drop": "/srv/in", "public": "/srv/out", "store": "/var/lib/feedmill/f.db", **changes}
    text = f"""
    [drop]
    folder = "{paths["drop"]}"
    [feeds]
    folder = "{paths["public"]}"
    [store]
    path = "{paths["store"]}"
    """
    return parse_config(text, Path("/etc/feedmill/feedmill.toml"))


def installed(root: Path, config: Config) -> None:
    places = ServicePaths.from_config(config, Path("/opt/feedmill/bin/feedmill"))
    install(service_files(templates(), places), root)
    for folder in (config.drop.folder, config.feeds.folder, config.store_path.parent):
        (root / folder.relative_to("/")).mkdir(parents=True, exist_ok=True)


def levels(config: Config, root: Path) -> list[str]:
    return [level for level, *_ in unit_findings(config, root)]


def test_an_installed_unit_lets_the_worker_write_where_it_must(system):
    installed(system, configured())
    assert levels(configured(), system)[0] == "ok"
    assert unit_user(system) == "feedmill"


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"public": "/var/www/feeds"}, "/var/www/feeds"),
        ({"drop": "/mnt/in"}, "/mnt/in"),
        ({"store": "/data/f.db"}, "/data"),
    ],
)
def test_the_missing_write_path_is_named(system, changes, missing):
    installed(system, configured())
    bad = [answer for answer in unit_findings(configured(**changes), system) if answer[0] == "bad"]
    assert [f"ReadWritePaths={missing}" in cure for _, _, _, cure in bad] == [True]


@pytest.mark.parametrize(("word", "level"), [("/mnt/100%% in", "bad"), ("-/mnt/in", "ok")])
def test_a_folder_without_which_systemd_starts_nothing_is_named(system, word, level):
    installed(system, configured())
    drop_in = system / UNITS / "feedmill.service.d" / "a.conf"
    drop_in.parent.mkdir()
    drop_in.write_text(f'[Service]\nReadWritePaths="{word}"\n')
    answer = next(unit_findings(configured(), system))
    assert answer[0] == level
    assert ("mkdir /mnt/100% in" in answer[3]) == (level == "bad")


def test_metrics_and_receipts_need_their_paths_too(system):
    installed(system, configured())
    config = configured()
    config = replace(config, metrics=Metrics(file=Path("/var/lib/node/x.prom")))
    assert "bad" in levels(config, system)
    config = replace(config, metrics=Metrics(file=Path("/run/feedmill/x.prom")))
    assert "bad" not in levels(config, system)


def test_a_drop_in_counts_and_an_empty_line_takes_away(system):
    installed(system, configured())
    config = configured(public="/var/www/feeds")
    folder = system / UNITS / "feedmill.service.d"
    folder.mkdir()
    (folder / "a.conf").write_text('[Service]\nReadWritePaths="/var/www"\n')
    (system / "var/www").mkdir()
    assert "bad" not in levels(config, system)
    (folder / "b.conf").write_text("[Service]\nReadWritePaths=\n")
    assert "bad" in levels(config, system)
    assert unit_text(system).endswith("ReadWritePaths=\n")


def test_a_nightly_backup_that_does_not_come_is_told_of(system):
    assert [*backup_findings(system, NOW)] == []
    installed(system, configured())
    assert answers(backup_findings(system, NOW)) == [("note", "Run doctor as root.")]
    folder = system / "var/backups/feedmill"
    folder.mkdir(parents=True)
    ((level, cure),) = answers(backup_findings(system, NOW))
    assert (level, "enable --now feedmill-backup.timer" in cure) == ("note", True)
    for name, days in (("feedmill-Mon.db", 3), ("feedmill-Tue.db", 2.1)):
        (folder / name).touch()
        os.utime(folder / name, (NOW.timestamp() - days * 86_400,) * 2)
    (answer,) = backup_findings(system, NOW)
    assert answer[0] == "warning"
    assert "2026-04-29" in answer[2]
    os.utime(folder / "feedmill-Mon.db", (NOW.timestamp() - 3600,) * 2)
    assert [level for level, _ in answers(backup_findings(system, NOW))] == ["ok"]


def test_a_unit_that_is_not_there_is_no_fault(system):
    assert levels(configured(), system) == ["note"]
    assert unit_user(system) == ""


def test_a_unit_for_another_configuration_is_told_of(system):
    installed(system, configured())
    config = replace(configured(), path=Path("/etc/other.toml"))
    assert "warning" in levels(config, system)


# The machine


def answers(found: object) -> list[tuple[str, str]]:
    return [(level, cure) for level, _, _, cure in found]  # type: ignore[attr-defined]


def test_too_few_watches_are_told_of_with_the_number_that_would_do(tmp_path, system):
    drop = tmp_path / "drop"
    for number in range(30):
        (drop / str(number)).mkdir(parents=True)
    assert answers(limits(drop, system)) == [("ok", "")]
    (system / "proc/sys/fs/inotify/max_user_watches").write_text("40")
    (system / "proc/sys/fs/inotify/max_queued_events").write_text("100")
    watches, queue = answers(limits(drop, system))
    assert watches[0] == "warning"
    assert "max_user_watches=65536" in watches[1]
    assert queue[0] == "note"


@pytest.mark.parametrize(
    ("blocks", "files", "expected"),
    [
        (10**6, 10**6, ["ok"]),
        (10**5, 10**6, ["warning"]),
        (10, 10**6, ["bad"]),
        (10**6, 10, ["ok", "warning"]),
    ],
)
def test_room_and_inodes_are_looked_at(tmp_path, monkeypatch, blocks, files, expected):
    disk = SimpleNamespace(f_bavail=blocks, f_frsize=4096, f_files=10**7, f_favail=files)
    monkeypatch.setattr(os, "statvfs", lambda _: disk)
    assert [level for level, *_ in space("room", tmp_path / "not" / "yet")] == expected


def test_a_clock_that_is_wrong_or_that_nobody_keeps_is_told_of(monkeypatch):
    assert answers(clock(datetime(1970, 1, 2, tzinfo=UTC)))[0][0] == "bad"
    monkeypatch.setattr(machine_checks, "is_synchronised", lambda: False)
    level, cure = answers(clock(NOW))[0]
    assert (level, "set-ntp" in cure) == ("warning", True)
    monkeypatch.setattr(machine_checks, "is_synchronised", lambda: True)
    assert answers(clock(NOW)) == [("ok", "")]


def test_asking_the_kernel_for_its_clock_gives_an_answer():
    assert machine_checks.is_synchronised() in (True, False)


def test_parsers_are_tried(config):
    assert answers(parsers(config)) == [("ok", "")]
