"""Real recordings with known right answers, and the ways to read them without the program.

They lie beside the project; a test that needs them is skipped, with a line that says so, where they don't.
"""

import gzip
import itertools
import json
import sqlite3
from decimal import Decimal

import pyarrow.feather
import pytest

from program import ROOT

DATA = ROOT.parent / "shared/data"
MINUTE_MS = 60_000
INTERVAL_MS = {
    "1m": MINUTE_MS, "5m": 5 * MINUTE_MS, "15m": 15 * MINUTE_MS, "30m": 30 * MINUTE_MS,
    "1h": 60 * MINUTE_MS, "4h": 240 * MINUTE_MS, "1d": 1440 * MINUTE_MS, "1w": 10080 * MINUTE_MS,
}
# 1970-01-01 was a Thursday; weeks begin on Monday.
FIRST_MONDAY_MS = 4 * INTERVAL_MS["1d"]

BLOCK, BLOCK_EVERY = 2_000, 40_000

XRPETH_TRADES = "trades/binance_XRPETH_2019-10_with_raw_aggtrade.json.gz"
XRPETH_ROWS = "trades/binance_XRPETH_2019-10_ccxt_rows.json.gz"
BITMEX_TRADES = "trades/bitmex_XBTUSD_1M_2018-01.csv.gz"
BTCUSDT_CAPTURE = "payloads/binance_spot_ws/btcusdt_20240808.gz"
BTCUSDT_CANDLES = "candles/binance/BTC_USDT-1m.feather"


def real(name):
    """The path of a recording."""
    path = DATA / name
    if not path.exists():
        pytest.skip(f"real data are absent: {path}")
    return path


def shortest(number):
    """The shortest decimal that reads back as this double."""
    return Decimal(repr(float(number)))


def feather_candles(name):
    """{open time in ms: (open, high, low, close, volume)} of a freqtrade file."""
    table = pyarrow.feather.read_table(real(name)).to_pydict()
    times = [int(time.timestamp() * 1000) for time in table["date"]]
    columns = [[shortest(number) for number in table[key]] for key in ("open", "high", "low", "close", "volume")]
    return dict(zip(times, zip(*columns)))


def bucket(time_ms, interval):
    """The open time of the candle that holds a time."""
    origin = FIRST_MONDAY_MS if interval == "1w" else 0
    return (time_ms - origin) // INTERVAL_MS[interval] * INTERVAL_MS[interval] + origin


def venue_history(name, folder):
    """{interval: {open time in ms: [open, high, low, close, volume]}} as fetched from the venue."""
    file = folder / "history.sqlite"
    file.write_bytes(gzip.decompress(real(name).read_bytes()))
    history = {}
    rows = sqlite3.connect(file).execute("SELECT time_frame, candle FROM ohlcv")
    for interval, text in rows:
        # The file writes doubles; parsing them as decimals keeps their digits.
        time_s, *numbers = json.loads(text, parse_float=Decimal, parse_int=Decimal)
        history.setdefault(interval, {})[int(time_s) * 1000] = numbers
    return history


def bitmex_part(folder, rows, name="part.csv"):
    """The first rows of an extract from the BitMEX recording, with its header.

    Blocks of the recording that lie apart, so that an extract covers all its days.
    """
    file = folder / name
    with gzip.open(real(BITMEX_TRADES), "rt") as whole, file.open("w") as part:
        part.write(next(whole))
        extract = (line for number, line in enumerate(whole) if number % BLOCK_EVERY < BLOCK)
        part.writelines(itertools.islice(extract, rows))
    return file
