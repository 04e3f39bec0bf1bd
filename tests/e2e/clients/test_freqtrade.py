"""freqtrade as it is published: its downloader, and a bot that trades dry, configured by documented options only."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.feather
import pytest

from program import Folder, environment, wait_for

HERE = Path(__file__).parent
MINUTE_MS = 60_000
DOWNLOAD_S = 120
TRADE_S = 180


def config(rest, ws, folder):
    """A file as freqtrade's documentation describes it; only `urls` and `options` of ccxt are ours."""
    # The other side of the book, so that an order is filled at once.
    pricing = {"price_side": "other", "use_order_book": False}
    settings = {
        "dry_run": True, "dry_run_wallet": 1000, "stake_currency": "USDT", "stake_amount": 100, "max_open_trades": 1,
        "timeframe": "1m", "entry_pricing": pricing, "exit_pricing": pricing, "pairlists": [{"method": "StaticPairList"}],
        "internals": {"process_throttle_secs": 2}, "initial_state": "running",
        "exchange": {
            "name": "binance", "key": "", "secret": "", "pair_whitelist": ["BTC/USDT"],
            # Else the downloader asks data.binance.vision.
            "only_from_ccxt": True,
            "ccxt_config": {
                "urls": {"api": {"public": rest, "ws": {"spot": ws}}},
                "options": {"fetchMarkets": {"types": ["spot"]}},
            },
        },
    }
    file = folder / "config.json"
    file.write_text(json.dumps(settings))
    return file


def command(*words):
    return [sys.executable, "-m", "freqtrade", *map(str, words)]


def user_folder(folder):
    made = folder / "user_data"
    subprocess.run(command("create-userdir", "--userdir", made), check=True, capture_output=True, timeout=DOWNLOAD_S)
    return made


def test_download_data(compat, tmp_path):
    file, user = config(compat.rest, compat.ws, tmp_path), user_folder(tmp_path)
    done = subprocess.run(
        command("download-data", "-c", file, "--userdir", user, "--days", 2, "--timeframes", "1m", "2h"),
        capture_output=True, timeout=DOWNLOAD_S, check=False,
    )
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    table = pyarrow.feather.read_table(user / "data/binance/BTC_USDT-1m.feather").to_pydict()
    times = [int(at.timestamp() * 1000) for at in table["date"]]
    assert len(times) > 2800
    assert times == sorted(set(times))
    stored = compat.klines(f"symbol=BTCUSDT&interval=1m&startTime={times[0]}&limit=1000")
    columns = [table[key] for key in ("open", "high", "low", "close", "volume")]
    assert [tuple(map(float, row[1:6])) for row in stored] == list(zip(*columns, strict=True))[:1000]
    assert (user / "data/binance/BTC_USDT-2h.feather").exists()


@pytest.fixture
def recording():
    """A simulated venue, and a server that records it."""
    made = Folder()
    try:
        venue = made.start("--json", "simulate", "--listen", "127.0.0.1:0")
        wait_for(lambda: venue.out.read_text().strip(), 30, "the simulator", log=venue.err.read_text)
        urls = json.loads(venue.out.read_text().splitlines()[0])
        settings = {
            "CHANDLERY_BINANCE__REST_URL": urls["url"], "CHANDLERY_BINANCE__WS_URL": urls["ws_url"],
            "CHANDLERY_INGEST__SYMBOLS": "binance:BTCUSDT",
        }
        yield made.up(env=settings)
    finally:
        made.close()


def test_a_bot_opens_a_trade(recording, tmp_path):
    base = "/compat/binance"
    def priced():
        answer = recording.get(f"{base}/api/v3/ticker/bookTicker?symbol=BTCUSDT")
        return answer.status == 200 and float(answer.json["askPrice"]) > 0
    wait_for(priced, 30, "the first price", log=recording.log)
    file = config(f"{recording.url}{base}/api/v3", f"ws{recording.url[4:]}{base}/ws", tmp_path)
    user, trades = user_folder(tmp_path), tmp_path / "trades.sqlite"
    log = tmp_path / "bot.log"
    words = ["trade", "-c", file, "--userdir", user, "--strategy", "AlwaysIn", "--strategy-path", HERE]
    with log.open("wb") as out:
        bot = subprocess.Popen(
            command(*words, "--db-url", f"sqlite:///{trades}"), cwd=tmp_path, env=environment(None),
            stdout=out, stderr=out, stdin=subprocess.DEVNULL,
        )
    try:
        def opened():
            assert bot.poll() is None, log.read_text()[-4000:]
            if not trades.exists():
                return None
            with closing(sqlite3.connect(f"file:{trades}?mode=ro", uri=True)) as database:
                try:
                    query = "SELECT pair, open_rate, amount, is_open FROM trades WHERE amount > 0"
                    return database.execute(query).fetchone()
                except sqlite3.OperationalError:
                    return None
        pair, rate, amount, is_open = wait_for(opened, TRADE_S, "a trade", log=log.read_text)
    finally:
        bot.terminate()
        try:
            bot.wait(30)
        except subprocess.TimeoutExpired:
            bot.kill()
            bot.wait()
    assert (pair, is_open) == ("BTC/USDT", 1)
    assert amount * rate == pytest.approx(100, rel=0.02)
    now = datetime.now(UTC).timestamp() * 1000
    rows = recording.get(f"{base}/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=10").json
    assert now - rows[-1][0] < 5 * MINUTE_MS
    assert min(float(row[3]) for row in rows) <= rate <= max(float(row[2]) for row in rows)
