"""The words of the pages: collects them, and updates and compiles their translations.

``make words`` runs it. Catalogues carry no dates and no names, so that only words change them.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from feeds.pages.words import DOMAIN, LANGUAGES

ROOT = Path(__file__).parents[1]
LOCALE = ROOT / "feeds" / "pages" / "locale"
TRANSLATED = sorted(LANGUAGES.keys() - {"en"})
_SOURCES = ("feeds/pages", "worker/publishing")
_METHODS = [("**.html", "jinja2.ext:babel_extract"), ("**.py", "python")]
_OPTIONS = {"**.html": {"trimmed": "true", "silent": "false", "newstyle_gettext": "true"}}
_HEADER = re.compile(
    rb'^"(Generated-By|Project-Id-Version|Report-Msgid|POT-|PO-|Last-|Language-Team).*\n', re.M
)
_PLACEHOLDER = re.compile(r"%\((\w+)\)s")


def collect() -> Catalog:
    """Every word of the pages, without translations."""
    found = Catalog(domain=DOMAIN, fuzzy=False)
    for source in _SOURCES:
        messages = extract_from_dir(ROOT / source, _METHODS, _OPTIONS)
        for _, _, text, comments, context in messages:
            found.add(text, auto_comments=comments, context=context)
    return found


def path_of(language: str, extension: str = "po") -> Path:
    """The catalogue of a language, or its compiled form ("mo")."""
    return LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.{extension}"


def read(language: str) -> Catalog:
    """The catalogue of a language; an empty one if there is none."""
    path = path_of(language)
    with BytesIO(path.read_bytes() if path.exists() else b"") as file:
        return read_po(file, locale=language, domain=DOMAIN)


def updated(language: str, words: Catalog) -> bytes:
    """The catalogue with exactly these words, and their translations as far as it has them."""
    old, new = read(language), Catalog(locale=language, domain=DOMAIN, fuzzy=False)
    new.header_comment = "# The words of Feedmill's pages."
    for message in words:
        if message.id:
            found = old.get(message.id, message.context)
            new.add(message.id, found.string if found else None, context=message.context)
    with BytesIO() as file:
        write_po(file, new, no_location=True, sort_output=True, width=100)
        return _HEADER.sub(b"", file.getvalue())


def problems(language: str) -> Iterator[str]:
    """What is missing, fuzzy or no longer used in a catalogue, and placeholders that differ."""
    words, catalogue = collect(), read(language)
    for message in words:
        if message.id:
            found = catalogue.get(message.id, message.context)
            yield from (f"{language}: {text}" for text in _problems(message, found))
    for message in catalogue:
        if message.id and not words.get(message.id, message.context):
            yield f"{language}: not used: {message.id!r}"


def _problems(message: Message, found: Message | None) -> Iterator[str]:
    forms = found.string if found else ""
    texts = list(forms) if isinstance(forms, list | tuple) else [forms]
    if found and found.fuzzy:
        yield f"fuzzy: {message.id!r}"
    if not all(texts):
        yield f"missing: {message.id!r}"
        return
    source = message.id[-1] if isinstance(message.id, list | tuple) else message.id
    wanted = set(_PLACEHOLDER.findall(source))
    # "One article" needs no number; the last form, for most numbers, does.
    if set(_PLACEHOLDER.findall(texts[-1])) != wanted:
        yield f"other placeholders: {texts[-1]!r} for {source!r}"
    if not all(set(_PLACEHOLDER.findall(text)) <= wanted for text in texts):
        yield f"unknown placeholders: {texts!r}"


def compiled(language: str) -> bytes:
    """The catalogue as gettext reads it."""
    catalogue = read(language)
    # Else each run gives other bytes.
    catalogue.creation_date = catalogue.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    with BytesIO() as file:
        write_mo(file, catalogue)
        return file.getvalue()


def main() -> None:
    """Update and compile every catalogue, and list what is not translated."""
    words = collect()
    for language in TRANSLATED:
        path = path_of(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(updated(language, words))
        path_of(language, "mo").write_bytes(compiled(language))
    found = [text for language in TRANSLATED for text in problems(language)]
    print("\n".join([*found, f"{len(words)} words, {len(TRANSLATED)} languages"]))  # noqa: T201


if __name__ == "__main__":
    main()
