"""ccxt as it is published, of which nothing but `urls` is set."""

import asyncio
import time

import ccxt
import ccxt.pro
import pytest

SYMBOL = "BTC/USDT"
MINUTE_MS = 60_000
WATCH_S = 30


def urls(compat):
    return {"api": {"public": compat.rest, "ws": {"spot": compat.ws}}}


def options():
    return {"enableRateLimit": False, "options": {"fetchMarkets": {"types": ["spot"]}}}


@pytest.fixture
def exchange(compat):
    return ccxt.binance({**options(), "urls": urls(compat)})


def test_markets(exchange):
    markets = exchange.load_markets()
    assert set(markets) == {"BTC/USDT", "ETH/USDT"}
    market = markets[SYMBOL]
    assert (market["id"], market["spot"], market["active"]) == ("BTCUSDT", True, True)
    # Without rules the steps are those of the stored numbers, which may be written with eight places.
    assert 0 < market["precision"]["price"] <= 0.01
    assert abs(exchange.fetch_time() - time.time() * 1000) < 10_000


def test_candles_by_page_are_the_stored_ones(exchange, compat):
    """Two days, a thousand candles at a time, as every downloader does it."""
    since = (int(time.time() * 1000) // MINUTE_MS - 2 * 1440) * MINUTE_MS
    first, rows = since, []
    while True:
        page = exchange.fetch_ohlcv(SYMBOL, "1m", since=since, limit=1000)
        rows += page
        if len(page) < 1000:
            break
        since = page[-1][0] + MINUTE_MS
    times = [row[0] for row in rows]
    assert times == sorted(set(times))
    assert times[0] >= first
    assert len(rows) > 2800
    stored = compat.klines(f"symbol=BTCUSDT&interval=1m&startTime={first}&limit=1000")
    assert [[row[0], *map(float, row[1:6])] for row in stored] == rows[:1000]
    # What is not kept follows from what is.
    hours = exchange.fetch_ohlcv(SYMBOL, "2h", limit=12)
    assert len(hours) == 12
    assert all(hour[0] % (120 * MINUTE_MS) == 0 for hour in hours)
    assert exchange.fetch_ohlcv(SYMBOL, "1M", limit=2)


def test_trades_tickers_and_books(exchange):
    trades = exchange.fetch_trades(SYMBOL, limit=100)
    assert len(trades) == 100
    ids = [int(trade["id"]) for trade in trades]
    assert ids == sorted(set(ids))
    assert {trade["side"] for trade in trades} <= {"buy", "sell"}
    # By id, the one that was the last comes again as the first.
    again = exchange.fetch_trades(SYMBOL, limit=5, params={"fromId": ids[-5]})
    assert [int(trade["id"]) for trade in again] == ids[-5:]
    ticker = exchange.fetch_ticker(SYMBOL)
    assert ticker["low"] <= ticker["last"] <= ticker["high"]
    assert ticker["baseVolume"] > 0
    assert set(exchange.fetch_tickers()) == {"BTC/USDT", "ETH/USDT"}
    assert set(exchange.fetch_tickers([SYMBOL])) == {SYMBOL}
    # A replay has no book; it is empty, not made up.
    assert exchange.fetch_order_book(SYMBOL, 5)["bids"] == []


def test_errors_are_understood(exchange):
    exchange.load_markets()
    with pytest.raises(ccxt.BadSymbol):
        exchange.public_get_klines({"symbol": "NOPE", "interval": "1m"})
    with pytest.raises(ccxt.BadRequest):
        exchange.public_get_klines({"symbol": "BTCUSDT", "interval": "7m"})


def test_watching(compat):
    async def watch():
        exchange = ccxt.pro.binance({**options(), "urls": urls(compat)})
        try:
            trades = await exchange.watch_trades(SYMBOL)
            candles = await exchange.watch_ohlcv(SYMBOL, "1m")
            ticker = await exchange.watch_ticker(SYMBOL)
            more = await exchange.watch_trades(SYMBOL)
            return trades, candles, ticker, more
        finally:
            await exchange.close()

    trades, candles, ticker, more = asyncio.run(asyncio.wait_for(watch(), WATCH_S))
    assert trades[-1]["symbol"] == more[-1]["symbol"] == SYMBOL
    assert candles[-1][0] % MINUTE_MS == 0
    assert ticker["last"] > 0
