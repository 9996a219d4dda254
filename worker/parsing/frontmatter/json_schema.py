"""``feedmill schema``: the front matter as JSON Schema (draft 2020-12), for editors.

Generated from the models that check articles; this module adds a description of each key. It
accepts what the models accept, with every alias; the worker checks the text of values.
"""

from collections.abc import Mapping
from typing import Any, Final

from worker.parsing.frontmatter.fields import (
    EnclosureMatter,
    FrontMatter,
    Group,
    ImageMatter,
    PersonMatter,
    ProviderMatter,
    RelatedMatter,
    keys_by_field,
)

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

ABOUT: Final[Mapping[type[Group], Mapping[str, str]]] = {
    FrontMatter: {
        "title": "The title. Without it, the first heading or line of the text is the title.",
        "summary": "What the article is about, in a sentence or two.",
        "published": "When it was published. In the future: it will be public then.",
        "updated": "When it was last changed in a way that readers should know of.",
        "expires": "When it is to be taken out of the feeds.",
        "link": "The address of the article on the web; a relative one is below the site's.",
        "topics": "The topics it is on: a list, or one text with commas.",
        "id": "An id of your own. The article keeps it whatever becomes of its file.",
        "provider": "The publication that it comes from.",
        "people": "Who wrote it.",
        "images": "Pictures.",
        "enclosure": "Sound, film or other files to download.",
        "audio": "Sound to download, such as a podcast's episode.",
        "video": "Film to download.",
        "attachments": "Files to download.",
        "duration": "How long the first enclosure plays: seconds, or as in 1:02:03.",
        "episode": "The number of the podcast's episode.",
        "season": "The number of the podcast's season.",
        "episode_type": "full, trailer or bonus.",
        "explicit": "true: the episode is not for children.",
        "chapters": "The address of a JSON file with the episode's chapters.",
        "transcripts": "The address of the episode's text: VTT, SRT, HTML, plain text or JSON.",
        "related": "Other publications' articles on the same matter.",
        "category": "A category of your own; it is kept, and makes no feed.",
        "type": "What kind of article it is; it is kept, and makes no feed.",
        "quality": "A number by which standing searches can choose.",
        "heat": "A number of your own.",
        "language": "The language it is written in, as a tag such as en or pt-BR.",
        "original_url": "Where it stood first.",
        "amp_url": "The address of its AMP page.",
        "cdn_amp_url": "The address of its AMP page in a cache.",
        "published_word": "false: hold it back. Some tools write the date here.",
        "draft": "true: hold it back.",
        "status": "draft, private, hidden, pending or unpublished: hold it back.",
    },
    ImageMatter: {
        "url": "The address of the picture.",
        "width": "Its width in pixels.",
        "height": "Its height in pixels.",
        "title": "What is to be seen on it.",
        "is_cached": "Whether the address is a copy's.",
    },
    EnclosureMatter: {
        "url": "The address of the file, or the name of one beside the article.",
        "type": "Its media type, such as audio/mpeg.",
        "length": "Its size in bytes.",
        "duration": "How long it plays: seconds, or as in 1:02:03.",
        "title": "What it is called.",
    },
    PersonMatter: {
        "name": "The name.",
        "email": "The e-mail address.",
        "url": "A page about the person.",
    },
    ProviderMatter: {
        "name": "The publication's name.",
        "domain": "The publication's domain.",
        "feed": "The address of the feed in which the article came.",
    },
    RelatedMatter: {
        "link": "The address of the article.",
        "title": "Its title.",
        "excerpt": "What it is about.",
        "published": "When it was published.",
        "provider": "The publication that it stands in.",
        "images": "Pictures.",
        "original_url": "Where it stood first.",
        "amp_url": "The address of its AMP page.",
        "cdn_amp_url": "The address of its AMP page in a cache.",
    },
}

_NOISE = ("title", "default")
_NULL = {"type": "null"}


def front_matter_schema() -> dict[str, Any]:
    """The schema, as JSON values."""
    made = FrontMatter.model_json_schema()
    groups = {model.__name__: model for model in ABOUT}
    definitions = {name: _group(part, groups[name]) for name, part in sorted(made["$defs"].items())}
    schema = {"$schema": DIALECT, "title": "The front matter of an article for Feedmill"}
    return schema | _group(made, FrontMatter) | {"$defs": definitions}


def _group(made: dict[str, Any], model: type[Group]) -> dict[str, Any]:
    """One group of keys, with every alias; a key without a value counts as not given."""
    properties: dict[str, Any] = {}
    required = []
    for field, keys in keys_by_field(model).items():
        part = _plain(made["properties"][keys[0]])
        choices = part.pop("anyOf", None) or [part]
        choices += [_NULL] if _NULL not in choices else []
        about = ABOUT[model][field]
        for key in keys:
            also = f" The same as {keys[0]}." if key != keys[0] else ""
            properties[key] = {"description": about + also, "anyOf": choices}
        if keys[0] in made.get("required", ()):
            required.append({"anyOf": [{"required": [key]} for key in keys]})
    group = {"type": "object", "description": made["description"], "properties": properties}
    return group | ({"allOf": required} if required else {})


def _plain(part: Any) -> Any:
    """``part`` without the titles and defaults that pydantic adds."""
    if isinstance(part, dict):
        return {key: _plain(value) for key, value in part.items() if key not in _NOISE}
    return [_plain(item) for item in part] if isinstance(part, list) else part
