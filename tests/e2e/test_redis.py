"""Redis killed under a running server: with sessions in it nobody is let in, without them nothing changes."""

import socket
import subprocess

import pytest

from program import wait_for

PASSWORD = "correct horse battery"
ADA, BEN = "ada@example.com", "ben@example.com"
MADE_UP = {"Cookie": "chandlery_session=chs_" + "A" * 43}


class Redis:
    """A real redis-server that keeps nothing when it is killed."""

    def __init__(self, folder):
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process = None
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
            cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        wait_for(self.answers, 30, "Redis to answer")

    def answers(self):
        with socket.socket() as link:
            link.settimeout(1)
            return link.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self):
        self.process.kill()
        self.process.wait()


@pytest.fixture
def redis(tmp_path):
    server = Redis(tmp_path)
    yield server
    server.kill()


def up(folder, redis, **settings):
    """A server with that Redis, and an administrator."""
    env = {"CHANDLERY_REDIS__URL": f"redis://127.0.0.1:{redis.port}"}
    env |= {f"CHANDLERY_{name.upper()}": value for name, value in settings.items()}
    server = folder.up(env=env)
    folder.run("user", "create", ADA, "--role", "admin", "--password-stdin", said=PASSWORD, env=env)
    return server, env


def login(server, email=ADA):
    answer = server.ask("POST", "/v1/auth/login", {"email": email, "password": PASSWORD})
    return answer, {"Cookie": answer.headers.get("set-cookie", "").split(";")[0]}


def told(answer):
    return answer.status, answer.json.get("code")


def test_with_sessions_in_redis_nobody_is_let_in_while_it_is_away(folder, redis):
    server, env = up(folder, redis, accounts__sessions="redis")
    _, ada = login(server)
    assert server.ask("GET", "/v1/auth/me", headers=ada).status == 200
    assert server.get("/health/redis").json["status"] == "ok"
    assert folder.run("--json", "doctor", env=env, status=None).text.count("redis://127.0.0.1") == 1

    redis.kill()
    away = (503, "sessions_unavailable")
    # What was looked up last is believed for five seconds.
    wait_for(lambda: told(server.ask("GET", "/v1/auth/me", headers=ada)) == away, 10, "the session to be refused")
    for path in ("/v1/auth/me", "/v1/auth/users", "/v1/auth/audit", "/v1/auth/usage", "/v1/market/symbols", "/metrics"):
        for cookie in (ada, MADE_UP):
            assert told(server.ask("GET", path, headers=cookie)) == away, path
    new = {"email": BEN, "role": "admin", "password": PASSWORD}
    assert told(server.ask("POST", "/v1/auth/users", new, headers=ada | {"Origin": server.url})) == away
    for email in (ADA, ADA, BEN):
        answer, _ = login(server, email)
        assert answer.status == (503 if email == ADA else 401)
        assert "set-cookie" not in answer.headers
    health = server.get("/health/redis")
    assert (health.status, health.json["status"]) == (503, "unavailable")
    assert folder.run("--json", "doctor", env=env, status=None).status != 0
    # What needs no login goes on.
    assert server.get("/health").status == 200
    assert server.get("/v1/market/symbols").status == 200

    redis.start()
    wait_for(lambda: login(server)[0].status == 200, 10, "a login to be possible again")
    _, again = login(server)
    users = server.ask("GET", "/v1/auth/users", headers=again)
    assert [user["email"] for user in users.json["users"]] == [ADA], "nobody was made meanwhile"
    assert told(server.ask("GET", "/v1/auth/me", headers=ada)) == (401, "unauthorized")
    # It has a connection of its own, which is tried again by itself.
    wait_for(lambda: server.get("/health/redis").status == 200, 15, "Redis to be well")

    # Another process ends a session in Redis at once.
    folder.run("user", "create", BEN, "--password-stdin", said=PASSWORD, env=env)
    _, ben = login(server, BEN)
    assert server.ask("GET", "/v1/auth/me", headers=ben).status == 200
    folder.run("user", "deactivate", BEN, env=env)
    wait_for(lambda: server.ask("GET", "/v1/auth/me", headers=ben).status == 401, 3, "the session to end")
    for secret in (PASSWORD, *(cookie["Cookie"].split("=")[1] for cookie in (ada, again, ben))):
        assert secret not in server.log()


def test_with_sessions_in_the_database_the_end_of_redis_changes_nothing(folder, redis):
    server, _ = up(folder, redis, limits__place="redis")
    _, ada = login(server)
    first = server.ask("GET", "/v1/auth/me", headers=ada)
    assert (first.status, first.headers["ratelimit-policy"]) == (200, '"read";q=6000;w=60')

    redis.kill()
    assert server.ask("GET", "/v1/auth/me", headers=ada).status == 200
    answer, again = login(server)
    assert answer.status == 200
    answer = server.ask("GET", "/v1/auth/users", headers=again)
    # Requests go on being counted, in memory.
    assert (answer.status, answer.headers["ratelimit-policy"]) == (200, '"read";q=6000;w=60')
    out = server.ask("POST", "/v1/auth/logout", headers=again | {"Origin": server.url})
    assert out.status == 204
    assert server.ask("GET", "/v1/auth/me", headers=again).status == 401
    assert server.get("/health/redis").status == 503
    assert "chandlery_limits_fallback_total" in server.get("/metrics").body.decode()
    assert "requests are counted in memory until it answers" in server.log()
