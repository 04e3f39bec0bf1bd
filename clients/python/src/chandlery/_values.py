"""Values as the server has them: decimals as texts, times in RFC 3339, rows as dataclasses."""

from __future__ import annotations

import dataclasses
import functools
import re
import types
import typing
from datetime import datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar, cast
from uuid import UUID

from .errors import InvalidArgument

#: What a number may be given as. A float is taken as the shortest decimal that gives it back.
Number = Decimal | int | str | float
#: A time; without a zone it is UTC. Texts are RFC 3339, or relative to now: ``"-1h"``, ``"-30m"``, ``"-7d"``.
Time = datetime | str

T = TypeVar("T")
RELATIVE = re.compile(r"-(\d+)([smhdw])")
SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
STAMP = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(?:Z|\+00:00)")


def decimal(number: Number, name: str) -> Decimal:
    """The number of this name, exactly."""
    try:
        value = Decimal(repr(number)) if isinstance(number, float) else Decimal(number)
    except (InvalidOperation, TypeError, ValueError):
        value = Decimal("nan")
    if not value.is_finite():
        raise InvalidArgument(name, f"`{number}` is not a number")
    return value


def text(number: Number, name: str) -> str:
    """The number of this name as the server reads it, without exponents."""
    return format(decimal(number, name), "f")


def numbers(**given: Number | None) -> dict[str, str]:
    """Those that are given, by their names, as the server reads them."""
    return {name: text(number, name) for name, number in given.items() if number is not None}


def now() -> datetime:
    return datetime.now(timezone.utc)


def moment(given: Time, name: str) -> datetime:
    """The time of this name, in UTC."""
    try:
        return _moment(given)
    except (OverflowError, TypeError, ValueError):
        raise InvalidArgument(name, f"`{given}` is not a time") from None


def _moment(given: Time) -> datetime:
    if isinstance(given, datetime):
        return given.replace(tzinfo=timezone.utc) if given.tzinfo is None else given.astimezone(timezone.utc)
    if found := RELATIVE.fullmatch(given):
        return now() - timedelta(seconds=int(found[1]) * SECONDS[found[2]])
    return stamp(given) if STAMP.fullmatch(given) else _moment(datetime.fromisoformat(given))


def stamp(told: str) -> datetime:
    """A time that the server tells; what is below a microsecond is cut off."""
    found = STAMP.fullmatch(told)
    if not found:
        raise ValueError(f"{told!r} is no time")
    micros = int((found[2] or "0").ljust(6, "0")[:6])
    return datetime.fromisoformat(found[1]).replace(microsecond=micros, tzinfo=timezone.utc)


def iso(given: Time, name: str) -> str:
    """The time of this name as the server reads it."""
    return moment(given, name).isoformat().replace("+00:00", "Z")


def times(**given: Time | None) -> dict[str, str]:
    """Those that are given, by their names, as the server reads them."""
    return {name: iso(time, name) for name, time in given.items() if time is not None}


def nanoseconds(given: Time, name: str) -> int:
    """The time of this name, since 1970."""
    since = moment(given, name) - datetime(1970, 1, 1, tzinfo=timezone.utc)
    return ((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) * 1_000


@functools.cache
def _fields(kind: Any) -> list[tuple[str, str, Any, bool]]:
    hints, fields = typing.get_type_hints(kind), dataclasses.fields(kind)
    return [(one.name, one.name.rstrip("_"), hints[one.name], one.default is dataclasses.MISSING) for one in fields]


def read(kind: type[T], told: Any) -> T:
    """What the server told, as a dataclass; fields that it doesn't know are left out, those with a default may be missing."""
    fields = _fields(cast(Any, kind))
    return kind(**{name: _value(hint, told[key]) for name, key, hint, needed in fields if needed or key in told})


def _value(hint: Any, told: Any) -> Any:
    origin, of = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return None if told is None else _value(next(one for one in of if one is not type(None)), told)
    if origin is list:
        return [_value(of[0], one) for one in told]
    if origin is dict:
        return {name: _value(of[1], one) for name, one in told.items()}
    if hint is Decimal:
        return Decimal(told)
    if hint is datetime:
        return stamp(told)
    if hint is UUID:
        return UUID(told)
    return read(hint, told) if dataclasses.is_dataclass(hint) and isinstance(hint, type) else told
