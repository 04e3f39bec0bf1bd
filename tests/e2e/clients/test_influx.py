"""InfluxDB's own clients, of version 1 and 2, write here unchanged: only the URL is another."""

import json
import urllib.request
from datetime import datetime, timezone
from decimal import Decimal

import pytest
from influxdb import InfluxDBClient as ClientOfVersion1
from influxdb.exceptions import InfluxDBClientError
from influxdb_client import InfluxDBClient, Point, WritePrecision
from influxdb_client.client.write_api import SYNCHRONOUS, WriteOptions
from influxdb_client.rest import ApiException

TOKEN = "e2e-token-of-this-test"
BEGIN_MS = 1_717_200_000_000


@pytest.fixture(scope="module")
def server():
    from program import Folder

    folder = Folder()
    try:
        yield folder.up(env={"CHANDLERY_COMPAT__INFLUX_TOKEN": TOKEN})
    finally:
        folder.close()


def points(server, query):
    request = urllib.request.Request(f"{server.url}/v1/ops/points?{query}")
    request.add_header("Authorization", f"Bearer {TOKEN}")
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)["points"]


def client(server, token=TOKEN, gzip=False):
    return InfluxDBClient(url=server.url + "/compat/influx", token=token, org="desk", enable_gzip=gzip)


def trade(symbol, number):
    return (
        Point("trades").tag("venue", "lines").tag("symbol", symbol)
        .field("price", float(f"61794.1{number}")).field("quantity", 0.5).field("trade_id", number)
        .time(BEGIN_MS + number * 10, WritePrecision.MS)
    )


@pytest.mark.parametrize("gzip", [False, True])
def test_version_2_writes_trades_that_become_candles(server, gzip):
    symbol = f"SYNC{int(gzip)}"
    with client(server, gzip=gzip) as influx:
        assert influx.ping() and influx.version().startswith("1.8")
        with influx.write_api(write_options=SYNCHRONOUS) as write:
            for _ in range(2):
                write.write(bucket="ticks", record=[trade(symbol, n) for n in range(1, 6)], write_precision="ms")
    rows = server.pages("ticks", symbol=f"lines:{symbol}", order="asc")
    assert [row["trade_id"] for row in rows] == ["1", "2", "3", "4", "5"]
    # As written, not with the 50 digits of the double.
    assert [Decimal(row["price"]) for row in rows] == [Decimal(f"61794.1{n}") for n in range(1, 6)]
    (candle,) = server.pages("candles", symbol=f"lines:{symbol}", interval="1m", order="asc")
    assert Decimal(candle["volume"]) == Decimal("2.5")


def test_version_2_writes_in_batches(server):
    options = WriteOptions(batch_size=5_000, flush_interval=200)
    failures = []
    with client(server, gzip=True) as influx:
        with influx.write_api(options, error_callback=lambda *seen: failures.append(seen)) as write:
            for number in range(1, 12_001):
                write.write(bucket="ticks", record=trade("BATCH", number))
    assert not failures
    rows = server.pages("ticks", symbol="lines:BATCH", order="asc")
    assert [int(row["trade_id"]) for row in rows] == list(range(1, 12_001))


def test_version_2_hears_of_bad_lines(server):
    with client(server) as influx, influx.write_api(write_options=SYNCHRONOUS) as write:
        with pytest.raises(ApiException) as raised:
            write.write(bucket="x", record=["mixed v=1 1", "mixed v=", "mixed v=3 3"])
    assert raised.value.status == 400 and "line 2" in raised.value.body
    assert [point["fields"] for point in points(server, "measurement=mixed")] == [{"v": 1.0}, {"v": 3.0}]
    with client(server, token="wrong") as influx, influx.write_api(write_options=SYNCHRONOUS) as write:
        with pytest.raises(ApiException) as raised:
            write.write(bucket="x", record="m v=1")
    assert raised.value.status == 401


def test_version_1_writes_points(server):
    host = server.url.removeprefix("http://").split(":")
    influx = ClientOfVersion1(
        host=host[0], port=int(host[1]), path="compat/influx", username="any", password=TOKEN, database="old",
        gzip=True,
    )
    assert influx.ping().startswith("1.8")
    influx.create_database("old")
    when = datetime(2024, 6, 1, 12, tzinfo=timezone.utc)
    point = {
        "measurement": "load now", "tags": {"host": "a,b=c"}, "time": when,
        "fields": {"float": 1.0, "whole": 7, "on": True, "text": 'say "it"\\'},
    }
    for precision in ("s", "ms", "u", "n"):
        assert influx.write_points([point], time_precision=precision)
    (stored,) = points(server, "measurement=load%20now&bucket=old&tag.host=a,b%3Dc")
    assert stored["time"] == "2024-06-01T12:00:00Z"
    assert stored["fields"] == {"float": 1.0, "whole": 7, "on": True, "text": 'say "it"\\'}
    with pytest.raises(InfluxDBClientError, match="only CREATE DATABASE"):
        influx.query("SELECT * FROM m")
