"""Writing and reading market data by symbol and exchange, as programs of InfluxDB do."""

from __future__ import annotations

from typing import Awaitable, Protocol, TypeVar

from . import calls
from ._http import Steps
from ._values import Number, Time, decimal, moment, now
from .errors import NotFound
from .models import Tick

T = TypeVar("T")
PAGE = 5_000


class _Run(Protocol):
    def __call__(self, steps: Steps[T], /) -> T: ...


class _AsyncRun(Protocol):
    def __call__(self, steps: Steps[T], /) -> Awaitable[T]: ...


def find_symbol(symbol: str, exchange: str) -> Steps[str]:
    """The ``venue:CODE`` that is meant by ``BTC/USDT`` of an exchange: the one of the spellings that the server knows, or
    else the one without signs between."""
    if ":" in symbol:
        return symbol
    plain = symbol.replace("/", "").replace("-", "").replace("_", "")
    names = [f"{exchange.lower()}:{code}" for code in dict.fromkeys((plain, symbol))]
    for name in names:
        try:
            yield calls.symbol(name)
        except NotFound:
            continue
        return name
    return names[0]


def _write(
    symbol: str, price: Number, volume: Number, exchange: str, time: Time | None, side: str | None,
    trade_id: str | None,
) -> Steps[None]:
    quantity = decimal(volume, "volume")
    name = yield from find_symbol(symbol, exchange)
    yield calls.write_tick(name, price, quantity, time=time or now(), side=side, trade_id=trade_id)


def _query(symbol: str, exchange: str, start_time: Time, end_time: Time | None) -> Steps[list[Tick]]:
    since = moment(start_time, "start_time")
    until = None if end_time is None else moment(end_time, "end_time")
    name = yield from find_symbol(symbol, exchange)
    call = calls.ticks(name, from_=since, to=until, order="asc", limit=PAGE)
    found: list[Tick] = []
    while call:
        page = yield call
        found += page
        call = page.next and calls.ticks(name, cursor=page.next, limit=PAGE)
    return found


class MarketData:
    """Trades of markets: what is written here is stored durably, makes candles and is heard by the streams."""

    def __init__(self, run: _Run) -> None:
        self._run = run

    def write_market_data(
        self, symbol: str, price: Number, volume: Number, exchange: str, *, time: Time | None = None,
        side: str | None = None, trade_id: str | None = None,
    ) -> None:
        """Stores a trade, now or at ``time``."""
        self._run(_write(symbol, price, volume, exchange, time, side, trade_id))

    def query_market_data(
        self, symbol: str, exchange: str, start_time: Time = "-1h", end_time: Time | None = None
    ) -> list[Tick]:
        """Trades since ``start_time`` (a time, or ``"-1h"``), the oldest first."""
        return self._run(_query(symbol, exchange, start_time, end_time))


class AsyncMarketData:
    """The same, to await."""

    def __init__(self, run: _AsyncRun) -> None:
        self._run = run

    async def write_market_data(
        self, symbol: str, price: Number, volume: Number, exchange: str, *, time: Time | None = None,
        side: str | None = None, trade_id: str | None = None,
    ) -> None:
        """Stores a trade, now or at ``time``."""
        await self._run(_write(symbol, price, volume, exchange, time, side, trade_id))

    async def query_market_data(
        self, symbol: str, exchange: str, start_time: Time = "-1h", end_time: Time | None = None
    ) -> list[Tick]:
        """Trades since ``start_time`` (a time, or ``"-1h"``), the oldest first."""
        return await self._run(_query(symbol, exchange, start_time, end_time))
