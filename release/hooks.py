"""What hatchling does not do: the description's links, and where our packages go."""

import re
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

_PICTURE = re.compile(r"!\[[^\]]*\]\((?!https?:)[^)]*\)\n*")
_LINK = re.compile(r"\[([^\]]+)\]\((?!https?:)[^)]*\)")
_INSTALLED = {
    "worker": "feedmill/_lib/worker",
    "feeds": "feedmill/_lib/feeds",
    "systemd": "feedmill/_lib/worker/_systemd",
}


def description(readme: str) -> str:
    """README without links and pictures that lead nowhere outside this tree: links become text."""
    return _LINK.sub(r"\1", _PICTURE.sub("", readme))


class DescriptionHook(MetadataHookInterface):
    """Sets the package's long description."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set ``readme``."""
        text = description(Path(self.root, "README.md").read_text("utf-8"))
        metadata["readme"] = {"content-type": "text/markdown", "text": text}


class LayoutHook(BuildHookInterface[Any]):
    """Puts our packages below the one name that is installed; a checkout keeps its layout."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Include them in a wheel that is not editable."""
        if version == "standard":
            build_data["force_include"].update(
                {str(Path(self.root, name)): place for name, place in _INSTALLED.items()}
            )
