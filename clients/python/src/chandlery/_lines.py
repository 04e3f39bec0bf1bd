"""Lines of the line protocol."""

from __future__ import annotations

from ._values import Number, Time, nanoseconds, numbers
from .errors import InvalidArgument


def tick(symbol: str, price: Number, quantity: Number, time: Time, side: str | None, trade_id: str | None) -> str:
    """A trade of a market; its numbers are texts, so that every digit arrives."""
    venue, found, code = symbol.partition(":")
    if not (venue and found and code):
        raise InvalidArgument("symbol", f"`{symbol}` is not venue:CODE")
    fields = {**numbers(price=price, quantity=quantity), "side": side and side.lower(), "trade_id": trade_id}
    told = ",".join(f'{name}="{_quoted(value, name)}"' for name, value in fields.items() if value is not None)
    return f"trades,venue={_tag(venue)},symbol={_tag(code)} {told} {nanoseconds(time, 'time')}\n"


def _tag(value: str) -> str:
    if "\\" in value:
        raise InvalidArgument("symbol", f"`{value}` has a backslash, which no tag may end with")
    return _line(value, "symbol").replace(",", "\\,").replace("=", "\\=").replace(" ", "\\ ")


def _quoted(value: str, name: str) -> str:
    return _line(value, name).replace("\\", "\\\\").replace('"', '\\"')


def _line(value: str, name: str) -> str:
    if "\n" in value or "\r" in value:
        raise InvalidArgument(name, f"`{value}` has more than one line")
    return value
