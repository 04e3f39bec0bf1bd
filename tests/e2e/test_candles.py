"""Candles built from real trades, and rolled up from real candles, equal the venue's own."""

import csv
import io
import json
from datetime import datetime
from decimal import Decimal

import pytest

from real_data import (
    BTCUSDT_CANDLES, BTCUSDT_CAPTURE, INTERVAL_MS, MINUTE_MS, XRPETH_ROWS, bucket,
    feather_candles, real, venue_history,
)

FIVE = ("open", "high", "low", "close", "volume")
HIGHER = ("5m", "15m", "30m", "1h", "4h", "1d", "1w")
# The pairs that have a whole bucket to compare, at the least.
COMPARED = {
    "binance": {("1m", "5m"), ("1m", "4h"), ("30m", "1h"), ("30m", "1d"), ("4h", "1w"), ("1d", "1w")},
    "bittrex": {("1m", "5m"), ("1m", "30m"), ("1m", "1h"), ("1m", "1d"), ("1h", "1d")},
}


def ours(text):
    """{open time in ms: (open, high, low, close, volume)} of an export."""
    return {millis(row["open_time"]): numbers(row) for row in csv.DictReader(io.StringIO(text.decode()))}


def numbers(row):
    return tuple(Decimal(row[key]) for key in FIVE)


def millis(time):
    return round(datetime.fromisoformat(time).timestamp() * 1000)


def traded(candles):
    """freqtrade fills minutes without a trade with rows of volume zero."""
    return {time: row for time, row in candles.items() if row[4]}


@pytest.mark.parametrize("interval", ["1m", "5m"])
@pytest.mark.parametrize("way", ["export", "rest"])
def test_candles_from_aggregate_trades_equal_the_venues(market, interval, way):
    expected = traded(feather_candles(f"candles/binance/XRP_ETH-{interval}.feather"))
    if way == "export":
        got = ours(market.folder.export("binance:XRPETH", interval))
    else:
        rows = market.pages("candles", symbol="binance:XRPETH", interval=interval, order="asc")
        got = {millis(row["open_time"]): numbers(row) for row in rows}
    assert len(got) == {"1m": 2469, "5m": 706}[interval]
    assert got == {time: expected[time] for time in got}
    # Nothing is missing in between either.
    assert set(got) == {time for time in expected if min(got) <= time <= max(got)}


def test_the_same_trades_in_another_format_give_the_same_candles(market):
    market.folder.run("import", "--symbol", "rows:XRPETH", real(XRPETH_ROWS))
    for interval in INTERVAL_MS:
        rows = ours(market.folder.export("rows:XRPETH", interval))
        assert rows == ours(market.folder.export("binance:XRPETH", interval))


def test_candles_from_a_recorded_stream_equal_the_venues(market):
    expected = feather_candles(BTCUSDT_CANDLES)
    got = ours(market.folder.export("binance:BTCUSDT", "1m"))
    # The recording begins and ends within a minute.
    whole = sorted(got)[1:-1]
    assert len(whole) == 5
    assert all(later - time == MINUTE_MS for time, later in zip(whole, whole[1:]))
    assert {time: got[time] for time in whole} == {time: expected[time] for time in whole}


def test_trades_and_venue_candles_of_one_symbol_are_told_apart(folder):
    with_server = folder.up()
    for file in (BTCUSDT_CAPTURE, BTCUSDT_CANDLES):
        folder.run("import", "--symbol", "binance:BTCUSDT", real(file))
    expected = feather_candles(BTCUSDT_CANDLES)
    assert ours(folder.export("binance:BTCUSDT")) == expected
    built = ours(folder.export("binance:BTCUSDT", origin="trades"))
    assert len(built) == 7
    ranges = with_server.get("/v1/market/symbols/binance:BTCUSDT").json["ranges"]
    counts = {(held["interval"], held["origin"]): held["count"] for held in ranges}
    assert counts["1m", "venue"] == len(expected)
    assert counts["1m", "trades"] == 7
    assert counts["tick", "trade"] == 9757


@pytest.mark.parametrize(
    ("name", "sources"),
    [("binance_BTCUSDT_2018-04", ("1m", "30m", "4h", "1d")), ("bittrex_ADABTC_2018-07", ("1m", "1h"))],
)
def test_roll_ups_equal_the_venues_own(market, name, sources):
    venue = name.split("_")[0]
    history = venue_history(f"candles/multi_timeframe/{name}.sqlite.gz", market.folder.base)
    compared, different = {}, {}
    for source in sources:
        rows = sorted(history[source].items())
        file = market.folder.base / f"{name}-{source}.json"
        file.write_text(json.dumps([[time, *map(float, row)] for time, row in rows]))
        symbol = f"{venue}:FROM{source.upper()}"
        market.folder.run("import", "--symbol", symbol, "--interval", source, file)
        (first, _), (last, _) = rows[0], rows[-1]
        for interval in [each for each in HIGHER if each in history and INTERVAL_MS[each] > INTERVAL_MS[source]]:
            got = ours(market.folder.export(symbol, interval))
            for time, row in history[interval].items():
                assert bucket(time, interval) == time
                # Whole is what the shorter candles cover; the last of them was still forming.
                if time < first or time + INTERVAL_MS[interval] > last:
                    continue
                compared[source, interval] = compared.get((source, interval), 0) + 1
                for field, number, own in zip(FIVE, got[time], row):
                    if number != own:
                        different.setdefault((source, interval, field), []).append((time, number, own))
    assert not different
    print(f"{name}: candles compared: {compared}")
    # No pair was passed over.
    assert set(compared) >= COMPARED[venue]
