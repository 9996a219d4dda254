"""Access keys that systemd passes to a service; obstore itself reads the environment."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any


def credentials(environ: Mapping[str, str]) -> dict[str, Any]:
    """The lines ``NAME=value`` of systemd's credential ``bucket``, if there is one; obstore
    itself reads the environment."""
    folder = environ.get("CREDENTIALS_DIRECTORY")
    if not folder:
        return {}
    try:
        text = Path(folder, "bucket").read_text("utf-8")
    except OSError:
        return {}
    lines = (line.strip().removeprefix("export ") for line in text.splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name.strip().lower(): value.strip().strip("\"'") for name, _, value in pairs}
