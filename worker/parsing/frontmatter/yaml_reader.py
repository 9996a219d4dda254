"""YAML front matter to plain values, in one pass over libyaml's events.

Refuses aliases, merge keys and foreign tags, since a few hundred bytes of them fill the memory or
stall the loader, and deep nesting, since it crashes the C loader's process. The event stream
itself is safe.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from worker.core.problems import Problem
from worker.core.text import shown
from worker.parsing.frontmatter.block import (
    MAX_DEPTH,
    MAX_NODES,
    OPAQUE,
    Block,
    KeyPath,
    ParsedBlock,
    RawScalar,
    UnreadableError,
    duplicate,
    too_deep,
    too_many,
)
from worker.parsing.frontmatter.yaml_errors import ParserMessage, cut_values, explain

_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
# The first characters of values that YAML 1.1 may not read as text.
_ODD = frozenset(yaml.SafeLoader.yaml_implicit_resolvers) - {None, ""}
_STANDARD = "tag:yaml.org,2002:"
_TYPES = "str int float bool null timestamp seq map"
_TAGS = frozenset(("!", *(f"{_STANDARD}{name}" for name in _TYPES.split())))
_SAYS = {
    "documents": (
        "yaml-documents",
        "A second YAML document begins here.",
        "Keep one block of keys between the two `---` lines.",
    ),
    "quote": (
        "stray-quote",
        "The value ends with a quotation mark but does not begin with one.",
        "Put the whole value in quotes, or remove the quotation mark.",
    ),
    "alias": (
        "yaml-alias",
        "{} is a YAML alias, which is not allowed.",
        "Write the value out, or put it in quotes if the asterisk is part of the text.",
    ),
    "anchor": (
        "yaml-alias",
        "{} is a YAML anchor, which is not allowed.",
        "Remove it, or put the value in quotes if the ampersand is part of the text.",
    ),
    "tag": (
        "yaml-tag",
        "{} is a YAML tag, which is not allowed.",
        "Remove it, or put the value in quotes if the mark is part of the text.",
    ),
    "key": (
        "yaml-key",
        "There is a bracket or brace where a key should be.",
        "Put the value in quotes if the brackets or braces are part of the text.",
    ),
    "merge": (
        "yaml-merge",
        "`<<` copies other keys in, which is not allowed.",
        "Write the keys out.",
    ),
}


class YamlPlain(RawScalar):
    """An unquoted value that YAML 1.1 may read as a number, a date or a boolean."""

    __slots__ = ()

    def meaning(self) -> Any:
        """The value by YAML 1.1, but not base 60: 12:30:45 is not a number.

        A date that does not exist (30 February) stays text.
        """
        return _short_meaning(str(self)) if len(self) <= _SHORT else _meaning(str(self))


def _meaning(text: str) -> Any:
    tag = _RESOLVER.resolve(yaml.ScalarNode, text, (True, False))
    construct = _RESOLVER.yaml_constructors.get(tag)
    if construct is None:
        return text
    try:
        value = construct(_RESOLVER, yaml.ScalarNode(tag, text))
    except (ValueError, OverflowError, yaml.YAMLError):
        return text
    return text if ":" in text and isinstance(value, int | float) else value


_RESOLVER: Any = yaml.SafeLoader("")
_SHORT = 30
# Sites use the same few numbers and words in all their articles.
_short_meaning = lru_cache(maxsize=1024)(_meaning)


def read_yaml(block: Block) -> ParsedBlock:
    """The values of ``block``, which may also be a list, a text or None.

    Raises UnreadableError if it is not YAML or exceeds the limits; other problems are in the
    result.
    """
    reader = _YamlReader(block)
    try:
        values = reader.document()
    except yaml.MarkedYAMLError as error:
        raise UnreadableError(explain(block, _trouble(error))) from None
    except yaml.YAMLError as error:
        reason = getattr(error, "reason", "unknown")
        raise UnreadableError(explain(block, ParserMessage("", 0, str(reason), 0))) from None
    if " #" in block.text:
        reader.problems += cut_values(block)
    return ParsedBlock(values, block, reader.index_of, reader.problems)


def _trouble(error: yaml.MarkedYAMLError) -> ParserMessage:
    at = error.problem_mark.index if error.problem_mark else 0
    start = error.context_mark.index if error.context_mark else at
    return ParserMessage(error.context or "", start, error.problem or "", at)


class _YamlReader:
    """One pass; ``marks`` has the place of each key and item, by the id of its container."""

    def __init__(self, block: Block) -> None:
        self.block = block
        self.problems: list[Problem] = []
        self.values: Any = None
        self.marks: dict[int, Any] = {}
        self.nodes = 0
        self.next: Callable[[], Any] = yaml.CSafeLoader(block.text).get_event

    def document(self) -> Any:
        """The first document's value; a second one is a problem."""
        self.next()
        event = self.next()
        if type(event) is StreamEndEvent:
            return None
        self.values = self.node(self.next(), 1)
        if self.nodes > MAX_NODES:
            raise too_many(self.block, 0)
        self.next()
        event = self.next()
        if type(event) is DocumentStartEvent:
            self.tell("documents", event)
        return self.values

    def node(self, event: Any, depth: int) -> Any:
        """The value that begins with ``event``."""
        self.nodes += 1
        kind = type(event)
        if kind is ScalarEvent:
            return self.scalar(event)
        if kind is AliasEvent:
            return self.alias(event)
        if depth > MAX_DEPTH:
            raise too_deep(self.block, event.start_mark.index)
        if event.anchor is not None or event.tag is not None:
            self.check_properties(event)
        return self.mapping(depth) if kind is MappingStartEvent else self.sequence(depth)

    def scalar(self, event: Any) -> str | None:
        text: str = event.value
        if event.anchor is not None or event.tag is not None:
            self.check_properties(event)
        if not event.implicit[0]:
            return text
        if text in _NULLS:
            return None
        if text[-1] == '"' and text.count('"') == 1:
            self.tell("quote", event, level="warning")
        return YamlPlain(text) if text[0] in _ODD else text

    def mapping(self, depth: int) -> dict[str, Any]:
        values: dict[str, Any] = {}
        marks: dict[str, Any] = {}
        self.marks[id(values)] = marks
        following = self.next
        while type(event := following()) is not MappingEndEvent:
            if type(event) is not ScalarEvent:
                self.complex_key(event)
                continue
            key: str = event.value
            if key in marks or key == "<<":
                self.check_key(event, marks.get(key))
            marks[key] = event.start_mark
            if OPAQUE in key.lower():
                self.skip(following())
                continue
            self.nodes += 1
            event = following()
            if type(event) is ScalarEvent:
                values[key] = self.scalar(event)
            else:
                values[key] = self.node(event, depth + 1)
        return values

    def check_key(self, event: Any, first: Any) -> None:
        """Report a key that the mapping already has at ``first``, and a merge key."""
        if first is not None:
            mark = event.start_mark
            self.problems.append(duplicate(self.block, event.value, mark.index, first.index))
        elif event.implicit[0]:
            self.tell("merge", event)

    def sequence(self, depth: int) -> list[Any]:
        values: list[Any] = []
        marks: list[Any] = []
        self.marks[id(values)] = marks
        while type(event := self.next()) is not SequenceEndEvent:
            marks.append(event.start_mark)
            values.append(self.node(event, depth + 1))
        return values

    def skip(self, event: Any) -> None:
        """Skip the value that begins with ``event``."""
        depth = 0
        while True:
            self.nodes += 1
            if type(event) in (MappingStartEvent, SequenceStartEvent):
                depth += 1
            elif type(event) in (MappingEndEvent, SequenceEndEvent):
                depth -= 1
            if not depth:
                return
            if depth > MAX_DEPTH:
                raise too_deep(self.block, event.start_mark.index)
            event = self.next()

    def tell(self, word: str, event: Any, said: str = "", level: Any = "error") -> None:
        """Add the problem that ``_SAYS`` has for ``word``; its message quotes ``said``."""
        code, message, hint = _SAYS[word]
        place = self.block.place(event.start_mark.index)
        last = self.problems[-1] if self.problems else None
        # A line full of aliases is one mistake, or one attack.
        if not (last and last.place and (last.code, last.place.line) == (code, place.line)):
            self.problems.append(Problem(code, message.format(said), place, hint, level))

    def alias(self, event: Any) -> None:
        self.tell("alias", event, shown(f"*{event.anchor}"))

    def check_properties(self, event: Any) -> None:
        """Report an anchor, and a tag other than the standard ones."""
        if event.anchor is not None:
            self.tell("anchor", event, shown(f"&{event.anchor}"))
        if event.tag is not None and event.tag not in _TAGS:
            self.tell("tag", event, shown(event.tag.replace(_STANDARD, "!!")))

    def complex_key(self, event: Any) -> None:
        if type(event) is AliasEvent:
            self.alias(event)
        else:
            self.tell("key", event)
        self.skip(event)
        self.skip(self.next())

    def index_of(self, path: KeyPath) -> int | None:
        """Where the key or item at ``path`` begins in the block, None if there is none.

        An index into something that is not a list is skipped: one value counts as a list.
        """
        value, found = self.values, None
        for part in path:
            marks = self.marks.get(id(value))
            if isinstance(part, int) and not isinstance(value, list):
                continue
            try:
                found, value = marks[part].index, value[part]  # type: ignore[index]
            except (KeyError, IndexError, TypeError):
                return None
        return found
