"""Terminal sessions as the documentation shows them: played again, and compared."""

import os
import re
import subprocess
import sys
from pathlib import Path

END = "-- end of command, status "


def shown(text: str) -> list[tuple[str, str]]:
    """Each command of the ``console`` blocks, with the output that stands below it."""
    lines = "".join(re.findall(r"^```console\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
    parts = re.split(r"^\$ ", lines, flags=re.MULTILINE)
    assert parts[0] == "", "a console block begins with a command"
    return [(command, output) for command, _, output in (p.partition("\n") for p in parts[1:])]


def play(text: str, folder: Path) -> None:
    """Run the commands of a page in one shell in ``folder``; each has to give the output that
    is shown, where "…" stands for what may differ, and the exit status that goes with it."""
    commands = shown(text)
    assert commands
    script = "".join(f"{command}\necho '{END}'$?\n" for command, _ in commands)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["/bin/sh", "-s"],
        input=script,
        capture_output=True,
        text=True,
        cwd=folder,
        env={"PATH": path, "HOME": str(folder), "LC_ALL": "C.UTF-8", "COLUMNS": "80"},
        check=True,
    )
    assert done.stderr == ""
    said = re.split(rf"^{END}(\d+)\n", done.stdout, flags=re.MULTILINE)
    outputs, statuses = said[0:-1:2], said[1::2]
    for (command, output), found, status in zip(commands, outputs, statuses, strict=True):
        pattern = re.escape(output).replace("…", ".*")
        assert re.fullmatch(pattern, found), f"{command}\nshould give\n{output}\nand gives\n{found}"
        assert int(status) == expected_status(output), command


def expected_status(output: str) -> int:
    """2 after an error of the command itself, 1 after one of an article, else 0."""
    if output.startswith("feedmill: "):
        return 2
    return 1 if "error:" in output else 0
