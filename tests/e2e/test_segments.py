"""Old rows become files: read as before, told by name when damaged, and never lost, whenever the program is killed."""

import io
import random
import time

import pyarrow.ipc

from real_data import BTCUSDT_CANDLES, bitmex_part, real

ARROW = "application/vnd.apache.arrow.stream"
KILLS = 5
SEED = 20180102


def arrow(server, symbol, interval="1m", **more):
    """A whole range as an Arrow table."""
    query = "".join(f"&{key}={value}" for key, value in more.items())
    answer = server.get(f"/v1/market/candles?symbol={symbol}&interval={interval}{query}", accept=ARROW)
    assert answer.status == 200, answer.body
    return pyarrow.ipc.open_stream(io.BytesIO(answer.body)).read_all()


def sealed_files(folder, part=""):
    return sorted(path for path in (folder.path / "segments").rglob("*.arrow") if part in str(path))


def test_sealed_candles_read_as_before_and_damage_is_told(folder):
    server = folder.up()
    folder.run("import", "--symbol", "binance:BTCUSDT", real(BTCUSDT_CANDLES))
    ranges = ({}, {"from": "2024-07-30T11:11:00Z", "to": "2024-08-02T00:00:00Z"})
    before = [arrow(server, "binance:BTCUSDT", "1m", **more) for more in ranges]
    hours = arrow(server, "binance:BTCUSDT", "1h")
    csv, pages = folder.export("binance:BTCUSDT"), server.pages("candles", symbol="binance:BTCUSDT", interval="1m",
                                                                order="desc")
    planned = folder.run("--json", "retention", "--dry-run").json["steps"]
    assert planned and not sealed_files(folder), "a dry run changes nothing"
    done = folder.run("--json", "seal", "--symbol", "binance:BTCUSDT").events[-1]
    assert done["rows"] > 7_000 and not done["failed"]
    assert sealed_files(folder, "/1m/venue/2024-07")
    after = [arrow(server, "binance:BTCUSDT", "1m", **more) for more in ranges]
    assert after == before
    assert arrow(server, "binance:BTCUSDT", "1h") == hours
    assert folder.export("binance:BTCUSDT") == csv
    assert server.pages("candles", symbol="binance:BTCUSDT", interval="1m", order="desc") == pages
    # Every Arrow reader can read such a file.
    july = pyarrow.ipc.open_stream(sealed_files(folder, "/1m/venue/2024-07")[0].open("rb")).read_all()
    assert july.equals(before[0].slice(0, july.num_rows))

    file = sealed_files(folder, "/1h/rollup-1m/2024-07")[0]
    bytes_ = bytearray(file.read_bytes())
    bytes_[len(bytes_) // 3] ^= 1
    file.write_bytes(bytes_)
    answer = server.get("/v1/market/candles?symbol=binance:BTCUSDT&interval=1h", accept=ARROW)
    assert answer.status == 500 and answer.json["code"] == "segment_damaged", answer.body
    assert file.name in answer.json["detail"]
    late = "/v1/market/candles?symbol=binance:BTCUSDT&interval=1h&from=2024-08-01T00:00:00Z"
    assert server.get(late, accept=ARROW).status == 200
    failed = folder.run("--json", "doctor", status=1).json
    assert file.name in str(failed), "the doctor names the file"
    error = folder.run("export", "--symbol", "binance:BTCUSDT", "--interval", "1h", "--format", "csv", status=1)
    assert file.name in error.err
    # Nothing that can't be read comes back as nothing.
    folder.run("unseal", "--symbol", "binance:BTCUSDT", status=1)


def test_what_was_known_reads_the_same_in_every_format_when_sealed(folder):
    server = folder.up()
    folder.run("import", "--symbol", "binance:BTCUSDT", real(BTCUSDT_CANDLES))
    moment = int(time.time() * 1000)
    now = arrow(server, "binance:BTCUSDT", "1h")
    corrected = folder.path / "corrected.csv"
    corrected.write_text("time,open,high,low,close,volume\n1722340800,66000,99999,65000,66000,1\n")
    folder.run("import", "--symbol", "binance:BTCUSDT", "--interval", "1m", corrected)

    def known():
        path = f"/v1/market/candles?symbol=binance:BTCUSDT&interval=1m&as_of={moment}"
        csv = server.get(path, accept="text/csv")
        assert csv.status == 200, csv.body
        return (csv.body, arrow(server, "binance:BTCUSDT", "1h", as_of=moment),
                server.pages("candles", symbol="binance:BTCUSDT", interval="1m", order="desc", as_of=moment))

    before = known()
    assert before[1] == now and arrow(server, "binance:BTCUSDT", "1h") != now
    folder.run("seal", "--symbol", "binance:BTCUSDT")
    assert sealed_files(folder, "/1m/venue/2024-07")
    assert known() == before


def test_killed_while_sealing_every_row_is_still_there(folder):
    file = bitmex_part(folder.base, 48_000)
    server = folder.up()
    folder.run("import", "--symbol", "bitmex:XBTUSD", file)
    folder.run("import", "--symbol", "binance:BTCUSDT", real(BTCUSDT_CANDLES))
    kept = [("bitmex:XBTUSD", "1m"), ("binance:BTCUSDT", "1m"), ("binance:BTCUSDT", "1d")]
    everything = lambda: [folder.export(*one) for one in kept] + [folder.export("bitmex:XBTUSD", kind="ticks")]
    expected = everything()
    began = time.monotonic()
    folder.run("seal", "--all")
    took = time.monotonic() - began
    assert everything() == expected
    chance, partly = random.Random(SEED), 0
    for kill in range(KILLS):
        word = "unseal" if kill % 2 == 0 else "seal"
        process = folder.start(word, "--all")
        time.sleep(chance.uniform(0.2, 1.0) * took)
        partly += process.poll() is None
        process.kill()
        process.wait()
        tables = server.get("/v1/market/candles?symbol=binance:BTCUSDT&interval=1m&limit=5")
        assert tables.status == 200
        assert everything() == expected, f"after kill {kill}"
    folder.run("seal", "--all")
    assert everything() == expected
    print(f"{partly} of {KILLS} kills fell into the work")
