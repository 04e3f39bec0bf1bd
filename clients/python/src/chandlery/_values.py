"""Values as the server has them: decimals as texts, times in RFC 3339, rows as dataclasses."""

from __future__ import annotations

import dataclasses
import functools
import re
import types
import typing
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, TypeVar, cast
from uuid import UUID

#: What a number may be given as. A float is taken as the shortest decimal that gives it back.
Number = Decimal | int | str | float
#: A time; without a zone it is UTC. Texts are RFC 3339, or relative to now: ``"-1h"``, ``"-30m"``, ``"-7d"``.
Time = datetime | str

T = TypeVar("T")
RELATIVE = re.compile(r"-(\d+)([smhdw])")
SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
STAMP = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(?:Z|\+00:00)")


def decimal(number: Number) -> Decimal:
    """The number, exactly."""
    value = Decimal(repr(number)) if isinstance(number, float) else Decimal(number)
    if not value.is_finite():
        raise ValueError(f"{number!r} is no number")
    return value


def text(number: Number) -> str:
    """The number as the server reads it, without exponents."""
    return format(decimal(number), "f")


def now() -> datetime:
    return datetime.now(timezone.utc)


def moment(given: Time) -> datetime:
    """The time, in UTC."""
    if isinstance(given, datetime):
        return given.replace(tzinfo=timezone.utc) if given.tzinfo is None else given.astimezone(timezone.utc)
    if found := RELATIVE.fullmatch(given):
        return now() - timedelta(seconds=int(found[1]) * SECONDS[found[2]])
    return stamp(given) if STAMP.fullmatch(given) else moment(datetime.fromisoformat(given))


def stamp(told: str) -> datetime:
    """A time that the server tells; what is below a microsecond is cut off."""
    found = STAMP.fullmatch(told)
    if not found:
        raise ValueError(f"{told!r} is no time")
    micros = int((found[2] or "0").ljust(6, "0")[:6])
    return datetime.fromisoformat(found[1]).replace(microsecond=micros, tzinfo=timezone.utc)


def iso(given: Time | None) -> str | None:
    return None if given is None else moment(given).isoformat().replace("+00:00", "Z")


def nanoseconds(given: Time) -> int:
    since = moment(given) - datetime(1970, 1, 1, tzinfo=timezone.utc)
    return ((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) * 1_000


@functools.cache
def _fields(kind: Any) -> list[tuple[str, Any]]:
    hints = typing.get_type_hints(kind)
    return [(field.name, hints[field.name]) for field in dataclasses.fields(kind)]


def read(kind: type[T], told: Any) -> T:
    """What the server told, as a dataclass; fields that it doesn't know are left out."""
    return kind(**{name: _value(hint, told[name.rstrip("_")]) for name, hint in _fields(cast(Any, kind))})


def _value(hint: Any, told: Any) -> Any:
    origin, of = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return None if told is None else _value(next(one for one in of if one is not type(None)), told)
    if origin is list:
        return [_value(of[0], one) for one in told]
    if hint is Decimal:
        return Decimal(told)
    if hint is datetime:
        return stamp(told)
    if hint is UUID:
        return UUID(told)
    return read(hint, told) if dataclasses.is_dataclass(hint) and isinstance(hint, type) else told
