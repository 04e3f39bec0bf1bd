"""A client of Chandlery's API: exact decimals, UTC, errors with the server's codes, and harmless repetition.

    import chandlery

    with chandlery.Client() as client:          # CHANDLERY_URL, CHANDLERY_KEY
        for candle in client.iterate(chandlery.calls.candles("binance:BTCUSDT", "1h")):
            print(candle.open_time, candle.close)

``AsyncClient`` has the same methods to await. ``chandlery.database`` has the session, the cache and the writer of market
data that programs of a trading desk know.
"""

from . import calls
from ._cache import AsyncCache, Cache
from ._client import AsyncClient, Client
from ._http import Retry
from ._session import AsyncSession, Session, Trade, session
from .errors import (
    Conflict, Error, Forbidden, Invalid, InvalidArgument, NotFound, RateLimited, Refused, Unauthorized, Unreachable,
)
from .models import (
    Account, Balance, Bot, BotState, Candle, Fee, Fill, Heartbeat, Order, OrderState, Page, Point, Position, Price,
    RoundTrip, Strategy, StrategyVersion, Symbol, Tick, Value,
)

__all__ = [
    "Account", "AsyncCache", "AsyncClient", "AsyncSession", "Balance", "Bot", "BotState", "Cache", "Candle",
    "Client", "Conflict", "Error", "Fee", "Fill", "Forbidden", "Heartbeat", "Invalid", "InvalidArgument",
    "NotFound", "Order", "OrderState", "Page", "Point", "Position", "Price", "RateLimited", "Refused", "Retry",
    "RoundTrip", "Session", "Strategy", "StrategyVersion", "Symbol", "Tick", "Trade", "Unauthorized",
    "Unreachable", "Value", "calls", "session",
]
