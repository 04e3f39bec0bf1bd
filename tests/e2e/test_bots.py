"""A bot from its making to its end, by a key of its own, while the server is killed between."""

from program import wait_for

ADA, PASSWORD = "ada@example.com", "correct horse battery"


def ask(server, key, method, path, body=None, status=200):
    headers = {"Authorization": f"Bearer {key}"}
    answer = server.ask(method, f"/v1/trading/{path}", body, headers=headers)
    assert answer.status == status, answer.body
    return answer.json if answer.body else None


def metric(server, name):
    """A number of the process's own."""
    lines = server.get("/metrics").body.decode().splitlines()
    return next((float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name + " ")), None)


def test_a_bot_is_started_heard_of_missed_and_stopped_across_kills(folder):
    server = folder.up()
    folder.run("user", "create", ADA, "--role", "trader", "--password-stdin", said=PASSWORD)
    made = folder.run("--json", "key", "create", "--user", ADA, "--name", "bot", "--scopes", "bots:read,bots:write").json
    key = made["key"]
    secret = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP"
    account = ask(server, key, "POST", "accounts", status=201, body={
        "venue": "binance", "name": "Spot", "kind": "external",
        "credentials": {"key": "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zv", "secret": secret},
    })
    assert (account["has_credentials"], account["key_beginning"]) == (True, "vmPUZE")
    strategy = ask(server, key, "POST", "strategies", {"name": "Cross"}, 201)["id"]
    schema = {"type": "object", "required": ["fast"], "properties": {"fast": {"type": "integer", "minimum": 1}}}
    version = ask(server, key, "POST", f"strategies/{strategy}/versions", {"config_schema": schema}, 201)["id"]
    bot = {"account": account["id"], "name": "Cross", "type": "live", "strategy_version": version, "silent_after_s": 5}
    wrong = ask(server, key, "POST", "bots", {**bot, "config": {"fast": 0}}, 400)
    assert wrong["code"] == "invalid_config" and "config/fast" in wrong["detail"]
    bot = ask(server, key, "POST", "bots", {**bot, "config": {"fast": 9}}, 201)["id"]
    assert ask(server, key, "POST", f"bots/{bot}/pause", {}, 409)["code"] == "bot_stopped"
    ask(server, key, "POST", f"bots/{bot}/start", {})

    # Every answer outlives the server.
    server.kill()
    server = folder.up()
    assert ask(server, key, "GET", f"bots/{bot}")["status"] == "running"
    told = ask(server, key, "POST", f"bots/{bot}/heartbeat", {"balance": "1000.000000000000000001"})
    assert (told["status"], told["balance"]) == ("running", "1000.000000000000000001")
    server.kill()
    server = folder.up()
    assert ask(server, key, "GET", f"bots/{bot}")["balance"] == "1000.000000000000000001"

    def status():
        return ask(server, key, "GET", f"bots/{bot}/status")["status"]

    wait_for(lambda: status() == "silent", 30, "the bot to be missed", log=server.log)
    wait_for(lambda: metric(server, 'chandlery_bots{status="silent"}') == 1, 30, "the bot to be counted")
    assert ask(server, key, "GET", "bots?status=silent")["bots"][0]["id"] == bot
    ask(server, key, "POST", f"bots/{bot}/heartbeat", {"error": "the venue is away"})
    assert status() == "error"

    # The command line is another process: what it does is seen here at once.
    shown = folder.run("--json", "bot", "heartbeat", "--user", ADA, bot, "--total-pnl", "-3.5").json
    assert (shown["status"], shown["total_pnl"], shown["error_count"]) == ("running", "-3.5", 1)
    folder.run("bot", "stop", "--user", ADA, bot)
    wait_for(lambda: status() == "stopped", 5, "the bot to be stopped")
    assert "Cross: stopped (live)" in folder.run("bot", "list", "--user", ADA).text
    told = folder.run("--json", "bot", "pause", "--user", ADA, bot, status=1).json
    assert "the bot is stopped" in told["error"]["message"]

    actions = [entry["action"] for entry in folder.run("--json", "audit").json["entries"] if entry["resource"] == bot]
    assert actions == ["bot.stop", "bot.running", "bot.error", "bot.silent", "bot.start", "bot.create"]
    assert secret not in server.log() and secret not in folder.run("audit", "--csv").text
    assert folder.run("--json", "keys", "list").json["keys"][0]["fields"] == 1
    beats = ask(server, key, "GET", f"bots/{bot}/heartbeats")["heartbeats"]
    assert [beat["error"] for beat in beats] == [None, "the venue is away", None]
    ask(server, key, "DELETE", f"bots/{bot}", status=204)
    assert ask(server, key, "GET", f"bots/{bot}/status", status=404)["code"] == "unknown_bot"
