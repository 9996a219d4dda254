"""Blocks that other tools indent or fence, in the form that the Markdown engine reads.

``!!! note "Title"`` with an indented body (Python-Markdown, MkDocs) becomes a callout; ``$$`` on
lines of its own becomes fenced code, so that no mark in a formula has a meaning. Every line keeps
its number.
"""

import re
from typing import Final

from worker.parsing.dialects.code_spans import CodeSpans

_OPENING = re.compile(
    r'([ \t]*)(?:!!!|\?\?\?\+?)[ \t]+([A-Za-z][\w-]*)(?:[ \t]+[\w-]+)*(?:[ \t]+"([^"]*)")?[ \t]*'
)
_DOLLARS = re.compile(r"([ \t>]*)\$\$[ \t]*")
_MAX_DEPTH: Final = 10


def has_blocks(text: str) -> bool:
    """Whether ``text`` may have such blocks."""
    return (
        ("!" in text and "!!!" in text)
        or ("?" in text and "???" in text)
        or ("$" in text and "$$" in text)
    )


def plain_blocks(text: str, depth: int = 0) -> str:
    """``text`` with such blocks in the engine's form."""
    code, lines = CodeSpans(text), text.split("\n")
    done: list[str] = []
    at = offset = 0
    last = {found[1]: number for number, line in enumerate(lines) if (found := _dollars(line))}
    while at < len(lines):
        taken = 1
        if offset + len(lines[at]) - len(lines[at].lstrip()) not in code:
            if (found := _dollars(lines[at])) and last[found[1]] > at:
                taken = _formula(lines, at, found[1], done)
            elif depth < _MAX_DEPTH and (found := _opening(lines, at)):
                taken = _admonition(lines, at, found, depth, done)
            else:
                done.append(lines[at])
        else:
            done.append(lines[at])
        offset += sum(len(line) + 1 for line in lines[at : at + taken])
        at += taken
    return "\n".join(done)


def _dollars(line: str) -> re.Match[str] | None:
    return _DOLLARS.fullmatch(line) if "$$" in line else None


def _opening(lines: list[str], at: int) -> re.Match[str] | None:
    """The first line of an admonition, which has a title or an indented body."""
    found = _OPENING.fullmatch(lines[at])
    if found is None or found[3]:
        return found
    below = next((line for line in lines[at + 1 : at + 3] if line.strip()), "")
    return found if below.startswith((f"{found[1]}    ", f"{found[1]}\t")) else None


def _formula(lines: list[str], at: int, prefix: str, done: list[str]) -> int:
    """How many lines the formula has that begins on line ``at``."""
    end = at + 1
    while not ((found := _dollars(lines[end])) and found[1] == prefix):
        end += 1
    done += [f"{prefix}```math", *lines[at + 1 : end], f"{prefix}```"]
    return end + 1 - at


def _admonition(
    lines: list[str], at: int, opening: re.Match[str], depth: int, done: list[str]
) -> int:
    """How many lines the admonition has that begins on line ``at``."""
    indent, kind, title = opening.groups()
    end, body = at + 1, []
    for line in lines[at + 1 :]:
        inside = line.removeprefix(indent)
        if line.strip() and not inside.startswith(("    ", "\t")):
            break
        body.append(inside.removeprefix("\t") if inside.startswith("\t") else inside[4:])
    while body and not body[-1].strip():
        body.pop()
    done.append(f"{indent}> [!{kind}]" + (f" {title}" if title else ""))
    if body:
        done += [
            f"{indent}> {line}" for line in plain_blocks("\n".join(body), depth + 1).split("\n")
        ]
    end += len(body)
    return end - at
