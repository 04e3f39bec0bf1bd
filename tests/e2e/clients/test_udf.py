"""What TradingView's charting library asks of a data feed, in its order, over real candles."""

from real_data import BTCUSDT_CANDLES, real


def test_a_chart_is_drawn(running):
    running.folder.run("import", "--symbol", "udf:BTCUSDT", real(BTCUSDT_CANDLES))
    feed = lambda path: running.get("/compat/udf" + path).json
    config = feed("/config")
    assert config["supports_search"] and not config["supports_group_request"]
    assert {"1", "5", "60", "240", "1D", "1W"} <= set(config["supported_resolutions"])
    (found,) = feed("/search?query=BTC&type=&exchange=udf&limit=30")
    symbol = feed(f"/symbols?symbol={found['ticker']}")
    assert (symbol["ticker"], symbol["session"], symbol["minmov"]) == ("udf:BTCUSDT", "24x7", 1)
    rows = running.pages("candles", symbol="udf:BTCUSDT", interval="1h", order="asc")
    assert rows
    now = int(running.get("/compat/udf/time").body)
    history = feed(f"/history?symbol={symbol['ticker']}&resolution=60&from=0&to={now}&countback=300")
    assert history["s"] == "ok" and len(history["t"]) == min(300, len(rows))
    last = rows[-len(history["t"]):]
    for column, name in (("o", "open"), ("h", "high"), ("l", "low"), ("c", "close"), ("v", "volume")):
        assert history[column] == [float(row[name]) for row in last], name
    assert history["t"] == sorted(set(history["t"]))
    gone = feed(f"/history?symbol={symbol['ticker']}&resolution=60&from={now - 7200}&to={now}")
    assert gone == {"s": "no_data", "nextTime": history["t"][-1]}
