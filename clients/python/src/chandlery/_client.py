"""The clients: one to call, one to await. Their methods are in ``_methods``."""

from __future__ import annotations

import asyncio
import time
from types import TracebackType
from typing import Any, AsyncIterator, Iterator, TypeVar

import httpx

from . import _stream
from ._cache import AsyncCache, Cache
from ._http import Call, Retry, Settings, Steps, answer, lost, luck, next_page
from ._market import AsyncMarketData, MarketData
from ._methods import AsyncMethods, Methods
from ._session import AsyncSession, Session
from .errors import Error
from .models import Page

T = TypeVar("T")


class Client(Methods):
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


class AsyncClient(AsyncMethods):
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
