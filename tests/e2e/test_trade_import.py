"""freqtrade's databases and result files become orders, fills and round trips, and every row of them is accounted for."""

import gzip
import json
import os
import sqlite3
import time
import zipfile
from decimal import Decimal

import pytest

from program import Folder
from real_data import real
from test_ledger import PASSWORD, sql

DATABASES = ["bot_1", "bot_2", "bot_3"]
RESULTS = ["backtest-result-2024-08-25_13-52-18.json.gz", "backtest-result-2025-11-21_10-12-05.json.gz",
           "backtest-result_179.json.gz"]
# What is the same in every import of a file: all but numbers that are made and the moment of recording.
SAME = """
SELECT o.client_order_id, o.venue_order_id, o.symbol, o.mode, o.side, o.kind, o.status, o.quantity, o.filled, o.filled_quote,
       o.version, f.venue_trade_id, f.price, f.quantity, f.fees, f.filled_at
FROM ledger.orders o LEFT JOIN ledger.fills f ON f.order_id = o.id ORDER BY o.client_order_id, f.venue_trade_id"""
TRIPS = """
SELECT symbol, mode, direction, strategy_name, entry_logic_name, exit_reason, interval, entry_time, exit_time, size, commission,
       funding, gross_pnl, net_pnl, other_fees, status FROM ledger.trades ORDER BY entry_time, symbol, net_pnl"""
SUMS = "SELECT asset, purse, amount FROM ledger.balances ORDER BY asset, purse"


def person(folder):
    """Somebody who trades, and a server, without which the database stops with every command."""
    server = folder.up()
    folder.run("user", "create", "ada@example.com", "--role", "trader", "--password-stdin", said=PASSWORD)
    return server


def command(path, *more, bot="one"):
    return ["--json", "import", "trades", "--user", "ada@example.com", "--account", "main", "--bot", bot, "--create",
            *more, path]


def take(folder, path, *more, bot="one", status=0):
    done = folder.run(*command(path, *more, bot=bot), status=status)
    return json.loads(done.out.splitlines()[0])


def unpacked(name, folder):
    file = folder.base / f"{name}.sqlite"
    file.write_bytes(gzip.decompress(real(f"results/bot_databases/{name}.sqlite.gz").read_bytes()))
    return file


def kept(folder):
    bot = sql(folder, "SELECT right(replace(id::text, '-', ''), 12) FROM trading.bots WHERE name = 'one'")
    return [sql(folder, statement).replace(bot, "BOT") for statement in (SAME, TRIPS, SUMS)]


def accounted(report):
    for name, counts in report["tables"].items():
        parts = [counts[part] for part in ("imported", "known", "differs", "skipped")]
        assert sum(parts) == counts["rows"], name
    assert len(report["trades"]) + sum(r["table"] == "trades" for r in report["rows"]) == report["tables"]["trades"]["rows"]
    orders = [row for row in report["rows"] if row["table"] == "orders"]
    assert len(orders) == report["tables"]["orders"]["rows"]
    assert all(row.get("reason") for row in report["rows"] if row["outcome"] in ("skipped", "differs"))


@pytest.mark.parametrize("name", DATABASES)
def test_every_row_of_a_database_is_accounted_for(folder, name):
    person(folder)
    file = unpacked(name, folder)
    database = sqlite3.connect(file)
    database.row_factory = sqlite3.Row
    names = [row[0] for row in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    report = take(folder, real(f"results/bot_databases/{name}.sqlite.gz"))
    accounted(report)
    assert report["reconciled"] and not report["dry_run"]
    for table in names:
        rows = database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        assert report["tables"][table]["rows"] == rows, table
        if table not in ("trades", "orders"):
            assert report["tables"][table]["skipped"] == rows and report["tables"][table]["reason"]
    assert all(report["tables"][table]["skipped"] == 0 for table in ("trades", "orders"))
    told = {str(row["id"]): row for row in database.execute("SELECT * FROM trades")}
    assert {trade["row"] for trade in report["trades"]} == told.keys()
    for trade in report["trades"]:
        row = told[trade["row"]]
        assert trade["is_open"] == bool(row["is_open"]) and trade["pair"] == row["pair"]
        if row["is_open"]:
            continue
        # The figure is the file's, and the parts that differ make up the whole difference.
        assert Decimal(trade["profit_told"]) == Decimal(repr(row["close_profit_abs"]))
        parts = sum((Decimal(cause["difference"]) for cause in trade["causes"]), Decimal(0))
        left = Decimal(trade["profit_here"]) - Decimal(trade["profit_told"]) - parts
        assert abs(left) < Decimal("5e-8"), trade
        assert all(cause["cause"] for cause in trade["causes"])
    # The bot's positions are open where its trades are; round trips are one to one.
    bot = "(SELECT id FROM trading.bots)"
    assert sql(folder, f"SELECT count(*) FROM ledger.trades WHERE bot_id = {bot}") == str(len(told))
    still = sum(row["is_open"] for row in told.values())
    assert sql(folder, f"SELECT count(*) FROM ledger.positions WHERE status = 'open' AND bot_id = {bot}") == str(still)
    assert folder.run("--json", "ledger", "verify").json["whole"]
    before = kept(folder)
    # Unpacked, it is the same file.
    again = take(folder, file)
    accounted(again)
    assert again["tables"]["trades"]["imported"] == again["tables"]["orders"]["imported"] == 0
    assert again["digest"] == report["digest"] and again["totals"] == report["totals"]
    assert kept(folder) == before


@pytest.mark.parametrize("name", RESULTS)
def test_every_trade_of_a_result_file_has_its_profit(folder, name):
    person(folder)
    path = real(f"results/freqtrade/{name}")
    results = json.loads(gzip.decompress(path.read_bytes()), parse_float=Decimal)
    told = [trade for strategy in results["strategy"].values() for trade in strategy["trades"]]
    report = take(folder, path)
    accounted(report)
    assert report["reconciled"] and report["tables"]["trades"]["rows"] == len(told)
    profits = sorted(Decimal(trade["profit_told"]) for trade in report["trades"])
    assert profits == sorted(trade["profit_abs"] for trade in told)
    causes = {cause["cause"] for trade in report["trades"] for cause in trade["causes"]}
    assert causes == ({"told_without_fees"} if name.endswith("_179.json.gz") else set())
    zipped = folder.base / "backtest-result.zip"
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("backtest-result.json", gzip.decompress(path.read_bytes()))
        archive.writestr("backtest-result_config.json", "{}")
        archive.writestr("backtest-result_Strategy.py", "pass")
    again = take(folder, zipped)
    assert again["tables"]["trades"]["known"] + again["tables"]["trades"]["differs"] == len(told)
    assert again["tables"]["trades"]["imported"] == 0
    assert folder.run("--json", "ledger", "verify").json["whole"]


def test_the_summary_of_a_result_file_comes_of_what_was_imported(folder):
    # Many of its trades close at the same moment, and a drawdown is taken after each.
    person(folder)
    path = real(f"results/freqtrade/{RESULTS[1]}")
    (told,) = json.loads(gzip.decompress(path.read_bytes()))["strategy"].values()
    take(folder, path)
    (group,) = folder.run(
        "--json", "ledger", "performance", "--user", "ada@example.com", "--starting-balance", str(told["starting_balance"]),
        "--from", str(told["backtest_start_ts"]), "--to", str(told["backtest_end_ts"] + 1)).json["groups"]
    for name in ("max_drawdown_abs", "max_drawdown_account", "max_relative_drawdown", "max_drawdown_low", "max_drawdown_high",
                 "csum_min", "csum_max", "calmar", "sharpe", "sortino", "cagr", "profit_factor", "expectancy", "sqn"):
        assert group["metrics"]["freqtrade"][f"{name}_freqtrade"] == pytest.approx(told[name], rel=1e-8), name


def test_an_import_that_is_killed_ends_as_one(folder):
    path = real("results/bot_databases/bot_2.sqlite.gz")
    clean = Folder()
    try:
        person(clean)
        take(clean, path)
        wanted = kept(clean)
    finally:
        clean.close()
    server = person(folder)
    killed = 0
    for _ in range(6):
        before = int(sql(folder, "SELECT count(*) FROM ledger.trades"))
        process = folder.start(*command(path))
        while process.poll() is None and int(sql(folder, "SELECT count(*) FROM ledger.trades")) < before + 25:
            time.sleep(0.02)
        killed += process.poll() is None
        process.kill()
        process.wait()
        # A trade is there whole or not at all.
        halves = "SELECT count(*) FROM ledger.positions WHERE status = 'open'"
        assert sql(folder, halves) == "0"
    assert killed == 6 and 0 < int(sql(folder, "SELECT count(*) FROM ledger.trades")) < 384
    os.kill(folder.postmaster, 9)
    server.kill()
    folder.up()
    report = take(folder, path)
    counts = report["tables"]["trades"]
    assert report["reconciled"] and counts["known"] > 0 and counts["imported"] > 0
    assert kept(folder) == wanted
    assert folder.run("--json", "ledger", "verify").json["whole"]


def test_a_later_database_of_a_bot_goes_on_with_it(folder):
    person(folder)
    whole, early = unpacked("bot_2", folder), folder.base / "early.sqlite"
    early.write_bytes(whole.read_bytes())
    database = sqlite3.connect(early)
    # As it was while the third trade was open, its entry filled in part and the exit not yet sent.
    third = database.execute("SELECT id FROM orders WHERE ft_trade_id = 3 ORDER BY id").fetchone()[0]
    database.execute("UPDATE trades SET is_open = 1, close_date = NULL, close_rate = NULL, close_profit = NULL, "
                     "close_profit_abs = NULL, exit_reason = NULL, funding_fees = 0, "
                     "amount = (SELECT amount - 1 FROM orders WHERE id = ?) WHERE id = 3", [third])
    database.execute("UPDATE orders SET filled = amount - 1, remaining = 1, status = 'open', ft_is_open = 1 WHERE id = ?",
                     [third])
    database.execute("DELETE FROM orders WHERE ft_trade_id = 3 AND id > ?", [third])
    database.execute("DELETE FROM orders WHERE ft_trade_id > 3")
    database.execute("DELETE FROM trades WHERE id > 3")
    database.commit()
    database.close()
    report = take(folder, early)
    assert report["reconciled"] and report["tables"]["trades"]["imported"] == 3
    assert sql(folder, "SELECT status FROM ledger.positions ORDER BY opened_at").split() == ["closed", "closed", "open"]
    report = take(folder, whole)
    assert report["reconciled"] and report["tables"]["trades"]["known"] == 2
    assert report["tables"]["trades"]["imported"] == 382
    assert sql(folder, "SELECT count(*) FROM ledger.positions WHERE status = 'open'") == "0"
    assert folder.run("--json", "ledger", "verify").json["whole"]


def test_reports_are_kept_and_shown(folder):
    server = person(folder)
    report = take(folder, real("results/bot_databases/bot_3.sqlite.gz"))
    key = folder.run("--json", "key", "create", "--user", "ada@example.com", "--name", "page", "--scopes", "orders:read")
    headers = {"Authorization": f"Bearer {key.json['key']}"}
    listed = server.ask("GET", "/v1/ledger/imports", headers=headers).json
    assert [one["id"] for one in listed["imports"]] == [report["id"]] and listed["next"] is None
    assert listed["imports"][0]["counts"] == report["tables"] and "report" not in listed["imports"][0]
    shown = server.ask("GET", f"/v1/ledger/imports/{report['id']}", headers=headers).json
    assert shown["report"]["trades"] == report["trades"] and shown["file"] == "bot_3.sqlite.gz"
    folder.run("user", "create", "ben@example.com", "--role", "trader", "--password-stdin", said=PASSWORD)
    key = folder.run("--json", "key", "create", "--user", "ben@example.com", "--name", "x", "--scopes", "orders:read")
    other = {"Authorization": f"Bearer {key.json['key']}"}
    answer = server.ask("GET", f"/v1/ledger/imports/{report['id']}", headers=other)
    assert answer.status == 404 and answer.json["code"] == "unknown_import"


def test_trying_writes_nothing(folder):
    person(folder)
    path = real("results/bot_databases/bot_3.sqlite.gz")
    wanted = ["--json", "import", "trades", "--user", "ada@example.com", "--account", "main", "--bot", "one"]
    refused = folder.run(*wanted, "--dry-run", path, status=2)
    assert "--create makes it" in refused.text
    empty = folder.base / "empty.json"
    empty.write_text('{"strategy": {}}')
    take(folder, empty)
    tried = json.loads(folder.run(*wanted, "--dry-run", path).out.splitlines()[0])
    accounted(tried)
    assert tried["dry_run"] and tried["id"] is None and tried["tables"]["trades"]["imported"] == 77
    assert sql(folder, "SELECT (SELECT count(*) FROM ledger.events), (SELECT count(*) FROM ledger.imports)") == "0|1"


def spoilt(folder, name, *statements):
    """A copy of a database, changed."""
    file = folder.base / f"{name}.sqlite"
    file.write_bytes(unpacked("bot_3", folder).read_bytes())
    database = sqlite3.connect(file)
    for statement in statements:
        database.execute(statement)
    database.commit()
    database.close()
    return file


def test_bad_files_are_told_by_file_table_and_row(folder):
    person(folder)
    packed = real("results/bot_databases/bot_3.sqlite.gz").read_bytes()
    plain = gzip.decompress(packed)
    latin = folder.base / "latin.json"
    latin.write_bytes('{"strategy": "Größe"}'.encode("latin-1"))
    for name, content, told in [
        ("cut.sqlite.gz", packed[:-9000], "ends early: it is truncated"),
        ("half.sqlite", plain[: len(plain) // 2], "is not a readable database: "),
        ("text.sqlite", b"id,pair\n1,BTC/USDT\n", "is neither a database of SQLite nor JSON"),
        ("empty.sqlite", b"", "is empty"),
        ("list.json", b'{"trades": []}', "is not a result file of freqtrade: missing field `strategy`"),
        ("nan.json", b'{"strategy": {"a": {"trades": [{"amount": NaN}]}}}', "line 1 column"),
    ]:
        file = folder.base / name
        file.write_bytes(content)
        error = folder.run(*command(file), status=3).json["error"]
        assert name in error["message"] and told in error["message"], error
    assert "UTF-8 text: byte" in folder.run(*command(latin), status=3).json["error"]["message"]
    for name, statement, told in [
        ("column", "ALTER TABLE trades RENAME COLUMN amount TO quantity", "table trades has no column `amount`"),
        ("table", "ALTER TABLE trades RENAME TO deals", "has no table `trades`"),
    ]:
        error = folder.run(*command(spoilt(folder, name, statement)), status=3).json["error"]
        assert f"{name}.sqlite: {told}" in error["message"], error
    assert sql(folder, "SELECT count(*) FROM ledger.events") == "0"


def test_bad_rows_are_skipped_with_their_trade(folder):
    person(folder)
    file = spoilt(
        folder, "rows",
        "UPDATE trades SET amount = 'nan' WHERE id = 2",
        "UPDATE trades SET open_date = 'yesterday' WHERE id = 3",
        "UPDATE orders SET amount = NULL, filled = NULL WHERE id = (SELECT max(id) FROM orders WHERE ft_trade_id = 4)",
        "UPDATE trades SET pair = X'FF' WHERE id = 5",
        "UPDATE orders SET ft_trade_id = 4711 WHERE id = (SELECT max(id) FROM orders WHERE ft_trade_id = 6)",
        "UPDATE orders SET side = 'hold' WHERE id = (SELECT max(id) FROM orders WHERE ft_trade_id = 7)",
    )
    report = take(folder, file, status=3)
    accounted(report)
    assert not report["reconciled"]
    reasons = {row["row"]: row["reason"] for row in report["rows"] if row["table"] == "trades"}
    assert reasons.pop("2") == 'trades row 2, column amount: "nan" is not a number'
    assert reasons.pop("3") == 'trades row 3, column open_date: "yesterday" is not a time'
    assert reasons.pop("4").endswith("column amount: is missing")
    assert reasons.pop("5") == "trades row 5, column pair: is not text in UTF-8"
    assert reasons.pop("7").endswith('column side: "hold" is neither buy nor sell')
    assert not reasons
    assert any(row["reason"] == "belongs to no trade of the file" for row in report["rows"])
    assert report["tables"]["trades"]["skipped"] == 5
    # Without its exit the sixth trade stays open here, and that is told.
    sixth = next(trade for trade in report["trades"] if trade["row"] == "6")
    assert sixth["outcome"] == "differs" and not sixth["reconciled"]
    assert folder.run("--json", "ledger", "verify").json["whole"]


def test_trades_without_orders_are_made_of_their_rates(folder):
    person(folder)
    report = take(folder, spoilt(folder, "old", "DROP TABLE orders"))
    accounted(report)
    assert report["reconciled"] and report["tables"]["orders"]["rows"] == 0
    assert report["tables"]["trades"]["imported"] == 77
    assert sql(folder, "SELECT count(*) FROM ledger.orders") == "153"
    difference = Decimal(report["totals"]["BTC"]["difference"])
    assert abs(difference) < Decimal("1e-6")
