"""Holes in candles are named, fetched and marked; a back-fill goes on where it was killed."""

import random
import time

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.feather

from live import Venue, coverage, micros
from program import wait_for
from real_data import BTCUSDT_CANDLES, feather_candles, real

BTCUSDT = "binance:BTCUSDT"
HOLES = [("2024-08-03T04:00:00+00:00", 180), ("2024-08-10T10:30:00+00:00", 1), ("2024-08-20T00:00:00+00:00", 600)]


def with_holes(folder):
    """The recording without some of its minutes."""
    table = pyarrow.feather.read_table(real(BTCUSDT_CANDLES))
    times = pc.cast(table["date"], pa.timestamp("us", tz="UTC")).cast(pa.int64())
    keep = pc.greater(times, 0)
    for begin, minutes in HOLES:
        inside = pc.and_(pc.greater_equal(times, micros(begin)),
                         pc.less(times, micros(begin) + minutes * 60_000_000))
        keep = pc.and_(keep, pc.invert(inside))
    file = folder / "holes.feather"
    pyarrow.feather.write_feather(table.filter(keep), file)
    return file


def rows(server):
    keys = ("open", "high", "low", "close", "volume")
    return {micros(row["open_time"]) // 1000: tuple(map(float, (row[key] for key in keys)))
            for row in server.pages("candles", symbol=BTCUSDT, interval="1m", order="asc")}


def test_holes_are_named_repaired_and_marked(folder):
    folder.run("import", "--symbol", BTCUSDT, with_holes(folder.base))
    named = folder.run("--json", "coverage", "--symbol", BTCUSDT).json["symbols"][0]
    missing = [(micros(range["from"]), range["candles"]) for range in named["ranges"]]
    assert missing == [(micros(begin), minutes) for begin, minutes in HOLES]
    assert not named["complete"] and all(range["status"] == "missing" for range in named["ranges"])
    folder.run("coverage", "--symbol", BTCUSDT, "--min", "0.9999", status=1)

    # The venue's clock stands at the end of the recording.
    venue = Venue(folder, "--import", f"{BTCUSDT}={real(BTCUSDT_CANDLES)}", "--from", "2024-09-01T00:00:00Z")
    offline = folder.up()
    refused = offline.get(f"/v1/market/candles?symbol={BTCUSDT}&interval=1m&from=2024-08-01T00:00:00Z"
                          "&to=2024-08-12T00:00:00Z&min_coverage=0.999")
    assert (refused.status, refused.json["code"]) == (409, "coverage_too_low")
    assert [(micros(range["from"]), range["candles"]) for range in refused.json["missing"]] == missing[:2]
    offline.stop()

    server = folder.up(env=venue.settings(BTCUSDT))
    wait_for(lambda: coverage(server, BTCUSDT)["complete"], 60, "the holes to be filled", log=server.log)
    report = coverage(server, BTCUSDT)
    repaired = [range for range in report["ranges"] if range["status"] == "repaired"]
    assert [(micros(range["from"]), range["candles"], range["source"]) for range in repaired] == [
        (micros(begin), minutes, "venue candles") for begin, minutes in HOLES]
    assert report["counts"]["repaired"] == sum(minutes for _, minutes in HOLES)
    whole = {at: tuple(map(float, row)) for at, row in feather_candles(BTCUSDT_CANDLES).items()}
    assert rows(server) == whole
    gaps = folder.run("--json", "coverage", "--symbol", BTCUSDT, "--gaps").json["symbols"][0]["gaps"]
    assert sorted(gap["repaired_rows"] for gap in gaps) == sorted(minutes for _, minutes in HOLES)


def test_a_back_fill_goes_on_where_it_was_killed(folder):
    venue = Venue(folder, "--import", f"{BTCUSDT}={real(BTCUSDT_CANDLES)}", "--from", "2024-09-01T00:00:00Z",
                  "--faults", "http_5xx=0.02,http_slow_ms=30")
    settings = venue.settings()
    command = ("--json", "backfill", "--symbol", BTCUSDT, "--interval", "1m", "--from", "2024-07-26",
               "--to", "2024-08-26")
    server = folder.up(env=settings)
    chance, kills = random.Random(7), 0
    # Longer each time: however slow the machine, one of them has got something done.
    for longest in (0.3, 0.6, 0.9, 1.8, 3.6, 7.2):
        process = folder.start(*command, env=settings)
        time.sleep(chance.uniform(0.1, longest))
        kills += process.poll() is None
        process.kill()
        process.wait()
    assert kills
    venue.faults()
    last = folder.run(*command, env=settings).events[-1]
    assert last["event"] == "backfilled" and last["already"] > 0
    check = last["check"]
    assert (check["interval"], check["differing"]) == ("1h", 0) and check["compared"] > 700
    again = folder.run(*command, env=settings).events[-1]
    assert (again["already"], again["written"]) == (again["total"], 0)
    whole = {at: tuple(map(float, row)) for at, row in feather_candles(BTCUSDT_CANDLES).items()}
    assert rows(server) == whole
