"""``make release``: builds what is published into dist/, checks it, and uploads nothing.

Refuses a tree with changes, or without the tag of CHANGELOG's newest version; with
``--rehearsal`` that is only reported. Needs the package index.
"""

import hashlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from release.licences import write_licences
from release.version import RELEASED, ROOT, version

DIST = ROOT / "dist"
BIN = Path(sys.executable).parent
MOST_CORE_MB = 40
SECONDS = 600
# Where the wheels of all that is required must exist. On musl, watchdog has a source archive
# only, of pure Python.
PLATFORMS = {
    "windows": (),
    "aarch64-apple-darwin": (),
    "x86_64-apple-darwin": (),
    "x86_64-manylinux_2_28": (),
    "aarch64-manylinux_2_28": (),
    "x86_64-unknown-linux-musl": ("watchdog",),
}
# Published as a source archive, of pure Python.
SOURCES = ("feedgen",)
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PLACEHOLDER = "example.org"


class ReleaseError(Exception):
    """What keeps this tree from being released."""


def run(*words: str | Path, folder: Path = ROOT) -> str:
    """A command's output. Raises ReleaseError with all it said where it fails."""
    command = [str(word) for word in words]
    done = subprocess.run(  # noqa: S603 -- our own words
        command, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    if done.returncode:
        raise ReleaseError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def problems_of_tree() -> Iterator[str]:
    """Why this tree is not the released one."""
    newest, day = RELEASED.findall((ROOT / "CHANGELOG.md").read_text("utf-8"))[0]
    if "## Unreleased" in (ROOT / "CHANGELOG.md").read_text("utf-8"):
        yield "CHANGELOG.md has changes under Unreleased: give them a version and a date"
    if run("git", "status", "--porcelain"):
        yield "there are changes that are not committed"
    tag = f"v{newest}"
    if version() != newest or not run("git", "tag", "--points-at", "HEAD", "--list", tag):
        yield f"this commit has no tag {tag}: git tag -a {tag} -m 'Feedmill {newest}, {day}'"
    if PLACEHOLDER in (ROOT / "pyproject.toml").read_text("utf-8"):
        yield f"pyproject.toml names {PLACEHOLDER}: set the project's addresses before an upload"


def built(folder: Path) -> dict[str, str]:
    """Build the source archive, and the wheel from what it unpacks to; name to hash."""
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ".")
    files = sorted(folder.iterdir())
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def check_files() -> None:
    """The metadata is complete, and the description can be shown."""
    wheel, archive = next(DIST.glob("*.whl")), next(DIST.glob("*.tar.gz"))
    run(BIN / "twine", "check", "--strict", wheel, archive)
    said = run(BIN / "pyroma", "--min=10", archive)
    if "Final rating: 10/10" not in said:
        raise ReleaseError(said)


def check_platforms() -> None:
    """All that is required has wheels, or is pure Python, wherever Feedmill can be installed."""
    wheel = next(DIST.glob("*.whl"))
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder, "wanted.in")
        wanted.write_text(f"feedmill[serve] @ {wheel.as_uri()}\n", encoding="utf-8")
        for platform, sources in PLATFORMS.items():
            for python in PYTHONS:
                words = ["--python-platform", platform, "--python-version", python]
                words += ["--only-binary", ":all:"]
                for name in (*SOURCES, *sources):
                    words += ["--no-binary", name]
                run(BIN / "uv", "pip", "compile", "--quiet", *words, wanted)
    print(f"installable with wheels: {', '.join(PLATFORMS)}; Python {', '.join(PYTHONS)}")


def environment(folder: Path, extra: str) -> Path:
    """A new environment with the wheel and pinned versions; gives its interpreter."""
    run(BIN / "uv", "venv", "--quiet", "--python", sys.executable, folder)
    python = folder / "bin" / "python"
    wheel = next(DIST.glob("*.whl"))
    wanted = f"feedmill{extra} @ {wheel.as_uri()}"
    pinned = ["--constraints", str(ROOT / "requirements" / "runtime.txt"), "--python", str(python)]
    run(BIN / "uv", "pip", "install", "--quiet", "--compile-bytecode", *pinned, wanted)
    return python


def check_core() -> None:
    """Authors' commands work without the extras, in a small environment."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        program = environment(folder / "core", "").with_name("feedmill")
        article = folder / "a.md"
        article.write_text("---\ntitle: A title\n---\nSome text.\n", encoding="utf-8")
        for words in (["--version"], ["check", article], ["schema"]):
            run(program, *words, folder=folder)
        files = (path for path in (folder / "core").rglob("*") if not path.is_symlink())
        size = sum(path.stat().st_blocks * 512 for path in files) // 1_000_000
        print(f"feedmill check: an environment of {size} MB")
        if size >= MOST_CORE_MB:
            raise ReleaseError(f"feedmill without extras needs {size} MB, not {MOST_CORE_MB}")


def describe() -> None:
    """Write the SBOM, and the licences of Feedmill and of all that an installation brings."""
    name = f"feedmill-{version()}"
    with tempfile.TemporaryDirectory() as folder:
        python = environment(Path(folder, "all"), "[serve]")
        # Ours has no version in it: git has.
        ours = f'[project]\nname = "feedmill"\nversion = "{version()}"\nlicense = "MIT"\n'
        Path(folder, "pyproject.toml").write_text(ours, encoding="utf-8")
        words = ["environment", "--output-reproducible", "--output-format", "JSON"]
        words += ["--pyproject", f"{folder}/pyproject.toml", "--mc-type", "application"]
        run(BIN / "cyclonedx-py", *words, "--output-file", DIST / f"{name}.cdx.json", python)
        packages = next(Path(folder, "all").glob("lib/python*/site-packages"))
        write_licences(packages, DIST / f"{name}.licences.txt")


def main() -> None:
    """Check the tree, build twice, check what was built, describe it."""
    found = list(problems_of_tree())
    for problem in found:
        print(f"release: {problem}", file=sys.stderr)
    if found and "--rehearsal" not in sys.argv[1:]:
        sys.exit(1)
    DIST.mkdir(exist_ok=True)
    for file in DIST.glob("feedmill-*"):
        file.unlink()
    with tempfile.TemporaryDirectory() as other:
        if built(DIST) != built(Path(other)):
            raise ReleaseError("two builds of one tree differ")
    check_files()
    check_platforms()
    check_core()
    describe()
    for file in sorted(DIST.glob("feedmill-*")):
        print(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  dist/{file.name}")


if __name__ == "__main__":
    try:
        main()
    except ReleaseError as error:
        sys.exit(f"release: {error}")
