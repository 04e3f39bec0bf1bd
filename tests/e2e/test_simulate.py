"""`chandlery simulate`: a venue to try things out with."""

import time

from program import Server
from real_data import BTCUSDT_CANDLES, BTCUSDT_CAPTURE, real


def test_it_plays_the_demonstration_as_if_it_happened_now(folder):
    venue = Server(folder, command="simulate")
    now = time.time() * 1000
    assert abs(venue.get("/api/v3/time").json["serverTime"] - now) < 10_000
    listed = venue.get("/api/v3/exchangeInfo").json["symbols"]
    assert [each["symbol"] for each in listed] == ["BTCUSDT", "ETHUSDT"]
    minutes = venue.get("/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=1000").json
    assert len(minutes) == 1000
    assert all(b[0] - a[0] == 60_000 for a, b in zip(minutes, minutes[1:]))
    assert now - minutes[-1][0] < 70_000
    products = venue.get("/coinbase/products").json
    assert products[0]["id"] == "BTC-USDT"
    # It needs no database.
    assert not folder.postmaster
    assert venue.stop() == 0


def test_it_plays_files_from_the_time_that_is_asked_for(folder):
    capture = f"binance:BTCUSDT={real(BTCUSDT_CAPTURE)}"
    venue = Server(
        folder, "--import", capture, "--import", f"binance:FTUSDT={real(BTCUSDT_CANDLES)}",
        "--from", "2024-08-08T23:59:30Z", "--speed", "100", command="simulate",
    )
    state = venue.get("/sim/state").json
    while not state["finished"]:
        time.sleep(0.1)
        state = venue.get("/sim/state").json
    played = {each["code"]: each for each in state["symbols"]}
    assert played["BTCUSDT"]["trades"]["count"] == 9757
    truth = venue.get("/sim/truth?symbol=BTCUSDT").body.decode().splitlines()
    assert len(truth) == 1 + 9757
    row = "&interval=1m&startTime=1723161480000&limit=1"
    built = venue.get(f"/api/v3/klines?symbol=BTCUSDT{row}").json[0]
    recorded = venue.get(f"/api/v3/klines?symbol=FTUSDT{row}").json[0]
    assert [float(cell) for cell in built[:6]] == [float(cell) for cell in recorded[:6]]
    assert venue.stop() == 0


def test_what_can_not_be_played_is_named(folder):
    assert "dorp" in folder.run("simulate", "--faults", "dorp=1", status=2).err
    assert "drop is a chance" in folder.run("simulate", "--faults", "drop=7", status=2).err
    assert "nowhere.csv" in folder.run("simulate", "--import", "binance:X=nowhere.csv", status=3).err
    assert "--import" in folder.run("simulate", "--synthetic", "2", "--import", "x", status=2).err
