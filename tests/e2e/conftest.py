"""What tests share: fresh folders, and one running server, with real data or without."""

import subprocess

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
def running():
    """A running server that tests share; each uses symbols of its own."""
    made = Folder()
    try:
        yield made.up()
    finally:
        made.close()


@pytest.fixture(scope="session")
def market(running):
    """The same with real trades and candles."""
    files = [real(name) for name in (XRPETH_TRADES, BTCUSDT_CAPTURE, BTCUSDT_CANDLES)]
    for symbol, file in zip(("binance:XRPETH", "binance:BTCUSDT", "feather:BTCUSDT"), files):
        running.folder.run("import", "--symbol", symbol, file)
    return running


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """One for localhost, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    made = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
         "-addext", "basicConstraints=critical,CA:FALSE", "-out", made[0], "-keyout", made[1]],
        check=True, capture_output=True,
    )
    return made
