"""Symbols, candles, trades of markets, and points."""

from __future__ import annotations

from typing import Any, Mapping

from .. import _lines
from .._http import Call, nothing, part, query
from .._values import Number, Time, numbers, times
from ..models import Candle, Page, Point, Price, Symbol, Tick
from ._answers import many, one, page

__all__ = ["candles", "candles_arrow", "points", "price", "symbol", "symbols", "ticks", "write_lines", "write_tick"]
ARROW = "application/vnd.apache.arrow.stream"


def symbols() -> Call[list[Symbol]]:
    """All symbols with their last price."""
    return Call("GET", "/v1/market/symbols", many(Symbol, "symbols"), harmless=True)


def symbol(name: str) -> Call[Symbol]:
    """One symbol, ``venue:CODE``, and the rules of its venue."""
    return Call("GET", f"/v1/market/symbols/{part(name)}", one(Symbol), harmless=True)


def price(symbol: str) -> Call[Price]:
    """A symbol's latest price."""
    return Call("GET", "/v1/market/price", one(Price), query(symbol=symbol), harmless=True)


def candles(
    symbol: str, interval: str, *, from_: Time | None = None, to: Time | None = None, limit: int | None = None,
    order: str | None = None, origin: str | None = None, as_of: Time | None = None,
    min_coverage: Number | None = None, cursor: str | None = None,
) -> Call[Page[Candle]]:
    """A page of candles; without range and order the newest, oldest of them first. ``order="asc"`` begins at the first."""
    asked = query(
        symbol=symbol, interval=interval, limit=limit, order=order, origin=origin, cursor=cursor,
        **times(from_=from_, to=to, as_of=as_of), **numbers(min_coverage=min_coverage),
    )
    return Call("GET", "/v1/market/candles", page(Candle, "candles"), asked, harmless=True)


def candles_arrow(
    symbol: str, interval: str, *, from_: Time | None = None, to: Time | None = None, origin: str | None = None,
    as_of: Time | None = None,
) -> Call[Any]:
    """All candles of a range as a ``pyarrow.Table``; ``to_pandas()`` and ``polars.from_arrow()`` go on from there."""
    import pyarrow

    def table(body: bytes) -> Any:
        return pyarrow.ipc.open_stream(body).read_all()

    asked = query(symbol=symbol, interval=interval, origin=origin, **times(from_=from_, to=to, as_of=as_of))
    headers = {"Accept": ARROW}
    return Call("GET", "/v1/market/candles", table, asked, headers=headers, harmless=True, raw=True)


def ticks(
    symbol: str, *, from_: Time | None = None, to: Time | None = None, limit: int | None = None,
    order: str | None = None, cursor: str | None = None,
) -> Call[Page[Tick]]:
    """A page of trades of a market; without range and order the newest."""
    asked = query(symbol=symbol, limit=limit, order=order, cursor=cursor, **times(from_=from_, to=to))
    return Call("GET", "/v1/market/ticks", page(Tick, "ticks"), asked, harmless=True)


def write_lines(lines: str, bucket: str = "chandlery") -> Call[None]:
    """Stores durably what the line protocol says, with times in nanoseconds. Written again it changes nothing."""
    asked = query(bucket=bucket, precision="ns")
    return Call("POST", "/compat/influx/api/v2/write", nothing, asked, content=lines.encode(), harmless=True)


def write_tick(
    symbol: str, price: Number, quantity: Number, *, time: Time, side: str | None = None, trade_id: str | None = None
) -> Call[None]:
    """Stores a trade of a market; candles follow. Without an id, two that agree in everything are one."""
    return write_lines(_lines.tick(symbol, price, quantity, time, side, trade_id))


def points(
    measurement: str, *, tags: Mapping[str, str] | None = None, bucket: str | None = None, from_: Time | None = None,
    to: Time | None = None, limit: int | None = None, cursor: str | None = None,
) -> Call[Page[Point]]:
    """A page of what was written of other measurements, the oldest first."""
    asked = query(measurement=measurement, bucket=bucket, limit=limit, cursor=cursor, **times(from_=from_, to=to))
    asked |= {f"tag.{name}": value for name, value in (tags or {}).items()}
    return Call("GET", "/v1/ops/points", page(Point, "points"), asked, harmless=True)
