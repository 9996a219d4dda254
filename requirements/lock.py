"""Pin every dependency named in pyproject.toml, with hashes and without any index address.

Run by ``make lock``; it needs pip-tools (the dependency group ``lock``). A pin that is there and
still allowed stays; ``make lock UPGRADE=1`` takes the newest versions.
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


def pin(target: str, requirements: list[str], *options: str) -> None:
    """Write ``requirements/<target>.txt`` with exact versions and hashes."""
    pinned = HERE / f"{target}.txt"
    with tempfile.TemporaryDirectory() as folder:
        source, output = Path(folder, "in.in"), Path(folder, "out.txt")
        source.write_text("\n".join(requirements) + "\n", encoding="utf-8")
        if pinned.exists():  # pip-compile keeps the versions that it finds in its output
            output.write_text(pinned.read_text("utf-8"), encoding="utf-8")
        command = [sys.executable, "-m", "piptools", "compile", "--generate-hashes", "--quiet"]
        command += ["--no-header", "--no-annotate", "--no-emit-options", "--no-emit-index-url"]
        command += ["--no-emit-find-links", "--strip-extras", "--allow-unsafe", *options]
        command += ["--output-file", str(output), str(source)]
        subprocess.run(command, check=True)  # noqa: S603 -- our own words
        made = output.read_text("utf-8").removeprefix(HEADER)
        pinned.write_text(HEADER + made, encoding="utf-8")


def main() -> None:
    """Pin the program's packages, then what development, acceptance and docs add to them."""
    pyproject = tomllib.loads((HERE.parent / "pyproject.toml").read_text("utf-8"))
    groups, project = pyproject["dependency-groups"], pyproject["project"]
    extras = [each for extra in project["optional-dependencies"].values() for each in extra]
    # An extra that includes another names ourselves.
    runtime = project["dependencies"] + [each for each in extras if "feedmill[" not in each]
    options = ("--upgrade",) if "--upgrade" in sys.argv[1:] else ()
    pin("runtime", runtime + expand(groups, "build"), *options)
    pin("dev", runtime + expand(groups, "dev"), *options)
    pin("acceptance", runtime + expand(groups, "dev") + expand(groups, "acceptance"), *options)
    # They are installed beside all the others, so they share their versions.
    for target in ("docs", "release"):
        together = ("--constraint", str(HERE / "acceptance.txt"))
        pin(target, expand(groups, target), *options, *together)


if __name__ == "__main__":
    main()
