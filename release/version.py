"""The version, from git's tags: hatchling calls ``version`` (pyproject.toml).

``v0.1.0`` gives 0.1.0; later commits give 0.1.1.dev5+gHASH, so that pip prefers them. A source
archive has its version in PKG-INFO; a tree without both has that of CHANGELOG.md.
"""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_DESCRIBED = re.compile(r"v(\d+)\.(\d+)\.(\d+)-(\d+)-(g[0-9a-f]+)")
RELEASED = re.compile(r"^## (\d+\.\d+\.\d+) \((\d{4}-\d\d-\d\d)\)$", re.MULTILINE)


def version(root: Path = ROOT) -> str:
    """The version of the tree in ``root`` (PEP 440)."""
    built = root / "PKG-INFO"
    if built.is_file():
        found: list[str] = re.findall(r"^Version: (.+)$", built.read_text("utf-8"), re.MULTILINE)
        return found[0]
    if found_in_git := _from_git(root):
        return found_in_git
    newest: list[tuple[str, str]] = RELEASED.findall((root / "CHANGELOG.md").read_text("utf-8"))
    return newest[0][0]


def _from_git(root: Path) -> str:
    """Empty without git, outside a repository of ours, and before the first tag."""
    words = ["git", "describe", "--tags", "--long", "--match", "v[0-9]*"]
    try:
        done = subprocess.run(  # noqa: S603 -- our own words
            words, cwd=root, capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    found = _DESCRIBED.fullmatch(done.stdout.strip()) if (root / ".git").exists() else None
    if not found:
        return ""
    major, minor, patch, distance, commit = found.groups()
    if distance == "0":
        return f"{major}.{minor}.{patch}"
    return f"{major}.{minor}.{int(patch) + 1}.dev{distance}+{commit}"
