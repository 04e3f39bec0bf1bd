"""python-binance as it is published; its base URLs are attributes of its classes."""

import asyncio
import time

import pytest
from binance import AsyncClient, BinanceSocketManager
from binance.client import Client
from binance.exceptions import BinanceAPIException

WATCH_S = 30


@pytest.fixture
def client(compat, monkeypatch):
    monkeypatch.setattr(Client, "API_URL", compat.rest.removesuffix("/v3"))
    return Client()


def test_reading(client):
    info = client.get_exchange_info()
    assert {each["symbol"] for each in info["symbols"]} == {"BTCUSDT", "ETHUSDT"}
    assert client.get_symbol_info("BTCUSDT")["baseAsset"] == "BTC"
    rows = client.get_klines(symbol="BTCUSDT", interval=Client.KLINE_INTERVAL_3MINUTE, limit=7)
    assert len(rows) == 7
    assert all(len(row) == 12 for row in rows)
    assert float(client.get_symbol_ticker(symbol="BTCUSDT")["price"]) > 0
    assert float(client.get_ticker(symbol="BTCUSDT")["volume"]) > 0
    assert client.get_avg_price(symbol="BTCUSDT")["mins"] == 5
    trades = client.get_recent_trades(symbol="BTCUSDT", limit=10)
    assert client.get_historical_trades(symbol="BTCUSDT", fromId=trades[0]["id"], limit=3) == trades[:3]


def test_history_is_paged_without_a_hole_or_a_double(client):
    day_ago = int(time.time() * 1000) - 86_400_000
    rows = client.get_historical_klines("BTCUSDT", "1m", day_ago)
    times = [row[0] for row in rows]
    assert times == sorted(set(times))
    assert len(rows) > 1_400


def test_a_refusal_is_binances(client):
    with pytest.raises(BinanceAPIException) as refused:
        client.get_klines(symbol="NOPE", interval="1m")
    assert (refused.value.code, refused.value.message) == (-1121, "Invalid symbol.")


def test_streams(compat, monkeypatch):
    monkeypatch.setattr(AsyncClient, "API_URL", compat.rest.removesuffix("/v3"))
    monkeypatch.setattr(BinanceSocketManager, "STREAM_URL", compat.streams)

    async def watch():
        client = await AsyncClient.create()
        try:
            sockets = BinanceSocketManager(client)
            async with sockets.trade_socket("BTCUSDT") as trades:
                trade = await trades.recv()
            async with sockets.multiplex_socket(["btcusdt@kline_1m", "ethusdt@aggTrade"]) as both:
                heard = {}
                while len(heard) < 2:
                    message = await both.recv()
                    heard[message["stream"]] = message["data"]
            return trade, heard
        finally:
            await client.close_connection()

    trade, heard = asyncio.run(asyncio.wait_for(watch(), WATCH_S))
    assert (trade["e"], trade["s"]) == ("trade", "BTCUSDT")
    assert heard["btcusdt@kline_1m"]["k"]["i"] == "1m"
    assert heard["ethusdt@aggTrade"]["s"] == "ETHUSDT"


@pytest.fixture
def signed(compat, trader, monkeypatch):
    monkeypatch.setattr(Client, "API_URL", compat.rest.removesuffix("/v3"))
    monkeypatch.setattr(Client, "MARGIN_API_URL", compat.sapi)
    return Client(trader.key, trader.secret)


def test_orders(signed):
    assert signed.get_account_status()["data"] == "Normal"
    assert signed.get_account_api_permissions()["enableSpotAndMarginTrading"]
    assert {one["asset"] for one in signed.get_user_asset()} >= {"BTC", "USDT"}
    rates = signed.get_account()["commissionRates"]
    assert (rates["maker"], rates["taker"]) == ("0.00100000", "0.00100000")
    (fee,) = signed.get_trade_fee(symbol="BTCUSDT")
    assert (fee["makerCommission"], fee["takerCommission"]) == ("0.00100000", "0.00100000")
    before = float(signed.get_asset_balance("BTC")["free"])
    sold = signed.order_market_sell(symbol="BTCUSDT", quantity="0.01")
    assert (sold["status"], sold["executedQty"]) == ("FILLED", "0.01000000")
    assert sold["fills"]
    price = float(sold["fills"][0]["price"])
    assert price > 0
    high = f"{price * 2:.1f}"
    signed.create_test_order(symbol="BTCUSDT", side="SELL", type="LIMIT", timeInForce="GTC", quantity="0.01", price=high)
    waits = signed.order_limit_sell(symbol="BTCUSDT", quantity="0.01", price=high)
    assert waits["status"] == "NEW"
    assert signed.get_order(symbol="BTCUSDT", orderId=waits["orderId"])["price"] == f"{float(high):.8f}"
    assert [one["orderId"] for one in signed.get_open_orders(symbol="BTCUSDT")] == [waits["orderId"]]
    gone = signed.cancel_order(symbol="BTCUSDT", orderId=waits["orderId"])
    assert (gone["status"], gone["origClientOrderId"]) == ("CANCELED", waits["clientOrderId"])
    assert {sold["orderId"], waits["orderId"]} <= {one["orderId"] for one in signed.get_all_orders(symbol="BTCUSDT")}
    mine = signed.get_my_trades(symbol="BTCUSDT")
    assert sold["fills"][0]["tradeId"] in {one["id"] for one in mine}
    assert float(signed.get_asset_balance("BTC")["free"]) == pytest.approx(before - 0.01, abs=2e-5)


def refused(call):
    with pytest.raises(BinanceAPIException) as refused:
        call()
    return refused.value.code


def test_refusals(signed, trader):
    order = {"side": "BUY", "type": "MARKET", "quantity": "0.01"}
    assert refused(lambda: signed.create_order(symbol="NOPE", **order)) == -1121
    assert refused(lambda: signed.cancel_order(symbol="BTCUSDT", orderId=999999999)) == -2011
    named = {"symbol": "BTCUSDT", "newClientOrderId": "again", **order}
    signed.create_order(**named)
    assert refused(lambda: signed.create_order(**named)) == -2010
    other = Client(trader.key, trader.secret[:-3] + "xyz")
    assert refused(other.get_account) == -1022
    late = Client(trader.key, trader.secret)
    late.timestamp_offset = -60_000
    assert refused(late.get_account) == -1021
