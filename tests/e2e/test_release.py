"""What is published: versions from tags, the same bytes twice, a description without dead links."""

import hashlib
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from release.version import RELEASED, version
from tests.e2e.wheels import ROOT, build, run

GIT = ("git", "-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "tag.gpgSign=false")


needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small repository with a changelog."""
    folder = tmp_path / "tree"
    folder.mkdir()
    (folder / "CHANGELOG.md").write_text("## 0.2.0 (2026-12-24)\n\n## 0.1.0 (2026-11-28)\n")
    return folder


def commit(tree: Path, *tags: str) -> None:
    if not (tree / ".git").exists():
        run("git", "init", "-q", tree)
    run(*GIT, "commit", "-q", "--allow-empty", "-m", "Change", cwd=tree)
    for tag in tags:
        run(*GIT, "tag", "-a", tag, "-m", tag, cwd=tree)


@needs_git
def test_a_tagged_commit_has_the_tags_version_and_later_ones_are_newer(tree: Path) -> None:
    commit(tree, "v0.1.0")
    assert version(tree) == "0.1.0"
    commit(tree)
    assert re.fullmatch(r"0\.1\.1\.dev1\+g[0-9a-f]+", version(tree))


@needs_git
def test_without_a_tag_or_git_the_changelog_gives_the_version(tree: Path) -> None:
    assert version(tree) == "0.2.0"
    commit(tree, "nightly")
    assert version(tree) == "0.2.0"


@needs_git
def test_an_unpacked_source_archive_keeps_its_version(tree: Path) -> None:
    (tree / "PKG-INFO").write_text("Metadata-Version: 2.4\nName: feedmill\nVersion: 0.1.0\n")
    commit(tree, "v0.9.0")
    assert version(tree) == "0.1.0"


def test_the_changelog_has_a_dated_version() -> None:
    found = RELEASED.findall((ROOT / "CHANGELOG.md").read_text("utf-8"))
    assert [day for number, day in found if number == "0.1.0"] == ["2026-11-28"]


def test_the_documented_tag_of_the_hook_is_the_newest_version() -> None:
    newest = RELEASED.findall((ROOT / "CHANGELOG.md").read_text("utf-8"))[0][0]
    page = (ROOT / "docs" / "authors.md").read_text("utf-8")
    assert re.findall(r"^ +rev: (\S+)$", page, re.MULTILINE) == [f"v{newest}"]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("archive"), "-t", "sdist")


def unpack(archive: Path, folder: Path) -> Path:
    folder.mkdir()
    run("tar", "-xzf", archive, "-C", folder)
    (found,) = folder.iterdir()
    return found


def metadata(archive: Path) -> str:
    with tarfile.open(archive) as packed:
        (name,) = (name for name in packed.getnames() if re.fullmatch(r"[^/]+/PKG-INFO", name))
        file = packed.extractfile(name)
        assert file is not None
        return file.read().decode()


@pytest.mark.slow
def test_no_link_of_the_description_leads_into_the_tree(archive: Path) -> None:
    text = metadata(archive)
    assert "# Feedmill" in text
    assert [link for link in re.findall(r"\]\(([^)]*)\)", text) if "://" not in link] == []


@pytest.mark.slow
def test_no_address_of_this_machine_is_published(archive: Path) -> None:
    head = metadata(archive).partition("\n\n")[0]
    assert set(re.findall(r"https?://([^/\s]+)", head)) == {"example.org"}
    assert str(ROOT) not in head


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_source_archive_builds_the_same_wheel_without_git(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpacked = unpack(archive, tmp_path / "tree")
    first, again = build(tmp_path / "first"), build(tmp_path / "again", root=unpacked)
    assert first.name == again.name
    assert digest(first) == digest(again)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1800000000")
    dated = build(tmp_path / "dated")
    assert digest(dated) != digest(first)
    assert digest(build(tmp_path / "dated again")) == digest(dated)


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_source_archive_has_all_that_its_tests_need(archive: Path, tmp_path: Path) -> None:
    """A part of the suite runs in it; `make release` builds the wheel from it."""
    unpacked = unpack(archive, tmp_path / "tree")
    words = ["-m", "pytest", "-q", "-p", "no:randomly", "tests/unit/test_docs.py"]
    words += ["tests/unit/feeds/formats/test_render_entries.py"]
    done = subprocess.run(
        [sys.executable, *words], cwd=unpacked, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:]
