"""Problems of a file: what is wrong, where, and how to fix it, in plain English.

An ``error`` rejects the file; a ``warning`` does not. Codes never change their meaning.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, NamedTuple

Level = Literal["error", "warning"]


class Place(NamedTuple):
    """A position in a file; line and column start at 1, columns count characters."""

    line: int
    column: int

    @classmethod
    def at(cls, text: str, offset: int, first_line: int = 1) -> "Place":
        """The place of ``text[offset]``, where ``text`` begins on line ``first_line``."""
        line = first_line + text.count("\n", 0, offset)
        return cls(line, offset - text.rfind("\n", 0, offset))


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem: a stable ``code``, what was found and expected, and how to fix it."""

    code: str
    message: str
    place: Place | None = None
    hint: str = ""
    level: Level = "error"

    def __str__(self) -> str:
        """``line:column: level: text [code]``, the tail of what ``feedmill check`` prints."""
        line, column = self.place or Place(1, 1)
        text = f"{line}:{column}: {self.level}: {self.message}"
        if self.hint:
            text += f" {self.hint}"
        return f"{text} [{self.code}]"

    def plain(self) -> dict[str, Any]:
        """The problem as JSON values."""
        return {
            "line": self.place.line if self.place else None,
            "column": self.place.column if self.place else None,
            "level": self.level,
            "code": self.code,
            "message": self.message,
            "hint": self.hint,
        }


def plain_verdict(path: str, verdict: str, problems: Iterable[Problem]) -> dict[str, Any]:
    """One file's verdict as JSON values."""
    return {"path": path, "verdict": verdict, "problems": [each.plain() for each in problems]}


def without_places(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems of a text that was made from the author's: its lines are not the author's."""
    return tuple(replace(problem, place=None) for problem in problems)


def failed_on(error: Exception) -> Problem:
    """The problem for a file on which Feedmill itself failed."""
    return Problem(
        "internal",
        f"Feedmill itself failed on this file ({type(error).__name__}). This is not your fault.",
        hint="Please report it and attach the file. Changing the file may help until it is fixed.",
    )


CODES: Final[dict[str, str]] = {
    # The file as a whole
    "empty-file": "The file contains only spaces and line breaks.",
    "not-utf8": "The file is not UTF-8 text.",
    "control-characters": "The file contains a character that is not allowed in feeds.",
    "more-problems": "There are more problems than the message lists.",
    "internal": "Feedmill itself failed on this file.",
    "secured-in-body": "A `secured` value is in the text instead of the front matter.",
    # Files that are no articles
    "section-page": "The page introduces a section of a site.",
    "site-file": "The file belongs to a site or a repository, such as README.md.",
    "page": "The page has no date and says that it is no article.",
    "other-kind": "The file belongs to another program, such as Word.",
    "meta-unread": "The `.meta` file beside the file cannot be read.",
    # Fences and the front matter as a whole
    "unclosed-front-matter": "The front matter starts but does not end.",
    "bad-fence": "The first line of the front matter is not exactly `---`.",
    "missing-fence": "The `---` line above the front matter is missing.",
    "early-fence": "The line that closes the front matter is between its keys.",
    "rule-at-top": "Text between two `---` lines was read as text, not as front matter.",
    "not-a-mapping": "The front matter does not consist of `key: value` lines.",
    "front-matter-too-big": "The front matter is too long.",
    "front-matter-too-deep": "The front matter has too many nested levels.",
    "front-matter-too-many": "The front matter has too many values.",
    "duplicate-key": "A key appears twice; the last one counts, or the first of header lines.",
    "unknown-key": "A key is not known but looks like one that is.",
    "stray-quote": "A value ends with a quotation mark but does not start with one.",
    # YAML
    "yaml-colon": "A value contains a colon and is not in quotes.",
    "yaml-space": "The space after a key's colon is missing.",
    "yaml-no-colon": "A line has no `key:`.",
    "yaml-tab": "There is a tab where YAML allows only spaces.",
    "yaml-quote": "A quotation mark is not closed, or is closed too early.",
    "yaml-indent": "A line is not indented like its neighbours.",
    "yaml-start": "A value starts with a character that has a special meaning in YAML.",
    "yaml-bracket": "A bracket or brace is not closed.",
    "yaml-hash": "A `#` cuts off a value, because it starts a comment in YAML.",
    "yaml-escape": "A backslash in double quotes is followed by something unknown.",
    "yaml-alias": "An anchor (`&name`) or alias (`*name`) is used.",
    "yaml-tag": "A tag (`!name`) is used.",
    "yaml-key": "A key is not plain text.",
    "yaml-merge": "A merge key (`<<`) is used.",
    "yaml-documents": "There is more than one YAML document in the front matter.",
    "yaml-syntax": "The front matter is not valid YAML.",
    # TOML and JSON
    "toml-syntax": "The front matter between `+++` lines is not valid TOML.",
    "json-syntax": "The front matter in braces is not valid JSON.",
    # The body
    "dropped-html": "Something that is not allowed in feeds was left out of the text.",
    "unclosed-html": "An HTML element or comment in the text is not closed.",
    "lost-words": "Words of the text would be missing from what is published.",
    "too-many-links": "The text names more than 1,000 other files.",
    "too-deep": "The text has too many nested levels and is shown as plain text.",
    "template-code": "A shortcode or other code for a publishing tool was left out of the text.",
    "embedded-file": "A file that only a note-taking tool can show was left out of the text.",
    "tool-address": "An address that only a publishing tool understands was left out.",
    "rest-syntax": "docutils does not understand a part of the reStructuredText.",
    "mdx-code": "Program code of an `.mdx` file was left out of the text.",
    # Pictures, sound and film beside the article
    "missing-media": "A picture, sound or film that the article shows is not there.",
    "bad-media": "A file that the article shows is not a picture, sound or film of a known kind.",
    "large-media": "A picture, sound or film is larger than `media.max_bytes`.",
    "unready-media": "A picture, sound or film cannot be read, or changes all the time.",
    "too-many-media": "The article shows more files than one article may.",
    "enclosure": "Something is unknown or unusable about a file to download, or of its episode.",
    "bad-enclosure": "A length, type or duration of a file to download is not valid.",
    # Values
    "no-title": "There is no title, neither in the front matter nor in the text.",
    "title-too-long": "The title is too long.",
    "bad-type": "A value has the wrong type, such as a list instead of text.",
    "missing-key": "A part of the front matter lacks a required key.",
    "bad-date": "A date cannot be read or does not exist.",
    "ambiguous-date": "A date such as `04/02/2026` may mean two days; the month is read first.",
    "naive-date": "A time has no UTC offset and was read in the site's time zone.",
    "file-time": "A placeholder such as `Last Modified` is given instead of a date.",
    "updated-before-published": "The update is dated before the publication, so it is ignored.",
    "expires-before-published": "The article would expire before it is published.",
    "bad-url": "A web address is not valid.",
    "bad-number": "A value is not a number.",
    "bad-size": "The width or height of a picture is not a positive whole number.",
    "bad-boolean": "A value is neither true nor false.",
    "bad-email": "An e-mail address is not valid.",
    "bad-domain": "A domain is not valid.",
    "bad-language": "A language is not a tag such as `en` or `pt-BR`, and is ignored.",
    "bad-id": "An id is empty or too long.",
    "bad-topic": "A topic is not a short text.",
    "too-many-topics": "The article has too many topics.",
    # The article as a whole
    "no-summary": "There is no summary, and no text to make one from.",
    "relative-link": "A relative address is used, but the site has no public address.",
    # What the worker makes of an article, or of a file that it cannot read
    "link-target": "A link names a file that is not a public article, so only its words stand.",
    "translation": "Another translation of the article is in its topics.",
    "topic-typo": "A new topic is almost the same as an older one.",
    "topic-limit": "A new topic was not added: the site already has `topics.most` topics.",
    "unknown-topic": "The topic is not in the configuration, and `topics.strict` requires it.",
    "held": "The file is marked as a draft or as unpublished.",
    "scheduled": "The article's date is in the future. It becomes public then.",
    "expired": "The article has expired.",
    "overtaken": "Another file has the same id, link or content and is published instead.",
    "contested": "Another file has the same id, link or content and is not published.",
    "parser-died": "Reading the file took too long or too much memory, or crashed.",
    "unreadable": "The file could not be opened or read.",
    "not-a-file": "It is a link, a folder or a device, not a regular file.",
    "file-too-large": "The file is larger than `drop.max_bytes`.",
    "passed-over": "The worker ignores files with this name.",
    "name-not-utf8": "The file name is not valid UTF-8.",
}
