"""What is exported or answered, and read by pandas and pyarrow, is what is stored, number for number."""

import csv
import io
from decimal import Decimal

import pandas
import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet
import pytest

from real_data import BTCUSDT_CANDLES, real, shortest

ARROW = "application/vnd.apache.arrow.stream"
ARROW_READERS = {
    "parquet": pyarrow.parquet.read_table,
    "arrow": pyarrow.feather.read_table,
    "arrows": lambda path: pa.ipc.open_stream(path.read_bytes()).read_all(),
}
# Symbol, kind, and how many rows there are.
SERIES = [("binance:XRPETH", "candles", 2469), ("binance:XRPETH", "ticks", 12477), ("binance:BTCUSDT", "ticks", 9757)]


def rows_of_csv(body):
    """Rows with values of their types; times as pandas understands them."""
    return [plain(row) for row in csv.DictReader(io.StringIO(body.decode()))]


def rows_of_arrow(table):
    return [plain(row) for row in table.to_pylist()]


def plain(row):
    """One row as {column: text, exact number, time or None}, whatever it was read from."""
    return {name: value_of(name, value) for name, value in row.items()}


def value_of(name, value):
    if value is None or value == "":
        return None
    if name == "time" or name.endswith(("_time", "_at")):
        return pandas.Timestamp(value)
    if name in ("side", "kind", "venue_trade_id", "closed"):
        return value
    return Decimal(value)


@pytest.mark.parametrize(("symbol", "kind", "count"), SERIES)
@pytest.mark.parametrize("suffix", sorted(ARROW_READERS))
def test_every_format_holds_the_same_numbers(market, symbol, kind, count, suffix):
    file = market.folder.base / f"{symbol.replace(':', '-')}-{kind}.{suffix}"
    market.folder.run("export", "--symbol", symbol, "--kind", kind, "--output", file)
    table = ARROW_READERS[suffix](file)
    assert table.num_rows == count
    # Prices are decimals there, not doubles that happen to look alike.
    assert pa.types.is_decimal(table.schema.field("price" if kind == "ticks" else "open").type)
    assert rows_of_arrow(table) == rows_of_csv(market.folder.export(symbol, kind=kind))


def test_pandas_reads_the_arrow_file_and_parquet_alike(market):
    frames = []
    for suffix, reader in (("arrow", pandas.read_feather), ("parquet", pandas.read_parquet)):
        file = market.folder.base / f"pandas.{suffix}"
        market.folder.run("export", "--symbol", "binance:XRPETH", "--output", file)
        frames.append(reader(file))
    pandas.testing.assert_frame_equal(*frames)
    assert str(frames[0]["open_time"].dt.tz) == "UTC"
    assert frames[0]["open"].iloc[0] == Decimal("0.00141342")


def test_freqtrades_file_comes_back_double_for_double(market):
    file = market.folder.base / "BTC_USDT-1m.feather"
    market.folder.run(
        "export", "--symbol", "feather:BTCUSDT", "--format", "freqtrade-feather", "--output", file
    )
    original = pandas.read_feather(real(BTCUSDT_CANDLES))
    ours = pandas.read_feather(file)
    assert list(ours) == list(original)
    assert ours.equals(original.astype(ours.dtypes))
    # And in exact formats each double is the shortest decimal that reads back as it.
    rows = rows_of_csv(market.folder.export("feather:BTCUSDT"))
    for column in ("open", "high", "low", "close", "volume"):
        assert [row[column] for row in rows] == [shortest(number) for number in original[column]]


@pytest.mark.parametrize(("symbol", "kind", "count"), SERIES)
def test_http_answers_the_same_in_every_format(market, symbol, kind, count):
    path = f"/v1/market/{kind}?symbol={symbol}&limit=5000" + ("&interval=1m" if kind == "candles" else "")
    as_json = market.get(path, "application/json").json[kind]
    as_csv = rows_of_csv(market.get(path, "text/csv").body)
    answer = market.get(path, ARROW)
    as_arrow = rows_of_arrow(pa.ipc.open_stream(answer.body).read_all())
    assert answer.headers["content-type"] == ARROW
    assert len(as_json) == min(count, 5000)
    for rows in (as_csv, as_arrow):
        shared = set(rows[0]) & set(as_json[0])
        assert {"price", "time"} <= shared or {"open", "volume", "open_time"} <= shared
        assert [{name: row[name] for name in shared} for row in rows] == [
            {name: value_of(name, row[name]) for name in shared} for row in as_json
        ]


def test_pages_put_together_are_the_export(market):
    pages = market.pages("ticks", symbol="binance:BTCUSDT", order="asc")
    rows = rows_of_csv(market.folder.export("binance:BTCUSDT", kind="ticks"))
    shared = set(rows[0]) & set(pages[0])
    assert [{name: value_of(name, row[name]) for name in shared} for row in pages] == [
        {name: row[name] for name in shared} for row in rows
    ]


@pytest.mark.parametrize("suffix", ["csv", *sorted(ARROW_READERS)])
@pytest.mark.parametrize("kind", ["candles", "ticks"])
def test_an_export_can_be_imported(market, kind, suffix):
    """Under another name, whose export is then the same to the byte."""
    source, name = "binance:XRPETH", f"again:{kind.upper()}{suffix.upper()}"
    file = market.folder.base / f"again-{kind}.{suffix}"
    market.folder.run("export", "--symbol", source, "--kind", kind, "--output", file)
    market.folder.run("import", "--symbol", name, file)
    assert market.folder.export(name, kind=kind) == market.folder.export(source, kind=kind)
