"""What a command loads before it has anything to do."""

import subprocess
import sys
from pathlib import Path

# Each of them alone costs more than the command line itself.
HEAVY = {
    "asyncio",
    "babel",
    "jinja2",
    "http.client",
    "pydantic",
    "rich",
    "sqlite3",
    "ssl",
    "tomllib",
    "yaml",
}


def test_checking_a_file_loads_no_dates_of_many_languages(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text("# A title\n\nSome text.\n")
    code = "import sys\nfrom worker.cli.main import main\ntry: main()\n"
    code += "finally: print('babel' in sys.modules)"
    command = [sys.executable, "-c", code, "check", str(file)]
    done = subprocess.run(
        command, capture_output=True, check=True, text=True, timeout=30, cwd=tmp_path
    )
    assert done.stdout.endswith("False\n")


def test_help_and_version_load_neither_the_configuration_nor_a_heavy_library() -> None:
    code = "import sys, worker.cli.main; print(*sys.modules, sep='\\n')"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True, timeout=30
    )
    loaded = set(done.stdout.split())
    assert "worker.cli.articles" in loaded
    assert not loaded & (HEAVY | {"worker.config.loading", "worker.store.database"})
