"""`up --demo` and `replay`: real trades are played as live, reach the WebSocket, and are marked wherever they show."""

import json
import signal
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import websocket

from program import Folder, wait_for

PLAYED = "replay-binance:BTCUSDT"
HEARD_S = 15
TRADED_S = 60
ADA = "ada@example.com"
READER = ("--name", "reader", "--scopes", "bots:read,orders:read")


@pytest.fixture(scope="module")
def demo():
    made = Folder()
    try:
        yield made.up("--demo")
    finally:
        made.close()


class Stream:
    """A client of the WebSocket that keeps what it heard."""

    def __init__(self, server, query=""):
        self.socket = websocket.create_connection(f"ws{server.url[4:]}/v1/stream{query}", timeout=HEARD_S)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def say(self, **message):
        self.socket.send(json.dumps(message))

    def hear(self):
        return json.loads(self.socket.recv())

    def hear_until(self, done):
        """All messages until `done` of them."""
        end, heard = time.monotonic() + HEARD_S, []
        while not done(heard):
            assert time.monotonic() < end, f"heard only {heard[-3:]}"
            heard.append(self.hear())
        return heard


def types(messages):
    return {message["type"] for message in messages}


def test_the_demonstration_is_listed(demo):
    symbols = {each["symbol"]: each for each in demo.get("/v1/market/symbols").json["symbols"]}
    assert set(symbols) == {
        f"{venue}:{code}" for venue in ("binance", "replay-binance") for code in ("BTCUSDT", "ETHUSDT")
    }
    for name, symbol in symbols.items():
        assert symbol["replay"] == name.startswith("replay-")
        assert symbol["replay_of"] == (name.removeprefix("replay-") if symbol["replay"] else None)
    months = demo.get("/v1/market/symbols/binance:BTCUSDT").json["ranges"]
    minutes = next(held for held in months if (held["interval"], held["origin"]) == ("1m", "venue"))
    assert minutes["count"] == 43_209
    assert minutes["from"].startswith("2024-07-26")
    assert len(demo.pages("candles", symbol="binance:BTCUSDT", interval="1m", order="asc")) >= 43_209


def test_the_stream_delivers_what_is_played(demo):
    topics = [f"ticks:{PLAYED}", f"candles:{PLAYED}:1m", f"prices:{PLAYED}"]
    with Stream(demo) as stream:
        stream.say(op="subscribe", topics=topics)
        heard = stream.hear_until(lambda all: {"tick", "candle", "price"} <= types(all))
    assert heard[0] == {"type": "subscribed", "topics": topics}
    for message in heard[1:]:
        assert (message["symbol"], message["replay"]) == (PLAYED, True)
    tick = next(message["tick"] for message in heard if message["type"] == "tick")
    age = datetime.now(UTC) - datetime.fromisoformat(tick["time"])
    assert abs(age) < timedelta(seconds=HEARD_S)
    candle = next(message for message in heard if message["type"] == "candle")
    assert candle["interval"] == "1m"
    low, high = Decimal(candle["candle"]["low"]), Decimal(candle["candle"]["high"])
    assert low <= Decimal(candle["candle"]["close"]) <= high


def test_rest_shows_what_is_played_as_a_replay(demo):
    price = demo.get(f"/v1/market/price?symbol={PLAYED}").json
    assert price["replay"] is True
    wait_for(lambda: demo.get(f"/v1/market/price?symbol={PLAYED}").json["time"] > price["time"], HEARD_S, "a price")
    assert demo.get("/v1/market/price?symbol=binance:BTCUSDT").json["replay"] is False
    # What is played is never stored under the venue's own name.
    last = demo.get("/v1/market/ticks?symbol=binance:BTCUSDT&limit=1&order=desc").json["ticks"][0]
    assert last["time"].startswith("2024-08-09")


def test_the_stream_explains_mistakes_and_goes_on(demo):
    with Stream(demo, "?topics=prices:*") as stream:
        stream.hear_until(lambda all: any(message["type"] == "price" for message in all))
        for message in ({"op": "subscribe", "topics": ["candles:BTCUSDT"]}, {"op": "dance"}, ["?"]):
            stream.socket.send(json.dumps(message))
            errors = [each for each in stream.hear_until(lambda all: "error" in types(all)) if each["type"] == "error"]
            assert errors[0]["code"]
            assert errors[0]["message"]
        stream.say(op="ping")
        stream.hear_until(lambda all: "pong" in types(all))
        stream.say(op="unsubscribe", topics=["prices:*"])
        stream.hear_until(lambda all: "unsubscribed" in types(all))


def test_the_page_is_served(demo):
    page = demo.get("/", "text/html")
    assert page.status == 200
    assert b"<html" in page.body
    assert demo.get("/openapi.json").json["paths"]["/v1/market/candles"]
    assert b"chandlery_build_info" in demo.get("/metrics").body


def test_bots_of_the_first_administrator_trade_and_go_on_after_a_restart(folder):
    server = folder.up("--demo")
    # Nobody else is one.
    for person, role in (("tom@example.com", "trader"), (ADA, "admin"), ("ben@example.com", "admin")):
        folder.run("user", "create", person, "--role", role)
    key = folder.run("--json", "key", "create", "--user", ADA, *READER).json["key"]

    def ask(path):
        answer = server.ask("GET", path, headers={"Authorization": f"Bearer {key}"})
        assert answer.status == 200, answer.body
        return answer.json

    def bots():
        return {bot["id"]: bot for bot in ask("/v1/trading/bots")["bots"]}

    def heard_since(start):
        beats = [bot["last_heartbeat"] for bot in bots().values()]
        return len(beats) == 2 and all(beat is not None and datetime.fromisoformat(beat) > start for beat in beats)

    def bought():
        orders = ask(f"/v1/ledger/orders?symbol={PLAYED}&status=filled")["orders"]
        return next((order for order in orders if order["side"] == "buy"), None)

    order = wait_for(bought, TRADED_S, "an order of a bot to be filled", log=server.log)
    start = datetime.now(UTC)
    wait_for(lambda: heard_since(start), HEARD_S, "the bots to be heard of", log=server.log)
    first = bots()
    assert [bot["status"] for bot in first.values()] == ["running", "running"]
    assert first[order["bot"]]["config"]["symbol"] == PLAYED
    fills = ask(f"/v1/ledger/orders/{order['id']}/fills")["fills"]
    assert sum(Decimal(fill["quantity"]) for fill in fills) == Decimal(order["quantity"])
    assert folder.run("--json", "ledger", "verify").json["whole"]

    # Killed, its key stays behind; the next one goes on with what there is.
    server.kill()
    server, start = folder.up("--demo"), datetime.now(UTC)
    wait_for(lambda: heard_since(start), TRADED_S, "the bots to go on", log=server.log)
    assert bots().keys() == first.keys()
    accounts = ask("/v1/trading/accounts")["accounts"]
    assert sorted(account["name"] for account in accounts) == ["Demonstration BTCUSDT", "Demonstration ETHUSDT"]
    for account in accounts:
        money = ask(f"/v1/ledger/accounts/{account['id']}/balances")["balances"]
        assert 9_000 < sum(Decimal(each["cash"]) for each in money if each["asset"] == "USDT") <= 10_000
    assert len(ask("/v1/trading/strategies")["strategies"]) == 1
    names = [key["name"] for key in folder.run("--json", "key", "list", "--user", ADA).json["keys"]]
    assert sorted(names) == ["The demonstration's bots", "reader"]
    assert folder.run("--json", "bot", "list", "--user", "ben@example.com").json["bots"] == []

    assert server.stop() == 0
    assert "chk_" not in server.log()
    assert folder.run("--json", "ledger", "verify").json["whole"]
    keys = folder.run("--json", "key", "list", "--user", ADA).json["keys"]
    assert [key["name"] for key in keys] == ["reader"]


def test_a_replay_in_another_process_is_heard(market):
    symbol = "replay-binance:XRPETH"
    process = market.folder.start("--json", "replay", "--symbol", "binance:XRPETH", "--speed", "1000")
    # Topics of a symbol can be subscribed to once it has been played.
    wait_for(lambda: market.get(f"/v1/market/price?symbol={symbol}").status == 200, HEARD_S, "the first trade")
    with Stream(market, f"?topics=ticks:{symbol},candles:{symbol}:1h,prices:*") as stream:
        heard = stream.hear_until(lambda all: {"tick", "candle", "price"} <= types(all))
        assert all(message["replay"] for message in heard[1:])
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
    assert market.get(f"/v1/market/price?symbol={symbol}").json["replay"] is True


def test_a_replay_ends_with_the_recording_and_repeats_it_exactly(market):
    """The played trades are the recorded ones; only their times are moved."""
    source, played = "binance:BTCUSDT", PLAYED
    span = ["--from", "2024-08-08T23:55:00Z", "--to", "2024-08-08T23:55:20Z"]
    told = market.folder.run("--json", "replay", "--symbol", source, "--speed", "20", *span).events[-1]
    recorded = market.pages("ticks", symbol=source, order="asc", **{"from": span[1], "to": span[3]})
    repeated = market.pages("ticks", symbol=played, order="asc")
    assert (told["event"], told["ticks"]) == ("played", len(recorded))
    same = ("price", "quantity", "side")
    assert [[tick[key] for key in same] for tick in repeated] == [[tick[key] for key in same] for tick in recorded]
