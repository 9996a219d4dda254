"""The documentation is whole: each page is listed, each path named in it exists."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md"), ROOT / "systemd" / "README.md"])
TOP = (
    "benchmarks",
    "docs",
    "feeds",
    "release",
    "requirements",
    "seeds",
    "systemd",
    "tests",
    "worker",
)
# The page that lists promises names tests below tests/, as does the README.
BELOW_TESTS = ("acceptance", "attack", "e2e", "integration", "mutants", "torture", "unit")
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
MODULE = re.compile(r"`([a-z_]+\.py)`")


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def links(page: Path) -> set[Path]:
    """The files of the project that a page links to."""
    found = (link.partition("#")[0] for link in LINK.findall(page.read_text("utf-8")))
    return {(page.parent / link).resolve() for link in found if link and "://" not in link}


def paths_named(text: str) -> set[str]:
    """The paths within the project that stand between backticks, from the project's folder."""
    found = set()
    for code in CODE.findall(text):
        for word in code.split():
            path = word.rstrip(",;:").rstrip("/")
            if path.partition("/")[0] in TOP and "/" in path and not set("<>*$…") & set(path):
                found.add(path)
            elif path.partition("/")[0] in BELOW_TESTS and path.endswith(".py"):
                found.add(f"tests/{path}")
    return found


def test_a_path_is_seen_wherever_it_stands() -> None:
    text = "`worker/gone.py`, `make x tests/unit/a.py`, `unit/b.py`, `worker/*/x`, `https://x/y`"
    assert paths_named(text) == {"worker/gone.py", "tests/unit/a.py", "tests/unit/b.py"}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_path_that_a_page_names_exists(page: Path) -> None:
    named = paths_named(page.read_text("utf-8"))
    assert {path for path in named if not (ROOT / path).exists()} == set()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_module_that_a_page_names_without_its_folder_exists(page: Path) -> None:
    there = {path.name for top in TOP for path in (ROOT / top).rglob("*.py")}
    assert set(MODULE.findall(page.read_text("utf-8"))) <= there


def test_the_index_lists_every_page() -> None:
    pages = {*DOCS.glob("*.md"), *ROOT.glob("*.md")} - {DOCS / "README.md"}
    assert pages <= links(DOCS / "README.md")
    assert DOCS / "decisions" / "README.md" in links(DOCS / "README.md")
    assert DOCS / "README.md" in links(ROOT / "README.md")


def test_the_decisions_are_listed_in_order_under_their_titles() -> None:
    folder = DOCS / "decisions"
    index = (folder / "README.md").read_text("utf-8")
    rows = re.findall(r"^\| \[(\d+)\]\((.+)\) \| (.+) \|$", index, re.M)
    pages = sorted(path.name for path in folder.glob("*.md") if path.name != "README.md")
    assert [file for _, file, _ in rows] == pages
    assert len({number for number, _, _ in rows}) == len(rows)
    for number, file, title in rows:
        assert file.startswith(f"{number}-")
        assert (folder / file).read_text("utf-8").startswith(f"# {number}: {title}\n")


def test_the_site_has_every_page() -> None:
    def entries(part: object) -> list[str]:
        if isinstance(part, str):
            return [part]
        children = part.values() if isinstance(part, dict) else part
        assert isinstance(children, type({}.values()) | list)
        return [path for child in children for path in entries(child)]

    site = yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))
    assert sorted(entries(site["nav"])) == sorted(name(page) for page in PAGES)


def test_the_list_of_words_is_short() -> None:
    section = (DOCS / "architecture.md").read_text("utf-8").partition("\n## Words\n")[2]
    rows = section.partition("\n## ")[0].strip().splitlines()[2:]
    assert 0 < len(rows) <= 10


def test_the_way_of_an_article_fits_on_a_screen() -> None:
    page = (DOCS / "architecture.md").read_text("utf-8")
    drawing = page.partition("```\n")[2].partition("```")[0].splitlines()
    assert len(drawing) <= 45
    assert max(map(len, drawing)) <= 84


@pytest.mark.parametrize("file", sorted((ROOT / "requirements").glob("*.txt")), ids=name)
def test_pins_have_hashes_and_name_no_host(file: Path) -> None:
    """One that names a host is installed from there, whatever a site has set up."""
    text = file.read_text("utf-8")
    assert not re.search(r"https?:|--(index-url|extra-index-url|find-links)", text)
    for pin in re.findall(r"^[a-z0-9].*(?:\n    .*)*", text, re.M):
        assert "--hash=sha256:" in pin, pin


def test_our_own_hooks_run_what_make_dev_installs() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
    assert [repo["repo"] for repo in hooks] == ["local"]
    entries = {hook["entry"].split()[0]: hook for hook in hooks[0]["hooks"]}
    assert all(hook["language"] == "system" for hook in entries.values())
    lint = (ROOT / "Makefile").read_text("utf-8").partition("\nlint:")[2].partition("\n\n")[0]
    tools = re.findall(r"\$\(BIN\)/([\w-]+)", lint)
    assert entries.keys() == {f".venv/bin/{tool}" for tool in tools}
