"""The front matter's fields: every value checked, every problem at its own key.

The models are the table of keys that authors may write; other keys are kept. ``assemble``
compares fields with each other.
"""

from datetime import tzinfo
from functools import cache, partial
from typing import Annotated, Any, NamedTuple

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from worker.core import article
from worker.core.deferred import has_deferred, medium_address
from worker.core.problems import Problem
from worker.core.text import kind
from worker.core.urls import is_bare
from worker.parsing.frontmatter.block import KeyPath
from worker.parsing.frontmatter.dates import ParsedDate
from worker.parsing.frontmatter.enclosures import (  # fmt: skip
    duration_of,
    guessed_type,
    kind_of_episode,
    length_of,
    media_type_of,
    ordinal_of,
    parts_of,
)
from worker.parsing.frontmatter.keys import ALIASES, ENCLOSURES, EPISODE
from worker.parsing.frontmatter.splitter import SplitFile
from worker.parsing.frontmatter.values import (
    InvalidValueError,
    as_json,
    date_of,
    distinct_topics,
    domain_of,
    email_of,
    flag_of,
    id_of,
    name_and_email,
    number_of,
    published_of,
    size_of,
    text_of,
    title_of,
    topic_list,
    topic_of,
    url_of,
)


class _Site(NamedTuple):
    """The part of the configuration that decides how values are read."""

    url: str
    zone: tzinfo
    path: str
    assets: bool


def _url(value: Any, info: ValidationInfo[_Site]) -> str:
    return url_of(value, info.context.url)


def _medium_url(value: Any, info: ValidationInfo[_Site]) -> str:
    """The address of a picture, sound or film: deferred for a file below the drop folder."""
    text, site = str(value).strip(), info.context
    is_web = text.startswith(("https://", "http://")) or is_bare(text)
    beside = "" if is_web else medium_address(text, site.path, assets=site.assets)
    return beside or url_of(value, site.url)


def _date(value: Any, info: ValidationInfo[_Site]) -> ParsedDate:
    return date_of(value, info.context.zone)


def _published(value: Any, info: ValidationInfo[_Site]) -> bool | ParsedDate:
    return published_of(value, info.context.zone)


def _listed(value: Any) -> list[Any]:
    """A list; one value counts as a list of one."""
    return value if isinstance(value, list) else [value]


def _group(value: Any, *, text_is: str) -> Any:
    """A group of keys; a text counts as the key ``text_is``."""
    if isinstance(value, dict):
        return value
    if isinstance(value, str):
        return parts_of(value) if text_is == "url" else {text_is: value}
    message = f"This must be text or a group of keys such as `{text_is}:`, but it is {kind(value)}."
    hint = f"Write one text after the key, or `{text_is}: …` on an indented line below it."
    raise InvalidValueError("bad-type", message, hint)


def _person(value: Any) -> Any:
    return name_and_email(value) if isinstance(value, str) else _group(value, text_is="name")


# ``json_schema_input_type`` is what `feedmill schema` lets editors accept: what authors may write
# in YAML and JSON, before it is converted.
_Scalar = str | int | float | bool

Text = Annotated[str, PlainValidator(text_of, json_schema_input_type=_Scalar)]
Title = Annotated[str, PlainValidator(title_of, json_schema_input_type=_Scalar)]
Id = Annotated[str, PlainValidator(id_of, json_schema_input_type=_Scalar)]
Topic = Annotated[str, PlainValidator(topic_of, json_schema_input_type=_Scalar)]
Topics = Annotated[
    tuple[Topic, ...],
    BeforeValidator(topic_list, json_schema_input_type=list[Topic] | _Scalar),
    AfterValidator(distinct_topics),
]
Flag = Annotated[bool, PlainValidator(flag_of, json_schema_input_type=bool | str | int)]
Number = Annotated[int | float, PlainValidator(number_of, json_schema_input_type=int | float | str)]
Size = Annotated[int, PlainValidator(size_of, json_schema_input_type=int | float | str)]
Url = Annotated[str, PlainValidator(_url, json_schema_input_type=str)]
MediumUrl = Annotated[str, PlainValidator(_medium_url, json_schema_input_type=str)]
Length = Annotated[int, PlainValidator(length_of, json_schema_input_type=int | str)]
Duration = Annotated[int, PlainValidator(duration_of, json_schema_input_type=int | float | str)]
Ordinal = Annotated[int, PlainValidator(ordinal_of, json_schema_input_type=int | str)]
MediaType = Annotated[str, PlainValidator(media_type_of, json_schema_input_type=str)]
Kind = Annotated[str, PlainValidator(kind_of_episode, json_schema_input_type=str)]
Email = Annotated[str, PlainValidator(email_of, json_schema_input_type=str)]
Domain = Annotated[str, PlainValidator(domain_of, json_schema_input_type=str)]
Date = Annotated[ParsedDate, PlainValidator(_date, json_schema_input_type=str | int)]
PublishedWord = Annotated[
    bool | ParsedDate, PlainValidator(_published, json_schema_input_type=bool | str | int)
]


def _key(meaning: str, default: Any = None) -> Any:
    """An optional field, with all keys of its meaning."""
    return _named(default, *ALIASES[meaning])


def _named(default: Any, *keys: str) -> Any:
    """A field with these keys; with ``...`` as its default, it is required."""
    return Field(default, validation_alias=AliasChoices(*keys))


class Group(BaseModel):
    """A group of keys. Keys without a value count as not given."""

    model_config = ConfigDict(frozen=True, extra="allow")

    @model_validator(mode="before")
    @classmethod
    def _given(cls, values: Any) -> Any:
        return {
            key: value
            for key, value in values.items()
            if value is not None and not (isinstance(value, str) and (not value or value.isspace()))
        }

    @property
    def unknown(self) -> dict[str, Any]:
        """Keys that are not in the model, and aliases that another key takes precedence over."""
        return self.__pydantic_extra__ or {}


class ImageMatter(Group):
    """A picture."""

    url: MediumUrl = _named(..., "url", "src", "image", "href")
    width: Size | None = None
    height: Size | None = None
    title: Text = _named("", "title", "alt", "caption")
    is_cached: Flag | None = Field(None, validation_alias="isCached")

    def build(self) -> article.Image:
        """The picture as a part of the article."""
        return article.Image(self.url, self.width, self.height, self.title, self.is_cached)


class EnclosureMatter(Group):
    """Sound, film or another file to download; also in one text, as WordPress writes it."""

    url: MediumUrl = _named(..., "url", "src", "href", "file", "path", "mp3", "audio")
    type: MediaType = _named("", "type", "mime_type", "mime")
    length: Length | None = _named(None, "length", "size", "size_in_bytes", "bytes")
    duration: Duration | None = _named(None, "duration", "duration_in_seconds")
    title: Text = _named("", "title", "name", "label")

    def build(self) -> article.Enclosure:
        """The enclosure as a part of the article."""
        media_type = self.type or guessed_type(self.url)
        size = self.length or None
        return article.Enclosure(self.url, media_type, size, self.duration, self.title)


class ProviderMatter(Group):
    """The publication that an article comes from."""

    name: Text = ""
    domain: Domain = ""
    feed: Url = Field("", validation_alias=AliasChoices("feed", "rss", "feed_url"))

    def build(self) -> article.Provider | None:
        """The provider as a part of the article."""
        made = article.Provider(self.name, self.domain, self.feed)
        return made if self.name or self.domain or self.feed else None


class PersonMatter(Group):
    """An author."""

    name: Text = ""
    email: Email = ""
    url: Url = _named("", "url", "link", "uri")

    @model_validator(mode="after")
    def _named(self) -> "PersonMatter":
        if not (self.name or self.email):
            message = "An author needs a `name` or an `email`."
            raise InvalidValueError("missing-key", message, "Add `name: …`.")
        return self

    def build(self) -> article.Person:
        """The person as a part of the article."""
        return article.Person(self.name, self.email, self.url)


_Provider = Annotated[
    ProviderMatter,
    BeforeValidator(partial(_group, text_is="name"), json_schema_input_type=ProviderMatter | str),
]
_Image = Annotated[
    ImageMatter,
    BeforeValidator(partial(_group, text_is="url"), json_schema_input_type=ImageMatter | str),
]
_Images = Annotated[
    tuple[_Image, ...], BeforeValidator(_listed, json_schema_input_type=list[_Image] | _Image)
]


_Enclosure = Annotated[
    EnclosureMatter,
    BeforeValidator(partial(_group, text_is="url"), json_schema_input_type=EnclosureMatter | str),
]
_Enclosures = Annotated[
    tuple[_Enclosure, ...],
    BeforeValidator(_listed, json_schema_input_type=list[_Enclosure] | _Enclosure),
]
_Urls = Annotated[tuple[Url, ...], BeforeValidator(_listed, json_schema_input_type=list[Url] | str)]
_Person = Annotated[
    PersonMatter, BeforeValidator(_person, json_schema_input_type=PersonMatter | str)
]
_People = Annotated[
    tuple[_Person, ...], BeforeValidator(_listed, json_schema_input_type=list[_Person] | _Person)
]


class RelatedMatter(Group):
    """Another publication's article on the same matter."""

    link: Url = _key("link", ...)
    title: Title = ""
    excerpt: Text = _key("summary", "")
    published: Date | None = _key("published")
    provider: _Provider | None = None
    images: _Images = _key("images", ())
    original_url: Url = _key("original_url", "")
    amp_url: Url = _key("amp_url", "")
    cdn_amp_url: Url = _key("cdn_amp_url", "")

    def build(self) -> article.Related:
        """The related article as a part of the article."""
        urls = {
            "originalUrl": self.original_url,
            "ampWebUrl": self.amp_url,
            "cdnAmpWebUrl": self.cdn_amp_url,
        }
        return article.Related(
            title=self.title or self.link,
            link=self.link,
            excerpt=self.excerpt,
            published=self.published.instant if self.published else None,
            provider=self.provider.build() if self.provider else None,
            # A file of the drop folder is no picture of another publication's.
            images=tuple(image.build() for image in self.images if not has_deferred(image.url)),
            extra=as_json(self.unknown) | {key: url for key, url in urls.items() if url},
        )


_RelatedItem = Annotated[
    RelatedMatter,
    BeforeValidator(partial(_group, text_is="webUrl"), json_schema_input_type=RelatedMatter | str),
]
_Related = Annotated[
    tuple[_RelatedItem, ...],
    BeforeValidator(_listed, json_schema_input_type=list[_RelatedItem] | _RelatedItem),
]


class FrontMatter(Group):
    """What an author may say of an article."""

    title: Title = ""
    summary: Text = _key("summary", "")
    published: Date | None = _key("published")
    updated: Date | None = _key("updated")
    expires: Date | None = _key("expires")
    link: Url = _key("link", "")
    topics: Topics = _key("topics", ())
    id: Id = _key("id", "")
    provider: _Provider | None = None
    people: _People = _key("people", ())
    images: _Images = _key("images", ())
    enclosure: _Enclosures = ()
    audio: _Enclosures = ()
    video: _Enclosures = ()
    attachments: _Enclosures = ()
    duration: Duration | None = None
    episode: Ordinal | None = None
    season: Ordinal | None = None
    episode_type: Kind = _key("episode_type", "")
    explicit: Flag | None = None
    chapters: Url = ""
    transcripts: _Urls = _key("transcripts", ())
    related: _Related = ()
    category: Text = ""
    type: Text = ""
    quality: Number | None = None
    heat: Number | None = None
    language: Text = _key("language", "")
    original_url: Url = _key("original_url", "")
    amp_url: Url = _key("amp_url", "")
    cdn_amp_url: Url = _key("cdn_amp_url", "")
    published_word: PublishedWord | None = _key("published_word")
    draft: Flag | None = None
    status: Text = ""


def read_fields(
    file: SplitFile, *, site_url: str, zone: tzinfo, path: str = "", assets: bool = False
) -> tuple[FrontMatter, list[Problem]]:
    """The checked front matter, and the problems of single values.

    ``path`` is the file's path below the drop folder, ``assets`` whether there is a folder
    ``drop.assets``. A key with a problem is left out, so that all other keys are still checked.
    Keys of episodes are read only beside an enclosure, and reject no article.
    """
    site = _Site(site_url, zone, path, assets)
    values = file.values
    if not any(key in values for key in ENCLOSURES):
        values = {key: value for key, value in values.items() if key not in EPISODE}
    problems: list[Problem] = []
    while True:
        try:
            return FrontMatter.model_validate(values, context=site), problems
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=False)
        problems += [_problem(file, item["loc"], item) for item in found]
        bad = {item["loc"][0] for item in found if item["loc"]}
        values = {key: value for key, value in values.items() if bad and key not in bad}


def _problem(file: SplitFile, loc: KeyPath, item: Any) -> Problem:
    """The problem for an error of pydantic."""
    place = file.place(loc)
    error = item.get("ctx", {}).get("error")
    if loc[0] in EPISODE:
        text = f"{error or 'The value has the wrong type.'} It is ignored."
        return Problem("enclosure", text, place, getattr(error, "hint", ""), "warning")
    if isinstance(error, InvalidValueError):
        return Problem(error.code, str(error), place, error.hint)
    if item["type"] == "missing":
        where = f"`{loc[0]}`" if len(loc) > 1 else "The front matter"
        return Problem(
            "missing-key", f"An item of {where} has no `{loc[-1]}`.", place, f"Add `{loc[-1]}: …`."
        )
    return Problem("bad-type", f"The value of `{loc[-1]}` has the wrong type.", place)


@cache
def keys_of(model: type[Group]) -> frozenset[str]:
    """The keys that a group may have."""
    return frozenset(key for keys in keys_by_field(model).values() for key in keys)


def keys_by_field(model: type[Group]) -> dict[str, tuple[str, ...]]:
    """The keys of each field of a group, the preferred one first."""
    found = {}
    for name, info in model.model_fields.items():
        alias = info.validation_alias
        choices = alias.choices if isinstance(alias, AliasChoices) else (alias or name,)
        found[name] = tuple(map(str, choices))
    return found
