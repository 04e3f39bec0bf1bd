"""An import that is killed at any moment, and run again, ends as one clean import."""

import gzip
import random
import shutil
import time

import pytest

from real_data import INTERVAL_MS, bitmex_part

ROWS = 48_000
# Small, so that there are many commits to be killed between.
SMALL_BATCHES = {"CHANDLERY_MARKET__IMPORT_BATCH_ROWS": "400"}
KILLS = 24
FEW = 12_000
SEED = 20180101


def everything(folder, symbol):
    """All that is stored of a symbol: its trades, and its candles of every interval."""
    kept = {interval: folder.export(symbol, interval) for interval in INTERVAL_MS}
    return kept | {"ticks": folder.export(symbol, kind="ticks")}


def rows(exported):
    return exported.count(b"\n") - 1


def import_it(folder, symbol, file, *flags, env=None):
    return folder.run("--json", "import", "--symbol", symbol, *flags, file, env=env).events[-1]


@pytest.mark.parametrize("served", [True, False], ids=["beside-up", "alone"])
def test_killed_imports_end_as_a_clean_one(folder, served):
    """Beside a server the database outlives each kill; alone it is stopped and started each time."""
    file = bitmex_part(folder.base, ROWS)
    if served:
        folder.up()
    import_it(folder, "clean:XBTUSD", file)
    expected = everything(folder, "clean:XBTUSD")
    began = time.monotonic()
    import_it(folder, "timed:XBTUSD", file, env=SMALL_BATCHES)
    took = time.monotonic() - began
    assert rows(expected["ticks"]) == ROWS

    chance = random.Random(SEED + served)
    kills, partly, symbols = 0, 0, []
    # Kills that hit nothing but starts and ends would show little.
    while kills < KILLS // 2 or partly < 2:
        assert len(symbols) < 30, f"of {kills} kills only {partly} fell between two commits"
        symbol = f"killed:XBTUSD{len(symbols)}"
        symbols.append(symbol)
        # Few a symbol, so that the last run mostly finds something left to do.
        for _ in range(chance.choice((1, 1, 2, 3))):
            process = folder.start("import", "--symbol", symbol, file, env=SMALL_BATCHES)
            time.sleep(chance.uniform(0.1, 0.7) * took)
            if process.poll() is not None:
                break
            process.kill()
            process.wait()
            kills += 1
        last = import_it(folder, symbol, file, env=SMALL_BATCHES)
        assert last["rows_done"] == ROWS
        partly += 0 < last["resumed_at_row"] < ROWS
    print(f"{kills} kills, {len(symbols)} symbols, {partly} of them gone on in the middle")
    if not served:
        # So that not every export starts a database.
        folder.up()
    for symbol in symbols:
        assert everything(folder, symbol) == expected


def test_a_file_is_taken_in_once_in_whatever_wrapping(folder):
    plain = bitmex_part(folder.base, FEW)
    zipped = folder.base / "part.csv.gz"
    zipped.write_bytes(gzip.compress(plain.read_bytes()))
    renamed = shutil.copy(plain, folder.base / "renamed.csv")
    folder.up()
    first = import_it(folder, "bitmex:XBTUSD", plain)
    assert (first["rows_done"], first["rows_written"]) == (FEW, FEW)
    expected = everything(folder, "bitmex:XBTUSD")
    for file, again in ((plain, []), (plain, ["--again"]), (renamed, []), (zipped, []), (zipped, ["--again"])):
        last = import_it(folder, "bitmex:XBTUSD", file, *again)
        assert last["already_done"] or last["rows_written"] == 0
    assert everything(folder, "bitmex:XBTUSD") == expected
    # The other way round: compressed first.
    import_it(folder, "other:XBTUSD", zipped)
    import_it(folder, "other:XBTUSD", plain)
    assert everything(folder, "other:XBTUSD") == expected


def test_a_file_that_grew_adds_what_is_new(folder):
    folder.up()
    part, whole = bitmex_part(folder.base, FEW // 2, "part.csv"), bitmex_part(folder.base, FEW, "whole.csv")
    import_it(folder, "grown:XBTUSD", part)
    assert import_it(folder, "grown:XBTUSD", whole)["rows_written"] == FEW - FEW // 2
    import_it(folder, "clean:XBTUSD", whole)
    assert everything(folder, "grown:XBTUSD") == everything(folder, "clean:XBTUSD")
