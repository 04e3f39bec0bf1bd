"""TradingView's alerts at the running server: in time, and each of them once, whenever the server is killed."""

import contextlib
import json
import statistics
import threading
import time
from decimal import Decimal

from program import wait_for
from real_data import BTCUSDT_CAPTURE, real
from test_attacks import ADA, PASSWORD, cookie

# The message that docs/webhooks.md gives a strategy, filled in.
ALERT = {
    "id": "", "ticker": "BINANCE:BTCUSDT", "action": "buy", "contracts": "0.001", "interval": "5",
    "secret": "",
}
# TradingView waits 3 s. What a program that is built for speed takes docs/benchmarks.md tells.
MANY, SLOWEST_MS = 40, 1_000
ROUNDS, EACH = 3, 8


def hook_of(folder, server):
    """A paper bot's webhook, and the session of its owner."""
    folder.run("user", "create", ADA, "--role", "trader", "--password-stdin", said=PASSWORD)
    session = cookie(server)

    def made(path, body):
        answer = server.ask("POST", path, body, session)
        assert answer.status in {201, 204}, answer.body
        return answer.json if answer.body else None

    account = made("/v1/trading/accounts", {"venue": "binance", "name": "Paper", "kind": "paper"})["id"]
    deposit = {"kind": "deposited", "id": "d", "asset": "USDT", "amount": "100000", "time": "2026-01-05T10:00:00Z"}
    made(f"/v1/ledger/accounts/{account}/entries", deposit)
    bot = made("/v1/trading/bots", {"account": account, "name": "Cross", "type": "paper", "config": {}})["id"]
    return session, made(f"/v1/trading/bots/{bot}/webhooks", {"name": "TradingView"}), bot


def send(server, hook, number):
    """What an alert of this number is answered."""
    alert = ALERT | {"id": f"{number}-cross", "secret": hook["secret"]}
    headers = {"Content-Type": "text/plain; charset=utf-8", "User-Agent": "Go-http-client/1.1"}
    return server.ask("POST", hook["path"], json.dumps(alert).encode(), headers, timeout=10)


def orders(server, session):
    answer = server.ask("GET", "/v1/ledger/orders?limit=1000", headers=session)
    assert answer.status == 200, answer.body
    return {order["id"] for order in answer.json["orders"]}


def test_an_alert_is_answered_in_time_and_its_order_is_filled(folder):
    folder.run("import", "--symbol", "binance:BTCUSDT", real(BTCUSDT_CAPTURE))
    server = folder.up()
    session, hook, bot = hook_of(folder, server)
    took, placed = [], set()
    for number in range(MANY):
        began = time.perf_counter()
        answer = send(server, hook, number)
        took.append(1_000 * (time.perf_counter() - began))
        assert (answer.status, answer.json["outcome"]) == (200, "placed"), answer.body
        placed.add(answer.json["order"])
    assert placed == orders(server, session)
    assert len(placed) == MANY
    assert statistics.median(took) < SLOWEST_MS, took

    log = server.ask("GET", f"/v1/trading/bots/{bot}/webhooks/{hook['id']}/log", headers=session).json
    assert {entry["order"] for entry in log["alerts"]} == placed
    assert hook["secret"] not in json.dumps(log)

    def filled():
        found = server.ask("GET", f"/v1/ledger/orders?bot={bot}&status=filled&limit=1000", headers=session).json["orders"]
        return {order["id"] for order in found}

    wait_for(lambda: filled() == placed, 30, "all orders to be filled", log=server.log)
    (position,) = server.ask("GET", f"/v1/ledger/positions?bot={bot}&status=open", headers=session).json["positions"]
    assert Decimal(position["quantity"]) == MANY * Decimal(ALERT["contracts"])


def test_what_is_sent_again_after_a_kill_is_one_order(folder):
    folder.run("import", "--symbol", "binance:BTCUSDT", real(BTCUSDT_CAPTURE))
    server = folder.up()
    session, hook, _ = hook_of(folder, server)
    answered, numbers = {}, iter(range(1_000))
    for _ in range(ROUNDS):
        wanted = [next(numbers) for _ in range(EACH)]

        def sender(server=server, wanted=wanted):
            for number in wanted:
                # Killed in the middle: nothing is known of this one, and it is sent again as TradingView does.
                with contextlib.suppress(OSError, ValueError):
                    answered[number] = send(server, hook, number).json["order"]

        sending = threading.Thread(target=sender)
        sending.start()
        wait_for(lambda wanted=wanted: wanted[2] in answered or not sending.is_alive(), 30, "alerts to be answered")
        server.kill()
        sending.join()
        folder.wait_until_empty()
        server = folder.up()
        for number in wanted:
            again = send(server, hook, number)
            assert again.status == 200, again.body
            assert again.json["order"] == answered.setdefault(number, again.json["order"])
    assert len(set(answered.values())) == ROUNDS * EACH
    assert orders(server, session) == set(answered.values())
    assert folder.run("ledger", "verify").status == 0
