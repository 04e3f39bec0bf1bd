"""Every other command: settings, schema, checks, and what they say as text and as JSON."""

import json
import shutil
import subprocess

import pytest

from program import Folder, environment
from real_data import INTERVAL_MS, XRPETH_TRADES, real

SYMBOL = "binance:XRPETH"


def test_the_reference_is_a_settings_file(folder):
    reference = folder.run("config", "reference").text
    (folder.base / "chandlery.toml").write_text(reference)
    folder.run("config", "check")
    plain = folder.run("--json", "config", "show").json["settings"]
    (folder.base / "chandlery.toml").unlink()
    bare = folder.run("--json", "config", "show").json["settings"]
    assert {each["key"]: each["value"] for each in plain} == {each["key"]: each["value"] for each in bare}
    # Nothing was started for it.
    assert not folder.path.exists()


def test_every_mistake_is_named_at_once(folder):
    (folder.base / "chandlery.toml").write_text('[database]\npool_size = "many"\n[htp]\nlisten = "x"\n')
    wrong = {"CHANDLERY_HTTP__LISTEN": "nowhere", "CHANDLERY_MARKET__NOPE": "1"}
    failed = folder.run("config", "check", status=2, env=wrong).err
    for word in ("database.pool_size", "htp", "CHANDLERY_HTTP__LISTEN", "CHANDLERY_MARKET__NOPE"):
        assert word in failed
    told = json.loads(folder.run("--json", "config", "check", status=2, env=wrong).out)["error"]
    assert len(told["problems"]) == 4
    # No command runs with them.
    assert folder.run("doctor", status=2, env=wrong).err == failed
    assert not folder.path.exists()


def test_later_settings_win_and_are_shown_with_their_place(folder):
    (folder.base / "chandlery.toml").write_text("[database]\npool_size = 3\nstatement_timeout_ms = 7\n")
    changes = {"CHANDLERY_DATABASE__POOL_SIZE": "4", "DATABASE_URL": "postgresql://me:secret@host/db"}
    shown = folder.run("--json", "config", "show", env=changes)
    assert b"secret" not in shown.out
    values = {each["key"]: each for each in shown.json["settings"]}
    assert values["database.pool_size"]["value"] == 4
    assert "environment" in values["database.pool_size"]["source"]
    assert values["database.statement_timeout_ms"]["value"] == 7
    assert values["database.mode"]["source"] == "default"
    text = folder.run("config", "show", env=changes).text
    assert "secret" not in text
    assert "CHANDLERY_DATABASE__POOL_SIZE" in text


def test_doctor_checks_what_is_there(folder):
    folder.run("migrate", "up")
    report = folder.run("--json", "doctor").json
    assert report["healthy"]
    names = [check["name"] for check in report["checks"]]
    assert {"server", "disk", "migrations", "write and read", "pool"} <= set(names)
    assert all(check["health"] == "ok" for check in report["checks"] if check["name"] != "disk")
    assert "PostgreSQL" in folder.run("doctor").text
    missing = folder.run("doctor", status=1, env={"CHANDLERY_DATABASE__BIN_DIR": "/nonexistent"})
    assert "postgresql" in missing.text
    nobody = folder.run("doctor", status=1, env={"DATABASE_URL": "postgresql://x@127.0.0.1:1/x"})
    assert "onnect" in nobody.text


def test_migrations_go_down_and_up_over_real_data(folder):
    folder.run("import", "--symbol", SYMBOL, real(XRPETH_TRADES))
    before = {interval: folder.export(SYMBOL, interval) for interval in INTERVAL_MS}
    applied = folder.run("--json", "migrate", "status").json["migrations"]
    assert [each["number"] for each in applied] == list(range(1, len(applied) + 1))
    assert all(each["applied_at"] for each in applied)
    for keep in range(len(applied) - 1, -1, -1):
        folder.run("migrate", "down", "--to", keep)
        status = folder.run("--json", "migrate", "status").json["migrations"]
        assert [bool(each["applied_at"]) for each in status] == [each["number"] <= keep for each in status]
    folder.run("migrate", "up", "--to", "1")
    folder.run("migrate", "up")
    assert "nothing to do" in folder.run("migrate", "up").text
    folder.run("import", "--symbol", SYMBOL, real(XRPETH_TRADES))
    assert {interval: folder.export(SYMBOL, interval) for interval in INTERVAL_MS} == before


def test_a_given_database_is_used_and_none_is_started(market):
    url = f"postgresql://chandlery@/chandlery?host={market.folder.path}/postgres"
    other = Folder()
    try:
        env = {"DATABASE_URL": url}
        assert other.run("export", "--symbol", SYMBOL, env=env).out == market.folder.export(SYMBOL)
        # As SQLAlchemy writes it.
        asynchronous = {"DATABASE_URL": url.replace("postgresql:", "postgresql+asyncpg:")}
        assert other.run("--json", "doctor", env=asynchronous).json["healthy"]
        # Two servers, one database.
        server = other.up(env=env)
        path = f"/v1/market/candles?symbol={SYMBOL}&interval=1w"
        assert server.get(path).json == market.get(path).json
        assert server.stop() == 0
        assert not (other.path / "postgres").exists()
        assert other.postmaster is None
    finally:
        other.close()
    assert market.get("/health/postgres").status == 200


def psql(market, statement, role="chandlery"):
    program = shutil.which("psql")
    if not program:
        pytest.skip("psql is not installed")
    return subprocess.run(
        [program, "-h", market.folder.path / "postgres", "-U", role, "-At", "-c", statement, "chandlery"],
        env=environment(None), capture_output=True, text=True, check=False,
    )


def test_sql_users_see_plain_exact_numbers(market):
    statement = "SELECT * FROM market.candles_named WHERE symbol = 'binance:XRPETH' ORDER BY open_time LIMIT 1"
    assert "|0.00141342|" in psql(market, statement).stdout


def test_the_own_database_is_served_with_the_least_rights(market):
    assert market.get("/v1/market/symbols").status == 200
    serving = "SELECT count(*) > 0, bool_and(usename = 'chandlery_app') FROM pg_stat_activity WHERE query LIKE '%market.symbols%' AND pid <> pg_backend_pid()"
    assert psql(market, serving).stdout.strip() == "t|t"
    for statement in ("DROP TABLE auth.users", "DELETE FROM auth.audit_log", "SET ROLE chandlery", "CREATE TABLE market.mine ()"):
        done = psql(market, statement, role="chandlery_app")
        assert done.returncode == 1 and ("permission denied" in done.stderr or "must be owner" in done.stderr), done.stderr


def test_the_interface_explains_itself(folder):
    api = folder.run("openapi").json
    assert {"/v1/market/symbols", "/v1/market/candles", "/v1/market/ticks", "/v1/market/price"} <= set(api["paths"])
    for shell in ("bash", "zsh", "fish"):
        assert "chandlery" in folder.run("completions", shell).text
    for command in ("up", "import", "export", "replay", "migrate", "doctor", "config"):
        assert "Usage: chandlery" in folder.run(command, "--help").text
    assert "error" in json.loads(folder.run("--json", "exprot", status=2).out)
    assert not folder.path.exists()


def test_failures_are_json_too(market):
    folder = market.folder
    for arguments, status in (
        (["export", "--symbol", "no:SUCH", "--output", "absent.csv"], 1),
        (["export", "--symbol", "nonsense"], 2),
        # Standard output can't hold both the data and the report.
        (["export", "--symbol", SYMBOL], 2),
        (["replay", "--symbol", "no:SUCH"], 1),
        (["import", "--symbol", "some:SYMBOL", "absent.csv"], 1),
        (["migrate", "down"], 2),
    ):
        error = json.loads(folder.run("--json", *arguments, status=status).out)["error"]
        assert error["code"]
        assert error["message"]


def test_an_export_appears_only_when_it_is_whole(market):
    folder = market.folder
    kept = folder.base / "kept.csv"
    kept.write_text("what was there")
    folder.run("export", "--symbol", "no:SUCH", "--output", kept, status=1)
    assert kept.read_text() == "what was there"
    folder.run("export", "--symbol", SYMBOL, "--output", kept)
    assert kept.read_text().startswith("open_time,")
    told = folder.run("--json", "export", "--symbol", SYMBOL, "--output", kept).events[-1]
    assert told["rows"] == 2469
    # Nothing half-made is left beside it.
    assert [each.name for each in folder.base.iterdir() if "kept" in each.name] == ["kept.csv"]


PROBLEMS = {
    "symbol=binance:NOPE&interval=1m": (404, "unknown_symbol", "symbol"),
    "symbol=BTCUSDT&interval=1m": (400, "invalid_symbol", "symbol"),
    "symbol=binance:XRPETH&interval=2m": (400, "invalid_interval", "interval"),
    "symbol=binance:XRPETH&interval=1m&limit=0": (400, "invalid_limit", "limit"),
    "symbol=binance:XRPETH&interval=1m&limit=many": (400, "invalid_limit", "limit"),
    "symbol=binance:XRPETH&interval=1m&from=soon": (400, "invalid_time", "from"),
    "symbol=binance:XRPETH&interval=1m&from=2000&to=1000": (400, None, None),
    "symbol=binance:XRPETH&interval=1m&order=up": (400, None, "order"),
    "symbol=binance:XRPETH&interval=1m&cursor=x": (400, None, "cursor"),
    "symbol=binance:XRPETH&interval=1m&nonsense=1": (400, "unknown_parameter", "nonsense"),
}


@pytest.mark.parametrize("query", sorted(PROBLEMS))
def test_a_wrong_request_is_a_problem_with_code_and_parameter(market, query):
    status, code, parameter = PROBLEMS[query]
    answer = market.get(f"/v1/market/candles?{query}")
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json
    assert problem["status"] == status
    assert problem["code"] == code or (code is None and problem["code"])
    assert parameter is None or problem["parameter"] == parameter
    assert problem["detail"]
