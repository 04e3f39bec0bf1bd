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


@pytest.fixture
def signed(compat, trader):
    """The same exchange with a key."""
    private = {"private": compat.rest, "sapi": f"{compat.sapi}/v1", "sapiV3": f"{compat.sapi}/v3"}
    api = {**urls(compat)["api"], **private}
    return ccxt.binance({**options(), "urls": {"api": api}, "apiKey": trader.key, "secret": trader.secret})


def test_orders(signed):
    signed.load_markets()
    assert signed.fetch_currencies()["BTC"]["id"] == "BTC"
    fee = signed.fetch_trading_fee(SYMBOL)
    assert (fee["maker"], fee["taker"]) == (0.001, 0.001)
    before = signed.fetch_balance()
    assert before["BTC"]["free"] >= 1
    assert before["info"]["makerCommission"] == 10
    bought = signed.create_order(SYMBOL, "market", "buy", 0.01)
    assert (bought["status"], bought["filled"]) == ("closed", 0.01)
    assert bought["trades"] and bought["average"] > 0
    # What was told of fees is what is paid.
    assert bought["fee"]["cost"] == pytest.approx(bought["cost"] * fee["taker"])
    assert signed.fetch_order(bought["id"], SYMBOL)["filled"] == 0.01
    assert signed.fetch_my_trades(SYMBOL)[-1]["order"] == bought["id"]

    low = signed.price_to_precision(SYMBOL, bought["average"] * 0.5)
    waits = signed.create_order(SYMBOL, "limit", "buy", 0.02, float(low), {"clientOrderId": "ccxt-waits"})
    assert (waits["status"], waits["clientOrderId"]) == ("open", "ccxt-waits")
    assert [order["id"] for order in signed.fetch_open_orders(SYMBOL)] == [waits["id"]]
    with pytest.raises(ccxt.InvalidOrder):
        signed.create_order(SYMBOL, "limit", "buy", 0.02, float(low), {"clientOrderId": "ccxt-waits"})
    gone = signed.cancel_order(waits["id"], SYMBOL)
    assert gone["status"] == "canceled"
    with pytest.raises(ccxt.OrderNotFound):
        signed.cancel_order(waits["id"], SYMBOL)
    with pytest.raises(ccxt.OrderNotFound):
        signed.fetch_order("999999999", SYMBOL)
    assert signed.fetch_open_orders(SYMBOL) == []
    ids = [order["id"] for order in signed.fetch_orders(SYMBOL)]
    assert ids.index(bought["id"]) < ids.index(waits["id"])
    after = signed.fetch_balance()
    assert after["BTC"]["total"] == pytest.approx(before["BTC"]["total"] + 0.01, abs=2e-5)
    assert after["USDT"]["total"] < before["USDT"]["total"]


def test_signatures(signed, trader):
    signed.secret = trader.secret[:-1] + ("a" if trader.secret[-1] != "a" else "b")
    with pytest.raises(ccxt.AuthenticationError):
        signed.private_get_account()
    signed.secret = trader.secret
    signed.nonce = lambda: int(time.time() * 1000) - 120_000
    with pytest.raises(ccxt.InvalidNonce):
        signed.private_get_account()
