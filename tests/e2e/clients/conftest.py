"""One server that plays real trades as live, the URLs by which clients of Binance find it, and an account to trade on."""

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
    def sapi(self):
        return f"{self.server.url}/compat/binance/sapi"

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


ADA, PASSWORD = "ada@example.com", "correct horse battery"


class Trader:
    """Somebody with a paper account, and the key that programs sign by."""

    def __init__(self, server):
        self.server = server
        server.folder.run("user", "create", ADA, "--role", "trader", "--password-stdin", said=PASSWORD)
        login = server.ask("POST", "/v1/auth/login", {"email": ADA, "password": PASSWORD})
        self.session = login.headers["set-cookie"].split(";")[0].split("=")[1]
        new = {"venue": "replay-binance", "name": "Paper", "kind": "paper"}
        self.account = self.ask("POST", "/v1/trading/accounts", new)["id"]
        for asset, amount in (("USDT", "100000"), ("BTC", "1")):
            deposit = {"kind": "deposited", "id": asset, "asset": asset, "amount": amount, "time": "2026-01-05T10:00:00Z"}
            self.ask("POST", f"/v1/ledger/accounts/{self.account}/entries", deposit)
        key = self.ask("POST", f"/v1/trading/accounts/{self.account}/signing-keys", {"name": "clients"})
        self.key, self.secret = key["api_key"], key["secret"]

    def ask(self, method, path, body=None):
        answer = self.server.ask(method, path, body, {"Authorization": f"Bearer {self.session}"})
        assert answer.status < 300, answer.body
        return answer.json if answer.body else None


@pytest.fixture(scope="session")
def trader(compat):
    return Trader(compat.server)
