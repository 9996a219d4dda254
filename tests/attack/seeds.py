"""What mutations begin with: the samples, the hostile files, other tools' articles."""

import random
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

HEADS = {
    "yaml": (
        "---\n",
        "title: One\ntags: [a, b]\ndate: 2021-02-04\nimages:\n  - url: /a\n",
        "---\n",
    ),
    "toml": ("+++\n", 'title = "One"\ntags = ["a"]\ndate = 2021-02-04\n[extra]\nx = 1\n', "+++\n"),
    "json": ("", '{"title": "One", "tags": ["a", {"b": null}], "date": "2021-02-04"}\n', "\n"),
    "pelican": ("", "Title: One\nDate: 2021-02-04 10:20\nTags: a, b\nAuthor: Ann\n", "\n"),
    "none": ("", "", ""),
}
"""Kinds of front matter: its first line, its content, its last line."""

TOKENS = [
    *("---\n", "+++\n", "{", "}", "[", "]", "\n", "\r\n", "\r", ": ", "- ", "  ", "\t", '"', "'"),
    *("#", "&a ", "*a", "!!binary ", "!x ", "<<: ", "? ", "|\n", ">-\n", "%YAML 1.1\n", "@", "\\"),
    *("\\u0000", "\\ud800", "\x00", "\x1b", "\x7f", "\x85", "\u2028", "\ufeff", "\ufffe", "\u202e"),
    *("title", "date", "tags", "id", "link", "draft: true\n", "secured: x\n", "related:\n  - "),
    *("9" * 400, "1e999", "-0", "0x7fffffffffffffff", ".inf", ".nan", "1979-05-27T25:61:61Z"),
    *(
        "0000-00-00",
        "9999-12-31T23:59:60Z",
        "+262143-01-01",
        "null",
        "~",
        "true",
        "2e3:",
        "[[a]]\n",
    ),
    *("<p>", "</p>", "<div>", "<table>", "<td>", "<rt>", "<ruby>", "<svg>", "<math>", "<b>", "<a "),
    *("<!--", "-->", "<![CDATA[", "<script>", "<style>", "<template>", "<select>", "</span>"),
    *("# ", "> ", "* ", "1. ", "```\n", "`", "[a](", "![", "[a]: ", "|-|\n", "***", "~~", "&amp;"),
    *(
        "&#0;",
        "&#x110000;",
        "&" * 50,
        "https://x.example/",
        "http://[",
        "//",
        "javascript:",
        "é",
        "🙂",
    ),
    *(
        "{{< x >}}",
        "{% raw %}",
        "{{ y }}",
        "![[z]]",
        "<!-- more -->",
        ".. note::\n",
        ":::",
        "\ud800",
    ),
]


@cache
def samples() -> tuple[tuple[str, bytes], ...]:
    """Name and bytes of every sample that is no folder and not enormous."""
    found = []
    for folder in ("seeds", "tests/hostile/files", "tests/dialects"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and path.suffix in {".md", ".txt", ".html", ".markdown"}:
                data = path.read_bytes()
                if len(data) < 50_000:
                    found.append((path.name, data))
    return tuple(found)


def mutated(data: bytes, chance: random.Random) -> bytes:
    """The bytes with some changes as fuzzers make them."""
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        at = chance.randint(0, len(data))
        to = min(len(data), at + chance.choice((0, 1, 2, 8, 40, 400)))
        match chance.randint(0, 6):
            case 0:
                data = data[:at] + data[to:]
            case 1:
                data = data[:at] + _token(chance) + data[to:]
            case 2:
                data = data[:at] + data[at:to] * chance.choice((2, 3, 50)) + data[to:]
            case 3:
                data = data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]
            case 4:
                other = chance.choice(samples())[1]
                start = chance.randint(0, len(other))
                data = data[:at] + other[start : start + chance.choice((5, 50, 500))] + data[to:]
            case 5:
                data = data[:at] + _token(chance) * chance.choice((2, 40, 300)) + data[at:]
            case _:
                data = data[:at]
        data = data[:60_000]
    return data


def made_up(chance: random.Random) -> bytes:
    """A file of tokens alone, with a head of one kind or another."""
    opening, inside, closing = HEADS[chance.choice(sorted(HEADS))]
    body = b"".join(_token(chance) for _ in range(chance.choice((1, 5, 40, 200))))
    head = (opening + inside).encode()
    if chance.random() < 0.8:
        head = mutated(head, chance)
    return head + (closing.encode() if chance.random() < 0.9 else b"") + body


def _token(chance: random.Random) -> bytes:
    return chance.choice(TOKENS).encode("utf-8", "surrogatepass")
