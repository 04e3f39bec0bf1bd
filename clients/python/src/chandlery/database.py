"""The names that programs of a trading desk have for its databases. Everything goes through the API, with the client that
``CHANDLERY_URL`` and ``CHANDLERY_KEY`` say; it is made when it is first needed.

    from chandlery.database import Trade, db_manager, get_postgres_session, get_redis

    async with get_postgres_session() as session:
        session.add(Trade(symbol="BTC/USDT", side="BUY", quantity=1.0, price=50000.0, exchange="binance",
                          strategy_id="arbitrage-btc-usdt"))
        await session.commit()

    redis = await get_redis()
    await redis.set("price:BTC/USDT", "50000.0", ex=60)

    await db_manager.influxdb.write_market_data(symbol="BTC/USDT", price=50000.0, volume=1.5, exchange="binance")
    data = await db_manager.influxdb.query_market_data(symbol="BTC/USDT", exchange="binance", start_time="-1h")
"""

from __future__ import annotations

import asyncio

from ._cache import AsyncCache
from ._client import AsyncClient
from ._market import AsyncMarketData
from ._session import AsyncSession, Trade

__all__ = ["Trade", "db_manager", "get_postgres_session", "get_redis"]


class DatabaseManager:
    """One client for each event loop, for connections belong to theirs."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._client: AsyncClient | None = None

    @property
    def client(self) -> AsyncClient:
        """The client of the running event loop."""
        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:
            self._loop, self._client = loop, AsyncClient()
        return self._client

    @property
    def influxdb(self) -> AsyncMarketData:
        """Writes and reads market data."""
        return self.client.market_data

    @property
    def redis(self) -> AsyncCache:
        """Keeps values for a while."""
        return self.client.cache

    def session(self) -> AsyncSession:
        """Records trades."""
        return self.client.session()

    async def close(self) -> None:
        """Closes the connections; the next use opens others."""
        client, self._client = self._client, None
        if client:
            await client.aclose()


db_manager = DatabaseManager()


def get_postgres_session() -> AsyncSession:
    """``async with get_postgres_session() as session``."""
    return db_manager.session()


async def get_redis() -> AsyncCache:
    """``redis = await get_redis()``."""
    return db_manager.redis
