"""What the site's owner adds to the pages: a style sheet, templates, and a text at their end.

The files are read at the start and at each rescan. What cannot be used becomes a trouble; the last
good version, which the database keeps, stays in use.
"""

import hashlib
import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

from feeds import at
from feeds.errors import PublishError
from feeds.pages.site import SiteMetadata
from feeds.pages.templating import OwnTemplate, markup
from worker.config.model import Config, Site
from worker.store.database import Database

STYLE = "site.css"
MOST_STYLE_BYTES = 500_000
MOST_TEMPLATE_BYTES, MOST_TEMPLATES = 200_000, 50
TRIAL_SECONDS = 10.0
_STAYS = "The last good version stays in use."
_FACT = "own-look"
_DEFERRED = re.compile(r"feedmill:[a-z]+/?")


class OwnLook:
    """``site`` is the site as its pages show it now; ``style`` are the bytes of ``site.css``,
    empty if there is none."""

    def __init__(self, database: Database, config: Config) -> None:
        """Begins with the last good versions; reads no file."""
        self._db, self._config = database, config
        self._troubles: dict[str, str] = {}
        self._tried: tuple[tuple[OwnTemplate, ...], str] = ((), "")
        kept = json.loads(database.fact(_FACT) or "{}")
        self.style = kept.get("style", "").encode() if config.site.css else b""
        own = [OwnTemplate(*each) for each in kept.get("templates", ())]
        self._templates = tuple(own) if config.pages.templates else ()
        self._base = replace(site_of(config), footer=_footer(config.site))
        self.site = self._current()

    def refresh(self) -> bool:
        """Read the owner's files again. Do pages look different now?"""
        before = (self.style, self._templates)
        css, folder = self._config.site.css, self._config.pages.templates
        self._troubles = {}
        try:
            self.style = _style(css) if css else b""
        except PublishError as error:
            self._troubles["site-css"] = str(error)
        try:
            templates = tuple(_templates(folder)) if folder else ()
            self._try(templates)
            self._templates = templates
        except PublishError as error:
            self._troubles["templates"] = str(error)
        is_other = (self.style, self._templates) != before
        if is_other:
            kept = {"style": self.style.decode(), "templates": self._templates}
            with self._db.transaction():
                self._db.set_fact(_FACT, json.dumps(kept))
            self.site = self._current()
        return is_other

    def troubles(self) -> dict[str, str]:
        """What is wrong with the owner's files, by kind; empty where nothing is."""
        failing = self.site.templates.problem
        passed_over = failing and f"{failing}. Pages that need it use Feedmill's own template."
        return {"site-css": "", "templates": passed_over, **self._troubles}

    def _current(self) -> SiteMetadata:
        digest = hashlib.sha256(self.style).hexdigest()[:8]
        style = f"{STYLE}?{digest}" if self.style else ""
        return replace(self._base, style=style, own_templates=self._templates)

    def _try(self, templates: tuple[OwnTemplate, ...]) -> None:
        """Render sample pages in a child process. Raises PublishError with the first problem."""
        if templates and templates != self._tried[0]:
            self._tried = (templates, _problem(templates, self._config.site.language))
        if templates and (problem := self._tried[1]):
            raise PublishError("templates", problem, "they cannot be used", _STAYS)


def site_of(config: Config) -> SiteMetadata:
    """What all pages share, from the configuration alone: without the owner's files."""
    site = config.site
    return SiteMetadata(
        title=site.title,
        url=site.url,
        description=site.description,
        language=site.language,
        zone=ZoneInfo(site.timezone),
        zone_name=site.timezone,
        icon=site.icon,
        formats=config.feeds.formats,
        copyright=site.copyright,
    )


def _footer(site: Site) -> str:
    """The footer as safe HTML, with addresses as seen from the site's root."""
    if not site.footer.strip():
        return ""
    from worker.parsing.body.render import render_body  # loads parsers, which most sites need not

    body = render_body(site.footer, "markdown", base_url=site.url, first_line=1, drop_title=False)
    return markup(_DEFERRED.sub(site.url, body.html).strip())


def _style(path: Path) -> bytes:
    return _read("site.css", path, MOST_STYLE_BYTES).encode()


def _templates(folder: Path) -> Iterator[OwnTemplate]:
    """The templates in the folder, by name. Raises PublishError."""
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".html")
    except OSError as error:
        raise _refused("pages.templates", folder, error.strerror or str(error)) from error
    if len(paths) > MOST_TEMPLATES:
        raise _refused("pages.templates", folder, f"it has more than {MOST_TEMPLATES} templates")
    for path in paths:
        text = _read("pages.templates", path, MOST_TEMPLATE_BYTES)
        yield OwnTemplate(path.name, str(path), text)


def _read(key: str, path: Path, most: int) -> str:
    """The text of a file. Raises PublishError; never waits, also not for a named pipe."""
    try:
        descriptor = at.open_(path, os.O_RDONLY | at.O_NONBLOCK | at.O_CLOEXEC | at.O_NOCTTY)
        with open(descriptor, "rb") as file:  # noqa: PTH123 -- an open descriptor
            is_file = stat.S_ISREG(os.fstat(descriptor).st_mode)
            data = file.read(most + 1) if is_file else b""
    except OSError as error:
        raise _refused(key, path, error.strerror or str(error)) from error
    if not is_file:
        raise _refused(key, path, "it is not a file")
    if len(data) > most:
        raise _refused(key, path, f"it has more than {most:,} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused(key, path, f"it is not UTF-8 text (byte {error.start + 1})") from error
    if "\0" in text:
        raise _refused(key, path, "it is not text")
    return text


def _refused(key: str, path: Path, cause: str) -> PublishError:
    return PublishError(key, str(path), cause, _STAYS)


def _problem(templates: Sequence[OwnTemplate], language: str) -> str:
    """The first problem of the templates with sample pages, after its file and line."""
    given = json.dumps({"templates": templates, "language": language})
    code = f"import sys; sys.path[:] = {sys.path!r}; from feeds.pages import trial; trial.main()"
    command = [sys.executable, "-P", "-S", "-c", code]
    try:
        done = subprocess.run(  # noqa: S603 -- our own words
            command, input=given, capture_output=True, timeout=TRIAL_SECONDS, text=True, check=False
        )
    except subprocess.TimeoutExpired:
        return f"they need more than {TRIAL_SECONDS:g} seconds for the sample pages"
    except OSError as error:
        return f"they cannot be checked: {error.strerror}"
    return done.stdout or ("" if done.returncode == 0 else "they need too much memory or time")
