"""What is wrong with a file, in words its author understands, and where.

A problem of level ``error`` rejects the file; a ``warning`` does not.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

Level = Literal["error", "warning"]


class Place(NamedTuple):
    """A position in an article file, both parts counted from 1, columns in characters."""

    line: int
    column: int

    @classmethod
    def at(cls, text: str, offset: int, first_line: int = 1) -> "Place":
        """The place of ``text[offset]``, where ``text`` begins on line ``first_line``."""
        line = first_line + text.count("\n", 0, offset)
        return cls(line, offset - text.rfind("\n", 0, offset))


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding: a stable ``code``, what was found and expected, and the likely cure."""

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


def failed_on(error: Exception) -> Problem:
    """The problem of a file at which Feedmill itself failed."""
    return Problem(
        "internal",
        f"Feedmill failed on this file ({type(error).__name__}); this is not your fault.",
        hint="Please report it, with the file. Changing the file may help meanwhile.",
    )


CODES: Final[dict[str, str]] = {
    # The file as a whole
    "empty-file": "The file holds nothing but white space.",
    "not-utf8": "The file is not UTF-8 text.",
    "control-characters": "A character that no feed may carry stands in the file.",
    "more-problems": "There are more problems than are listed.",
    "internal": "Feedmill itself failed on this file.",
    "secured-in-body": "A `secured` blob stands in the text instead of the front matter.",
    # Fences and the front matter as a whole
    "unclosed-front-matter": "The front matter begins but does not end.",
    "bad-fence": "The line that opens the front matter is not quite right.",
    "missing-fence": "Front matter stands at the top without the line that opens it.",
    "early-fence": "The line that closes the front matter stands amid its keys.",
    "rule-at-top": "Text between two `---` lines was read as text, not as front matter.",
    "not-a-mapping": "The front matter is not made of `key: value` lines.",
    "front-matter-too-big": "The front matter is longer than allowed.",
    "front-matter-too-deep": "The front matter is nested deeper than allowed.",
    "front-matter-too-many": "The front matter holds more values than allowed.",
    "duplicate-key": "A key is given twice.",
    "unknown-key": "A key is not known but looks like one that is.",
    "stray-quote": "A value ends with a quotation mark but does not begin with one.",
    # YAML
    "yaml-colon": "A value contains a colon and is not in quotes.",
    "yaml-space": "The space after a key's colon is missing.",
    "yaml-no-colon": "A line has no `key:`.",
    "yaml-tab": "A tab stands where YAML allows only spaces.",
    "yaml-quote": "A quotation mark is not closed, or is closed too early.",
    "yaml-indent": "A line is not indented like its neighbours.",
    "yaml-start": "A value begins with a character that has a meaning of its own in YAML.",
    "yaml-bracket": "A bracket or brace is not closed.",
    "yaml-hash": "A `#` cuts off a value, since YAML begins a comment with it.",
    "yaml-escape": "A backslash in double quotes is followed by something unknown.",
    "yaml-alias": "An anchor (`&name`) or alias (`*name`) is used.",
    "yaml-tag": "A tag (`!name`) is used.",
    "yaml-key": "A key is not plain text.",
    "yaml-merge": "A merge key (`<<`) is used.",
    "yaml-documents": "There are several YAML documents in the front matter.",
    "yaml-syntax": "The front matter is not YAML.",
    # TOML and JSON
    "toml-syntax": "The front matter between `+++` lines is not TOML.",
    "json-syntax": "The front matter in braces is not JSON.",
    # The body
    "dropped-html": "Something that no feed may carry was left out of the text.",
    "too-deep": "The text is nested too deeply and is shown as plain text.",
    "template-code": "A shortcode or other code for a publishing tool was left out of the text.",
    "embedded-file": "A file that only a note-taking tool can show was left out of the text.",
    "tool-address": "An address that only a publishing tool can make out was left out.",
    # Values
    "no-title": "There is no title, neither in the front matter nor in the text.",
    "title-too-long": "The title is longer than allowed.",
    "bad-type": "A value is of the wrong kind, such as a list where text is expected.",
    "missing-key": "A part of the front matter lacks a key that it needs.",
    "bad-date": "A date cannot be read, or does not exist.",
    "naive-date": "A time has no offset and was read in the site's time zone.",
    "file-time": "Words that stand for the file's own time are given as a date.",
    "updated-before-published": "The update is dated before the publication and is ignored.",
    "expires-before-published": "The article would expire before it is published.",
    "bad-url": "An address is not one that a reader can follow.",
    "bad-number": "A value is not a number.",
    "bad-size": "A picture's width or height is not a positive whole number.",
    "bad-boolean": "A value is neither true nor false.",
    "bad-email": "An e-mail address is not one.",
    "bad-domain": "A domain is not one.",
    "bad-language": "A language is not a tag such as `en` or `pt-BR`, and is ignored.",
    "bad-id": "An id is empty or too long.",
    "bad-topic": "A topic is not a short text.",
    "too-many-topics": "There are more topics than allowed.",
    # The article as a whole
    "no-summary": "There is no summary, and no text to make one of.",
    "relative-link": "A relative address has nothing that it could be relative to.",
    # What the worker makes of an article, or of a file that it cannot read
    "topic-typo": "A new topic is one letter away from an older one.",
    "topic-limit": "A new topic would be one more than `topics.most` allows.",
    "unknown-topic": "The topic is not in the configuration, and `topics.strict` wants it there.",
    "held": "The article is held back by its author's word.",
    "scheduled": "The article is dated in the future and will be public then.",
    "expired": "The article's time has passed.",
    "overtaken": "Another file has the same id, link or content and stands in its place.",
    "contested": "Another file claims this one's id, link or content, and is not published.",
    "parser-died": "Reading the file took too long, too much memory, or crashed.",
    "unreadable": "The file could not be opened or read.",
    "not-a-file": "It is a link, a folder or a device and no file.",
    "file-too-large": "The file is larger than `drop.max_bytes`.",
    "passed-over": "The worker takes no files of that name for articles.",
    "name-not-utf8": "The file's name is not UTF-8.",
}
