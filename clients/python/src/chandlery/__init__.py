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
    Account, AccountWorth, Alert, AssetWorth, Balance, Bot, BotState, BotStatus, BotWorth, Candle, Equity,
    EquityPoint, Explanation, ExplanationLine, ExplanationTotal, Exposure, Fee, Fill, Heartbeat, Import,
    ImportReport, LedgerEntry, MadeSigningKey, MadeWebhook, Order, OrderEvent, OrderState, OwnFill, Page,
    PaperSettings, Performance, PerformanceGroup, Point, Portfolio, Position, Price, Queue, RoundTrip, Saga,
    SigningKey, Slippage, Snapshot, Snapshots, Strategy, StrategyVersion, Symbol, Template, Tick, Unconverted,
    Value, Webhook,
)

__all__ = [
    "Account", "AccountWorth", "Alert", "AssetWorth", "AsyncCache", "AsyncClient", "AsyncSession", "Balance",
    "Bot", "BotState", "BotStatus", "BotWorth", "Cache", "Candle", "Client", "Conflict", "Equity", "EquityPoint",
    "Error", "Explanation", "ExplanationLine", "ExplanationTotal", "Exposure", "Fee", "Fill", "Forbidden",
    "Heartbeat", "Import", "ImportReport", "Invalid", "InvalidArgument", "LedgerEntry", "MadeSigningKey",
    "MadeWebhook", "NotFound", "Order", "OrderEvent", "OrderState", "OwnFill", "Page", "PaperSettings",
    "Performance", "PerformanceGroup", "Point", "Portfolio", "Position", "Price", "Queue", "RateLimited",
    "Refused", "Retry", "RoundTrip", "Saga", "Session", "SigningKey", "Slippage", "Snapshot", "Snapshots",
    "Strategy", "StrategyVersion", "Symbol", "Template", "Tick", "Trade", "Unauthorized", "Unconverted",
    "Unreachable", "Value", "Webhook", "calls", "session",
]
