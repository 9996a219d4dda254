"""Renders HTML from Jinja2 templates, and JSON inside HTML.

Escapes every value in a template, unless it is ``Markup``. A value that does not exist is an
error.
"""

import hashlib
import json
import traceback
from collections.abc import Callable, Iterator
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from jinja2 import (
    ChoiceLoader,
    Environment,
    FunctionLoader,
    PackageLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateError,
    TemplateSyntaxError,
)
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from feeds.pages.words import words_of

__all__ = ["Markup", "OwnTemplate", "Templates", "json_markup", "markup", "templates_of"]


# What a page of the owner's templates may have; ours have less than a tenth of it.
MOST_CHARACTERS = 20_000_000
OURS = "feedmill"
"""The folder of our own templates, for those that extend one of the same name."""


class OwnTemplate(NamedTuple):
    """A template of the site's owner: its name, its file as messages call it, and its text."""

    name: str
    path: str
    text: str


class Templates:
    """The templates of one package, in its folder ``templates``, with the words of a language.

    Those in ``own`` go before ours. Where one of them fails, ours are used instead and
    ``problem`` says why, with file and line: no page depends on them.
    """

    def __init__(
        self, package: str, language: str = "en", own: tuple[OwnTemplate, ...] = ()
    ) -> None:
        self.problem = ""
        self._package, self._words = package, words_of(language)
        self._files = {template.name: template for template in own}
        self._ours = self._environment(Environment)
        # Its range() is bounded, and no expression reaches Python's own objects.
        self._own = self._environment(SandboxedEnvironment) if own else None

    def render(self, name: str, **values: Any) -> str:
        """The template ``name`` with its values, escaped unless they are ``Markup``."""
        if self._own:
            try:
                return _bounded(self._own.get_template(name).generate(values))
            except Exception as error:  # whatever the owner's template does
                self.problem = self.problem or self._place(error)
        return self._ours.get_template(name).render(values)

    def compile_own(self) -> None:
        """Compile the owner's templates, also those that no page uses."""
        try:
            for name in self._files:
                if self._own:
                    self._own.get_template(name)
        except TemplateError as error:
            self.problem = self.problem or self._place(error)

    def version(self) -> str:
        """A hash of all templates and words."""
        folder = files(self._package).joinpath("templates")
        texts = [entry.read_bytes() for entry in sorted(folder.iterdir(), key=lambda e: e.name)]
        texts += [repr(template).encode() for template in self._files.values()]
        return hashlib.sha256(b"\0".join([*texts, self._words.version.encode()])).hexdigest()[:16]

    def _environment(self, kind: type[Environment]) -> Environment:
        ours = PackageLoader(self._package)
        loaders = [ours, PrefixLoader({OURS: ours})]
        own = [FunctionLoader(self._load)] if kind is SandboxedEnvironment else []
        made = kind(
            loader=ChoiceLoader([*own, *loaders]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            extensions=["jinja2.ext.i18n"],
        )
        made.policies["ext.i18n.trimmed"] = True
        made.install_gettext_callables(  # type: ignore[attr-defined]
            self._words.gettext, self._words.ngettext, newstyle=True
        )
        return made

    def _load(self, name: str) -> tuple[str, str, Callable[[], bool]] | None:
        found = self._files.get(name)
        return (found.text, found.path, lambda: True) if found else None

    def _place(self, error: Exception) -> str:
        """The error after the file and line of the owner's template that it is in."""
        paths = {template.path for template in self._files.values()}
        frames = traceback.extract_tb(error.__traceback__)
        places = [f"{frame.filename}:{frame.lineno}" for frame in frames if frame.filename in paths]
        if isinstance(error, TemplateSyntaxError):
            places = [f"{error.filename or error.name}:{error.lineno}"]
        cause = getattr(error, "message", None) or str(error) or type(error).__name__
        return ": ".join([*places[-1:], " ".join(str(cause).split())])


def _bounded(parts: Iterator[str]) -> str:
    """The parts as one text. Raises TemplateError if it grows too long."""
    made, size = [], 0
    for part in parts:
        made.append(part)
        size += len(part)
        if size > MOST_CHARACTERS:
            raise TemplateError(f"the page has more than {MOST_CHARACTERS:,} characters")
    return "".join(made)


@lru_cache(maxsize=8)
def templates_of(package: str, language: str, own: tuple[OwnTemplate, ...] = ()) -> Templates:
    """The templates of a package in the words of a language; compiled once."""
    return Templates(package, language, own)


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
