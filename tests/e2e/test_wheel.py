"""The wheel beside other distributions, on any PYTHONPATH, and what an uninstallation leaves."""

import os
import re
import signal
import subprocess
import urllib.request
import zipfile
from pathlib import Path

import pytest

from tests.e2e.process import soon
from tests.e2e.wheels import Environment, build, run, tiny_wheel

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

OTHER = 'raise SystemExit("this is another program\'s module")\n'
OTHERS = {
    f"{package}/{module}.py": OTHER
    for package in ("worker", "feeds")
    for module in ("__main__", "cli", "errors")
} | {"worker/__init__.py": "", "feeds/__init__.py": ""}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("dist"))


@pytest.fixture
def hostile(tmp_path: Path, wheel: Path) -> Environment:
    """Feedmill beside a distribution with our packages' names, which one loads at every start."""
    made = Environment(tmp_path / "environment")
    made.install(tiny_wheel(tmp_path, "queues", {**OTHERS, "queues.pth": "import worker, feeds\n"}))
    made.before = made.files()
    made.install(wheel)
    return made


def surroundings(tmp_path: Path) -> dict[str, str]:
    """An environment whose PYTHONPATH has our packages' names too."""
    path = tmp_path / "pythonpath"
    for file, text in OTHERS.items():
        (path / file).parent.mkdir(parents=True, exist_ok=True)
        (path / file).write_text(text)
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(path), "LC_ALL": "C.UTF-8"}


def site(tmp_path: Path, feedmill: Path, env: dict[str, str]) -> Path:
    """A project with one article, and a template of its own: it is tried in a process."""
    folder = tmp_path / "site"
    run(feedmill, "init", folder, env=env, cwd=tmp_path)
    config = folder / "feedmill.toml"
    config.write_text(re.sub(r"#? ?templates = .*", 'templates = "look"', config.read_text()))
    assert 'templates = "look"' in config.read_text()
    (folder / "look").mkdir()
    own = "{% extends 'feedmill/base.html' %}{% block footer %}Our own{% endblock %}"
    (folder / "look" / "base.html").write_text(own)
    (folder / "drop" / "a.md").write_text("---\ntitle: A title\ntopics: [Ferries]\n---\nText.\n")
    return folder


def test_a_wheel_adds_one_name(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"feedmill"}
    needed = {"py.typed", "_lib/worker/_systemd/feedmill.service", "_lib/worker/store/first.sql"}
    needed |= {"_lib/feeds/pages/locale/de/LC_MESSAGES/feedmill.mo"}
    assert {f"feedmill/{name}" for name in needed} <= set(names)


def test_neither_another_distribution_nor_pythonpath_gets_between(
    hostile: Environment, tmp_path: Path
) -> None:
    env, feedmill = surroundings(tmp_path), hostile.bin / "feedmill"
    folder = site(tmp_path, feedmill, env)
    for command in ([feedmill], [hostile.bin / "python", "-m", "feedmill"]):
        assert "feedmill, version" in run(*command, "--version", env=env, cwd=folder).stdout
    run(feedmill, "check", "drop/a.md", env=env, cwd=folder)
    done = run(feedmill, "once", env=env, cwd=folder)
    assert done.stdout.startswith("accepted a.md")
    page = (folder / "public" / "index.html").read_text()
    assert "Our own" in page
    status = run(feedmill, "status", "--json", env=env, cwd=folder).stdout
    assert '"templates"' not in status


@pytest.mark.parametrize("command", ["serve", "run"])
def test_what_it_starts_finds_our_packages(
    hostile: Environment, tmp_path: Path, command: str
) -> None:
    """The web server; of ``run`` as its child, after the parsers have read an article."""
    env, feedmill = surroundings(tmp_path), hostile.bin / "feedmill"
    folder = site(tmp_path, feedmill, env)
    run(feedmill, "once", env=env, cwd=folder)
    (folder / "drop" / "b.md").write_text("# Another title\n\nText.\n")
    log = tmp_path / "log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [feedmill, command, "--port", "0"], env=env, cwd=folder, stdout=file, stderr=file
        )
    try:
        assert soon(lambda: found(log) is not None), log.read_text()
        wanted = "A title" if command == "serve" else "Another title"
        assert soon(lambda: wanted in fetched(found(log))), log.read_text()
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0, log.read_text()


def found(log: Path) -> str | None:
    match = re.search(r"http://127\.0\.0\.1:\d+/", log.read_text())
    return match and match[0]


def fetched(url: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.read().decode()
    except OSError:  # not yet
        return ""


def test_an_uninstallation_leaves_nothing_and_takes_nothing_of_others(
    hostile: Environment, tmp_path: Path
) -> None:
    run(hostile.bin / "feedmill", "check", __file__, cwd=tmp_path)
    hostile.pip("uninstall", "--yes", "feedmill")
    assert hostile.files() == hostile.before
    assert not list(hostile.packages.rglob("feedmill*"))
