"""What an author does who follows the messages: for each broken file, the cure that it was told.

``words`` are of the hint that suggests it; the cure replaces ``old`` by ``new``, once. Cures of
the encoding or of the file itself are in ``OTHER_CURES``.
"""

from collections.abc import Callable
from typing import NamedTuple


class Cure(NamedTuple):
    """A file of the corpus, words of its hint, and the change that follows them."""

    name: str
    words: str
    old: str
    new: str


CURES = (
    Cure(
        "fences-yaml-not-closed.md",
        "Add a line `---` after line 4",
        "Harbours\n",
        "Harbours\n---\n",
    ),
    Cure("fences-toml-not-closed.md", "Add a line `+++` after line 3", "]\n\n", "]\n+++\n\n"),
    Cure("fences-json-not-closed.md", "close every [ and {", "]\n\n", "]\n}\n\n"),
    Cure("fences-yaml-with-a-word-behind.md", "Remove what comes after", " yaml", ""),
    Cure(
        "fences-yaml-in-toml.md",
        'Write `key = "value"`',
        "title: YAML between the fences of TOML",
        'title = "TOML"',
    ),
    Cure("matter-is-a-list.md", "without `- `", "- title\n- topics", "title: A list no more"),
    Cure("matter-two-documents.md", "Keep one block", "--- # and the second one\ntitle", "summary"),
    Cure("yaml-colon-in-title.md", "in quotes", "Tides: a short history", '"Tides: a history"'),
    Cure(
        "yaml-colon-in-curly-quotes.md",
        "straight quotes",
        "“Tides: a short history”",
        '"Tides: a history"',
    ),
    Cure("yaml-quote-not-closed.md", 'Add " at the end', "history", 'history"'),
    Cure(
        "yaml-quote-closed-early.md",
        "in ' marks",
        '"Tides" and the moon',
        "'\"Tides\" and the moon'",
    ),
    Cure("yaml-quote-single-in-single.md", "write '' for", "keeper's", "keeper''s"),
    Cure("yaml-tab-in-indentation.md", "Use spaces", "\tname", "  name"),
    Cure("yaml-indentation-too-deep.md", "the same indentation", "  summary", "summary"),
    Cure("yaml-indentation-uneven.md", "the same indentation", "    name", "  name"),
    Cure("yaml-line-without-key.md", "Add the colon", "published yesterday", "mood: calm"),
    Cure("yaml-space-missing.md", "with a space", "summary:It", "summary: It"),
    Cure("yaml-bracket-not-closed.md", "Close it with ]", "Tides\n", "Tides]\n"),
    Cure("yaml-bracket-at-the-end.md", "Close it with ]", "[\n", "[]\n"),
    Cure("yaml-bracket-too-many.md", "Remove it", "]]", "]"),
    Cure("yaml-bracket-then-text.md", "in quotes", "[Update] The ferry is late", '"[Update] Late"'),
    Cure("yaml-brace-not-closed.md", "Close it with }", "Courier\n", "Courier}\n"),
    Cure("yaml-comma-too-many.md", "Remove the comma", ", ,", ","),
    Cure("yaml-starts-with-at.md", "in quotes", "@keeper on the lamp", '"@keeper on the lamp"'),
    Cure("yaml-starts-with-ampersand.md", "in quotes", "&more rain", "'&more rain'"),
    Cure("yaml-backslash.md", "twice", "\\keeper", "\\\\keeper"),
    Cure(
        "yaml-anchor-and-alias.md",
        "Write the value out",
        "&name Tides\nsummary: *name",
        "Tides\nsummary: Tides",
    ),
    Cure(
        "yaml-merge-key.md",
        "Write the keys out",
        "<<: {domain: kelpmouth.example}",
        "domain: kelpmouth.example",
    ),
    Cure("yaml-tag-own.md", "Remove it", "!include ", ""),
    Cure("yaml-template-placeholder.md", "in quotes", "{{ page.title }}", '"{{ page.title }}"'),
    Cure("toml-text-without-quotes.md", "in double quotes", "Tides without quotes", '"Tides"'),
    Cure("toml-quote-not-closed.md", 'Add " at the end', "history", 'history"'),
    Cure("toml-duplicate-key.md", "Keep one", 'title = "The second title"\n', ""),
    Cure("toml-date-that-does-not-exist.md", "Write it like", "02-30", "02-28"),
    Cure(
        "toml-line-without-key.md", 'Write `key = "value"`', "published yesterday", 'mood = "calm"'
    ),
    Cure("toml-array-not-closed.md", "Close every [", '"Tides"', '"Tides"]'),
    Cure("toml-backslash.md", "twice", "\\keeper", "\\\\keeper"),
    Cure("json-comma-too-many.md", "Remove the comma", "],", "]"),
    Cure("json-bracket-closed-after-a-comma.md", "Remove the comma", ",]", "]"),
    Cure("json-comma-missing.md", "Put a comma", 'values"\n', 'values",\n'),
    Cure("json-quote-not-closed.md", 'Add " at the end', "history,", 'history",'),
    Cure("json-comment.md", "Remove the comment", "  // the title\n", ""),
    Cure("json-not-a-number.md", "Write a number, or null", "NaN", "null"),
    Cure("json-text-behind-the-brace.md", "on a new line", "} Text", "}\nText"),
    Cure("json-lone-surrogates-in-title.md", "Delete it", "\\ud83d and \\udc00", "gone"),
    Cure("date-day-that-does-not-exist.md", "Correct the date", "02-30", "02-28"),
    Cure("date-offset-that-does-not-exist.md", "from -12:00 to +14:00", "+25:00", "+05:00"),
    Cure("date-zone-unknown.md", "such as +01:00", "XYZ", "+01:00"),
    Cure("date-year-9999.md", "Correct the year", "9999", "2025"),
    Cure("date-in-curly-quotes.md", "Remove the curly", "“2026-03-01”", "2026-03-01"),
    Cure(
        "date-expires-before-published.md", "one of the two dates", "expires: 2026", "expires: 2127"
    ),
    Cure(
        "title-empty.md",
        "start the text with a heading",
        '""\n---\n',
        '""\n---\n\n# Tides\n\nAt six.\n',
    ),
    Cure("title-missing.md", "Add `title: …`", "topics", "title: Tides\ntopics"),
    Cure("title-is-a-list.md", "in quotes", "[Tides, Rain]", '"[Tides, Rain]"'),
    Cure("link-without-scheme.md", "Add https://", "www.", "https://www."),
    Cure("link-host-and-port-without-scheme.md", "Add https://", "kelp", "https://kelp"),
    Cure(
        "link-with-user-and-password.md",
        "before the @",
        "keeper:lamp-oil@kelpmouth.example/tides",
        "k.example/oil",
    ),
    Cure(
        "link-with-backslash.md",
        "Use /",
        "https:\\\\kelpmouth.example\\tides",
        "https://kelpmouth.example/1",
    ),
    Cure(
        "link-in-curly-quotes.md",
        "curly quotes",
        "“https://kelpmouth.example/tides”",
        "https://kelpmouth.example/2",
    ),
    Cure(
        "link-javascript.md",
        "like https://",
        "javascript:alert(document.cookie)",
        "https://kelpmouth.example/3",
    ),
    Cure("image-size-huge.md", "from 1 to 999999", "99999999999999999999", "999999"),
    Cure("image-size-zero.md", "remove the line", "    height: 0\n", ""),
    Cure(
        "image-without-address.md",
        "Add `url: …`",
        "  - title",
        "  - url: https://kelpmouth.example/7.jpg\n    title",
    ),
    Cure(
        "related-without-link.md",
        "Add `webUrl: …`",
        "  - title: One",
        "  - webUrl: https://ledger.example/one\n    title: One",
    ),
    Cure("related-picture-broken-at-depth.md", "whole number", "ten", "10"),
    Cure("author-without-name.md", "Add `name: …`", "  - url", "  - name: Nobody\n    url"),
    Cure(
        "provider-is-a-list.md",
        "Write one text",
        "[Kelpmouth Courier, The Island Ledger]",
        "Courier",
    ),
    Cure("published-is-a-word.md", "Write true or false", "published: maybe", "published: true"),
    Cure(
        "topics-are-a-group.md",
        "Write `topics: [",
        "topics:\n  first: Harbours",
        "topics: [Harbours]",
    ),
    Cure(
        "topics-lists-in-a-list.md",
        "a separate item",
        "  - [Tides, Rain]",
        "  - Tides\n  - Rain",
    ),
    Cure("topics-with-a-colon.md", "in quotes", "Tides: a history", '"Tides: a history"'),
)


def without_control_characters(data: bytes) -> bytes:
    return data.translate(None, bytes([*range(9), *range(11, 32), 127]))


def without_last_line(data: bytes) -> bytes:
    return b"\n".join(data.splitlines()[:-1])


OTHER_CURES: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "encoding-latin-1.md": ("Save it as UTF-8", lambda data: data.decode("latin-1").encode()),
    "encoding-utf-16-le.md": ("Save it as UTF-8", lambda data: data.decode("utf-16").encode()),
    "encoding-cut-in-a-character.txt": ("copy it again", lambda data: data + b"\xbc"),
    "fences-dash-instead-of-hyphens.md": (
        "three hyphens",
        lambda data: data.replace("—".encode(), b"---"),
    ),
    "control-in-title.md": ("Delete it", without_control_characters),
    "zero-byte-in-title.md": ("Delete it", without_control_characters),
    "large-one-byte-too-many.txt": ("Shorten it", lambda data: data[:-1]),
    "large-title-1001.md": ("Shorten it", lambda data: data.replace(b"ttt", b"t")),
    "body-secured.md": ("or delete it", without_last_line),
    "special-link-to-a-file-outside.md": ("Copy the article itself", lambda data: data),
}
