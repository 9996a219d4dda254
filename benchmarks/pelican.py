"""The newest Pelican from PyPI, in an environment of its own.

It writes feeds only, as the others do, and reads its own kind of metadata: YAML would need a
plug-in, and more time.
"""

import subprocess
import venv
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.corpus import Article, Related
from benchmarks.tool import MissingError, Tool, newest

CONFIG = """\
AUTHOR = "Bench"
SITENAME = "Bench"
SITEURL = "https://bench.example"
PATH = "content"
OUTPUT_PATH = "public/"
TIMEZONE = "UTC"
DEFAULT_LANG = "en"
DEFAULT_PAGINATION = False
STATIC_PATHS = []
PAGE_PATHS = []
ARTICLE_PATHS = [""]
FEED_DOMAIN = SITEURL
FEED_MAX_ITEMS = 50
RSS_FEED_SUMMARY_ONLY = False
FEED_ATOM = FEED_RSS = FEED_ALL_RSS = None
FEED_ALL_ATOM = CATEGORY_FEED_ATOM = CATEGORY_FEED_RSS = None
AUTHOR_FEED_ATOM = AUTHOR_FEED_RSS = TRANSLATION_FEED_ATOM = TRANSLATION_FEED_RSS = None
TAG_FEED_ATOM = "topics/{slug}.atom"
TAG_FEED_RSS = "topics/{slug}.rss"
ARTICLE_URL = "{slug}/"
ARTICLE_SAVE_AS = DRAFT_SAVE_AS = ARTICLE_LANG_SAVE_AS = ""
AUTHOR_SAVE_AS = CATEGORY_SAVE_AS = TAG_SAVE_AS = ""
DIRECT_TEMPLATES = []
THEME_STATIC_PATHS = []
"""


class Pelican(Tool):
    """``pelican``, and ``pelican --autoreload``."""

    name = "Pelican"

    def install(self, build: Path) -> None:
        home = build / "pelican"
        self._program = home / "bin" / "pelican"
        python = home / "bin" / "python"
        if not python.exists():
            venv.create(home, with_pip=True, clear=True)
        pip = (str(python), "-m", "pip", "install", "--quiet", "--upgrade", "pelican[markdown]")
        newest(pip, self._program)
        asked = subprocess.run(
            [self._program, "--version"], capture_output=True, text=True, check=False
        )
        if asked.returncode:
            raise MissingError(asked.stderr.strip())
        self.version = asked.stdout.split()[-1]

    def lay_out(self, site: Path) -> None:
        (site / "content").mkdir(parents=True)
        (site / "pelicanconf.py").write_text(CONFIG, encoding="utf-8")

    def path(self, article: Article) -> str:
        return f"content/{article.name}.md"

    def spell(self, article: Article) -> str:
        return "\n".join((*_metadata(article), "", article.body))

    def build(self, site: Path) -> Sequence[str]:
        del site
        return (str(self._program), "--quiet", "--settings", "pelicanconf.py")

    def watch(self, site: Path) -> Sequence[str]:
        return (*self.build(site), "--autoreload")

    def feeds(self, slug: str) -> tuple[str, ...]:
        return f"public/topics/{slug}.rss", f"public/topics/{slug}.atom"


def _metadata(article: Article) -> Iterator[str]:
    yield f"Title: {article.title}"
    yield f"Slug: {article.url.rstrip('/').rpartition('/')[2]}"
    yield f"Date: {article.published:%Y-%m-%d %H:%M:%S}"
    yield f"Summary: {article.excerpt}"
    yield f"Tags: {', '.join(article.topics)}"
    yield f"WebUrl: {article.url}"
    yield f"Quality: {article.quality}"
    yield f"Provider: {article.provider}"
    yield f"Domain: {article.domain}"
    yield f"Image: {article.picture.url}"
    yield f"ImageSize: {article.picture.width}x{article.picture.height}"
    yield f"ImageTitle: {article.picture.title}"
    for number, related in enumerate(article.related):
        yield from _related(related, f"Related{number}")
    yield f"Secured: {article.secured}"


def _related(related: Related, key: str) -> Iterator[str]:
    yield f"{key}Title: {related.title}"
    yield f"{key}Excerpt: {related.excerpt}"
    yield f"{key}Date: {related.published:%Y-%m-%d %H:%M:%S}"
    yield f"{key}WebUrl: {related.url}"
    yield f"{key}Provider: {related.provider}"
    yield f"{key}Domain: {related.domain}"
    yield f"{key}Quality: {related.quality}"
    yield f"{key}Image: {related.picture.url}"
