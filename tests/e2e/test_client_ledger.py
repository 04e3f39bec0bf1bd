"""The client for Python reads the books: lists with every filter, profit and of what it is made, imports."""

import asyncio
import inspect
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import chandlery
import pytest
from chandlery import calls

from test_clients import ADA, client, server

SYMBOL = "binance:LEDUSDT"
BEGIN = datetime(2026, 1, 5, 10, tzinfo=UTC)


@pytest.fixture(scope="module")
def books(server):
    """An account that won a trade, lost one, and holds what it bought last."""
    with chandlery.Client(server.url, server.key) as client:
        client.write_tick(SYMBOL, 100, 1, time=BEGIN)
        account = client.create_account("binance", "Ledger", "external").id
        client.report_entry(account, "deposited", "d", "USDT", "1000", time=BEGIN)
        bot = client.create_bot(account, "Ledger", "paper").id
        made = []
        for hour, (side, price, reason) in enumerate(
            [("buy", 100, None), ("sell", 110, "roi"), ("buy", 110, None), ("sell", 105, "stop_loss"), ("buy", 105, None)]
        ):
            tags = {"strategy": "cross", "entry_logic": "up", "exit_logic": reason and "down", "exit_reason": reason, "interval": "5m"}
            order = client.place(account, SYMBOL, side, quantity=2, bot=bot, tags=tags, submitted=True).id
            at = BEGIN + timedelta(hours=hour)
            fees = [chandlery.Fee("USDT", Decimal(1))]
            made.append(client.report_fill(order, f"t{hour}", price, 2, time=at, fees=fees, liquidity="taker"))
        client.write_tick(SYMBOL, 120, 1, time=datetime.now(UTC))
    return account, bot, made


def test_every_call_is_a_method_of_both_clients():
    apart = {"set_value", "get_value", "forget_value"}  # client.cache
    wanted = {name for name, _ in inspect.getmembers(calls, inspect.isfunction)} - apart
    for kind in (chandlery.Client, chandlery.AsyncClient):
        missing = {name for name in wanted if getattr(kind, name, None) is None}
        assert not missing, kind
        other = {name for name in wanted if inspect.signature(getattr(kind, name)) != inspect.signature(getattr(calls, name))}
        assert not other, kind


def test_lists_are_filtered(client, books):
    account, bot, made = books
    mine = {"account": account, "bot": bot, "symbol": SYMBOL}
    orders = client.orders(**mine, side="sell", kind="market", strategy="cross", from_="-1h", to=datetime.now(UTC))
    assert {order.id for order in orders} == {made[1].id, made[3].id}
    told = {(order.time_in_force, order.reduce_only, order.leverage, order.exit_logic, order.interval) for order in orders}
    assert told == {("gtc", False, Decimal(1), "down", "5m")}
    assert not client.orders(**mine, kind="limit").items
    assert not client.orders(**mine, as_of=BEGIN).items
    assert len(client.trades(**mine, interval="5m")) == 3 and not client.trades(**mine, interval="1h").items
    [won] = client.trades(**mine, result="profit", exit_reason="roi", entry_logic="up", exit_logic="down", direction="long")
    assert (won.net_pnl, won.other_fees) == (Decimal(18), {})
    assert [one.net_pnl for one in client.trades(**mine, result="loss", status="closed", strategy="cross")] == [Decimal(-12)]
    assert len(client.trades(**mine, as_of=datetime.now(UTC))) == 3
    [held] = client.positions(**mine, status="open", direction="long", maintenance_rate="0.005")
    assert (held.mark_price, held.unrealised_pnl, held.liquidation_price) == (Decimal(120), Decimal(30), None)
    assert held.mark_missing is None and held.mark_time > BEGIN
    assert not client.positions(**mine, direction="short").items
    assert not client.positions(**mine, as_of=BEGIN).items
    sold = client.own_fills(**mine, side="sell", from_=BEGIN, to=BEGIN + timedelta(hours=2))
    assert [(one.order, one.price, one.fees[0].amount) for one in sold] == [(made[1].id, Decimal(110), Decimal(1))]
    assert len(list(client.iterate(calls.own_fills(account=account, limit=2)))) == 5


def test_money_is_told_entry_by_entry(client, books):
    account, bot, _ = books
    [deposit] = client.entries(account=account, kind="deposited", purse="cash", asset="USDT")
    assert (deposit.amount, deposit.time, deposit.order) == (Decimal(1000), BEGIN, None)
    fees = list(client.iterate(calls.entries(bot=bot, purse="fees", limit=2)))
    assert sum(one.amount for one in fees) == 5
    assert client.balances(account, as_of=BEGIN) == []
    cash = {one.asset: one.cash for one in client.balances(account, as_of=datetime.now(UTC))}
    assert cash == {"USDT": Decimal(795), "LED": Decimal(2)}


def test_what_happened_to_an_order_is_told_in_order(client, books):
    order = books[2][0].id
    first = client.order_events(order, limit=1)
    events = list(client.iterate(calls.order_events(order, limit=1)))
    assert [(one.version, one.kind) for one in events][0] == (1, "placed") and len(first) == 1
    assert [one.version for one in events] == list(range(1, len(events) + 1))
    assert "filled" in {one.kind for one in events} and len(events[0].hash) == 64


def test_profit_is_explained(client, books):
    account, bot, _ = books
    [won] = client.trades(bot=bot, result="profit")
    told = client.explain_position(won.id)
    assert (told.position, told.totals[0].total, told.totals[0].commission) == (won.id, won.net_pnl, Decimal(2))
    assert [line.leg for line in told.lines if line.kind == "fill"] == ["entry", "exit"]
    hours = client.explain(account=account, symbol=SYMBOL, from_=BEGIN, to=BEGIN + timedelta(hours=4))
    assert (hours.position, hours.totals[0].total) == (None, Decimal(6))
    with pytest.raises(chandlery.NotFound):
        client.explain_position(account)


def test_performance_has_groups_and_metrics(client, books):
    account, bot, _ = books
    told = client.performance(account=account)
    [all_of_them] = told.groups
    assert (told.currency, told.starting_balance, all_of_them.key) == ("USDT", Decimal(1000), None)
    assert (all_of_them.trades, all_of_them.wins, all_of_them.losses, all_of_them.win_rate) == (2, 1, 1, 0.5)
    assert (all_of_them.net_pnl, all_of_them.commission, all_of_them.other_fees) == (Decimal(6), Decimal(4), {})
    assert {"freqtrade", "empyrical"} == all_of_them.metrics.keys()
    assert all(value is None or isinstance(value, float) for value in all_of_them.metrics["freqtrade"].values())
    told = client.performance(bot=bot, group_by="exit_reason", starting_balance="500", from_=BEGIN, currency="USDT")
    assert [(group.key, group.net_pnl) for group in told.groups] == [
        ({"exit_reason": "roi"}, Decimal(18)), ({"exit_reason": "stop_loss"}, Decimal(-12)),
    ]
    assert (told.from_, told.starting_balance, told.unconverted) == (BEGIN, Decimal(500), [])


def test_worth_is_told_over_time_and_now(client, books):
    account, bot, _ = books
    curve = client.equity(account=account, interval="hour", from_=BEGIN, to=BEGIN + timedelta(hours=3), currency="USDT")
    assert (curve.currency, curve.interval, curve.points[0].time) == ("USDT", "hour", BEGIN)
    assert len(curve.points) == 4 and all(point.drawdown >= 0 for point in curve.points)
    told = client.snapshots(bot=bot, interval="hour", from_="-1d")
    assert all(one.bot == bot for one in told.snapshots) and told.unconverted == []
    everything = client.portfolio(currency="USDT")
    [worth] = [one for one in everything.accounts if one.account == account]
    assert worth.equity == Decimal(1035)
    [of_bot] = [one for one in everything.bots if one.bot == bot]
    assert (of_bot.realised_pnl, of_bot.unrealised_pnl, of_bot.open_positions) == (Decimal(5), Decimal(30), 1)
    [held] = [one for one in everything.exposure if one.symbol == SYMBOL]
    assert (held.quantity, held.value) == (Decimal(2), Decimal(240))
    assert client.portfolio(as_of=BEGIN).equity == 0


def test_imports_are_listed_and_reported(server, client):
    file = server.folder.base / "results.json"
    file.write_text(json.dumps({"strategy": {}}))
    wanted = ["--user", ADA, "--account", "Imported", "--bot", "Imported", "--venue", "binance", "--create"]
    server.folder.run("import", "trades", *wanted, file)
    [found] = client.imports(limit=1)
    assert (found.file, found.source, found.reconciled) == ("results.json", "freqtrade_results", True)
    told = client.import_report(found.id)
    assert (told.digest, told.counts) == (found.digest, found.counts) and told.report["reconciled"]


def test_it_can_be_awaited(server, books):
    async def asked():
        async with chandlery.AsyncClient(server.url, server.key) as client:
            told = await asyncio.gather(client.performance(account=books[0]), client.portfolio())
            fills = [one async for one in client.iterate(calls.own_fills(bot=books[1], limit=2))]
            return *told, fills

    performance, portfolio, fills = asyncio.run(asked())
    assert (performance.groups[0].trades, portfolio.currency, len(fills)) == (2, "USDT", 5)
