"""The licences of all that is installed in a folder: a table, then their texts."""

from importlib.metadata import Distribution, distributions
from pathlib import Path

_FILES = ("licen", "copying", "notice", "authors")


def licence_of(distribution: Distribution) -> str:
    """What a distribution's metadata say: the expression, the classifiers or the free text."""

    def lines(key: str) -> list[str]:
        return [line for line in distribution.metadata.get_all(key) or [] if line.strip()]

    names = [each.rpartition(" :: ")[2] for each in lines("Classifier") if "License ::" in each]
    free = [text.strip().splitlines()[0] for text in lines("License")]
    return ", ".join(lines("License-Expression") or names or free) or "not stated"


def texts_of(distribution: Distribution) -> list[str]:
    """The texts of the licence files that the distribution installs."""
    found = [file for file in distribution.files or () if ".dist-info" in str(file)]
    files = [file for file in found if file.name.lower().startswith(_FILES)]
    return [
        file.read_text("utf-8").strip()
        for file in sorted(files)
        if Path(str(file.locate())).is_file()
    ]


def write_licences(packages: Path, target: Path) -> None:
    """Write the file; the same packages give the same bytes."""
    found = sorted(distributions(path=[str(packages)]), key=lambda each: each.name.lower())
    rows = [f"{each.name:<24}{each.version:<14}{licence_of(each)}" for each in found]
    parts = [
        f"{'=' * 78}\n{each.name} {each.version}\n{'=' * 78}\n\n{text}"
        for each in found
        for text in texts_of(each)
    ]
    target.write_text("\n".join([*rows, "", *parts, ""]), encoding="utf-8")
