"""What tests share: fresh folders, and one market with real data behind a running server."""

import pytest

from program import BINARY, Folder
from real_data import BTCUSDT_CANDLES, BTCUSDT_CAPTURE, XRPETH_TRADES, real


def pytest_sessionstart(session):
    if not BINARY.exists():
        pytest.exit(f"{BINARY} is missing: build it with `cargo build -p chandlery-cli`, or set CHANDLERY_BIN")


@pytest.fixture
def folder():
    """A data folder that nobody else uses."""
    made = Folder()
    yield made
    made.close()


@pytest.fixture(scope="session")
def market():
    """A running server over real trades and candles; tests only read from it, or add symbols of their own."""
    files = [real(name) for name in (XRPETH_TRADES, BTCUSDT_CAPTURE, BTCUSDT_CANDLES)]
    made = Folder()
    try:
        server = made.up()
        for symbol, file in zip(("binance:XRPETH", "binance:BTCUSDT", "feather:BTCUSDT"), files):
            made.run("import", "--symbol", symbol, file)
        yield server
    finally:
        made.close()
