"""One server that plays real trades as live, and the URLs by which clients of Binance find it."""

from dataclasses import dataclass

import pytest

from program import Folder, wait_for


@dataclass
class Compat:
    """Where the interface is."""

    server: object

    @property
    def rest(self):
        return f"{self.server.url}/compat/binance/api/v3"

    @property
    def ws(self):
        return f"ws{self.server.url[4:]}/compat/binance/ws"

    @property
    def streams(self):
        return f"ws{self.server.url[4:]}/compat/binance/"

    def trades(self, limit):
        return self.server.get(f"/compat/binance/api/v3/trades?symbol=BTCUSDT&limit={limit}").json

    def klines(self, query):
        return self.server.get(f"/compat/binance/api/v3/klines?{query}").json


@pytest.fixture(scope="session")
def compat():
    made = Folder()
    try:
        found = Compat(made.up("--demo"))
        wait_for(lambda: len(found.trades(200)) == 200, 60, "trades to be played")
        yield found
    finally:
        made.close()
