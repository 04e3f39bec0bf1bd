"""The clients: one to call, one to await. Both have a method for each call of ``chandlery.calls``."""

from __future__ import annotations

import asyncio
import functools
import time
from types import TracebackType
from typing import Any, AsyncIterator, Callable, Concatenate, Coroutine, Iterator, ParamSpec, TypeVar

import httpx

from . import _stream, calls
from ._cache import AsyncCache, Cache
from ._http import Call, Retry, Settings, Steps, answer, lost, luck, next_page
from ._market import AsyncMarketData, MarketData
from ._session import AsyncSession, Session
from .errors import Error
from .models import Page

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])
P = ParamSpec("P")


def _named(method: F, build: Callable[..., Any]) -> F:
    functools.update_wrapper(method, build)
    return method


def _sync(build: Callable[P, Call[T]]) -> Callable[Concatenate[Client, P], T]:
    def method(self: Client, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self.send(build(*args, **kwargs))

    return _named(method, build)


def _async(build: Callable[P, Call[T]]) -> Callable[Concatenate[AsyncClient, P], Coroutine[Any, Any, T]]:
    async def method(self: AsyncClient, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.send(build(*args, **kwargs))

    return _named(method, build)


class Client:
    """A client of one server. ``url`` and ``key`` come from ``CHANDLERY_URL`` and ``CHANDLERY_KEY`` where they aren't given;
    ``timeout`` is of one try, in seconds. Threads may share one."""

    def __init__(
        self, url: str | None = None, key: str | None = None, *, timeout: float = 30.0, retry: Retry | None = None
    ) -> None:
        self._settings = Settings(url, key, timeout, retry, luck)
        self._http = httpx.Client(**self._settings.options)
        self.cache = Cache(self.send)
        self.market_data = MarketData(self.run)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes its connections."""
        self._http.close()

    def send(self, call: Call[T]) -> T:
        """Sends a call, again where it fails and may be."""
        tried = 0
        while True:
            try:
                try:
                    return answer(call, self._http.request(**self._settings.request(call)))
                except httpx.HTTPError as error:
                    raise lost(error, self._settings.url + call.path) from error
            except Error as error:
                tried += 1
                pause = self._settings.pause(error, call, tried)
            time.sleep(pause)

    def run(self, steps: Steps[T]) -> T:
        """Sends calls that follow from each other."""
        told: Any = None
        try:
            call = next(steps)
            while True:
                try:
                    told = self.send(call)
                except Error as error:
                    call = steps.throw(error)
                else:
                    call = steps.send(told)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]

    def iterate(self, call: Call[Page[T]]) -> Iterator[T]:
        """All of a list, page by page: ``client.iterate(calls.ticks(symbol, order="asc", limit=5000))``."""
        following: Call[Page[T]] | None = call
        while following:
            page = self.send(following)
            yield from page
            following = next_page(call, page)

    def session(self) -> Session:
        """Records trades, all that were added with one ``commit()``."""
        return Session(self.run)

    symbols = _sync(calls.symbols)
    symbol = _sync(calls.symbol)
    price = _sync(calls.price)
    candles = _sync(calls.candles)
    candles_arrow = _sync(calls.candles_arrow)
    ticks = _sync(calls.ticks)
    write_tick = _sync(calls.write_tick)
    write_lines = _sync(calls.write_lines)
    points = _sync(calls.points)
    place = _sync(calls.place)
    order = _sync(calls.order)
    orders = _sync(calls.orders)
    amend = _sync(calls.amend)
    cancel = _sync(calls.cancel)
    report = _sync(calls.report)
    report_fill = _sync(calls.report_fill)
    fills = _sync(calls.fills)
    positions = _sync(calls.positions)
    trades = _sync(calls.trades)
    balances = _sync(calls.balances)
    report_entry = _sync(calls.report_entry)
    accounts = _sync(calls.accounts)
    create_account = _sync(calls.create_account)
    archive_account = _sync(calls.archive_account)
    strategies = _sync(calls.strategies)
    create_strategy = _sync(calls.create_strategy)
    add_version = _sync(calls.add_version)
    versions = _sync(calls.versions)
    link_account = _sync(calls.link_account)
    bots = _sync(calls.bots)
    bot = _sync(calls.bot)
    create_bot = _sync(calls.create_bot)
    start_bot = _sync(calls.start_bot)
    stop_bot = _sync(calls.stop_bot)
    pause_bot = _sync(calls.pause_bot)
    delete_bot = _sync(calls.delete_bot)
    heartbeat = _sync(calls.heartbeat)
    heartbeats = _sync(calls.heartbeats)


class AsyncClient:
    """The same, to await."""

    def __init__(
        self, url: str | None = None, key: str | None = None, *, timeout: float = 30.0, retry: Retry | None = None
    ) -> None:
        self._settings = Settings(url, key, timeout, retry, luck)
        self._http = httpx.AsyncClient(**self._settings.options)
        self.cache = AsyncCache(self.send)
        self.market_data = AsyncMarketData(self.run)

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes its connections."""
        await self._http.aclose()

    async def send(self, call: Call[T]) -> T:
        """Sends a call, again where it fails and may be."""
        tried = 0
        while True:
            try:
                try:
                    return answer(call, await self._http.request(**self._settings.request(call)))
                except httpx.HTTPError as error:
                    raise lost(error, self._settings.url + call.path) from error
            except Error as error:
                tried += 1
                pause = self._settings.pause(error, call, tried)
            await asyncio.sleep(pause)

    async def run(self, steps: Steps[T]) -> T:
        """Sends calls that follow from each other."""
        told: Any = None
        try:
            call = next(steps)
            while True:
                try:
                    told = await self.send(call)
                except Error as error:
                    call = steps.throw(error)
                else:
                    call = steps.send(told)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]

    async def iterate(self, call: Call[Page[T]]) -> AsyncIterator[T]:
        """All of a list, page by page."""
        following: Call[Page[T]] | None = call
        while following:
            page = await self.send(following)
            for one in page:
                yield one
            following = next_page(call, page)

    def session(self) -> AsyncSession:
        """Records trades, all that were added with one ``await commit()``."""
        return AsyncSession(self.run)

    def stream(self, *topics: str) -> AsyncIterator[_stream.Event]:
        """What happens, as it happens: ``async for event in client.stream("candles:binance:BTCUSDT:1m")``. A connection that
        breaks is made anew, with an event ``reconnected``. Needs ``chandlery[stream]``."""
        return _stream.follow(self._settings, topics)

    symbols = _async(calls.symbols)
    symbol = _async(calls.symbol)
    price = _async(calls.price)
    candles = _async(calls.candles)
    candles_arrow = _async(calls.candles_arrow)
    ticks = _async(calls.ticks)
    write_tick = _async(calls.write_tick)
    write_lines = _async(calls.write_lines)
    points = _async(calls.points)
    place = _async(calls.place)
    order = _async(calls.order)
    orders = _async(calls.orders)
    amend = _async(calls.amend)
    cancel = _async(calls.cancel)
    report = _async(calls.report)
    report_fill = _async(calls.report_fill)
    fills = _async(calls.fills)
    positions = _async(calls.positions)
    trades = _async(calls.trades)
    balances = _async(calls.balances)
    report_entry = _async(calls.report_entry)
    accounts = _async(calls.accounts)
    create_account = _async(calls.create_account)
    archive_account = _async(calls.archive_account)
    strategies = _async(calls.strategies)
    create_strategy = _async(calls.create_strategy)
    add_version = _async(calls.add_version)
    versions = _async(calls.versions)
    link_account = _async(calls.link_account)
    bots = _async(calls.bots)
    bot = _async(calls.bot)
    create_bot = _async(calls.create_bot)
    start_bot = _async(calls.start_bot)
    stop_bot = _async(calls.stop_bot)
    pause_bot = _async(calls.pause_bot)
    delete_bot = _async(calls.delete_bot)
    heartbeat = _async(calls.heartbeat)
    heartbeats = _async(calls.heartbeats)
