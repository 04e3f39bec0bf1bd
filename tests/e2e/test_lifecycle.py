"""Whatever is killed, the data stay and the next start finds them; what is stopped leaves nothing behind."""

import json
import os
import signal
import time

from program import Server, alive, wait_for
from real_data import XRPETH_TRADES, bitmex_part, real

SYMBOL = "binance:XRPETH"
CANDLES = f"/v1/market/candles?symbol={SYMBOL}&interval=1m&limit=5000"
# The bar is 3 s; machines that run the tests do other things meanwhile.
READY_S = 10
ROWS = 40_000
RECOVERY_S = 30


def filled(folder):
    """A running server that has the real trades, and all its 1m candles."""
    server = folder.up()
    folder.run("import", "--symbol", SYMBOL, real(XRPETH_TRADES))
    candles = candles_of(server)
    assert len(candles) == 2469
    return server, candles


def candles_of(server):
    return server.get(CANDLES).json["candles"]


def recovers(server):
    wait_for(lambda: server.get("/health/postgres").status == 200, RECOVERY_S, "the database", server.log)


def test_the_database_is_killed_while_serving(folder):
    server, candles = filled(folder)
    for who in ("postmaster", "supervisor", "postmaster"):
        before = getattr(folder, who)
        assert before
        os.kill(before, signal.SIGKILL)
        wait_for(lambda: getattr(folder, who) not in (None, before), RECOVERY_S, f"another {who}", server.log)
        recovers(server)
        assert candles_of(server) == candles
        assert server.get("/health").status == 200
    assert server.stop() == 0
    folder.wait_until_empty()


def test_an_import_goes_on_over_a_killed_database(folder):
    file = bitmex_part(folder.base, ROWS)
    server = folder.up()
    small = {"CHANDLERY_MARKET__IMPORT_BATCH_ROWS": "1000"}
    process = folder.start("import", "--symbol", "bitmex:XBTUSD", file, env=small)
    wait_for(lambda: server.get("/v1/market/price?symbol=bitmex:XBTUSD").status == 200, 30, "first rows")
    os.kill(folder.postmaster, signal.SIGKILL)
    # It may give up; then it is run again.
    process.wait(60)
    print(f"the import ended with status {process.returncode}: {process.err.read_text()}")
    assert process.returncode in (0, 1)
    recovers(server)
    folder.run("import", "--symbol", "bitmex:XBTUSD", file, env=small)
    folder.run("import", "--symbol", "clean:XBTUSD", file)
    for options in ({"kind": "ticks"}, {"interval": "1m"}, {"interval": "1w"}):
        assert folder.export("bitmex:XBTUSD", **options) == folder.export("clean:XBTUSD", **options)


def test_up_is_killed_and_started_again(folder):
    server, candles = filled(folder)
    server.kill()
    folder.wait_until_empty()
    again = folder.up()
    assert candles_of(again) == candles
    # Killed and started at once: the database of the first may still be running.
    again.kill()
    third = folder.up()
    assert candles_of(third) == candles
    assert third.stop() == 0
    folder.wait_until_empty()


def test_everything_is_killed_at_once(folder):
    server, candles = filled(folder)
    for pid in (server.process.pid, folder.supervisor, folder.postmaster):
        os.kill(pid, signal.SIGKILL)
    server.process.wait()
    again = folder.up()
    recovers(again)
    assert candles_of(again) == candles


def test_a_second_up_is_told_who_holds_the_folder(folder):
    server = folder.up()
    for arguments in ([], ["--json"]):
        second = folder.run(*arguments, "up", "--listen", "127.0.0.1:0", status=4)
        text = json.loads(second.out)["error"]["message"] if arguments else second.err
        assert str(server.process.pid) in text
        assert server.url in text
    assert server.get("/health").status == 200
    server.kill()
    # The lock is the kernel's: it ends with its holder.
    assert folder.up().stop() == 0


def test_a_stop_leaves_no_process_behind(folder):
    for number in (signal.SIGTERM, signal.SIGINT):
        server = folder.up()
        pids = (folder.postmaster, folder.supervisor)
        assert all(pids)
        server.process.send_signal(number)
        assert server.process.wait(30) == 0
        # At once, not some time later.
        assert not any(map(alive, pids))
        assert not (folder.path / "postgres/postmaster.pid").exists()


def test_an_existing_folder_is_served_soon(folder):
    assert filled(folder)[0].stop() == 0
    ready = []
    for _ in range(3):
        server = folder.up()
        ready.append(server.ready_s)
        assert server.stop() == 0
    print("ready after", ", ".join(f"{seconds:.2f} s" for seconds in ready))
    assert min(ready) <= READY_S


def test_an_import_shows_in_a_running_server(folder):
    server = folder.up()
    # Asked before, so that an answer from memory would be stale.
    assert server.get(CANDLES).status == 404
    folder.run("import", "--symbol", SYMBOL, real(XRPETH_TRADES))
    wait_for(lambda: server.get(CANDLES).status == 200, 5, "the symbol")
    assert len(candles_of(server)) == 2469
    symbols = server.get("/v1/market/symbols").json["symbols"]
    assert [each["symbol"] for each in symbols] == [SYMBOL]


def test_many_users_of_a_fresh_folder_share_one_database(folder):
    file = folder.base / "one.csv"
    file.write_text("time,price,quantity\n2024-01-01T00:00:00Z,1,1\n")
    processes = [folder.start("import", "--symbol", f"venue:S{number}", file) for number in range(5)]
    processes.append(Server(folder).process)
    for process in processes[:-1]:
        assert process.wait(60) == 0, process.err.read_text()
    listed = folder.run("--json", "doctor").json
    assert listed["healthy"]
    for number in range(5):
        assert folder.export(f"venue:S{number}", kind="ticks").count(b"\n") == 2


def test_an_interrupted_import_says_so_and_goes_on(folder):
    file = bitmex_part(folder.base, ROWS)
    server = folder.up()
    small = {"CHANDLERY_MARKET__IMPORT_BATCH_ROWS": "1000"}
    process = folder.start("import", "--symbol", "bitmex:XBTUSD", file, env=small)
    wait_for(lambda: server.get("/v1/market/price?symbol=bitmex:XBTUSD").status == 200, 30, "first rows")
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130, process.err.read_text()
    assert time.monotonic() - began < 10
    assert folder.run("--json", "import", "--symbol", "bitmex:XBTUSD", file).events[-1]["resumed_at_row"] > 0
    assert folder.export("bitmex:XBTUSD", kind="ticks").count(b"\n") == ROWS + 1
