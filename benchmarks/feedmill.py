"""Runs Feedmill with its defaults, but only RSS and Atom, like the other tools, and with windows
of fifty entries of any age."""

import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.corpus import Article
from benchmarks.spelling import yaml_file
from benchmarks.tool import MissingError, Tool

ROOT = Path(__file__).resolve().parent.parent

CONFIG = """\
[site]
title = "Bench"
url = "https://bench.example/"

[drop]
folder = "drop"
unpublished = "publish"

[feeds]
folder = "public"
min_entries = 50
min_days = 0
formats = ["rss", "atom"]
"""


class Feedmill(Tool):
    """The program of this repository, run by this interpreter."""

    name = "Feedmill"

    def install(self, build: Path) -> None:
        del build
        argv = [sys.executable, "-m", "worker", "--version"]
        asked = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
        if asked.returncode:
            raise MissingError(asked.stderr.strip())
        self.version = asked.stdout.split()[-1]

    def lay_out(self, site: Path) -> None:
        (site / "drop").mkdir(parents=True)
        (site / "feedmill.toml").write_text(CONFIG, encoding="utf-8")

    def path(self, article: Article) -> str:
        return f"drop/{article.name}.md"

    def spell(self, article: Article) -> str:
        extra = "type: article\npublished: false\n"
        return yaml_file(article, date_key="publishedDateTime", extra=extra)

    def environment(self) -> Mapping[str, str]:
        return {"PYTHONPATH": str(ROOT)}

    def build(self, site: Path) -> Sequence[str]:
        return (sys.executable, "-m", "worker", "--config", str(site / "feedmill.toml"), "once")

    def watch(self, site: Path) -> Sequence[str]:
        return (*self.build(site)[:-1], "run", "--no-serve")

    def commands(self, site: Path) -> Mapping[str, Sequence[str]]:
        """What a person runs and waits for: the version, and the check of one article."""
        program = (sys.executable, "-m", "worker")
        config = ("--config", str(site / "feedmill.toml"))
        file = str(min((site / "drop").iterdir()))
        return {"version": (*program, "--version"), "check": (*program, *config, "check", file)}

    def feeds(self, slug: str) -> tuple[str, ...]:
        return f"public/topics/{slug}.rss", f"public/topics/{slug}.atom"

    def forget(self, site: Path) -> None:
        super().forget(site)
        for left in site.glob("feedmill.db*"):
            if left.is_dir():
                shutil.rmtree(left)
            else:
                left.unlink()
