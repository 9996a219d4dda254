"""The service under a real systemd, installed by the commands of docs/sysadmins.md."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.machine import ROOT, Machine, machine
from tests.acceptance.test_systemd import ODD
from tests.e2e.process import article, soon

pytestmark = pytest.mark.acceptance
CONFIG = "etc/feedmill/feedmill.toml"
FEEDMILL = f"/opt/feedmill/bin/feedmill --config /{CONFIG}"


def commands(heading: str) -> list[str]:
    """The blocks of commands below a heading of the documentation."""
    text = (ROOT / "docs" / "sysadmins.md").read_text("utf-8")
    section = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"```sh\n(.*?)```", section, re.DOTALL)


def install(host: Machine) -> str:
    """Follow the documentation, but for the lines that need a network."""
    first, _ = commands("From nothing to a running service")
    fetching, configuring, rest = first.partition("install -D ")
    assert len(fetching.splitlines()) == 3  # packages, venv, pip
    return host.run(configuring + rest, seconds=120)


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Iterator[Machine]:
    with machine(tmp_path_factory.mktemp("machine")) as host:
        host.told = install(host)  # type: ignore[attr-defined]
        yield host


@pytest.fixture
def host(installed: Machine) -> Machine:
    """The machine with the service running, however often it was started before."""
    installed.run("systemctl reset-failed; systemctl start feedmill")
    return installed


def drop(host: Machine, name: str, text: str) -> None:
    path = host.root / "srv/feedmill/drop" / name
    beside = host.root / "srv/feedmill/drop" / f".{name}.part"
    beside.write_text(text)
    beside.rename(path)


def feed(host: Machine, key: str = "all") -> str:
    return host.run(f"curl -sS --max-time 20 http://127.0.0.1:8000/{key}.rss")


def change(host: Machine, old: str, new: str) -> None:
    path = host.root / CONFIG
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def restarts(host: Machine) -> int:
    return int(host.shown("NRestarts"))


def test_the_documented_commands_lead_from_nothing_to_a_feed(installed, host):
    assert "bad " not in host.told
    assert "running since" in host.told
    put, *look = commands("From nothing to a running service")[1].splitlines()
    host.run(put)
    assert soon(lambda: "The first article" in feed(host))
    said = host.run("\n".join(look).replace("systemctl", "systemctl --no-pager"))
    assert "The first article, in plain text." in said
    assert 'Status: "Watching /srv/feedmill/drop (inotify)' in said
    assert "Active: active (running)" in said


def test_the_journal_has_each_event_with_its_priority(host):
    drop(host, "bad.md", "---\ntitle: [\n---\nA secret body.\n")
    shown = "journalctl -q --no-pager -o cat -u feedmill"
    assert soon(lambda: "path=bad.md" in host.run(shown))
    assert "secret" not in host.run(shown)
    assert "ready files=" in host.run(f"{shown} -p info")
    assert "ready files=" not in host.run(f"{shown} -p warning")


def test_a_reload_changes_texts_and_one_with_mistakes_changes_nothing(host):
    pid = host.shown("MainPID")
    change(host, "Our News", "Their News")
    host.run("systemctl reload feedmill")
    assert soon(lambda: "<title>Their News</title>" in feed(host))
    change(host, "Their News", "Our News")
    change(host, "[drop]\n", "[drop]\nsetle_seconds = 3\n")
    host.run("systemctl reload feedmill")
    assert soon(lambda: "reload-refused" in host.journal())
    assert "setle_seconds" in host.journal()
    assert "<title>Their News</title>" in feed(host)
    change(host, "setle_seconds = 3\n", "")
    host.run("systemctl reload feedmill")
    assert soon(lambda: "<title>Our News</title>" in feed(host))
    assert host.shown("MainPID") == pid


def test_a_killed_worker_is_started_again_and_takes_up_what_came_meanwhile(host):
    before = restarts(host)
    host.run("systemctl kill -s KILL --kill-whom=main feedmill")
    drop(host, "meanwhile.md", article("Meanwhile"))
    assert soon(lambda: restarts(host) == before + 1)
    assert soon(lambda: "<title>Meanwhile</title>" in feed(host))
    assert soon(lambda: host.shown("ActiveState") == "active")


def test_a_folder_that_was_away_needs_nobody_to_start_the_worker_again(host):
    host.run("systemctl stop feedmill; mv /srv/feedmill/public /srv/feedmill/away")
    host.run("touch /srv/feedmill/public")
    assert host.call("systemctl start feedmill").returncode != 0
    host.run("rm /srv/feedmill/public; mv /srv/feedmill/away /srv/feedmill/public")
    assert soon(lambda: host.shown("ActiveState") == "active")


def test_a_stuck_worker_is_found_by_the_watchdog_and_started_again(host):
    drop_in = "/run/systemd/system/feedmill.service.d"
    (host.root / "root/watchdog.conf").write_text("[Service]\nWatchdogSec=2\nRestartSec=0\n")
    host.run(f"mkdir -p {drop_in}; cp /root/watchdog.conf {drop_in}")
    host.run("systemctl daemon-reload; systemctl restart feedmill")
    before, pid = restarts(host), host.shown("MainPID")
    host.run(f"kill -STOP {pid}")
    assert soon(lambda: restarts(host) == before + 1)
    assert "Watchdog timeout" in host.journal()
    assert soon(lambda: host.shown("ActiveState") == "active")
    assert host.shown("MainPID") != pid
    host.run(f"rm -r {drop_in}; systemctl daemon-reload")


def test_it_is_confined_as_its_unit_says(host):
    worker, web = host.shown("MainPID"), "$(systemctl show -P MainPID feedmill-web)"
    feed(host)  # by its socket, the web server is started with the first request
    own, theirs = host.run(f"readlink /proc/1/ns/net /proc/{worker}/ns/net").split()
    assert own != theirs
    inside = f"nsenter -t {worker} -m --"
    for folder in ("/etc", "/srv/feedmill", "/opt/feedmill", "/var/backups"):
        assert "Read-only" in host.call(f"{inside} touch {folder}/x").stderr, folder
    host.run(f"{inside} touch /srv/feedmill/drop/.x; rm /srv/feedmill/drop/.x")
    inside = f"nsenter -t {web} -m --"
    assert "Read-only" in host.call(f"{inside} touch /srv/feedmill/public/x").stderr
    assert host.call(f"{inside} ls /var/lib/feedmill/feedmill.db").returncode != 0
    assert host.run(f"grep -h CapBnd /proc/{worker}/status").split()[1] == "0" * 16


def test_the_numbers_are_at_metrics_where_that_is_allowed(host):
    public = "curl -sS --max-time 20 http://127.0.0.1:8000/metrics"
    assert "feedmill_" not in host.run(public)
    change(host, "[metrics]\n", '[metrics]\nserve = "local"\n')
    # A socket is not opened for a service that runs already; the next request starts it.
    host.run("systemctl reload feedmill; systemctl stop feedmill-web")
    host.run("systemctl start feedmill-web-local.socket")
    local = public.replace("8000", "8001")
    assert soon(lambda: "\nfeedmill_proof_timestamp_seconds " in host.run(local))
    assert "feedmill_" not in host.run(public)
    change(host, 'serve = "local"\n', "")
    host.run("systemctl reload feedmill; systemctl stop feedmill-web-local.socket feedmill-web")


def test_the_nightly_backup_restores_the_same_ids_and_feeds(host):
    drop(host, "kept.md", article("Kept"))
    assert soon(lambda: "<title>Kept</title>" in feed(host))
    before = feed(host)
    host.run("systemctl start feedmill-backup.service")
    host.run("systemctl stop feedmill; rm /var/lib/feedmill/feedmill.db")
    host.run("rm -r /srv/feedmill/public/*")
    (restoring,) = commands("Backup and restore")
    host.run(restoring.replace("-Mon.db", f"-{host.run('date +%a').strip()}.db"))
    assert feed(host) == before
    owner = host.run("stat -c %U /var/lib/feedmill/feedmill.db").strip()
    assert owner == "feedmill"


def test_a_folder_the_unit_does_not_know_is_named_and_install_service_cures_it(host):
    host.run("mkdir -p /srv/elsewhere; chown feedmill: /srv/elsewhere")
    change(host, "/srv/feedmill/public", "/srv/elsewhere/public")
    host.run("systemctl reload feedmill")
    missing = "ReadWritePaths=/srv/elsewhere/public"
    assert soon(lambda: missing in host.journal())
    done = host.call(f"{FEEDMILL} doctor")
    assert done.returncode == 1
    assert missing in done.stdout
    assert host.call("systemctl restart feedmill").returncode != 0
    host.run(f"{FEEDMILL} install-service; systemd-tmpfiles --create feedmill.conf")
    host.run("systemctl daemon-reload; systemctl reset-failed; systemctl restart feedmill")
    assert (host.root / "srv/elsewhere/public/all.rss").exists()
    change(host, "/srv/elsewhere/public", "/srv/feedmill/public")
    host.run(f"{FEEDMILL} install-service; systemctl daemon-reload; systemctl restart feedmill")


HUB = """
from http.server import BaseHTTPRequestHandler, HTTPServer
class Hub(BaseHTTPRequestHandler):
    def do_POST(self):
        with open("/root/told", "ab") as told:
            told.write(self.rfile.read(int(self.headers["content-length"])))
        self.send_response(204)
        self.end_headers()
HTTPServer(("127.0.0.1", 9000), Hub).serve_forever()
"""


def test_the_hub_is_told_by_a_unit_of_its_own(host):
    (host.root / "root/hub.py").write_text(HUB)
    host.run("systemd-run -q --unit=hub /opt/feedmill/bin/python3 /root/hub.py")
    change(host, "[drop]\n", 'hub = "http://127.0.0.1:9000/"\n[drop]\n')
    host.run(f"{FEEDMILL} install-service; systemctl enable --now feedmill-ping.path")
    host.run("systemctl reload feedmill")
    drop(host, "news.md", article("News", topics="Hubs"))
    told = host.root / "root/told"
    assert soon(lambda: told.exists() and "topics%2Fhubs.atom" in told.read_text())
    change(host, 'hub = "http://127.0.0.1:9000/"\n', "")
    host.run("systemctl disable --now feedmill-ping.path; systemctl stop hub; rm /root/told")
    host.run("rm /etc/systemd/system/feedmill-ping.*; systemctl daemon-reload")
    host.run("systemctl reload feedmill")


def test_a_stop_is_told_of_and_the_feeds_stay(host):
    before = feed(host)
    host.run("systemctl stop feedmill")
    assert host.shown("Result") == "success"
    assert "stopped since 20" in host.call(f"{FEEDMILL} status --nagios").stdout
    assert feed(host) == before
    host.run("systemctl start feedmill")
    assert feed(host) == before


def test_a_database_of_a_newer_version_is_refused_and_left_alone(host):
    setting = (
        "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('PRAGMA user_version = %d')"
    )
    path = "/var/lib/feedmill/feedmill.db"
    number = host.run(f"{FEEDMILL} db").partition("schema ")[2].split()[0]
    host.run(f'systemctl stop feedmill; /opt/feedmill/bin/python3 -c "{setting % 99}" {path}')
    before = (host.root / path[1:]).read_bytes()
    assert host.call("systemctl start feedmill").returncode != 0
    assert "its schema is number 99" in host.journal()
    assert (host.root / path[1:]).read_bytes() == before
    host.run(f'/opt/feedmill/bin/python3 -c "{setting % int(number)}" {path}')


def test_it_runs_whatever_the_paths_are_by_the_steps_that_it_prints(tmp_path: Path):
    with machine(tmp_path) as host:
        (host.root / CONFIG).parent.mkdir()
        (host.root / CONFIG).write_text(ODD)
        _, _, steps = host.run(f"{FEEDMILL} install-service").partition("Next:\n")
        host.run(steps)
        (host.root / "home/ann/My Articles/a.txt").write_text("From somebody's home.")
        assert soon(lambda: "From somebody's home." in feed(host))
        assert (host.root / "var/lib/node exporter/feedmill.prom").exists()
        host.run("systemctl start feedmill-backup")
        # There is no such bucket, and no such hub.
        told = host.call(f"{FEEDMILL} doctor").stdout.splitlines()
        assert all("mirror" in line for line in told if line.startswith("bad "))
        failed = host.run("systemctl list-units --failed --plain --no-legend 'feedmill*'")
        units = {line.split()[0] for line in failed.splitlines()}
        assert units <= {"feedmill-ping.service", "feedmill-mirror.service"}


def test_what_is_installed_can_be_upgraded_and_uninstalled_as_documented(tmp_path: Path):
    with machine(tmp_path) as host:
        install(host)
        drop(host, "a.md", article("One"))
        assert soon(lambda: "<title>One</title>" in feed(host))
        upgrade, uninstall = commands("Upgrade, downgrade, uninstall")
        kept = [line for line in upgrade.splitlines() if "/pip " not in line]
        assert len(kept) == len(upgrade.splitlines()) - 1
        host.run("\n".join(kept))
        drop_ins = host.root / "etc/systemd/system/feedmill.service.d"
        drop_ins.mkdir()
        (drop_ins / "override.conf").write_text("[Service]\nNice=7\n")
        assert "<title>One</title>" in feed(host)
        host.run(uninstall)
        assert host.run("systemctl list-units --all --no-legend 'feedmill*'").strip() == ""
        assert [*(host.root / "etc/systemd/system").rglob("*feedmill*")] == []
        assert not (host.root / "opt/feedmill").exists()
        for kept_path in ("srv/feedmill/drop/a.md", "srv/feedmill/public/all.rss", CONFIG):
            assert (host.root / kept_path).exists(), kept_path
