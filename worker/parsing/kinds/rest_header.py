"""The front matter of reStructuredText: a title and a list of fields at the top.

Pelican, Nikola and Sphinx write ``:date: 2026-05-01`` below the title. A list of fields without
any known key is text.
"""

import re

from worker.parsing.frontmatter.block import Block, ParsedBlock
from worker.parsing.frontmatter.keys import KNOWN, TOOL_KEYS
from worker.parsing.frontmatter.splitter import SplitFile
from worker.parsing.kinds.header_lines import HeaderLines, lines_from

_MOST_LINES = 200
_FIELD = re.compile(r":([A-Za-z][\w -]*):(?:[ \t]+(.*))?$", re.DOTALL)
_RULE = re.compile(r"([^\w\s])\1+[ \t]*")


def split_rest(text: str) -> SplitFile | None:
    """The fields at the top with the title above them; None where other front matter may be.

    A title between two lines of dashes is no YAML: the file then has no front matter.
    """
    lines = list(lines_from(text, len(text) - len(text.lstrip("\n")), _MOST_LINES))
    title, at = _title(lines)
    fields, last = HeaderLines(text, last_counts=True), ""
    if title >= 0:
        fields.add("title", lines[title][1].strip(), lines[title][0])
    end, known = len(text), False
    for index, line in lines[at:]:
        found = _FIELD.match(line)
        if found:
            last = found[1].lower().strip()
            fields.add(last, (found[2] or "").strip(), index)
            known = known or found[1].lower() in TOOL_KEYS or found[1] in KNOWN
        elif line[:1].isspace() and line.strip() and last not in ("", "title"):
            if last in fields.values:
                fields.values[last] = f"{fields.values[last]} {line.strip()}".strip()
        else:
            end = index
            break
    if known:
        return fields.file(end)
    is_ruled = title > 0 and lines[title - 1][1].startswith("---")
    return SplitFile(ParsedBlock({}, Block(text), lambda _: None), text) if is_ruled else None


def _title(lines: list[tuple[int, str]]) -> tuple[int, int]:
    """The row of the title, -1 if none, and the row of what comes after it."""
    rows = [line for _, line in lines[:4]]
    row, after = -1, 0
    if len(rows) > 2 and _RULE.fullmatch(rows[0]) and rows[2].strip() == rows[0].strip():
        row, after = (1, 3) if rows[1].strip() else (-1, 0)
    elif len(rows) > 1 and rows[0].strip() and not rows[0][0].isspace():
        row, after = (0, 2) if _RULE.fullmatch(rows[1]) else (-1, 0)
    while row >= 0 and after < len(lines) and not lines[after][1].strip():
        after += 1
    return row, after
