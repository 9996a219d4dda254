"""systemd's own tools have nothing to say against the units, as shipped and as installed."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.acceptance.programs import program
from worker.admin.unit_files import UNITS, ServicePaths, service_files, templates
from worker.config.loading import parse_config

pytestmark = pytest.mark.acceptance
SYSTEMD = Path(__file__).parents[2] / "systemd"
SHIPPED = Path("/opt/feedmill/bin/feedmill")
# What may be exposed at most, by systemd's own measure from 0 to 10.
MOST = {"feedmill": 0.5, "feedmill-web": 1.5, "feedmill-backup": 0.5, "feedmill-ping": 1.5}
MOST["feedmill-mirror"] = 1.5

ORDINARY = """
[site]
url = "https://feeds.example.org/"
hub = "https://hub.example.org/"
[drop]
folder = "/srv/feedmill/drop"
[feeds]
folder = "/srv/feedmill/public"
[store]
path = "/var/lib/feedmill/feedmill.db"
[mirror]
to = "s3://example-feeds/site"
"""
ODD = """
[site]
hub = "https://hub.example.org/"
[drop]
folder = "/home/ann/My Articles"
receipts_folder = "/mnt/100% notes"
[feeds]
folder = "/srv/x/it's public"
[store]
path = "/srv/x/mill $HOME.db"
[mirror]
to = "s3://example-feeds/site"
[metrics]
file = "/var/lib/node exporter/feedmill.prom"
"""


def made(config: str, where: str = "/etc/feedmill/feedmill.toml") -> dict[str, str]:
    places = ServicePaths.from_config(parse_config(config, Path(where)), SHIPPED)
    return service_files(templates(), places)


def verify(folder: Path, units: dict[str, str]) -> str:
    """What systemd says of the units; their program is one that is there, and so are the users."""
    folder.mkdir()
    for name, text in units.items():
        there = text.replace(str(SHIPPED), "/bin/true")
        (folder / name).write_text(re.sub(r"^(User|Group)=.*$", r"\1=root", there, flags=re.M))
    done = subprocess.run(
        [program("systemd-analyze"), "verify", "--man=no", *sorted(units)],
        cwd=folder,
        env={"SYSTEMD_UNIT_PATH": f"{folder}:", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    return f"{done.returncode}{done.stdout}{done.stderr}"


def only_units(files: dict[str, str]) -> dict[str, str]:
    return {Path(path).name: text for path, text in files.items() if path.startswith(UNITS)}


def test_the_shipped_units_are_right_without_a_word(tmp_path):
    units = {
        path.name: path.read_text()
        for path in SYSTEMD.iterdir()
        if path.suffix in (".service", ".socket", ".timer", ".path")
    }
    assert len(units) == 9
    # systemd-analyze ends with 0 for a directive that it does not know: its words count.
    assert verify(tmp_path / "units", units) == "0"


def test_a_directive_that_systemd_does_not_know_would_be_found(tmp_path):
    text = (SYSTEMD / "feedmill.service").read_text().replace("NoNewPrivileges", "NoNewPrivilege")
    assert "Unknown key" in verify(tmp_path / "units", {"feedmill.service": text})


def test_the_units_with_the_example_of_a_drop_in_are_right(tmp_path):
    unit = (SYSTEMD / "feedmill.service").read_text()
    drop_in = (SYSTEMD / "feedmill.service.d" / "folders.conf.example").read_text()
    assert verify(tmp_path / "units", {"feedmill.service": f"{unit}\n{drop_in}"}) == "0"


@pytest.mark.parametrize("config", [ORDINARY, ODD], ids=["ordinary", "odd"])
def test_the_installed_units_are_right_whatever_the_paths(tmp_path, config):
    assert verify(tmp_path / "units", only_units(made(config))) == "0"


@pytest.mark.parametrize("config", [ORDINARY, ODD], ids=["ordinary", "odd"])
@pytest.mark.parametrize("name", MOST)
def test_no_unit_is_exposed_more_than_it_may_be(tmp_path, name, config):
    units = only_units(made(config))
    for unit, text in units.items():
        (tmp_path / unit).write_text(text)
    threshold = f"--threshold={int(MOST[name] * 10)}"
    command = [program("systemd-analyze"), "security", "--offline=true", "--no-pager", threshold]
    done = subprocess.run(
        [*command, f"./{name}.service"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    level = re.search(r"exposure level for \S+: ([0-9.]+)", done.stdout)
    assert level
    assert float(level[1]) <= MOST[name]


def test_the_worker_and_the_web_server_have_no_network(tmp_path):
    for name in ("feedmill.service", "feedmill-web.service"):
        text = (SYSTEMD / name).read_text()
        assert "PrivateNetwork=yes" in text
        assert "RestrictAddressFamilies=AF_UNIX\n" in text


@pytest.mark.parametrize("config", [ORDINARY, ODD], ids=["ordinary", "odd"])
def test_users_and_folders_are_made_as_the_files_say(tmp_path, config):
    """systemd-sysusers and systemd-tmpfiles below a root of the test's own."""
    root = tmp_path / "root"
    for path, text in made(config).items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    (root / "usr/lib/sysusers.d").mkdir(parents=True)
    (root / "usr/lib/sysusers.d/basic.conf").write_text("u root 0 - /root\n")
    in_root = f"--root={root}"
    for command in (["systemd-sysusers", in_root], ["systemd-tmpfiles", in_root, "--create"]):
        done = subprocess.run(
            [program(command[0]), *command[1:]], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "") or "Creating" in done.stderr, done.stderr
    people = (root / "etc/passwd").read_text()
    assert "feedmill:" in people
    assert "feedmill-web:" in people
    assert "feedmill-authors:" in (root / "etc/group").read_text()
    drop = root / ("srv/feedmill/drop" if config == ORDINARY else "home/ann/My Articles")
    assert drop.stat().st_mode & 0o7777 == 0o2775
    backups = root / "var/backups/feedmill"
    assert backups.stat().st_mode & 0o7777 == 0o700
    assert backups.stat().st_uid == drop.stat().st_uid


def test_a_folder_that_is_there_keeps_its_owner_and_mode(tmp_path):
    root = tmp_path / "root"
    for path, text in made(ORDINARY).items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    drop = root / "srv/feedmill/drop"
    drop.mkdir(parents=True, mode=0o700)
    before = drop.stat()
    subprocess.run([program("systemd-sysusers"), f"--root={root}"], check=True)
    subprocess.run([program("systemd-tmpfiles"), f"--root={root}", "--create"], check=True)
    assert (drop.stat().st_mode, drop.stat().st_uid) == (before.st_mode, before.st_uid)
