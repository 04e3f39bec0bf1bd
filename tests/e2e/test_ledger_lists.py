"""What the ledger lists, read by pyarrow, is what it answers as JSON, number for number; and the command line writes the same."""

import csv
import glob
import io
import json
import re
import signal
import subprocess
from decimal import Decimal

import pandas
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest

from program import Folder, wait_for
from test_ledger import ACCOUNT, sql, trader

ARROW = "application/vnd.apache.arrow.stream"
LISTS = ("orders", "fills", "entries", "trades")
TIME = re.compile(r"(time|at|.*_time|.*_at)")


@pytest.fixture(scope="module")
def desk():
    """A running server with deposits and 60 filled orders of one trader; gives it with the trader's headers."""
    folder = Folder()
    try:
        server = folder.up()
        headers = trader(folder, server)

        def tell(path, body):
            answer = server.ask("POST", path, body, headers=headers)
            assert answer.status < 300, answer.body
            return answer.json

        # All 36 digits.
        deposit = {"id": "d", "kind": "deposited", "asset": "USDT", "amount": "50000.000000000000000000000000000000000001",
                   "time": "2026-01-01T00:00:00Z"}
        assert server.ask("POST", f"/v1/ledger/accounts/{ACCOUNT}/entries", deposit, headers=headers).status == 204
        for number in range(60):
            # Long and short by turns.
            side = "buy" if number % 4 in (0, 3) else "sell"
            price = f"{40000 + 13 * (number % 7)}.25"
            tags = {"strategy": "cross, \"fast\"", "entry_logic": f"rule {number % 3}"} if number % 2 == 0 else {"exit_reason": "roi"}
            order = tell("/v1/ledger/orders", {
                "account": ACCOUNT, "client_order_id": f"o{number}", "symbol": "paper:BTCUSDT", "side": side, "kind": "limit",
                "quantity": "0.3", "limit_price": price, "submitted": True, "tags": tags, "exchange_metadata": {"n": [number, None]}})
            if number == 59:
                continue
            for trade, quantity in enumerate(["0.1", "0.2"]):
                tell(f"/v1/ledger/orders/{order['id']}/fills", {
                    "venue_trade_id": f"{number}-{trade}", "price": price, "quantity": quantity,
                    "fees": [{"asset": "USDT", "amount": "1.234567890123456789"}, {"asset": "BNB", "amount": "0.001"}],
                    "time": f"2026-01-02T{number // 60:02}:{number % 60:02}:0{trade}.5Z"})
        yield server, headers
    finally:
        folder.close()


def plain(row):
    """A row with moments and exact numbers, whatever it was read from."""
    return {name: value_of(name, value) for name, value in row.items()}


def value_of(name, value):
    if value is None:
        return None
    if TIME.fullmatch(name):
        return pandas.Timestamp(value)
    if isinstance(value, (dict, list)):
        return value
    if isinstance(value, str):
        if value[:1] in "{[":
            return json.loads(value)
        return Decimal(value) if re.fullmatch(r"-?\d+(\.\d+)?", value) else value
    return value


def of_arrow(table):
    return [plain(row) for row in table.to_pylist()]


def pages(server, headers, path, name):
    """All rows by JSON and by Arrow, 50 a page."""
    by_json, by_arrow, cursor = [], [], ""
    while cursor is not None:
        address = f"/v1/ledger/{path}{'&' if '?' in path else '?'}limit=50{cursor}"
        answer = server.ask("GET", address, headers=headers).json
        by_json += answer[name]
        arrow = server.ask("GET", address, headers={**headers, "Accept": ARROW})
        assert arrow.headers["content-type"] == ARROW
        assert arrow.headers.get("x-next-cursor") == answer["next"]
        by_arrow.append(pa.ipc.open_stream(arrow.body).read_all())
        cursor = answer["next"] and f"&cursor={answer['next']}"
    return by_json, by_arrow


@pytest.mark.parametrize("path", [*LISTS, "positions", "trades?result=loss", "entries?purse=fees&asset=BNB", "fills?side=sell"])
def test_arrow_has_the_values_of_json(desk, path):
    name = path.split("?")[0]
    by_json, tables = pages(*desk, path, name)
    assert len(by_json) > 5
    assert sum(map(of_arrow, tables), []) == [plain(row) for row in by_json]
    schema = tables[0].schema
    assert set(schema.names) == set(by_json[0])
    for field in schema:
        values = [row[field.name] for row in by_json[:50]]
        assert field.nullable or None not in values, field
        if TIME.fullmatch(field.name):
            assert field.type == pa.timestamp("us", tz="UTC")
    decimals = {"orders": "filled_quote", "fills": "price", "entries": "amount", "trades": "net_pnl", "positions": "realized_pnl"}
    assert pa.types.is_decimal(schema.field(decimals[name]).type)
    # Pages with more digits than others go together too.
    assert pa.concat_tables(tables, promote_options="permissive").num_rows == len(by_json)


@pytest.mark.parametrize(("path", "name"), [("equity?interval=day&from=2026-01-01T00:00:00Z&to=2026-01-05T00:00:00Z", "points"),
                                            ("snapshots?interval=hour", "snapshots")])
def test_curves_are_tables_too(desk, path, name):
    server, headers = desk
    by_json = server.ask("GET", f"/v1/ledger/{path}", headers=headers).json[name]
    table = pa.ipc.open_stream(server.ask("GET", f"/v1/ledger/{path}", headers={**headers, "Accept": ARROW}).body).read_all()
    assert of_arrow(table) == [plain(row) for row in by_json]
    assert pa.types.is_decimal(table.schema.field("equity").type)
    assert name == "snapshots" or len(by_json) == 5


@pytest.mark.parametrize("what", LISTS)
def test_the_command_line_writes_what_the_interface_lists(desk, what):
    server, headers = desk
    folder = server.folder
    by_json, _ = pages(server, headers, what, what)
    rows = [plain(row) for row in by_json]
    export = ["ledger", "export", what, "--user", "ada@example.com"]

    assert json.loads(folder.run(*export, "--format", "json").out) == by_json
    text = server.ask("GET", f"/v1/ledger/{what}?limit=1000", headers={**headers, "Accept": "text/csv"}).body.decode()
    assert folder.run(*export).text == text
    assert len(list(csv.DictReader(io.StringIO(text)))) == len(by_json)
    readers = {"arrow": pyarrow.feather.read_table, "parquet": pyarrow.parquet.read_table,
               "arrows": lambda path: pa.ipc.open_stream(path.read_bytes()).read_all()}
    for suffix, read in readers.items():
        file = folder.base / f"{what}.{suffix}"
        told = folder.run("--json", *export, "--output", file).json
        assert told == {"event": "exported", "file": str(file), "rows": len(by_json)}
        assert of_arrow(read(file)) == rows
        assert not file.with_name(file.name + ".partial").exists()


def test_exports_are_narrowed_and_wrong_ones_refused(desk):
    folder = desk[0].folder
    export = ["ledger", "export", "--user", "ada@example.com", "--format", "json"]
    short = json.loads(folder.run(*export, "trades", "--direction", "short", "--status", "closed").out)
    assert short and {(row["direction"], row["status"]) for row in short} == {("short", "closed")}
    assert json.loads(folder.run(*export, "entries", "--asset", "BNB", "--to", "2026-01-01").out) == []
    for words, why in (
        (("fills", "--direction", "short"), "direction is not a parameter"),
        (("trades", "--direction", "up"), "neither long nor short"),
        (("orders", "--account", "00000000-0000-7000-8000-000000000099", "--status", "lost"), "is none of"),
    ):
        done = folder.run(*export, *words, status=1)
        assert why in done.err, done.err
    missing = folder.base / "missing.xyz"
    assert "tells no format" in folder.run("ledger", "export", "orders", "--user", "ada@example.com", "-o", missing, status=2).err


def test_an_interrupted_export_leaves_no_file(desk):
    folder = desk[0].folder
    file = folder.base / "interrupted.csv"
    partial = file.with_name("interrupted.csv.partial")
    psql = sorted(glob.glob("/usr/lib/postgresql/*/bin/psql"))[-1]
    held = "BEGIN; LOCK TABLE ledger.orders; SELECT pg_sleep(60)"
    holding = subprocess.Popen([psql, "-h", str(folder.path / "postgres"), "-U", "chandlery", "-qc", held, "chandlery"])
    try:
        waits = "SELECT count(*) FROM pg_locks WHERE relation = 'ledger.orders'::regclass AND NOT granted"
        wait_for(lambda: sql(folder, "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") == "1", 30, "the lock")
        export = folder.start("ledger", "export", "orders", "--user", "ada@example.com", "--output", file)
        wait_for(lambda: sql(folder, waits) == "1", 60, "the export")
        assert partial.exists()
        export.send_signal(signal.SIGINT)
        assert export.wait(30) == 130, export.err.read_text()
        assert not partial.exists() and not file.exists()
    finally:
        # Its server process would sleep on, and hold the table.
        sql(folder, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
        holding.wait(30)


def test_performance_is_told_on_the_command_line(desk):
    server, headers = desk
    words = ["ledger", "performance", "--user", "ada@example.com", "--by", "direction", "--from", "2026-01-01"]
    told = server.folder.run("--json", *words).json
    path = "/v1/ledger/performance?group_by=direction&from=2026-01-01T00:00:00Z"
    assert told == server.ask("GET", path, headers=headers).json
    assert sum(group["trades"] for group in told["groups"]) > 5
    out = server.folder.run(*words).text
    for group in told["groups"]:
        line = next(line for line in out.splitlines() if line.split()[:1] == [group["key"]["direction"]])
        assert line.split()[1] == str(group["trades"]) and group["net_pnl"] in line.split()
