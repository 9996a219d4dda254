"""What a command loads before it has anything to do."""

import subprocess
import sys

# Each of them alone costs more than the command line itself.
HEAVY = {"asyncio", "http.client", "pydantic", "rich", "sqlite3", "ssl", "tomllib", "yaml"}


def test_help_and_version_load_neither_the_configuration_nor_a_heavy_library() -> None:
    code = "import sys, worker.cli.main; print(*sys.modules, sep='\\n')"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True, timeout=30
    )
    loaded = set(done.stdout.split())
    assert "worker.cli.articles" in loaded
    assert not loaded & (HEAVY | {"worker.config.loading", "worker.store.database"})
