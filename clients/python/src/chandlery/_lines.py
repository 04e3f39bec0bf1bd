"""Lines of the line protocol."""

from __future__ import annotations

from ._values import Number, Time, nanoseconds, text


def tick(symbol: str, price: Number, quantity: Number, time: Time, side: str | None, trade_id: str | None) -> str:
    """A trade of a market; its numbers are texts, so that every digit arrives."""
    venue, found, code = symbol.partition(":")
    if not (venue and found and code):
        raise ValueError(f"{symbol!r} is not venue:CODE")
    fields = {"price": text(price), "quantity": text(quantity), "side": side and side.lower(), "trade_id": trade_id}
    told = ",".join(f'{name}="{_quoted(value)}"' for name, value in fields.items() if value is not None)
    return f"trades,venue={_tag(venue)},symbol={_tag(code)} {told} {nanoseconds(time)}\n"


def _tag(value: str) -> str:
    if "\\" in value:
        raise ValueError(f"{value!r} has a backslash, which no tag may end with")
    return _line(value).replace(",", "\\,").replace("=", "\\=").replace(" ", "\\ ")


def _quoted(value: str) -> str:
    return _line(value).replace("\\", "\\\\").replace('"', '\\"')


def _line(value: str) -> str:
    if "\n" in value or "\r" in value:
        raise ValueError(f"{value!r} has more than one line")
    return value
