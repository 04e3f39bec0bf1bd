"""A simulated venue beside the program, and what the venue says was really traded."""

import csv
import io
import json
import urllib.request
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from program import wait_for

# Quick to notice and to commit, so that a test need not wait.
QUICK = {
    "CHANDLERY_INGEST__FLUSH_MS": "20", "CHANDLERY_INGEST__PATIENCE_MS": "100",
    "CHANDLERY_INGEST__QUIET_MS": "800", "CHANDLERY_INGEST__SCAN_SECONDS": "1",
    "CHANDLERY_BINANCE__WEIGHT_SHARE": "1.0",
}


class Venue:
    """`chandlery simulate`, ready when this is made. Its data folder is not used."""

    def __init__(self, folder, *arguments):
        self.process = folder.start(
            "--json", "simulate", "--listen", "127.0.0.1:0", "--weight-limit", "0", *arguments)
        wait_for(self._ready, 60, "the venue to be ready", log=self.process.err.read_text)

    def _ready(self):
        assert self.process.poll() is None, self.process.err.read_text()
        for line in self.process.out.read_text().splitlines():
            self.url = json.loads(line).get("url")
            if self.url:
                return True
        return False

    def settings(self, *symbols):
        """What makes the program take these symbols in from here."""
        return QUICK | {
            "CHANDLERY_BINANCE__REST_URL": self.url,
            "CHANDLERY_BINANCE__WS_URL": self.url.replace("http://", "ws://"),
            "CHANDLERY_INGEST__SYMBOLS": ",".join(symbols),
        }

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=30) as response:
            return response.read()

    def post(self, path, body=b""):
        request = urllib.request.Request(self.url + path, data=body, method="POST",
                                         headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.read()

    def faults(self, **faults):
        self.post("/sim/faults", json.dumps(faults).encode())

    @property
    def state(self):
        return json.loads(self.get("/sim/state"))

    def truth(self, symbol, kind="agg_trade"):
        """{id: (time in ms, price, quantity)} of every trade that was played."""
        text = self.get(f"/sim/truth?symbol={symbol.split(':')[1]}&kind={kind}").decode()
        return {
            int(row["id"]): (int(row["time"]), Decimal(row["price"]), Decimal(row["quantity"]))
            for row in csv.DictReader(io.StringIO(text))
        }


def stored(server, symbol):
    """The same of what the program has."""
    text = server.get(f"/v1/market/ticks?symbol={symbol}", accept="text/csv", timeout=60).body.decode()
    rows = csv.DictReader(io.StringIO(text))
    found = [(int(row["trade_id"]), (micros(row["time"]), Decimal(row["price"]), Decimal(row["quantity"])))
             for row in rows]
    assert len({number for number, _ in found}) == len(found), "a trade is stored twice"
    return dict(found)


def micros(text):
    """Microseconds since 1970, exactly."""
    time = datetime.fromisoformat(text)
    return (time - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def coverage(server, symbol, interval="1m", **more):
    query = "".join(f"&{key}={value}" for key, value in more.items())
    answer = server.get(f"/v1/market/coverage?symbol={symbol}&interval={interval}{query}")
    assert answer.status == 200, answer.body
    return answer.json


def candles(server, symbol, interval, origin="agg_trades"):
    """{open time: (open, high, low, close, volume)}, built from trades."""
    keys = ("open", "high", "low", "close", "volume")
    rows = server.pages("candles", symbol=symbol, interval=interval, origin=origin, order="asc")
    return {row["open_time"]: tuple(Decimal(row[key]) for key in keys) for row in rows}
