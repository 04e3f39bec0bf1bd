"""Live data, exactly once: a venue that misbehaves, a program and a database that are killed at any
moment, and in the end the trades and candles of the venue.

`CHANDLERY_KILLS=500 scripts/test-e2e tests/e2e/test_live.py` kills more often.
"""

import os
import random
import signal
import subprocess
import time

import pytest

from live import Venue, candles, coverage, stored
from program import wait_for
from real_data import XRPETH_TRADES, bucket, feather_candles, real

XRPETH = "binance:XRPETH"
KILLS = int(os.environ.get("CHANDLERY_KILLS", "50"))
# Two days of trades in about a minute.
SPEED = 2_500
BAD = "drop=0.02,duplicate=0.02,reorder=0.02,delay=0.02:50,disconnect=0.001,http_5xx=0.05,http_429=0.02:1,garbage=0.005"
SEED = 20191011


def recorded(folder, *faults, speed=SPEED):
    file = real(XRPETH_TRADES)
    return Venue(folder, "--import", f"{XRPETH}={file}", "--speed", speed, *faults)


def calm(venue):
    """The venue has played everything and goes well from now on."""
    wait_for(lambda: venue.state["finished"], 240, "the recording to end")
    venue.faults()


def assert_complete(server, venue):
    """Everything the venue traded from the first stored trade on is stored, once, and so are its candles."""
    truth = venue.truth(XRPETH)

    def settled():
        have = stored(server, XRPETH)
        return have if have and len(have) == sum(1 for number in truth if number >= min(have)) else None

    have = wait_for(settled, 120, "the last gap to be repaired", log=server.log)
    first = min(have)
    assert have == {number: trade for number, trade in truth.items() if number >= first}
    # Whole candles only: that of the first trade may lack those before it.
    for interval, file in (("1m", "candles/binance/XRP_ETH-1m.feather"), ("5m", "candles/binance/XRP_ETH-5m.feather")):
        begin = bucket(have[first][0] // 1000, interval) + 1
        end = bucket(max(have.values())[0] // 1000, interval)
        venues = {at: row for at, row in feather_candles(file).items() if begin <= at < end and row[4]}
        built = {_ms(at): row for at, row in candles(server, XRPETH, interval).items() if begin <= _ms(at) < end}
        assert built == venues
    report = coverage(server, XRPETH)
    assert (report["ratio"], report["counts"]["missing"]) == ("1", 0), report["counts"]


def _ms(text):
    from live import micros
    return micros(text) // 1000


def test_killed_again_and_again_it_loses_nothing(folder):
    venue = recorded(folder, "--faults", BAD, "--seed", SEED)
    chance = random.Random(SEED)
    settings = venue.settings(XRPETH)
    for _ in range(KILLS):
        server = folder.up(env=settings)
        time.sleep(chance.uniform(0.0, 0.8))
        server.kill()
    server = folder.up(env=settings)
    calm(venue)
    assert_complete(server, venue)
    assert server.stop() == 0


def test_the_database_may_be_killed(folder):
    venue = recorded(folder, "--faults", BAD, "--seed", SEED, speed=6_000)
    server = folder.up(env=venue.settings(XRPETH))
    chance = random.Random(SEED)
    for _ in range(6):
        time.sleep(chance.uniform(0.5, 2.0))
        os.kill(wait_for(lambda: folder.postmaster, 30, "the database to be back"), signal.SIGKILL)
    calm(venue)
    assert_complete(server, venue)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_full_disk_loses_nothing(folder):
    folder.path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=220m,mode=755", "tmpfs", folder.path]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small disk can't be mounted here")
    try:
        venue = recorded(folder, "--faults", BAD, "--seed", SEED, speed=6_000)
        server = folder.up(env=venue.settings(XRPETH))
        wait_for(lambda: stored(server, XRPETH), 60, "the first trades", log=server.log)
        filler = folder.path / "filler"
        fill(filler)
        wait_for(lambda: "No space left" in server.log(), 60, "the disk to be full", log=server.log)
        time.sleep(3)
        filler.unlink()
        calm(venue)
        assert_complete(server, venue)
        assert server.stop() == 0
        folder.wait_until_empty()
    finally:
        for process in folder.started:
            process.kill()
            process.wait()
        folder.wait_until_empty()
        subprocess.run(["umount", "--lazy", folder.path], check=True)


def fill(file):
    """Writes until nothing more fits."""
    with file.open("wb", buffering=0) as out:
        for size in (1 << 20, 1 << 12):
            try:
                while out.write(bytes(size)):
                    pass
            except OSError:
                pass


def test_a_day_of_faults_ends_complete_and_says_what_was_repaired(folder):
    """A day in under a minute, with everything that can go wrong at the venue."""
    faults = BAD + ",stall=0.0005:1500,half_message=0.002,http_cut=0.02,clock_offset_ms=-1200"
    venue = recorded(folder, "--faults", faults, "--seed", SEED, speed=3_600)
    server = folder.up(env=venue.settings(XRPETH))
    time.sleep(30)
    venue.post("/sim/disconnect")
    calm(venue)
    assert_complete(server, venue)
    gaps = folder.run("--json", "coverage", "--symbol", XRPETH, "--gaps").json["symbols"][0]["gaps"]
    # Candles that the feed began within are the venue's.
    sources = {"parts": "venue candles"}
    assert gaps and all(gap["repaired_at"] for gap in gaps)
    assert all(gap["repaired_from"] == sources.get(gap["reason"], "venue trades") for gap in gaps)
    assert sum(gap["repaired_rows"] for gap in gaps) > 0
    assert coverage(server, XRPETH)["counts"]["repaired"] > 0
    metrics = server.get("/metrics").body.decode()
    assert "chandlery_gaps_open 0" in metrics


def test_symbols_come_and_go_while_it_runs(folder):
    venue = Venue(folder, "--synthetic", 3, "--rate", 30)
    server = folder.up(env=venue.settings("binance:SIM001USDT"))
    count = lambda symbol: len(stored(server, symbol))  # noqa: E731
    wait_for(lambda: server.get("/v1/market/symbols/binance:SIM001USDT").status == 200, 30, "the symbol")
    wait_for(lambda: count("binance:SIM001USDT") > 5, 30, "trades", log=server.log)
    folder.run("ingest", "add", "binance:SIM002USDT")
    wait_for(lambda: server.get("/v1/market/ticks?symbol=binance:SIM002USDT").status == 200, 30, "the other")
    wait_for(lambda: count("binance:SIM002USDT") > 5, 30, "its trades", log=server.log)
    folder.run("ingest", "remove", "binance:SIM002USDT")
    assert "SIM002" not in folder.run("ingest", "list").text
    folder.run("ingest", "add", "binance:NOPE")
    wait_for(lambda: "doesn't list this symbol" in server.log(), 30, "a warning", log=server.log)
    assert "binance:NOPE (database; the venue doesn't list it)" in folder.run("ingest", "list").text
    time.sleep(3)
    assert "stream is lost" not in server.log(), "what was asked for is no loss"
    before, running = count("binance:SIM002USDT"), count("binance:SIM001USDT")
    wait_for(lambda: count("binance:SIM001USDT") > running + 10, 30, "more of the first")
    assert count("binance:SIM002USDT") == before
