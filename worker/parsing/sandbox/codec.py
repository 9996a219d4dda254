"""The answer of a child as checked MessagePack.

The child has read hostile bytes and may be under their control. So its answer is never unpickled
or unmarshalled, which could run code here or crash this process: msgspec builds our own types and
refuses everything else, and what its types cannot say is checked here. Each refusal is a
``CodecError``.
"""

from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from datetime import UTC, datetime
from functools import cache
from types import NoneType
from typing import TYPE_CHECKING, Any, TypeVar, cast, get_args, get_origin, get_type_hints

if TYPE_CHECKING:  # else loaded with the first answer: most commands get none
    from msgspec.msgpack import Decoder, Encoder

T = TypeVar("T")
Check = Callable[[Any], None]


class CodecError(ValueError):
    """The bytes are not an encoded value of the expected type."""


def encode(value: object) -> bytes:
    """A dataclass of plain values, times, bytes, tuples and other dataclasses.

    Raises TypeError for other types, ValueError for text with lone surrogates and OverflowError
    for numbers of more than 64 bits: the readers let none of these into an article.
    """
    return _encoder().encode(value)


def decode(kind: type[T], data: bytes) -> T:
    """The value of type ``kind`` that ``encode`` turned into ``data``.

    Raises CodecError for anything else, whatever the bytes.
    """
    decoder, check = _decoder(cast(Any, kind))
    try:
        value = decoder.decode(data)
        if check:
            check(value)
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise CodecError(f"not a {kind.__name__}: {type(error).__name__}: {error}") from None
    return cast(T, value)


def _plain(value: object) -> object:
    """The form of a value that the encoder does not know."""
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} cannot travel")


@cache
def _encoder() -> "Encoder":
    from msgspec.msgpack import Encoder

    return Encoder(enc_hook=_plain)


@cache
def _decoder(kind: Any) -> tuple["Decoder[Any]", Check | None]:
    from msgspec.msgpack import Decoder

    return Decoder(kind), _check_of(kind)


@cache
def _check_of(hint: Any) -> Check | None:
    """The check of what msgspec lets pass in a value of this type; None if there is nothing."""
    origin, parts = get_origin(hint), get_args(hint)
    if hint is datetime:
        return _check_moment
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _check_json
    if origin is tuple and parts[1:] == (...,):
        return _of_each(_check_of(parts[0]))
    if checks := [check for part in parts if (check := _check_of(part))]:
        if len(checks) > 1 or NoneType not in parts or len(parts) > 2:
            raise TypeError(f"no way to tell the parts of {hint} apart")
        return _unless_none(checks[0])
    if is_dataclass(hint) or hasattr(hint, "_fields"):
        return _of_fields(get_type_hints(hint))
    return None


def _of_each(check: Check | None) -> Check | None:
    if check is None:
        return None

    def check_each(values: tuple[Any, ...]) -> None:
        for value in values:
            check(value)

    return check_each


def _unless_none(check: Check) -> Check:
    return lambda value: None if value is None else check(value)


def _of_fields(hints: dict[str, Any]) -> Check | None:
    checks = [(name, check) for name, hint in hints.items() if (check := _check_of(hint))]
    if not checks:
        return None

    def check_fields(value: Any) -> None:
        for name, check in checks:
            check(getattr(value, name))

    return check_fields


def _check_moment(moment: datetime) -> None:
    if moment.tzinfo is not UTC or moment.microsecond:
        raise CodecError("a moment is a whole second in UTC")


def _check_json(value: Any) -> None:
    """MessagePack also knows bytes, times and keys that are no text."""
    kind = type(value)
    if kind is dict:
        for key, item in value.items():
            if type(key) is not str:
                raise CodecError("a key is text")
            _check_json(item)
    elif kind is list:
        for item in value:
            _check_json(item)
    elif kind not in _SCALARS:
        raise CodecError(f"{kind.__name__} is no JSON")


_SCALARS = frozenset((str, int, float, bool, NoneType))
