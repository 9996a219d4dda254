"""Pin every dependency named in pyproject.toml, with hashes and without any index address.

Run by ``make lock``; it needs pip-tools (the dependency group ``lock``).
"""

import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
HEADER = "# Made by `make lock` from pyproject.toml, for: pip install --require-hashes -r\n"


def expand(groups: dict[str, list[str | dict[str, str]]], name: str) -> list[str]:
    """The requirements of one dependency group, its included groups followed (PEP 735)."""
    found: list[str] = []
    for item in groups[name]:
        found += expand(groups, item["include-group"]) if isinstance(item, dict) else [item]
    return found


def pin(target: str, requirements: list[str]) -> None:
    """Write ``requirements/<target>.txt`` with exact versions and hashes."""
    with tempfile.TemporaryDirectory() as folder:
        source, output = Path(folder, "in.in"), Path(folder, "out.txt")
        source.write_text("\n".join(requirements) + "\n", encoding="utf-8")
        command = [sys.executable, "-m", "piptools", "compile", "--generate-hashes", "--quiet"]
        command += ["--no-header", "--no-annotate", "--no-emit-options", "--no-emit-index-url"]
        command += ["--no-emit-find-links", "--strip-extras", "--allow-unsafe"]
        command += ["--output-file", str(output), str(source)]
        subprocess.run(command, check=True)  # noqa: S603 -- our own words
        (HERE / f"{target}.txt").write_text(HEADER + output.read_text("utf-8"), encoding="utf-8")


def main() -> None:
    """Pin what the program needs, and what its development and acceptance need on top."""
    pyproject = tomllib.loads((HERE.parent / "pyproject.toml").read_text("utf-8"))
    groups, runtime = pyproject["dependency-groups"], pyproject["project"]["dependencies"]
    pin("runtime", runtime + expand(groups, "build"))
    pin("dev", runtime + expand(groups, "dev"))
    pin("acceptance", runtime + expand(groups, "dev") + expand(groups, "acceptance"))


if __name__ == "__main__":
    main()
