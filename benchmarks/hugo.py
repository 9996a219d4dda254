"""Runs Hugo from its Debian package. It writes only feeds, no article pages, because Feedmill has
none either."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from benchmarks.corpus import Article
from benchmarks.spelling import yaml_file
from benchmarks.tool import MissingError, Tool

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


class Hugo(Tool):
    """``hugo``, and ``hugo server`` with the two settings without which it does not bring term
    feeds on the disk up to date."""

    name = "Hugo"

    def install(self, build: Path) -> None:
        del build
        found = shutil.which("hugo")
        if found is None:
            raise MissingError("`hugo` is not installed, and apt-get could not install it")
        asked = subprocess.run([found, "version"], capture_output=True, text=True, check=True)
        self.version = asked.stdout.split()[1].partition("+")[0].removeprefix("v")

    def lay_out(self, site: Path) -> None:
        layouts = site / "layouts" / "_default"
        layouts.mkdir(parents=True)
        (site / "content" / "posts").mkdir(parents=True)
        (site / "hugo.toml").write_text(CONFIG, encoding="utf-8")
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
        return ("hugo", "--quiet")

    def watch(self, site: Path) -> Sequence[str]:
        del site
        return (
            *("hugo", "server", "--renderToDisk", "--disableFastRender", "--disableLiveReload"),
            *("--bind", "127.0.0.1", "--port", "31313", "--baseURL", "https://bench.example/"),
        )

    def feeds(self, slug: str) -> tuple[str, ...]:
        return f"public/topics/{slug}/index.rss", f"public/topics/{slug}/index.atom"
