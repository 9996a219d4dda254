"""Decides by its name whether a file in the drop folder may be an article.

Pure. Paths are relative to the drop folder, with forward slashes;
the drop folder itself is the empty path.
"""

import re
from dataclasses import dataclass, field
from fnmatch import translate
from typing import TYPE_CHECKING

from worker.core.paths import join, split

if TYPE_CHECKING:
    from worker.config.model import Config


_OTHER_KINDS = "ipynb|docx?|odt|rtf|org|adoc|asciidoc|tex|pages|epub|pdf"
# Hidden files are the temporary files of rsync (.name.XXXXXX), vim (.name.swp), GNOME, KDE and
# LibreOffice; "~$name" is an Office lock. What ends in "~", ".part", ".tmp" has no article's
# extension and needs no rule. The lookbehind is for RECEIPT.
_ARTICLE = re.compile(
    r"(?![.]|~\$).+[.](?:mdx?|markdown|html?|re?st|(?<![.]feedmill[.])txt"
    # Read as none, and said so: see PROGRAMS_FILES in worker/parsing/rules.py.
    rf"|{_OTHER_KINDS})",
    re.IGNORECASE | re.DOTALL,
)
_UNREAD = re.compile(rf".+[.](?:{_OTHER_KINDS})", re.IGNORECASE | re.DOTALL)
_MEDIA = re.compile(
    r"(?![.]).+[.](?:png|jpe?g|gif|webp|avif|svg|mp3|m4a|ogg|oga|opus|wav|mp4|m4v|webm)",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class NameFilter:
    """The rules for one drop folder.

    ``ignore`` are shell patterns, case-sensitive: one without a slash is held against the name
    of the file and of each folder above it, one with a slash against the path from the drop
    folder and the paths of the folders above (a trailing slash changes nothing). ``reserved``
    are folders directly in the drop folder where the worker moves files to.
    """

    ignore: tuple[str, ...] = ()
    reserved: tuple[str, ...] = ()
    _plain: re.Pattern[str] | None = field(init=False, repr=False, compare=False)
    _slashed: re.Pattern[str] | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        patterns = [pattern.strip("/") for pattern in self.ignore]
        plain = [pattern for pattern in patterns if pattern and "/" not in pattern]
        slashed = [pattern for pattern in patterns if "/" in pattern]
        object.__setattr__(self, "_plain", _any_of(plain))
        object.__setattr__(self, "_slashed", _any_of(slashed))

    def takes_file(self, folder: str, name: str) -> bool:
        """Whether a file of this name, in a folder that is taken, may be an article.

        Does not check for UTF-8: see ``is_text``.
        """
        return _ARTICLE.fullmatch(name) is not None and not self._ignored(folder, name)

    def takes_folder(self, folder: str, name: str) -> bool:
        """Whether a sub-folder of this name, in a folder that is taken, may hold articles."""
        if name.startswith(".") or (not folder and name in self.reserved):
            return False
        return not self._ignored(folder, name)

    def takes_folder_path(self, path: str) -> bool:
        """``takes_folder`` for every folder on the way; the drop folder itself is taken."""
        folder = ""
        for name in path.split("/") if path else ():
            if not self.takes_folder(folder, name):
                return False
            folder = join(folder, name)
        return True

    def is_article_name(self, path: str) -> bool:
        """Whether the path may be an article, judged by all its parts."""
        folder, name = split(path)
        return self.takes_file(folder, name) and self.takes_folder_path(folder)

    def is_media_name(self, path: str) -> bool:
        """Whether an event for the path may concern a picture, sound or film of an article. What
        the file is, its bytes decide: one with another name is found by the next scan."""
        folder, name = split(path)
        return _MEDIA.fullmatch(name) is not None and self.takes_folder_path(folder)

    def _ignored(self, folder: str, name: str) -> bool:
        if self._plain is not None and self._plain.match(name):
            return True
        return self._slashed is not None and bool(self._slashed.match(join(folder, name)))


def is_unread(name: str) -> bool:
    """Whether the name is of a file for other programs, of which no byte is read."""
    return _UNREAD.fullmatch(name) is not None


def names_of(config: "Config") -> NameFilter:
    """The name filter of a configuration."""
    reserved = ("archive", "rejected") if config.drop.after == "archive" else ()
    return NameFilter(config.drop.ignore, reserved)


def _any_of(patterns: list[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(translate(pattern) for pattern in patterns)) if patterns else None
