"""Orders and fills by several programs at once, the server killed again and again: what was acknowledged is there, once."""

import glob
import http.client
import json
import os
import random
import subprocess
import threading
import time
import uuid

PASSWORD = "correct horse battery"
# The whole proof takes 500, a quarter of an hour; see docs/ledger.md.
ROUNDS = int(os.environ.get("CHANDLERY_LEDGER_ROUNDS", "8"))
PROGRAMS = 4
SEED = 20260105
ACCOUNT = str(uuid.UUID(int=11))


def sql(folder, statement):
    psql = sorted(glob.glob("/usr/lib/postgresql/*/bin/psql"))[-1]
    command = [psql, "-h", str(folder.path / "postgres"), "-U", "chandlery", "-At", "-c", statement, "chandlery"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def trader(folder, server):
    """Somebody with a venue account; gives the headers of their key."""
    folder.run("user", "create", "ada@example.com", "--role", "trader", "--password-stdin", said=PASSWORD)
    key = folder.run("--json", "key", "create", "--user", "ada@example.com", "--name", "bot",
                     "--scopes", "orders:read,orders:write").json["key"]
    sql(folder, f"""
        INSERT INTO market.venues (code, name) VALUES ('paper', 'Paper');
        INSERT INTO market.symbols (venue_id, code, base, quote, tick_size, lot_size)
        SELECT id, 'BTCUSDT', 'BTC', 'USDT', 0.01, 0.0001 FROM market.venues WHERE code = 'paper';
        INSERT INTO trading.venue_accounts (id, user_id, venue_id, name, kind, created_at, updated_at)
        SELECT '{ACCOUNT}', u.id, v.id, 'main', 'external', now(), now()
        FROM auth.users u, market.venues v WHERE v.code = 'paper'""")
    return {"Authorization": f"Bearer {key}"}


class Program(threading.Thread):
    """Places orders and tells of their fills until the server is gone; keeps what was acknowledged."""

    def __init__(self, server, headers, number, dice):
        super().__init__()
        self.server, self.headers, self.number, self.dice = server, headers, number, random.Random(dice.random())
        self.orders, self.fills, self.refused = {}, set(), 0
        self.asked, self.broken = None, []

    def run(self):
        try:
            while True:
                self.step()
        except (OSError, http.client.HTTPException):
            # Killed in the middle: of the last command nothing is known.
            pass

    def ask(self, method, path, body):
        answer = self.server.ask(method, path, body, headers=self.headers)
        if answer.status >= 500:
            self.broken.append(answer.body)
        return answer

    def step(self):
        name = f"r{self.number}-{uuid.UUID(int=self.dice.getrandbits(128)).hex[:12]}"
        side, price = self.dice.choice(["buy", "sell"]), f"{self.dice.randint(3_900_000, 4_100_000) / 100:.2f}"
        body = {"account": ACCOUNT, "client_order_id": name, "symbol": "paper:BTCUSDT", "side": side, "kind": "limit",
                "quantity": "0.3", "limit_price": price, "submitted": True}
        self.asked = body
        placed = self.ask("POST", "/v1/ledger/orders", body)
        if placed.status != 201:
            return
        order = placed.json["id"]
        self.orders[name] = order
        for trade in range(self.dice.randint(0, 4)):
            quantity = self.dice.choice(["0.1", "0.15", "0.2"])
            fill = {"venue_trade_id": f"{name}-{trade}", "price": price, "quantity": quantity,
                    "fees": [{"asset": "USDT", "amount": "1.5"}], "time": "2026-01-05T10:00:00Z"}
            if self.ask("POST", f"/v1/ledger/orders/{order}/fills", fill).status == 200:
                self.fills.add(fill["venue_trade_id"])
            else:
                self.refused += 1


def test_what_was_acknowledged_outlives_every_kill_once(folder):
    server = folder.up()
    headers = trader(folder, server)
    dice, orders, fills, refused = random.Random(SEED), {}, set(), 0
    for number in range(ROUNDS):
        programs = [Program(server, headers, number, dice) for _ in range(PROGRAMS)]
        for program in programs:
            program.start()
        time.sleep(dice.uniform(0.2, 1.2))
        if dice.random() < 0.3 and folder.postmaster:
            # The database with it.
            os.kill(folder.postmaster, 9)
        server.kill()
        for program in programs:
            program.join()
            # While the database is away it says so; nothing else is its fault.
            assert all(b"database_unavailable" in body for body in program.broken), program.broken
            orders |= program.orders
            fills |= program.fills
            refused += program.refused
        server = folder.up()
        for program in programs:
            # Whoever doesn't know asks again, and it is one order.
            if program.asked:
                again = server.ask("POST", "/v1/ledger/orders", program.asked, headers=headers)
                assert again.status in (200, 201), again.body
                orders[program.asked["client_order_id"]] = again.json["id"]
        report = folder.run("--json", "ledger", "verify").json
        assert report["whole"], report
    kept = dict(line.split("|") for line in sql(folder, "SELECT client_order_id, id FROM ledger.orders").splitlines())
    assert kept == orders
    told = sql(folder, "SELECT venue_trade_id FROM ledger.fills").splitlines()
    assert len(told) == len(set(told)) and fills <= set(told)
    assert len(orders) > ROUNDS * 5 and len(fills) > ROUNDS * 5 and refused > 0


def test_what_is_changed_by_hand_is_told(folder):
    server = folder.up()
    headers = trader(folder, server)
    body = {"account": ACCOUNT, "client_order_id": "one", "symbol": "paper:BTCUSDT", "side": "buy", "kind": "market",
            "quantity": "0.3", "submitted": True}
    order = server.ask("POST", "/v1/ledger/orders", body, headers=headers).json["id"]
    assert "the tables say the same" in folder.run("ledger", "verify").text
    sql(folder, "UPDATE ledger.orders SET status = 'filled'")
    told = folder.run("--json", "ledger", "verify", status=1)
    report, _ = json.JSONDecoder().raw_decode(told.text)
    assert report["report"]["wrong"] == 1 and report["report"]["faults"][0]["row"] == order


def test_a_rebuild_makes_the_tables_right_wherever_it_was_killed(folder):
    server = folder.up()
    headers = trader(folder, server)
    programs = [Program(server, headers, number, random.Random(SEED + number)) for number in range(PROGRAMS)]
    for program in programs:
        program.start()
    time.sleep(1)
    damage = "UPDATE ledger.balances SET amount = amount + 1 WHERE purse = 'cash'; DELETE FROM ledger.postings"
    sql(folder, damage)
    for pause in (0.05, 0.1, 0.2, 0.3, 0.5):
        running = folder.start("ledger", "rebuild")
        time.sleep(pause)
        running.kill()
        running.wait(timeout=30)
    # One of them may have come to its end. The programs go on placing orders meanwhile.
    sql(folder, damage)
    first = folder.run("--json", "ledger", "rebuild").json["rebuilt"]
    assert first["wrong"] > 0 and first["events"] > 50, first
    server.kill()
    for program in programs:
        program.join()
        assert not program.broken, program.broken
    server = folder.up()
    assert folder.run("--json", "ledger", "verify").json["whole"]
    assert folder.run("--json", "ledger", "rebuild").json["rebuilt"]["wrong"] == 0


def test_a_paper_order_is_sent_once_wherever_the_server_is_killed(folder):
    server = folder.up()
    headers = trader(folder, server)
    sql(folder, "UPDATE trading.venue_accounts SET kind = 'paper'")
    deposit = {"kind": "deposited", "id": "d1", "asset": "USDT", "amount": "1000000", "time": "2026-01-05T10:00:00Z"}
    assert server.ask("POST", f"/v1/ledger/accounts/{ACCOUNT}/entries", deposit, headers=headers).status < 300
    dice, orders, cancelled = random.Random(SEED), [], set()
    for number in range(ROUNDS):
        for lane in range(4):
            body = {"account": ACCOUNT, "client_order_id": f"p{number}-{lane}", "symbol": "paper:BTCUSDT", "side": "buy",
                    "kind": "limit", "quantity": "0.1", "limit_price": "40000"}
            placed = server.ask("POST", "/v1/ledger/orders", body, headers=headers)
            assert placed.status == 201, placed.body
            orders.append(placed.json["id"])
        if len(orders) > 8:
            # Of a round before, so it waits at the venue, or is on its way there.
            chosen = dice.choice([order for order in orders if order not in cancelled])
            if server.ask("DELETE", f"/v1/ledger/orders/{chosen}", headers=headers).status == 200:
                cancelled.add(chosen)
        # From before the first step to behind the last.
        time.sleep(dice.uniform(0, 0.05))
        server.kill()
        server = folder.up()
    states = {}
    for _ in range(300):
        lines = sql(folder, "SELECT id, status FROM ledger.orders").splitlines()
        states = dict(line.split("|") for line in lines)
        if all(states[order] == ("cancelled" if order in cancelled else "open") for order in orders):
            break
        time.sleep(0.1)
    assert set(states) == set(orders) and cancelled
    assert all(states[order] == ("cancelled" if order in cancelled else "open") for order in orders), states
    twice = """SELECT count(*) FROM (SELECT stream FROM ledger.events WHERE kind IN ('reserved', 'submitted', 'accepted', 'cancelled')
               GROUP BY stream, kind HAVING count(*) > 1) t"""
    assert sql(folder, twice) == "0"
    held = sql(folder, "SELECT trim_scale(amount) FROM ledger.balances WHERE purse = 'held' AND asset = 'USDT'")
    # Each with its fee of 0.1 percent.
    assert held == str(4004 * (len(orders) - len(cancelled)))
    report = folder.run("--json", "ledger", "verify").json
    assert report["whole"], report
