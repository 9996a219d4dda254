"""The newest Eleventy from npm.

It writes feeds only, no page for each article, by a template in plain JavaScript, which is its
fastest language, and runs no template language over the bodies.
"""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from benchmarks.corpus import Article
from benchmarks.spelling import yaml_file
from benchmarks.tool import MissingError, Tool, debian, newest

CONFIG = """\
const slug = (topic) => topic.toLowerCase().replaceAll(" ", "-");

module.exports = function (config) {
  config.setQuietMode(true);
  config.addCollection("byTopic", (all) => {
    const topics = new Map();
    for (const post of all.getFilteredByGlob("content/posts/*.md").reverse()) {
      for (const name of post.data.topics || []) {
        if (!topics.has(name)) topics.set(name, []);
        if (topics.get(name).length < 50) topics.get(name).push(post);
      }
    }
    return [...topics].map(([name, posts]) => ({ name, slug: slug(name), posts }));
  });
  return {
    dir: { input: "content", output: "public" },
    markdownTemplateEngine: false,
    htmlTemplateEngine: false,
    templateFormats: ["md", "11ty.js"],
  };
};
"""

POSTS = '{"permalink": false}\n'

COMMON = """\
const escape = (text) => String(text ?? "").replace(/[&<>"]/g, (c) =>
  ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" }[c]));
"""

RSS = """\
const item = (post) => `
    <item>
      <title>${escape(post.data.title)}</title>
      <link>${escape(post.data.webUrl)}</link>
      <guid isPermaLink="false">${escape(post.data.webUrl)}</guid>
      <pubDate>${post.date.toUTCString()}</pubDate>
      <description>${escape(post.data.excerpt)}</description>
      <content:encoded>${escape(post.templateContent)}</content:encoded>
      ${post.data.topics.map((t) => `<category>${escape(t)}</category>`).join("\\n      ")}
      <source url="https://${post.data.provider.domain}/">${escape(post.data.provider.name)}</source>
      ${post.data.images.map((i) => `<media:content url="${escape(i.url)}" medium="image"
       width="${i.width}" height="${i.height}"/>`).join("\\n      ")}
    </item>`;

module.exports.data = {
  pagination: { data: "collections.byTopic", size: 1, alias: "topic" },
  permalink: (data) => `topics/${data.topic.slug}.rss`,
  eleventyExcludeFromCollections: true,
};

module.exports.render = ({ topic }) => `<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"
 xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:media="http://search.yahoo.com/mrss/">
  <channel>
    <title>${escape(topic.name)}</title>
    <link>https://bench.example/topics/${topic.slug}</link>
    <description>Articles on ${escape(topic.name)}</description>
    <atom:link href="https://bench.example/topics/${topic.slug}.rss" rel="self"
     type="application/rss+xml"/>${topic.posts.map(item).join("")}
  </channel>
</rss>
`;
"""

ATOM = """\
const entry = (post) => `
  <entry>
    <id>${escape(post.data.webUrl)}</id>
    <title>${escape(post.data.title)}</title>
    <link href="${escape(post.data.webUrl)}"/>
    <published>${post.date.toISOString()}</published>
    <updated>${post.date.toISOString()}</updated>
    <summary>${escape(post.data.excerpt)}</summary>
    <content type="html">${escape(post.templateContent)}</content>
    ${post.data.topics.map((t) => `<category term="${escape(t)}"/>`).join("\\n    ")}
    ${post.data.related.map((r) => `<link rel="related" href="${escape(r.webUrl)}"
     title="${escape(r.title)}"/>`).join("\\n    ")}
    ${post.data.images.map((i) => `<media:content url="${escape(i.url)}" medium="image"
     width="${i.width}" height="${i.height}"/>`).join("\\n    ")}
  </entry>`;

module.exports.data = {
  pagination: { data: "collections.byTopic", size: 1, alias: "topic" },
  permalink: (data) => `topics/${data.topic.slug}.atom`,
  eleventyExcludeFromCollections: true,
};

module.exports.render = ({ topic }) => `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/">
  <id>https://bench.example/topics/${topic.slug}</id>
  <title>${escape(topic.name)}</title>
  <author><name>Bench</name></author>
  <link href="https://bench.example/topics/${topic.slug}.atom" rel="self"
   type="application/atom+xml"/>
  <updated>${topic.posts[0].date.toISOString()}</updated>${topic.posts.map(entry).join("")}
</feed>
`;
"""


class Eleventy(Tool):
    """``eleventy``, and ``eleventy --watch``."""

    name = "Eleventy"

    def install(self, build: Path) -> None:
        node, npm = debian("node", "nodejs"), debian("npm", "npm")
        home = build / "eleventy"
        program = home / "node_modules" / "@11ty" / "eleventy" / "cmd.cjs"
        home.mkdir(parents=True, exist_ok=True)
        (home / "package.json").write_text('{"private": true}\n', encoding="utf-8")
        package = "@11ty/eleventy@latest"
        newest([npm, "install", "--prefix", str(home), "--no-audit", "--no-fund", package], program)
        # A generator's heap may grow to what the articles need.
        self._command = (node, "--max-old-space-size=8192", str(program), "--quiet")
        asked = subprocess.run(
            [node, str(program), "--version"], capture_output=True, text=True, check=False
        )
        if asked.returncode:
            raise MissingError(asked.stderr.strip())
        self.version = asked.stdout.strip()

    def lay_out(self, site: Path) -> None:
        posts = site / "content" / "posts"
        posts.mkdir(parents=True)
        (site / "eleventy.config.cjs").write_text(CONFIG, encoding="utf-8")
        (posts / "posts.json").write_text(POSTS, encoding="utf-8")
        for suffix, template in (("rss", RSS), ("atom", ATOM)):
            text = COMMON + template
            (site / "content" / f"{suffix}.11ty.js").write_text(text, encoding="utf-8")

    def path(self, article: Article) -> str:
        return f"content/posts/{article.name}.md"

    def spell(self, article: Article) -> str:
        return yaml_file(article)

    def build(self, site: Path) -> Sequence[str]:
        del site
        return self._command

    def watch(self, site: Path) -> Sequence[str]:
        del site
        return (*self._command, "--watch")

    def feeds(self, slug: str) -> tuple[str, ...]:
        return f"public/topics/{slug}.rss", f"public/topics/{slug}.atom"
