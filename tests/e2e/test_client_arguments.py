"""What the client for Python refuses before it asks a server: the argument that is wrong is named."""

import asyncio
import re
from datetime import datetime
from decimal import Decimal

import chandlery
import pytest
from chandlery import calls

NOWHERE = "http://127.0.0.1:1"
WRONG = {
    "limit_price: `abc` is not a number": lambda: calls.place("a", "x:Y", "buy", "limit", quantity=1, limit_price="abc"),
    "quantity: `nan` is not a number": lambda: calls.place("a", "x:Y", "buy", quantity=float("nan")),
    "stop_price: `1,5` is not a number": lambda: calls.amend("o", stop_price="1,5"),
    "price: `[]` is not a number": lambda: calls.report_fill("o", "t", [], 1, time="2026-01-05T10:00:00Z"),
    "fees: `?` is not a number": lambda: calls.report_fill("o", "t", 1, 1, time="-1h", fees=[chandlery.Fee("BTC", "?")]),
    "amount: `-inf` is not a number": lambda: calls.report_entry("a", "deposited", "1", "BTC", "-inf", time="-1h"),
    "balance: `much` is not a number": lambda: calls.heartbeat("b", balance="much"),
    "min_coverage: `all` is not a number": lambda: calls.candles("x:Y", "1h", min_coverage="all"),
    "from_: `yesterday` is not a time": lambda: calls.orders(from_="yesterday"),
    "to: `2026-13-01T00:00:00Z` is not a time": lambda: calls.trades(to="2026-13-01T00:00:00Z"),
    "as_of: `17` is not a time": lambda: calls.candles("x:Y", "1h", as_of=17),
    "time: `-99999999999w` is not a time": lambda: calls.write_tick("x:Y", 1, 1, time="-99999999999w"),
    "symbol: `XY` is not venue:CODE": lambda: calls.write_tick("XY", 1, 1, time="-1h"),
    "trade_id: `1\n2` has more than one line": lambda: calls.write_tick("x:Y", 1, 1, time="-1h", trade_id="1\n2"),
}


@pytest.mark.parametrize("said", WRONG)
def test_a_wrong_argument_is_named(said):
    with pytest.raises(chandlery.InvalidArgument, match=f"^{re.escape(said)}$") as refused:
        WRONG[said]()
    assert isinstance(refused.value, (ValueError, chandlery.Error))
    assert refused.value.argument == said.partition(":")[0]


def test_no_server_is_asked():
    with chandlery.Client(NOWHERE) as client:
        with pytest.raises(ValueError, match="start_time: `bogus` is not a time"):
            client.market_data.query_market_data("BTC/USDT", "binance", start_time="bogus")
        with pytest.raises(ValueError, match="volume: `x` is not a number"):
            client.market_data.write_market_data("BTC/USDT", 1, "x", "binance")
        # An order whose fill can't be told would stay open.
        with client.session() as session, pytest.raises(ValueError, match="price: `free` is not a number"):
            session.add(chandlery.Trade("BTC/USDT", "BUY", 1, "free", "binance", account="a"))
            session.commit()

    async def asked():
        async with chandlery.AsyncClient(NOWHERE) as client:
            with pytest.raises(ValueError, match="end_time: `later` is not a time"):
                await client.market_data.query_market_data("BTC/USDT", "binance", end_time="later")

    asyncio.run(asked())


def test_numbers_and_times_are_taken_as_they_are_meant():
    asked = calls.place("a", "x:Y", "buy", "limit", quantity=1e-7, limit_price=Decimal("1E+3")).json
    assert (asked["quantity"], asked["limit_price"]) == ("0.0000001", "1000")
    asked = calls.orders(from_=datetime(2026, 1, 5, 10), to="2026-01-05T11:00:00+01:00").query
    assert asked == {"from": "2026-01-05T10:00:00Z", "to": "2026-01-05T10:00:00Z"}


def test_what_a_newer_server_adds_is_left_out():
    told = {"balances": [{"asset": "BTC", "cash": "1.5", "held": "0", "lent": "2"}], "more": True}
    assert calls.balances("a").read(told) == [chandlery.Balance("BTC", Decimal("1.5"), Decimal(0))]
