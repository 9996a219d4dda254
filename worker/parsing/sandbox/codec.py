"""A child's answer as plain JSON, rebuilt field by field in the parent.

The child has read hostile bytes and may be under their control. So its answer is never unpickled
or unmarshalled, which could run code here or crash this process; anything that does not have
exactly the shape of our types is refused with a ``CodecError``.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")
Rebuild = Callable[[Any], Any]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_SCALARS = frozenset((str, int, float, bool, NoneType))


class CodecError(ValueError):
    """The bytes are not an encoded value of the expected type."""


def encode(value: object) -> bytes:
    """A dataclass as JSON: a list of its fields, datetimes as seconds since 1970."""
    return _encode(value).encode("utf-8", "surrogatepass")


def decode(kind: type[T], data: bytes) -> T:
    """The value of type ``kind`` that ``encode`` turned into ``data``.

    Raises CodecError for anything else, whatever the bytes.
    """
    shape: Any = kind
    try:
        return cast(T, _rebuild(shape)(json.loads(data)))
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise CodecError(f"not a {kind.__name__}: {type(error).__name__}: {error}") from None


def _plain(value: object) -> object:
    """The JSON for a value that the encoder does not know."""
    kind: Any = type(value)
    return _plain_of(kind)(value)


@cache
def _plain_of(kind: Any) -> Callable[[Any], object]:
    if issubclass(kind, datetime):
        return lambda moment: (moment - _EPOCH) // _SECOND
    if issubclass(kind, Mapping):
        return dict
    if not is_dataclass(kind):
        raise TypeError(f"{kind.__name__} cannot travel")
    names = [field.name for field in fields(kind)]
    if len(names) == 1:
        only = attrgetter(names[0])
        return lambda value: (only(value),)
    return attrgetter(*names)


_encode = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, separators=(",", ":"), default=_plain
).encode


@cache
def _rebuild(kind: Any) -> Rebuild:
    """The function that turns parsed JSON into ``kind``, a type from an annotation."""
    origin, parts = get_origin(kind), get_args(kind)
    if scalars := _kinds_in_json(kind):
        return _scalar(scalars)
    if kind is datetime:
        return _datetime
    if kind is Any:
        return lambda value: value
    if origin is Literal:
        return _one_of(parts)
    if origin in (Union, UnionType):
        return _union(parts)
    if origin is tuple and parts[1:] == (...,):
        return _sequence(_rebuild(parts[0]))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _scalar(frozenset((dict,)))
    return _record(kind)


def _scalar(kinds: frozenset[type]) -> Rebuild:
    def rebuild(value: Any) -> Any:
        # The exact type: a bool is an int to isinstance.
        if type(value) not in kinds:
            raise CodecError(f"unexpected {type(value).__name__}")
        return value

    return rebuild


def _datetime(value: Any) -> datetime:
    if type(value) is not int:
        raise CodecError("a moment is a whole number of seconds")
    return datetime.fromtimestamp(value, UTC)


def _one_of(words: tuple[Any, ...]) -> Rebuild:
    def rebuild(value: Any) -> Any:
        if type(value) is not str or value not in words:
            raise CodecError("unexpected word")
        return value

    return rebuild


def _union(parts: tuple[Any, ...]) -> Rebuild:
    some = [part for part in parts if part is not NoneType]
    if len(some) != 1 or len(parts) != 2:
        raise TypeError(f"no way to tell the parts of {parts} apart")
    inner = _rebuild(some[0])
    return lambda value: None if value is None else inner(value)


def _sequence(inner: Rebuild) -> Rebuild:
    def rebuild(value: Any) -> Any:
        if type(value) is not list:
            raise CodecError("expected a list")
        return tuple([inner(item) for item in value])

    return rebuild


def _record(kind: Any) -> Rebuild:
    """A dataclass or a named tuple, as the list of its fields."""
    if not (is_dataclass(kind) or hasattr(kind, "_fields")):
        raise TypeError(f"{kind} cannot travel")
    hints = get_type_hints(kind)
    names = [field.name for field in fields(kind)] if is_dataclass(kind) else kind._fields
    # One loop without a call per field: this runs for each part of each article.
    allowed = tuple(_kinds_in_json(hints[name]) for name in names)
    inner = [(at, _rebuild(hints[name])) for at, name in enumerate(names) if not allowed[at]]

    def rebuild(value: Any) -> Any:
        if type(value) is not list or len(value) != len(allowed):
            raise CodecError(f"expected the fields of a {kind.__name__}")
        for item, kinds in zip(value, allowed, strict=True):
            if kinds and type(item) not in kinds:
                raise CodecError(f"unexpected {type(item).__name__} in a {kind.__name__}")
        for at, part in inner:
            value[at] = part(value[at])
        return kind(*value)

    return rebuild


def _kinds_in_json(hint: Any) -> frozenset[Any]:
    """The exact JSON types of a field with this annotation; empty if it is not scalar."""
    parts = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    return frozenset(parts) if _SCALARS.issuperset(parts) else frozenset()
