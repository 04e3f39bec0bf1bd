"""A bad row stops an import with file, row, column and value; what stood before it stays; it can be passed over."""

import gzip
import io
import json
import zipfile

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest

from real_data import BITMEX_TRADES, real

T0 = 1_704_067_200_000  # 2024-01-01
TICK = (T0, "42000.5", "0.25")
CANDLE = (T0, "10", "12", "9", "11", "5")
TICK_COLUMNS = ("time", "price", "quantity")
CANDLE_COLUMNS = ("time", "open", "high", "low", "close", "volume")


def text_of(rows, header=None):
    return "".join(",".join(map(str, row)) + "\n" for row in [*([header] if header else []), *rows]).encode()


def ticks(*bad):
    """Two good trades around one whose fields are replaced."""
    return [TICK, tuple(bad), (T0 + 2, "42001", "1")]


def candles(*bad):
    return [CANDLE, tuple(bad), (T0 + 120_000, "11", "11", "11", "11", "0")]


def kline(row):
    """A row of Binance's archive: close time, quote volume, count, taker's volumes, and a field to ignore."""
    return (*row, row[0] + 59_999, "1", 1, "0", "0", 0)


def csv(name, rows, header=None):
    return name, text_of(rows, header)


def as_zip(name, body):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("rows.csv", body)
    return name, packed.getvalue()


def numbers(row):
    return [row[0], *(float(number) for number in row[1:])]


def feather(rows):
    columns = list(zip(*map(numbers, rows)))
    table = pa.table(
        {"date": pa.array(columns[0], pa.timestamp("ms", "UTC"))}
        | {name: pa.array(column, pa.float64()) for name, column in zip(CANDLE_COLUMNS[1:], columns[1:])}
    )
    body = io.BytesIO()
    pyarrow.feather.write_feather(table, body)
    return "rows.feather", body.getvalue()


def parquet(rows):
    columns = list(zip(*rows))
    table = pa.table({
        "time": pa.array(columns[0], pa.timestamp("ms", "UTC")),
        "price": pa.array(columns[1], pa.string()), "quantity": pa.array(columns[2], pa.string()),
    })
    body = io.BytesIO()
    pyarrow.parquet.write_table(table, body)
    return "rows.parquet", body.getvalue()


def capture(*trades):
    lines = []
    for number, (time, price, quantity) in enumerate(trades):
        data = {"e": "trade", "E": time, "s": "BTCUSDT", "t": number, "p": price, "q": quantity, "T": time, "m": True}
        lines.append(f"{time}000000 {json.dumps({'stream': 'btcusdt@trade', 'data': data})}\n")
    return "capture.txt", "".join(lines).encode()


def ccxt_trades(rows):
    made = [
        {"id": str(number), "timestamp": time, "price": price, "amount": quantity, "side": "buy", "symbol": "BTC/USDT"}
        for number, (time, price, quantity) in enumerate(rows)
    ]
    return "trades.json", json.dumps(made).encode()


LATE = T0 + 1
MINUTE = T0 + 60_000
# What it is, the file, further flags, and the column and the value of its second row.
CASES = {
    "csv-word": (csv("a.csv", ticks(LATE, "abc", "1"), TICK_COLUMNS), [], "price", "abc"),
    "csv-nan": (csv("a.csv", ticks(LATE, "NaN", "1"), TICK_COLUMNS), [], "price", "NaN"),
    "csv-infinite": (csv("a.csv", ticks(LATE, "inf", "1"), TICK_COLUMNS), [], "price", "inf"),
    "csv-negative": (csv("a.csv", ticks(LATE, "-1", "1"), TICK_COLUMNS), [], "price", "-1"),
    "csv-free": (csv("a.csv", ticks(LATE, "0", "1"), TICK_COLUMNS), [], "price", "0"),
    "csv-digits": (csv("a.csv", ticks(LATE, "1." + "1" * 28, "1"), TICK_COLUMNS), [], "price", "1." + "1" * 28),
    "csv-places": (csv("a.csv", ticks(LATE, "0." + "0" * 18 + "1", "1"), TICK_COLUMNS), [], "price", None),
    "csv-time": (csv("a.csv", ticks(10**19, "1", "1"), TICK_COLUMNS), [], "time", "1" + "0" * 19),
    "csv-date": (csv("a.csv", ticks("yesterday", "1", "1"), TICK_COLUMNS), [], "time", "yesterday"),
    "csv-short": (csv("a.csv", ticks(LATE, "1"), TICK_COLUMNS), [], None, "1704067200001,1"),
    "csv-long": (csv("a.csv", ticks(LATE, "1", "1", "9"), TICK_COLUMNS), [], None, "1704067200001,1,1,9"),
    "csv-columns": (
        csv("a.csv", ticks(LATE, "?", "1")), ["--columns", "time,price,quantity"], "price", "?"
    ),
    "csv-high-below-low": (
        csv("a.csv", candles(MINUTE, "10", "8", "9", "10", "5"), CANDLE_COLUMNS), ["--interval", "1m"], "high", "8"
    ),
    "csv-close-outside": (
        csv("a.csv", candles(MINUTE, "10", "12", "9", "13", "5"), CANDLE_COLUMNS), ["--interval", "1m"], "close", "13"
    ),
    "csv-unaligned": (
        csv("a.csv", candles(MINUTE + 1, "10", "12", "9", "11", "5"), CANDLE_COLUMNS), ["--interval", "1m"], "time", None
    ),
    "binance-klines": (csv("a.csv", map(kline, candles(MINUTE, "10", "12", "9", "x", "5"))), [], "close", "x"),
    "binance-zip": (
        as_zip("a.zip", text_of(map(kline, candles(MINUTE, "10", "12", "9", "11", "-5")))), [], "volume", "-5"
    ),
    "ccxt-candles": (
        ("a.json", json.dumps([numbers(row) for row in candles(MINUTE, "10", "8", "9", "10", "5")]).encode()),
        ["--interval", "1m"], "high", "8",
    ),
    "ccxt-trades": (ccxt_trades(ticks(LATE, "abc", 1)), [], "price", "abc"),
    "feather-nan": (feather(candles(MINUTE, "nan", "12", "9", "11", "5")), ["--interval", "1m"], "open", "NaN"),
    "feather-negative": (feather(candles(MINUTE, "10", "12", "9", "11", "-5")), ["--interval", "1m"], "volume", "-5"),
    "parquet": (parquet(ticks(LATE, "4,5", "1")), [], "price", "4,5"),
    "capture": (capture(*ticks(LATE, "abc", "1")), [], "p", "abc"),
}


def placed(folder, file):
    name, body = file
    path = folder.base / name
    path.write_bytes(body)
    return path


@pytest.mark.parametrize("case", sorted(CASES))
def test_a_bad_row_is_named(running, case):
    file, flags, column, value = CASES[case]
    folder, symbol = running.folder, f"bad:{case.upper().replace('-', '.')}"
    path = placed(folder, file)
    failed = folder.run("import", "--symbol", symbol, *flags, path, status=3)
    assert path.name in failed.err
    assert "row 2" in failed.err
    if column:
        assert f'"{column}"' in failed.err
    if value is not None:
        assert value in failed.err
    # What stood before it stays.
    kind = "candles" if "--interval" in flags or "kline" in case or "zip" in case else "ticks"
    assert folder.export(symbol, kind=kind).count(b"\n") - 1 == 1

    # Said as JSON it is the same.
    told = folder.run("--json", "import", "--symbol", symbol, *flags, path, status=3).json["error"]
    assert told["code"] == "bad_data"
    assert "row 2" in told["message"]

    passed = folder.run("--json", "import", "--skip-bad", "--symbol", symbol, *flags, path).events[-1]
    assert passed["rows_skipped"] == 1
    assert len(passed["skipped"]) == 1
    assert "row 2" in passed["skipped"][0]
    assert folder.export(symbol, kind=kind).count(b"\n") - 1 == 2


def test_a_truncated_file_is_told_and_what_it_holds_can_be_kept(running):
    folder = running.folder
    path = folder.base / "truncated.csv.gz"
    path.write_bytes(real(BITMEX_TRADES).read_bytes()[:100_000])
    flags = ("import", "--symbol", "truncated:XBTUSD", path)
    failed = folder.run(*flags, status=3)
    assert "truncated.csv.gz" in failed.err
    assert "ends early" in failed.err
    kept = folder.run("--json", *flags[:1], "--skip-bad", *flags[1:]).events[-1]
    stored = folder.export("truncated:XBTUSD", kind="ticks").count(b"\n") - 1
    assert kept["rows_skipped"] == 1
    assert stored == kept["rows_done"] > 10_000


def test_damage_in_the_middle_is_told(running):
    body = bytearray(gzip.compress(text_of([(T0 + n, n % 97 + 1, 1) for n in range(20_000)], TICK_COLUMNS), mtime=0))
    body[len(body) // 2] ^= 0xFF
    path = placed(running.folder, ("damaged.csv.gz", bytes(body)))
    failed = running.folder.run("import", "--symbol", "damaged:X", path, status=3)
    assert "damaged.csv.gz" in failed.err


WRONG = {
    "empty": (b"", [], 3, "empty"),
    "words": (b"hello\n", [], 3, "--columns"),
    "missing-column": (b"time,price\n1704067200000,1\n", [], 3, "quantity"),
    "unknown-column": (b"1704067200000,1,1\n", ["--columns", "time,prize,quantity"], 2, "prize"),
    "no-interval": (text_of([CANDLE], CANDLE_COLUMNS), [], 3, "--interval"),
}


@pytest.mark.parametrize("case", sorted(WRONG))
def test_a_file_that_is_no_data_is_told(running, case):
    body, flags, status, word = WRONG[case]
    path = placed(running.folder, (f"{case}.csv", body))
    failed = running.folder.run("import", "--symbol", "wrong:X", *flags, path, status=None)
    assert (failed.status, word in failed.err) == (status, True), failed.err


def test_wrong_use_of_import_is_told_with_advice(running):
    folder = running.folder
    path = placed(folder, csv("good.csv", [TICK], TICK_COLUMNS))
    for arguments, status, word in (
        ([path], 2, "--symbol venue:CODE"),
        (["--symbol", "BTCUSDT", path], 2, "venue:CODE"),
        (["--symbol", "a:b", folder.base / "absent.csv"], 1, "absent.csv"),
        (["--symbol", "a:b", "--format", "xls", path], 2, "xls"),
        (["--symbol", "a:b", "--kind", "tocks", path], 2, "tocks"),
        (["--symbol", "a:b", "--interval", "2m", path], 2, "1m"),
        (["--symbol", "a:b"], 2, "FILE"),
    ):
        failed = folder.run("import", *arguments, status=None)
        assert (failed.status, word in failed.err) == (status, True), (arguments, failed.err)


def test_good_files_before_a_bad_one_are_taken_in(running):
    folder = running.folder
    good = placed(folder, csv("good.csv", [TICK], TICK_COLUMNS))
    bad = placed(folder, csv("bad.csv", ticks(LATE, "abc", "1"), TICK_COLUMNS))
    failed = folder.run("import", "--symbol", "two:FILES", good, bad, status=3)
    assert "bad.csv" in failed.err
    assert folder.export("two:FILES", kind="ticks").count(b"\n") - 1 >= 1
