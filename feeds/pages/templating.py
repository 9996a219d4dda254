"""Renders HTML from Jinja2 templates, and JSON inside HTML.

Escapes every value in a template, unless it is ``Markup``.
"""

import hashlib
import json
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

__all__ = ["Markup", "Templates", "json_markup", "markup"]


class Templates:
    """The templates of one package, in its folder ``templates``."""

    def __init__(self, package: str) -> None:
        self._package = package
        self._environment = Environment(
            loader=PackageLoader(package),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            extensions=["jinja2.ext.i18n"],
        )
        self._environment.install_null_translations(newstyle=True)  # type: ignore[attr-defined]

    def render(self, name: str, **values: Any) -> str:
        """The template ``name`` with its values, escaped unless they are ``Markup``."""
        return self._environment.get_template(name).render(values)

    def version(self) -> str:
        """A hash of all templates."""
        folder = files(self._package).joinpath("templates")
        texts = [entry.read_bytes() for entry in sorted(folder.iterdir(), key=lambda e: e.name)]
        return hashlib.sha256(b"\0".join(texts)).hexdigest()[:16]


def markup(safe: str) -> Markup:
    """Mark HTML as safe: a template inserts it unchanged."""
    return Markup(safe)  # noqa: S704 -- its callers escape


def json_markup(data: dict[str, Any]) -> Markup:
    """JSON that is safe in a ``script`` element: no string can end the element or start a
    comment (HTML, section 4.12.1.3). Empty values are omitted."""
    given = {name: value for name, value in data.items() if value}
    text = json.dumps(given, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        if character in text:
            text = text.replace(character, f"\\u{ord(character):04x}")
    return markup(text)
