"""The hostile corpus: what ``files/`` holds, and what no editor or repository would keep as it is.

Large, binary, invisible and special files, and odd names, are made here. To look at all of it:
``python -m tests.hostile.generate FOLDER``, then ``feedmill check FOLDER/drop/*``.
"""

import os
import shutil
import socket
import sys
from contextlib import chdir, suppress
from pathlib import Path

SMALL = Path(__file__).parent / "files"
LIMIT = 2_000_000  # drop.max_bytes


def matter(*lines: str, body: str = "Text.") -> bytes:
    """A file with YAML front matter."""
    return "\n".join(["---", *lines, "---", "", body, ""]).encode("utf-8", "surrogatepass")


def titled(title: str, body: str) -> bytes:
    return matter(f"title: {title}", body=body)


def page(title: str, body: str) -> bytes:
    return f"<h1>{title}</h1>\n<p>Text.</p>\n{body}\n".encode()


def encodings() -> dict[str, bytes]:
    """Bytes that are not plain UTF-8 with line feeds, or that are no text at all."""
    text = "---\ntitle: {}\nsummary: Ebbe und Flüsse\n---\n\nTéxt.\n"
    return {
        "encoding-bom.md": b"\xef\xbb\xbf" + text.format("A byte order mark").encode(),
        "encoding-bom-and-crlf.md": b"\xef\xbb\xbf"
        + text.format("A byte order mark, and two bytes for a line end")
        .replace("\n", "\r\n")
        .encode(),
        "encoding-cr-only.md": text.format("Line ends of old").replace("\n", "\r").encode(),
        "encoding-line-ends-mixed.md": b"---\r\ntitle: Line ends of all kinds\r"
        b"date: 2026-02-30\n---\r\rText.\r\n",
        "encoding-bom-in-the-middle.md": titled("A byte order mark in the text", "One\ufefftwo."),
        "encoding-utf-16-le.md": text.format("UTF-16").encode("utf-16"),
        "encoding-utf-16-be.md": b"\xfe\xff" + text.format("UTF-16").encode("utf-16-be"),
        "encoding-utf-16-without-bom.txt": b"Plain letters, each of two bytes.".decode().encode(
            "utf-16-le"
        ),
        "encoding-utf-32.md": text.format("UTF-32").encode("utf-32"),
        "encoding-latin-1.md": text.format("Latin-1").encode("latin-1"),
        "encoding-cut-in-a-character.txt": "Überfahrt\n\nEbbe und Flü".encode()[:-1],
        "encoding-overlong.md": b"---\ntitle: A slash in two bytes\n---\n\n\xc0\xaf\n",
        "encoding-surrogates.md": matter("title: Half a letter", body="\ud83d"),
        "zero-bytes-only.md": bytes(4096),
        "zero-byte-in-text.md": titled("A zero byte in the text", "One\0two."),
        "zero-byte-in-title.md": titled("Zero\0byte", "Text."),
        "binary-pdf.txt": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n",
        "binary-office-document.md": b"PK\x03\x04\x14\x00\x06\x00[Content_Types].xml",
        "binary-picture.html": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        "binary-gzip.md": b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03",
        "binary-program.md": b"\x7fELF\x02\x01\x01" + bytes(57),
    }


def invisible() -> dict[str, bytes]:
    """Characters that an editor does not show."""
    link = "link: https://kelpmouth.example/a"
    return {
        "control-in-title.md": titled("Ring\x07 the bell", "Text."),
        "control-in-heading.md": b"# Ring\x07 the bell\n\nText.\n",
        "control-in-summary.md": matter("title: A bell in the summary", "summary: Ring\x07."),
        "control-in-link.md": matter("title: A bell in the link", f"{link}\x07b"),
        "control-in-id.md": matter("title: A bell in the id", "id: a\x07b"),
        "control-in-topic.md": matter("title: A bell in a topic", "topics: [Har\x07bours]"),
        "control-in-key.md": matter("title: A bell in a key", "sum\x07mary: Text."),
        "control-as-yaml-escape.md": matter('title: "Ring\\x07 the bell \\0"'),
        "control-in-messages.json.md": b'{"title": "x",\n"\\u001b[2J": 1,\n"\\u001b[2J": 2}\n',
        "control-in-messages.md": matter("title: x", "\x1b[2J: 1", "\x1b[2J: 2"),
        "control-in-messages.toml.md": b"+++\ntitle = 'x'\n'\x1b[2J' = 1\n'\x1b[2J' = 2\n+++\n",
        "bidi-in-messages.md": matter("title: x", 'date: "2026\\u202E-03"', "\u2066date: x"),
        "control-for-terminals.md": titled(
            "Orders to a terminal", "\x1b]0;owned\x07\x1b[2J\x1b[31mred\x1b[0m \x9b31m \x08\x08"
        ),
        "control-as-entities.html": page("Bells as entities", "<p>&#7; &#x1B;[2J &#0; &#x9b;</p>"),
        "nonchars-in-text.md": titled("No characters", "One\ufffetwo\uffff three\U0001fffe."),
        "separators-in-title.md": titled('"Two\\u2028lines\\u2029or three\\u0085"', "Text."),
        "separators-in-text.md": titled("Line ends", "One\u2028two\u2029three\x0bfour\x0cfive."),
        "bidi-in-title.md": titled('"Invoice \\u202Efdp.exe\\u2066"', "Text."),
        "bidi-in-text.md": titled("Letters that turn round", "One \u202etwo\u202c \u2067three."),
        "zero-width-in-title.md": titled("\u200bNo\u200cth\u200ding\ufeff", "Text."),
        "title-of-nothing-visible.md": titled('"\\u200b\\u2060"', "\u200b"),
        "stand-ins-of-our-own.md": matter(
            "title: Letters \U0010f007 of the last plane", "summary: One\x07\U0010f007two"
        ),
    }


def large() -> dict[str, bytes]:
    """Something longer than anybody writes."""
    words = "The tide comes in and the tide goes out. "
    return {
        "large-ten-megabytes.md": b"x" * 10_000_000,
        "large-one-byte-too-many.txt": b"x" * (LIMIT + 1),
        "large-up-to-the-limit.txt": (words * LIMIT).encode()[:LIMIT],
        "large-one-word.md": b"x" * 1_000_000,
        "large-one-line.md": ("# One line\n\n" + words * 20_000).encode(),
        "large-front-matter.md": matter("title: A long summary", f"summary: {words * 2000}"),
        "large-front-matter.toml.md": b"+++\ntitle = '" + b"x" * 70_000 + b"'\n+++\n",
        "large-front-matter.json.md": b'{"title": "' + b"x" * 70_000 + b'"}\n',
        "large-title-1000.md": matter(f"title: {'t' * 1000}"),
        "large-title-1001.md": matter("topics: [Harbours]", f"title: {'t' * 1001}"),
        "large-id.md": matter("title: A long id", f"id: {'i' * 501}"),
        "large-topic-5000.md": matter("title: A long topic", f"topics: [Harbours, {'t' * 5000}]"),
        "large-link.md": matter("title: A long link", f"link: https://e.example/{'l' * 4000}"),
        "large-number.md": matter("title: A long number", f"quality: {'9' * 5000}"),
        "large-number.toml.md": b"+++\ntitle = 'x'\nquality = " + b"9" * 5000 + b"\n+++\n",
        "large-number.json.md": b'{"title": "x",\n"quality": ' + b"9" * 5000 + b"}\n",
        "large-html-attribute.html": page("A long attribute", f'<p title="{"x" * 900_000}">y</p>'),
    }


def many() -> dict[str, bytes]:
    """More of something than anybody writes."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    threes = [a + b + c for a in letters for b in letters for c in letters]
    topics = threes[:10_000]
    keys = [f"k{number}: 1" for number in range(50_000)]
    return {
        "large-topics-51.md": matter("title: Many topics", f"topics: [{', '.join(topics[:51])}]"),
        "large-topics-10000-in-text.md": matter(
            "title: Far too many topics", f"topics: {','.join(topics)}"
        ),
        "large-topics-10000-in-list.md": matter(
            "title: Far too many topics", f"topics: [{','.join(topics)}]"
        ),
        "large-keys-5000.md": matter("title: Many keys", *keys[:5000]),
        "large-keys-11000.md": matter("title: Too many", *(f"{key}:" for key in threes[:11_000])),
        "large-keys-50000.md": matter("title: Far too many keys", *keys),
        "large-html-tags.html": page("A million letters of tags", "<b>x</b><i>y</i>" * 62_500),
        "large-html-entities.html": page("Many entities", "&amp;" * 100_000),
        "large-html-openings.html": page("Many openings", "<" * 100_000),
        "large-html-comments.html": page("Many comments", "<!--" * 100_000),
        "large-table.md": titled("A wide table", "|a" * 3000 + "|\n" + "|-" * 3000 + "|\n"),
        "large-many-spaces.md": matter(f"title: a{' ' * 50_000}b", f"summary:{' ' * 10_000}"),
        "large-many-quotes.md": matter("title: " + '"' * 50_000),
        "large-many-colons.md": matter(f"title: {': ' * 25_000}"),
        "large-many-hashes.md": matter(f"title: x{' #' * 25_000}"),
    }


def deep_matter() -> dict[str, bytes]:
    """Values within values in front matter."""
    blocks = [f"{' ' * level}k:" for level in range(300)]
    return {
        "deep-yaml-brackets.md": matter("title: Brackets", f"topics: {'[' * 25_000}"),
        "deep-yaml-braces.md": matter("title: Braces", f"provider: {'{a: ' * 10_000}"),
        "deep-yaml-lists.md": matter("title: Lists", f"topics:\n  {'- ' * 20_000}x"),
        "deep-yaml-groups.md": matter("title: Groups", *blocks),
        "deep-yaml-questions.md": matter(f"{'? ' * 20_000}x"),
        "deep-json-brackets.md": b'{"title":\n' + b"[" * 60_000,
        "deep-json-braces.md": b'{"a":' * 10_000 + b"1" + b"}" * 10_000 + b"\nText.\n",
        "deep-toml-brackets.md": b"+++\ntopics = " + b"[" * 60_000 + b"\n+++\n",
        "deep-toml-key.md": b"+++\ntitle = 'x'\n" + b"a." * 30_000 + b"a = 1\n+++\n",
    }


def deep_text() -> dict[str, bytes]:
    """Elements within elements, in HTML and in Markdown."""
    return {
        "deep-html-divs.html": page("Boxes in boxes", "<div>" * 50_000 + "x"),
        "deep-html-bold.html": page("Bold within bold", "<b>" * 100_000 + "x"),
        "deep-html-bold-paragraphs.html": page(
            "Bold letters again and again", "".join(f"<b id={n}><p>" for n in range(15_000))
        ),
        "deep-html-lists.html": page("Lists in lists", "<ul><li>" * 25_000 + "x"),
        "deep-html-tables.html": page("Tables in tables", "<table><tr><td>" * 10_000 + "x"),
        "deep-html-drawing.html": page("Groups in a drawing", "<svg>" + "<g>" * 50_000),
        "deep-markdown-quotes.md": titled("Quotations", ">" * 100_000 + " x"),
        "deep-markdown-stars.md": titled("Stars", "*" * 100_000 + " x"),
        "deep-markdown-emphasis.md": titled("Stars and letters", "*a **b " * 3000),
        "deep-markdown-brackets.md": titled("Brackets without end", "[" * 20_000),
        "deep-markdown-pictures.md": titled("Pictures without end", "![" * 10_000),
        "deep-markdown-links.md": titled("Links without end", "[a](" * 5000),
        "deep-markdown-lists.md": titled("Lists in lists in lists", "- " * 20_000 + "x"),
        "deep-markdown-indented-lists.md": titled(
            "Lists by indentation", "\n".join(f"{'  ' * level}- x" for level in range(200))
        ),
        "deep-markdown-backticks.md": titled(
            "Backticks", " ".join("`" * number for number in range(1, 600))
        ),
    }


def bombs() -> dict[str, bytes]:
    """A few bytes that mean many."""
    reference = "[r]: https://kelpmouth.example/" + "x" * 50_000
    return {
        "bomb-markdown-references.md": titled("References", f"{reference}\n\n{'[r] ' * 5000}"),
        "bomb-yaml-aliases.md": matter(
            "title: Aliases",
            "a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]",
            *(
                f"{name}: &{name} [{', '.join([f'*{last}'] * 9)}]"
                for last, name in zip("abcdefgh", "bcdefghi", strict=True)
            ),
        ),
        "bomb-yaml-merge-keys.md": matter(
            "title: Merge keys",
            "a: &a {x: 1}",
            *(
                f"{name}: &{name} {{<<: [{', '.join([f'*{last}'] * 9)}]}}"
                for last, name in zip("abcdefgh", "bcdefghi", strict=True)
            ),
        ),
    }


def names() -> dict[bytes, bytes]:
    """Odd names, each of a file that is as it should be."""
    odd = [
        b"name-no-utf-8-\xff\xfe.md",
        b"name-long-" + b"n" * 242 + b".md",
        b".name-with-leading-dot.md",
        b"name-with-trailing-space.md ",
        b"~$name-of-an-office-lock.md",
        b"name-of-a-receipt.md.feedmill.txt",
        b"name-without-extension",
        b"name-with\nnew-line.md",
        b"name-with\ttab-and-\x1b[31mcolour.md",
        b"--name-like-an-option.md",
        b"$(name-of-a-command); `id` | x.md",
        b"name-with-\"quotes\"-'and'-<tags>&amp;.md",
        b"name-with-backslash\\..\\x.md",
        b"name-with-percent-%2e%2e%2f%00.md",
        b"con.md",
        b"NAME-IN-CAPITALS.MD",
        "name-with-\U0001f680.md".encode(),
        "name-with-\u202edm.bidi.md".encode(),
        "name-composed-\u00e9.md".encode(),
        "name-composed-e\u0301.md".encode(),
        b"/".join([b"folder"] * 20) + b"/name-of-a-deep-file.md",
        b"/".join([b"folder"] * 40) + b"/name-of-a-file-too-deep.md",
        b"folder-\xff/name-in-a-folder-without-utf-8.md",
        b".folder/name-in-a-hidden-folder.md",
        b"folder.md/name-in-a-folder-like-an-article.md",
    ]
    made = {name: titled(f"Odd name {at}", f"Text {at}.") for at, name in enumerate(odd)}
    made[b"name-of-a-broken-file-\n\x1b[2J-forged.md"] = matter("title: [")
    return made


def special(folder: Path, outside: Path) -> None:
    """What is no regular file. A device only where the system lets us make one."""
    os.mkfifo(folder / "special-pipe.md")
    # The path of a socket may have no more than 107 bytes.
    with socket.socket(socket.AF_UNIX) as listener, chdir(folder):
        listener.bind("special-socket.md")
    with suppress(OSError):
        os.mknod(folder / "special-device.md", 0o20644, os.makedev(1, 3))
    target = outside / "secret.md"
    target.write_text("---\ntitle: Outside the drop folder\n---\n\nText.\n", encoding="utf-8")
    for name, leads_to in {
        "special-link-to-a-file-inside.md": "fences-front-matter-only.md",
        "special-link-to-a-folder.md": ".",
        "special-link-to-a-file-outside.md": str(target),
        "special-link-to-a-device.md": "/dev/zero",
        "special-link-to-nothing.md": "nothing.md",
        "special-link-to-itself.md": "special-link-to-itself.md",
        "special-linked-folder": str(outside),
    }.items():
        (folder / name).symlink_to(leads_to)
    with (folder / "special-holes.md").open("wb") as sparse:
        sparse.truncate(10_000_000_000)


def generate(folder: Path, outside: Path) -> None:
    """Write the whole corpus into ``folder``; ``outside`` gets what symlinks lead to."""
    for small in sorted(SMALL.iterdir()):
        shutil.copyfile(small, folder / small.name)
    for made in (encodings(), invisible(), large(), many(), deep_matter(), deep_text(), bombs()):
        for name, data in made.items():
            (folder / name).write_bytes(data)
    for raw, data in names().items():
        path = folder / os.fsdecode(raw)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    special(folder, outside)


if __name__ == "__main__":
    drop, elsewhere = Path(sys.argv[1], "drop"), Path(sys.argv[1], "elsewhere")
    drop.mkdir(parents=True)
    elsewhere.mkdir()
    generate(drop, elsewhere)
