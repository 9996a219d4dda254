"""Content for an article with an empty body, made from its front matter."""

from html import escape

from worker.core.article import Image, Related
from worker.core.deferred import parse
from worker.core.text import folded, scrubbed
from worker.core.urls import body_url


def compose_content(summary: str, images: tuple[Image, ...], related: tuple[Related, ...]) -> str:
    """The summary, the first picture and the related links as safe HTML.

    "" if there is nothing to show. Addresses that are not absolute or deferred are left out.
    """
    parts = [f"<p>{escape(folded(summary), quote=False)}</p>"] if folded(summary) else []
    pictures = (_picture(image) for image in images)
    parts += [f"<p>{picture}</p>" for picture in pictures if picture][:1]
    items = dict.fromkeys(_related_item(each) for each in related)
    items.pop("", None)
    if items:
        parts += ["<p>Related</p>", "<ul>", *(f"<li>{item}</li>" for item in items), "</ul>"]
    return scrubbed("\n".join(parts))


def _picture(image: Image) -> str:
    url = image.url if parse(image.url) else body_url(image.url, "", web_only=True)
    if not url:
        return ""
    sizes = (("width", image.width), ("height", image.height))
    size = "".join(f' {name}="{pixels}"' for name, pixels in sizes if pixels)
    return f'<img src="{escape(url)}"{size} alt="{escape(folded(image.title))}">'


def _related_item(related: Related) -> str:
    url = body_url(related.link, "", web_only=True)
    title = escape(folded(related.title) or url, quote=False)
    item = f'<a href="{escape(url)}">{title}</a>' if url else title
    provider = related.provider
    source = folded(provider.name or provider.domain) if provider else ""
    return f"{item} ({escape(source, quote=False)})" if source and item else item
