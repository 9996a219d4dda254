"""``feedmill new``: writes the start of an article as a draft.

Never overwrites a file and never writes outside the drop folder.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path, PurePosixPath

from worker.config.model import Config
from worker.core.errors import DraftError
from worker.core.suggestions import did_you_mean
from worker.core.text import folded, is_blank
from worker.core.topic_names import slug_base, topic_key
from worker.inbox.filters import names_of
from worker.parsing.frontmatter.dates import zone_named
from worker.parsing.frontmatter.values import MAX_TITLE, MAX_TOPIC

_LONGEST_NAME = 80


def begin_article(
    config: Config, title: str, topics: Sequence[str], folder: str, now: datetime
) -> Path:
    """Write a draft into ``folder``, a path below the drop folder. Returns the file's path.

    Raises DraftError.
    """
    title = folded(title)
    if is_blank(title) or len(title) > MAX_TITLE:
        raise DraftError(f"The title must have 1 to {MAX_TITLE:,} characters.")
    for topic in topics:
        _check_topic(topic, config)
    place = _place(config, folder)
    path = place / f"{slug_base(title)[:_LONGEST_NAME].rstrip('-')}.md"
    today = now.astimezone(zone_named(config.site.timezone)).date()
    try:
        place.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(draft_text(title, topics, today.isoformat()))
    except FileExistsError as error:
        fix = "Edit that file, or choose another title."
        raise DraftError("file", str(path), "it already exists", fix) from error
    except OSError as error:
        raise DraftError("file", str(path), error.strerror or str(error)) from error
    return path


def draft_text(title: str, topics: Sequence[str], day: str) -> str:
    """The file's text. Values are JSON strings, which are valid YAML too."""
    lines = ["---", f"title: {json.dumps(title, ensure_ascii=False)}", f"date: {day}"]
    if topics:
        lines.append("topics:")
        lines += (f"  - {json.dumps(folded(topic), ensure_ascii=False)}" for topic in topics)
    lines += ["excerpt:", "draft: true", "---", "", "Write here.", ""]
    return "\n".join(lines)


def _check_topic(topic: str, config: Config) -> None:
    if not topic_key(topic) or len(folded(topic)) > MAX_TOPIC:
        raise DraftError(f"A topic must have 1 to {MAX_TOPIC} characters.")
    known = [name for rule in config.topics for name in (rule.name, *rule.aliases)]
    known.append(config.drop.default_topic)
    if config.strict_topics and topic_key(topic) not in map(topic_key, known):
        fix = did_you_mean(topic, known).strip() or f"Choose one of: {', '.join(known)}."
        raise DraftError("topic", topic, "this site has no such topic", fix)


def _place(config: Config, folder: str) -> Path:
    """The folder's path. Raises DraftError if the worker would ignore files in it."""
    parts = PurePosixPath(folder).parts
    below = "/".join(parts)
    if ".." in parts or below.startswith("/") or not names_of(config).takes_folder_path(below):
        fix = "Name a folder inside the drop folder, such as “Ferries”."
        raise DraftError("folder", folder, "the worker reads no articles from there", fix)
    if not config.drop.folder.is_dir():
        fix = "Create it, or set drop.folder in feedmill.toml."
        raise DraftError("drop folder", str(config.drop.folder), "it does not exist", fix)
    return config.drop.folder / below
