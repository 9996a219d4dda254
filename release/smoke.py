"""Installs a wheel with all that it requires, as a user does, and tries it: smoke.py WHEEL.

Runs on the Python to be tried, without any package. Needs the package index.
"""

import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

SECONDS = 600
ARTICLE = "---\ntitle: A title\ntopics: [Ferries]\n---\nSome text.\n"


def run(*words: object, folder: str) -> str:
    """A command's output; ends the program with it where the command fails."""
    command = [str(word) for word in words]
    done = subprocess.run(  # noqa: S603 -- our own words
        command, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    if done.returncode:
        sys.exit(f"smoke: {' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def front_page(program: Path, folder: str) -> str:
    """What the server gives readers."""
    command = [str(program), "serve", "--port", "0"]
    with subprocess.Popen(  # noqa: S603 -- our own words
        command, cwd=folder, stderr=subprocess.PIPE, text=True
    ) as server:
        try:
            said, until = "", time.monotonic() + 60
            while not (found := re.search(r"http://127\.0\.0\.1:\d+/", said)):
                said += server.stderr.readline() if server.stderr else ""
                if time.monotonic() > until or server.poll() is not None:
                    sys.exit(f"smoke: the server does not start: {said}")
            with urllib.request.urlopen(found[0], timeout=60) as answer:  # noqa: S310 -- our own
                return str(answer.read().decode())
        finally:
            server.terminate()


def main(wheel: Path) -> None:
    """Install into a new environment, then check, once and serve."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "environment")
        run(sys.executable, "-m", "venv", home, folder=folder)
        # No compiler may be needed: feedgen alone is a source archive, of pure Python.
        words = ["--no-input", "--quiet", "--only-binary", ":all:", "--no-binary", "feedgen"]
        pip = [home / "bin" / "python", "-m", "pip", "install", *words]
        run(*pip, f"feedmill[serve] @ {wheel.resolve().as_uri()}", folder=folder)
        program = home / "bin" / "feedmill"
        run(program, "init", ".", folder=folder)
        Path(folder, "drop", "a.md").write_text(ARTICLE, encoding="utf-8")
        said = run(program, "--version", folder=folder).strip()
        run(program, "check", "drop/a.md", folder=folder)
        run(program, "once", folder=folder)
        if "A title" not in front_page(program, folder):
            sys.exit("smoke: the front page does not have the article")
    python = sys.version.split()[0]
    print(f"smoke: {said}, Python {python}: installed from wheels; check, once and serve work")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
