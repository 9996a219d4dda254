"""Writes the manual pages and the completion scripts: ``python man/generate.py FOLDER``.

The pages (man(7)) come from the commands' own help. click-man, which does the same, keeps the
indentation of docstrings and cuts the NAME line.
"""

import inspect
import os
import sys
import textwrap
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import click
from click.shell_completion import ShellComplete, get_completion_class

from worker.cli.main import main

SHELLS = {"bash": "feedmill.bash", "zsh": "_feedmill", "fish": "feedmill.fish"}
ENDING = """\
.SH EXIT STATUS
.TP
.B 0
Success.
.TP
.B 1
An article is rejected, or something is not well.
.TP
.B 2
Wrong usage or configuration, or the command failed.
.SH FILES
.TP
.I feedmill.toml
The configuration. Relative paths in it start at its folder.
.SH ENVIRONMENT
.TP
.B FEEDMILL_CONFIG
The configuration file, if \\-\\-config is not given.
.TP
.B NO_COLOR
If set, no colours.
"""


def commands(
    command: click.Command, words: tuple[str, ...] = ("feedmill",)
) -> Iterator[tuple[tuple[str, ...], click.Command, click.Context]]:
    """Each command with its words and its context."""
    context = click.Context(command, info_name=" ".join(words))
    yield words, command, context
    if isinstance(command, click.Group):
        for name in sorted(command.commands):
            yield from commands(command.commands[name], (*words, name))


def page(words: tuple[str, ...], command: click.Command, context: click.Context) -> str:
    """The manual page of one command."""
    paragraphs = inspect.cleandoc(command.help or "").split("\n\n")
    first = " ".join(paragraphs[0].split())
    lines = [
        f'.TH "{"-".join(words).upper()}" 1 "{day()}" "Feedmill {version("feedmill")}" "Feedmill"',
        ".SH NAME",
        f"{escaped('-'.join(words))} \\-\n{filled(first.rstrip('.'))}",
        ".SH SYNOPSIS",
        f".B {escaped(' '.join(words))}",
        escaped(" ".join(command.collect_usage_pieces(context))),
        ".SH DESCRIPTION",
        "\n.PP\n".join(filled(" ".join(text.split())) for text in paragraphs),
        ".SH OPTIONS",
    ]
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record:
            lines += [".TP", f".B {escaped(record[0])}", filled(record[1])]
    if isinstance(command, click.Group):
        lines.append(".SH COMMANDS")
        for name, child in sorted(command.commands.items()):
            text = filled(child.get_short_help_str(limit=200))
            lines += [".TP", f".BR {escaped('-'.join((*words, name)))} (1)", text]
    text = "\n".join(lines) + "\n" + ENDING
    if len(words) > 1:
        text += f".SH SEE ALSO\n.BR {escaped('-'.join(words[:-1]))} (1)\n"
    return text


def day() -> str:
    """The date of the pages; the same for the same source ($SOURCE_DATE_EPOCH)."""
    seconds = float(os.environ.get("SOURCE_DATE_EPOCH") or time.time())
    return time.strftime("%Y-%m-%d", time.gmtime(seconds))


def filled(text: str) -> str:
    """A paragraph in short lines, as man(7) asks for."""
    return "\n".join(map(escaped, textwrap.wrap(text, 60)))


def escaped(text: str) -> str:
    """Text for troff: no character of it is a request or an escape sequence."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga")
    return "\n".join(f"\\&{line}" if line[:1] == "." else line for line in text.split("\n"))


def write(folder: Path) -> None:
    """Write ``man/`` and ``completion/`` below the folder."""
    for name in ("man", "completion"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for words, command, context in commands(main):
        path = folder / "man" / f"{'-'.join(words)}.1"
        path.write_text(page(words, command, context), encoding="utf-8")
    for shell, name in SHELLS.items():
        kind = get_completion_class(shell)
        if kind is not None:
            script = ShellComplete.source(kind(main, {}, "feedmill", "_FEEDMILL_COMPLETE"))
            (folder / "completion" / name).write_text(script + "\n", encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
