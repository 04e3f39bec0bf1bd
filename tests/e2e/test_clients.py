"""The clients for Rust and Python against a running server: everything that they can do, at least once."""

import asyncio
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import chandlery
import pytest
from chandlery import calls
from chandlery.database import Trade, db_manager, get_postgres_session, get_redis

from program import BINARY, ROOT, Folder, environment

ADA, PASSWORD = "ada@example.com", "correct horse battery"
SCOPES = "market:read,points:write,ops:read,bots:read,bots:write,orders:read,orders:write"
SYMBOL = "binance:BTCUSDT"
RETRY = chandlery.Retry(tries=2, pause=0.01)


@pytest.fixture(scope="module")
def server():
    """A server of which Ada has a key."""
    folder = Folder()
    try:
        server = folder.up()
        folder.run("user", "create", ADA, "--role", "trader", "--password-stdin", said=PASSWORD)
        server.key = folder.run("--json", "key", "create", "--user", ADA, "--name", "client", "--scopes", SCOPES).json["key"]
        yield server
    finally:
        folder.close()


@pytest.fixture
def client(server):
    with chandlery.Client(server.url, server.key, retry=RETRY) as client:
        yield client


@pytest.fixture
def configured(server, monkeypatch):
    """The settings as a program finds them in its environment."""
    monkeypatch.setenv("CHANDLERY_URL", server.url)
    monkeypatch.setenv("CHANDLERY_KEY", server.key)


def test_the_rust_client_does_everything_once(server):
    tour = BINARY.parent / "examples/tour"
    assert tour.exists(), f"{tour} is missing: build it with `cargo build -p chandlery-client --examples`"
    settings = {"CHANDLERY_URL": server.url, "CHANDLERY_KEY": server.key}
    done = subprocess.run([tour], env=environment(settings), capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr


def test_programs_of_a_trading_desk_find_what_they_know(configured):
    """The usage that the platform promises: a session, a cache, and a writer of market data."""

    async def desk():
        await db_manager.influxdb.write_market_data(symbol="BTC/USDT", price=50000.0, volume=1.5, exchange="binance")
        data = await db_manager.influxdb.query_market_data(symbol="BTC/USDT", exchange="binance", start_time="-1h")
        assert (data[-1].price, data[-1].volume) == (Decimal(50000), Decimal("1.5"))

        redis = await get_redis()
        await redis.set("price:BTC/USDT", "50000.0", ex=60)
        assert await redis.get("price:BTC/USDT") == "50000.0"

        async with get_postgres_session() as session:
            trade = Trade(
                symbol="BTC/USDT", side="BUY", quantity=1.0, price=50000.0, exchange="binance",
                strategy_id="arbitrage-btc-usdt",
            )
            session.add(trade)
            await session.commit()
        found = await db_manager.client.order(trade.order.id)
        assert (found.symbol, found.status, found.strategy) == (SYMBOL, "filled", "arbitrage-btc-usdt")
        assert (found.filled, found.filled_quote) == (Decimal(1), Decimal(50000))
        await db_manager.close()

    asyncio.run(desk())


def test_values_live_for_their_time_and_are_no_prices(server, client):
    client.market_data.write_market_data(SYMBOL, "60000.1", "0.5", "binance")
    client.cache.set("prices:" + SYMBOL, Decimal("1.10"), ex=timedelta(seconds=60))
    assert client.cache.get("prices:" + SYMBOL) == "1.10"
    assert client.price(SYMBOL).price == Decimal("60000.1")
    client.cache.set("short", "x", ex=1)
    asyncio.run(asyncio.sleep(1.2))
    assert client.cache.get("short") is None
    client.cache.delete("prices:" + SYMBOL)
    assert client.cache.get("prices:" + SYMBOL) is None
    with pytest.raises(chandlery.Invalid) as refused:
        client.cache.set("two words", "x", ex=60)
    assert (refused.value.code, refused.value.parameter) == ("invalid_cache_key", "key")
    # They are hers alone.
    server.folder.run("user", "create", "bea@example.com", "--role", "trader", "--password-stdin", said=PASSWORD)
    made = server.folder.run("--json", "key", "create", "--user", "bea@example.com", "--name", "b", "--scopes", SCOPES)
    client.cache.set("mine", "x", ex=60)
    with chandlery.Client(server.url, made.json["key"]) as bea:
        assert bea.cache.get("mine") is None


def test_trades_are_committed_once_whatever_is_repeated(client):
    client.market_data.write_market_data("ETH/USDT", 3000, 1, "binance")
    account = client.create_account("binance", "Other", "external").id
    trades = [
        Trade("ETH/USDT", side, "0.5", price, "binance", "s", [chandlery.Fee("USDT", Decimal("0.75"))], account=account)
        for side, price in (("BUY", "3000"), ("SELL", "3100"))
    ]
    for _ in range(2):
        with client.session() as session:
            session.add_all(trades)
            session.commit()
    assert len(client.orders(account=account)) == 2
    [trip] = client.trades(account=account)
    assert (trip.strategy, trip.net_pnl) == ("s", Decimal("48.5"))
    # The first of them stays, the others wait for a second commit.
    with client.session() as session:
        session.add_all([Trade("ETH/USDT", "BUY", 1, 3000, "binance", account=account), Trade("NO/USDT", "BUY", 1, 1, "binance", account=account)])
        with pytest.raises(chandlery.NotFound, match="unknown_symbol"):
            session.commit()
    assert len(client.orders(account=account)) == 3


def test_pages_are_followed_and_numbers_are_exact(client):
    begin = datetime(2026, 1, 5, 10, tzinfo=UTC)
    for second in range(5):
        client.write_tick("binance:XY", f"1.{second:018}", "2", time=begin + timedelta(seconds=20 * second), side="sell")
    ticks = list(client.iterate(calls.ticks("binance:XY", order="asc", limit=2)))
    assert [tick.price for tick in ticks] == [Decimal(f"1.{second:018}") for second in range(5)]
    assert {tick.side for tick in ticks} == {"sell"}
    candles = client.candles("binance:XY", "1m", from_=begin, to=begin + timedelta(hours=1))
    assert [(candle.open_time, candle.trade_count) for candle in candles] == [(begin, 3), (begin + timedelta(minutes=1), 2)]
    assert candles.items[0].high == Decimal("1.000000000000000002")
    client.write_lines("cpu,host=a load=0.5,n=3i 1767607200000000001")
    [point] = client.points("cpu", tags={"host": "a"})
    assert (point.time, point.fields) == ("2026-01-05T10:00:00.000000001Z", {"load": 0.5, "n": 3})


def test_candles_become_tables(client):
    begin = datetime(2026, 1, 6, tzinfo=UTC)
    for minute in range(3):
        client.write_tick("binance:TAB", 100 + minute, 1, time=begin + timedelta(minutes=minute))
    table = client.candles_arrow("binance:TAB", "1m", from_=begin)
    frame = table.to_pandas()
    assert [Decimal(str(close)) for close in frame["close"]] == [100, 101, 102]
    assert len(frame) == 3


def test_an_order_from_its_placing_to_its_end(client):
    client.write_tick(SYMBOL, 60000, 1, time="2026-01-05T10:00:00Z")
    account = client.create_account("binance", "Orders", "external").id
    client.report_entry(account, "deposited", "1", "USDT", "1000.5", time="2026-01-05T10:00:00Z")
    assert [(one.asset, one.cash) for one in client.balances(account)] == [("USDT", Decimal("1000.5"))]
    strategy = client.create_strategy("Cross").id
    schema = {"type": "object", "required": ["fast"]}
    version = client.add_version(strategy, config_schema=schema).id
    client.link_account(strategy, account)
    with pytest.raises(chandlery.Invalid, match="invalid_config"):
        client.create_bot(account, "Cross", "paper", strategy_version=version, config={})
    bot = client.create_bot(account, "Cross", "paper", strategy_version=version, config={"fast": 3}).id
    assert client.start_bot(bot).status == "running"
    assert client.heartbeat(bot, balance="1000.5").balance == Decimal("1000.5")
    order = client.place(account, SYMBOL, "buy", "limit", quantity="0.01", limit_price=59000, bot=bot, submitted=True)
    client.report(order.id, "accepted", venue_order_id="17")
    assert client.amend(order.id, limit_price="59001").limit_price == Decimal(59001)
    told = client.report_fill(order.id, "t1", "59000.5", "0.004", time=datetime.now(UTC))
    assert (told.status, told.filled) == ("partially_filled", Decimal("0.004"))
    assert client.cancel(order.id).status == "cancel_requested"
    assert client.report(order.id, "cancelled", reason="asked for").status == "cancelled"
    assert [fill.quote for fill in client.fills(order.id)] == [Decimal("236.002")]
    [position] = client.positions(bot=bot)
    assert (position.status, position.quantity) == ("open", Decimal("0.004"))
    assert [one.id for one in client.orders(account=account, status=["cancelled"])] == [order.id]
    assert client.stop_bot(bot).status == "stopped"
    with pytest.raises(chandlery.Conflict) as refused:
        client.delete_bot(bot)
    assert refused.value.code == "bot_has_orders"


async def cut_off(server, cuts):
    """An address that leads to the server; the first `cuts` connections break as soon as something was told."""
    left = [cuts]

    async def relay(reader, writer, is_answer):
        said = 0
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
            said += 1
            if is_answer and said > 2 and left[0]:
                left[0] -= 1
                break
        writer.close()

    async def serve(reader, writer):
        host, port = server.url.removeprefix("http://").split(":")
        there, back = await asyncio.open_connection(host, port)
        both = {asyncio.create_task(relay(reader, back, False)), asyncio.create_task(relay(there, writer, True))}
        _, other = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        for task in other:
            task.cancel()
        back.close()
        writer.close()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    return "http://127.0.0.1:{}".format(listener.sockets[0].getsockname()[1])


def test_the_stream_tells_what_is_written_and_goes_on_where_it_breaks(server):
    async def follow():
        async with chandlery.AsyncClient(server.url, server.key) as client:
            await client.write_tick("binance:LIVE", 1, 1, time=datetime.now(UTC))
            events = client.stream("ticks:binance:LIVE", "candles:binance:LIVE:1m", "prices:binance:LIVE")
            assert (await asyncio.wait_for(anext(events), 20)).kind == "price"
            await client.write_tick("binance:LIVE", "1.25", 1, time=datetime.now(UTC))
            heard = {}
            while not {"tick", "candle"} <= heard.keys():
                event = await asyncio.wait_for(anext(events), 20)
                heard[event.kind] = event
            assert heard["tick"].tick.price == heard["candle"].candle.close == Decimal("1.25")
            with pytest.raises(chandlery.Refused, match="unknown_symbol"):
                await anext(client.stream("ticks:binance:NOTHING"))
        async with chandlery.AsyncClient(await cut_off(server, 2), server.key) as client:
            kinds = []
            async for event in client.stream("prices:binance:LIVE"):
                kinds.append(event.kind)
                if kinds.count("reconnected") == 2 and kinds[-1] == "price":
                    break

    asyncio.run(asyncio.wait_for(follow(), 60))


def test_what_fails_says_why(server):
    with chandlery.Client(server.url, "chk_wrong", retry=RETRY) as nobody, pytest.raises(chandlery.Unauthorized):
        nobody.accounts()
    with chandlery.Client("http://127.0.0.1:1", retry=RETRY) as nowhere, pytest.raises(chandlery.Unreachable) as lost:
        nowhere.symbols()
    assert lost.value.before_sent


def test_the_python_client_is_typed():
    folder = ROOT / "clients/python"
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--cache-dir", os.devnull], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout


def test_a_paper_order_is_followed_to_its_end_by_its_owner_alone(server):
    at = {"symbol": "binance:FOLUSDT", "quantity": 1}
    server.folder.run("user", "create", "ben@example.com", "--role", "trader", "--password-stdin", said=PASSWORD)
    of_ben = server.folder.run("--json", "key", "create", "--user", "ben@example.com", "--name", "b", "--scopes", SCOPES).json["key"]

    async def follow():
        async with chandlery.AsyncClient(server.url, server.key) as ada, chandlery.AsyncClient(server.url, of_ben) as ben:
            await ada.write_tick(price=60000, time=datetime.now(UTC), **at)
            account = (await ada.create_account("binance", "Followed", "paper")).id
            await ada.report_entry(account, "deposited", "1", "USDT", "100000", time=datetime.now(UTC))
            mine, others = ada.stream("orders:all", "prices:binance:FOLUSDT"), ben.stream("orders:all", "prices:binance:FOLUSDT")
            for events in (mine, others):
                # What is told at once comes behind the subscription.
                assert (await asyncio.wait_for(anext(events), 20)).price == 60000
            order = await ada.place(account, at["symbol"], "buy", "limit", quantity="0.5", limit_price=59000)
            states = []
            while not states or states[-1].order.status != "filled":
                event = await asyncio.wait_for(anext(mine), 20)
                if event.kind != "order":
                    continue
                states.append(event)
                if event.order.status == "open":
                    await ada.write_tick(price=58999, time=datetime.now(UTC), **at)
            statuses = list(dict.fromkeys(state.order.status for state in states))
            assert statuses == ["new", "submitted", "open", "filled"]
            assert {state.order.id for state in states} == {order.id}
            versions = [state.order.version for state in states]
            assert versions == sorted(set(versions))
            [fill] = [state.fill for state in states if state.fill]
            assert (fill.quantity, states[-1].order.filled) == (Decimal("0.5"), Decimal("0.5"))
            assert await ada.fills(order.id) == [fill]
            await ada.write_tick(price=58000, time=datetime.now(UTC), **at)
            while (event := await asyncio.wait_for(anext(others), 20)).price != 58000:
                assert event.kind == "price"
            with pytest.raises(chandlery.Refused, match="unknown_account"):
                await anext(ben.stream(f"orders:{account}"))

    asyncio.run(asyncio.wait_for(follow(), 60))
