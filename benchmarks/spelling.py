"""Articles as files: YAML front matter, with the few keys that each tool calls its own way."""

from collections.abc import Iterator
from datetime import datetime

from benchmarks.corpus import Article, Picture, Related


def yaml_file(article: Article, *, date_key: str = "date", extra: str = "") -> str:
    """Front matter and body. ``date_key`` names the date; ``extra`` are further whole lines."""
    return "\n".join(("---", *_front_matter(article, date_key), extra + "---", "", article.body))


def moment(when: datetime) -> str:
    """RFC 3339, which is YAML's too."""
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def _front_matter(article: Article, date_key: str) -> Iterator[str]:
    yield "category: news"
    yield f'title: "{article.title}"'
    yield f'excerpt: "{article.excerpt}"'
    yield f"{date_key}: {moment(article.published)}"
    yield f'originalUrl: "{article.url}"'
    yield f'webUrl: "{article.url}"'
    yield f"quality: {article.quality}"
    yield "heat: -1"
    yield ""
    yield "provider:"
    yield f"  name: {article.provider}"
    yield f"  domain: {article.domain}"
    yield ""
    yield "topics:"
    yield from (f"  - {topic}" for topic in article.topics)
    yield ""
    yield "images:"
    yield from _picture(article.picture, "  ")
    yield ""
    yield "related:"
    for related in article.related:
        yield from _related(related)
    yield ""
    yield f'secured: "{article.secured}"'


def _related(related: Related) -> Iterator[str]:
    yield f'  - title: "{related.title}"'
    yield f'    excerpt: "{related.excerpt}"'
    yield f"    publishedDateTime: {moment(related.published)}"
    yield f'    webUrl: "{related.url}"'
    yield "    type: article"
    yield "    provider:"
    yield f"      name: {related.provider}"
    yield f"      domain: {related.domain}"
    yield f"    quality: {related.quality}"
    yield "    images:"
    yield from _picture(related.picture, "      ")


def _picture(picture: Picture, indent: str) -> Iterator[str]:
    yield f'{indent}- url: "{picture.url}"'
    yield f"{indent}  width: {picture.width}"
    yield f"{indent}  height: {picture.height}"
    yield f"{indent}  isCached: true"
    yield f'{indent}  title: "{picture.title}"'
