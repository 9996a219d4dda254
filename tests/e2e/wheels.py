"""Wheels built and installed into environments of their own, without any index."""

import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
SECONDS = 120.0


def run(*command: str | Path, **more) -> subprocess.CompletedProcess[str]:
    """A command's output; fails with it where the command fails."""
    done = subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
        **more,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done


def build(folder: Path, *words: str, root: Path = ROOT) -> Path:
    """Build a wheel (or "-t", "sdist") of a tree into a folder; gives the file."""
    target = words or ("-t", "wheel")
    run(sys.executable, "-m", "hatchling", "build", *target, "-d", folder, cwd=root)
    (found,) = folder.glob("*.tar.gz" if "sdist" in target else "*.whl")
    return found


class Environment:
    """A virtual environment: with what this one has installed, but for feedmill."""

    def __init__(self, folder: Path) -> None:
        run(sys.executable, "-m", "venv", "--without-pip", folder)
        self.bin = folder / "bin"
        (self.packages,) = folder.glob("lib/python*/site-packages")
        # A path in a .pth file is searched last, and .pth files in it are not read.
        (self.packages / "~others.pth").write_text(sysconfig.get_path("purelib") + "\n")

    def pip(self, *words: str | Path) -> None:
        """Run pip on this environment, without an index."""
        python = self.bin / "python"
        run(sys.executable, "-m", "pip", "--no-input", "--python", python, *words)

    def install(self, wheel: Path) -> None:
        """Install one wheel, and not what it requires."""
        self.pip("install", "--no-index", "--no-deps", wheel)

    def files(self) -> set[str]:
        """Everything installed, but for bytecode."""
        places = (path for top in (self.packages, self.bin) for path in top.rglob("*"))
        return {str(path) for path in places if "__pycache__" not in path.parts}


def tiny_wheel(folder: Path, name: str, files: dict[str, str]) -> Path:
    """Another distribution, with these modules."""
    info = f"{name}-1.0.dist-info"
    files = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{file},,\n" for file in [*files, f"{info}/RECORD"])
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in files.items():
            archive.writestr(file, text)
    return path
