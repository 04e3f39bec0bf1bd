"""What somebody with bad intentions would try over HTTP."""

import json
import re
import socket
import statistics
import time
from urllib.parse import quote, urlsplit

import pytest

from program import Folder

PASSWORD = "correct horse battery"
ADA, BEN = "ada@example.com", "ben@example.com"
# Gets locked, for her password is asked for in the middle of a session too.
EVE = "eve@example.com"
EVIL = {"Origin": "http://evil.example"}


@pytest.fixture(scope="module")
def server():
    folder = Folder()
    try:
        made = folder.up(env={"CHANDLERY_ACCOUNTS__ANONYMOUS": "", "CHANDLERY_HTTP__REQUEST_TIMEOUT_MS": "2000"})
        for email, role in ((ADA, "admin"), (BEN, "viewer"), (EVE, "admin")):
            folder.run("user", "create", email, "--role", role, "--password-stdin", said=PASSWORD)
        yield made
    finally:
        folder.close()


def login(server, email=ADA, password=PASSWORD, **headers):
    return server.ask("POST", "/v1/auth/login", {"email": email, "password": password}, headers)


def cookie(server, email=ADA, **headers):
    answer = login(server, email, **headers)
    assert answer.status == 200, answer.body
    return {"Cookie": answer.headers["set-cookie"].split(";")[0], "Origin": server.url}


def raw(server, request, timeout=10):
    """What comes back to these bytes until the server closes or says nothing more."""
    host = urlsplit(server.url)
    with socket.create_connection((host.hostname, host.port), timeout=timeout) as connection:
        connection.sendall(request)
        answer = b""
        try:
            while part := connection.recv(65536):
                answer += part
        except TimeoutError:
            pass
        return answer


def alive(server):
    assert server.get("/health").status == 200


def test_a_session_that_somebody_planted_is_never_the_one_after_the_login(server):
    planted = "chandlery_session=chs_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    after = cookie(server, Cookie=planted)
    assert after["Cookie"] != planted
    assert server.ask("GET", "/v1/auth/me", headers={"Cookie": planted}).status == 401
    # The session before a login goes on for itself: neither takes the other's place.
    again = cookie(server, Cookie=after["Cookie"])
    assert again["Cookie"] != after["Cookie"]


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1.evil.example", "https://127.0.0.1", None])
def test_a_page_of_another_server_changes_nothing(server, origin):
    own = cookie(server)
    forged = {"Cookie": own["Cookie"]} | ({"Origin": origin} if origin else {})
    new = {"email": "eve@example.com", "role": "admin", "password": "a very long password"}
    for method, path, body in (
        ("POST", "/v1/auth/users", new), ("POST", "/v1/auth/keys", {"name": "x", "scopes": ["market:read"]}),
        ("POST", "/v1/auth/password", {"old": PASSWORD, "new": "a very long password"}),
        ("DELETE", "/v1/auth/sessions", None), ("POST", "/v1/auth/logout", None),
    ):
        answer = server.ask(method, path, body, forged)
        assert (answer.status, answer.json["code"]) == (403, "origin_not_allowed"), path
    if origin:
        assert login(server, Origin=origin).status == 403
        assert login(server, Origin=origin).headers.get("set-cookie") is None
    assert server.ask("GET", "/v1/auth/me", headers=own).status == 200
    users = server.ask("GET", "/v1/auth/users", headers=own).json["users"]
    assert [each["email"] for each in users] == [ADA, BEN, EVE]


# Each would end, widen or break a statement, a header, a template or a path that was put together from text.
HOSTILE = [
    "' OR '1'='1", "'; DROP TABLE auth.users; --", "\" OR \"\"=\"", "1) UNION SELECT password_hash FROM auth.users --",
    "$1", "%", "\\", "\x00", "\r\nSet-Cookie: chandlery_session=x", "{{7*7}}", "../../../../etc/passwd", "\ud83d\ude00" * 50,
    "a" * 5000, "-1", "NaN", "9" * 40, "{}", "[]", "null", "\u202e",
]


def test_no_text_gets_out_of_its_place(server):
    """Every parameter and every field of every body, as OpenAPI lists them."""
    own = cookie(server, EVE)
    document = server.get("/openapi.json").json
    schemas = document["components"]["schemas"]
    asked = 0
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if path in ("/v1/auth/logout", "/v1/stream") or (method, path) == ("delete", "/v1/auth/sessions"):
                continue
            parameters = [each for each in operation.get("parameters", []) if each["in"] in ("query", "path")]
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
            fields = fields_of(schemas[body["$ref"].split("/")[-1]]) if body else []
            for text in HOSTILE:
                for parameter in parameters:
                    asked += check(server, own, method, *with_parameter(path, parameter, text))
                for field in fields:
                    asked += check(server, own, method, re.sub(r"\{.*?\}", "x", path), {field: text})
    assert asked > 500
    # Everything is where it was.
    users = server.ask("GET", "/v1/auth/users", headers=own).json["users"]
    assert [each["email"] for each in users] == [ADA, BEN, EVE]
    for entry in server.ask("GET", "/v1/auth/audit?limit=1000", headers=own).json["entries"]:
        assert "DROP TABLE" not in entry["action"]


def fields_of(schema):
    """Those of an object, or of each of several."""
    forms = schema.get("oneOf", [schema])
    return sorted({field for form in forms for field in form.get("properties", {})})


def with_parameter(path, parameter, text):
    name, value = parameter["name"], quote(text.encode("utf-8", "surrogatepass").decode("utf-8", "replace"), safe="")
    if parameter["in"] == "path":
        return (path.replace(f"{{{name}}}", value), None)
    return (f"{re.sub(r'{.*?}', 'x', path)}?{quote(name)}={value}", None)


def check(server, headers, method, path, body):
    if len(path) > 20_000:
        return 0
    answer = server.ask(method.upper(), path, body, headers)
    assert answer.status < 500, (method, path, body, answer.body)
    text = answer.body.decode(errors="replace")
    assert "argon2" not in text and "root:x:" not in text and "49" != text, (path, text)
    assert "set-cookie" not in answer.headers or path == "/v1/auth/login", (path, answer.headers)
    return 1


def test_headers_are_not_put_together_from_what_was_sent(server):
    for name in ("X-Request-Id", "User-Agent", "Origin", "Accept", "If-None-Match", "X-Forwarded-For", "Cookie", "Authorization"):
        for value in (b"a\tb", b"\xff\xfe", b"' OR 1=1 --", b"Bearer ' OR 1=1 --", b"x" * 4000, b"chandlery_session=%00"):
            request = b"GET /v1/auth/me HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
            answer = raw(server, request + name.encode() + b": " + value + b"\r\n\r\n")
            status = int(answer.split(b" ", 2)[1])
            assert status in (400, 401, 403, 431), (name, value, answer)
            assert b"set-cookie" not in answer.lower()
    # Two requests where one was meant: lengths that contradict each other, and a header that ends twice.
    for smuggled in (
        b"POST /v1/auth/login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nContent-Length: 50\r\n\r\nhello",
        b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX: a\r\n b\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost : 127.0.0.1\r\n\r\n",
    ):
        assert raw(server, smuggled, timeout=3).startswith(b"HTTP/1.1 400"), smuggled
    both = (b"POST /v1/auth/login HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n"
            b"Connection: close\r\n\r\n0\r\n\r\nGET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    answer = raw(server, both, timeout=3)
    assert answer.count(b"HTTP/1.1 ") == 1, answer
    # The name by which the server is called decides nothing but whether it answers.
    answer = raw(server, b"GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
    assert b"host_not_allowed" in answer


def test_large_and_slow_bodies_hold_up_nobody(server):
    huge = b'{"email":"a@b.c","password":"' + b"x" * (3 << 20) + b'"}'
    try:
        answer = server.ask("POST", "/v1/auth/login", huge, {"Content-Type": "application/json"})
        assert answer.status == 413
    except OSError:
        pass  # It stopped reading, which is as good.
    deep = b"[" * 100_000 + b"]" * 100_000
    assert server.ask("POST", "/v1/auth/login", deep, {"Content-Type": "application/json"}).status == 400
    begin = (b"POST /v1/auth/login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
             b"Content-Length: 1000\r\n\r\n{")
    host = urlsplit(server.url)
    slow = [socket.create_connection((host.hostname, host.port), timeout=15) for _ in range(50)]
    try:
        for connection in slow:
            connection.sendall(begin)
        began = time.monotonic()
        alive(server)
        assert login(server).status == 200
        assert time.monotonic() - began < 5, "others are served meanwhile"
        answer = slow[0].recv(65536)
        assert b"503" in answer.split(b"\r\n")[0] and b"timeout" in answer, answer
    finally:
        for connection in slow:
            connection.close()


def test_paths_lead_to_nothing_outside(server):
    own = cookie(server)
    for path in (
        "/../../../../etc/passwd", "/assets/../../../../etc/passwd", "/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/assets/..%2f..%2f..%2f..%2fetc/passwd", "/..\\..\\etc\\passwd", "//etc/passwd", "/assets//etc/passwd",
        "/v1/auth/../../metrics", "/v1/auth/%2e%2e/%2e%2e/metrics", "/compat/../metrics", "/%00", "/assets/%00.js",
        "/chandlery-data/postgres/postgresql.conf", "/.git/config", "/metrics/", "//metrics", "/METRICS",
    ):
        answer = raw(server, f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        assert b"root:" not in answer and b"chandlery_http_requests_total" not in answer, (path, answer)
        assert int(answer.split(b" ", 2)[1]) in (200, 400, 401, 404), (path, answer)
        if answer.startswith(b"HTTP/1.1 200"):
            assert b"text/html" in answer.lower(), (path, "only the page answers to what it doesn't know")
    for symbol in ("..", "../x", "%2e%2e%2f", "binance:..%2f..%2fx"):
        answer = server.ask("GET", f"/v1/market/candles?symbol={symbol}&interval=1m", headers=own)
        assert answer.status in (400, 404), symbol


def test_what_ended_is_not_taken_again(server):
    server.folder.run("user", "create", "cy@example.com", "--role", "trader", "--password-stdin", said=PASSWORD)
    first = cookie(server, "cy@example.com")
    bearer = {"Authorization": "Bearer " + first["Cookie"].split("=")[1]}
    key = server.ask("POST", "/v1/auth/keys", {"name": "bot", "scopes": ["market:read"]}, first).json
    shown = {"Authorization": f"Bearer {key['key']}"}
    assert server.ask("GET", "/v1/market/symbols", headers=shown).status == 200
    assert server.ask("DELETE", f"/v1/auth/keys/{key['id']}", headers=first).status == 204
    assert server.ask("GET", "/v1/market/symbols", headers=shown).status == 401
    second = cookie(server, "cy@example.com")
    assert server.ask("POST", "/v1/auth/logout", headers=first).status == 204
    for replayed in (first, bearer):
        assert server.ask("GET", "/v1/auth/me", headers=replayed).status == 401
    change = {"old": PASSWORD, "new": "another long password"}
    assert server.ask("POST", "/v1/auth/password", change, second).status == 204
    assert server.ask("POST", "/v1/auth/password", change, second).json["code"] == "login_refused"
    assert login(server, "cy@example.com").status == 401
    # Cut, stretched and changed secrets are none.
    good = second["Cookie"]
    for wrong in (good[:-1], good + "A", good[:-2] + "AA", good.upper(), good.replace("chs_", "chk_")):
        assert server.ask("GET", "/v1/auth/me", headers={"Cookie": wrong}).status == 401, wrong
    assert server.ask("GET", "/v1/auth/me", headers=second).status == 200


def test_guessing_passwords_locks_the_address_and_no_other(server):
    answers = [login(server, BEN, f"guess number {number}") for number in range(14)]
    assert [answer.status for answer in answers[:10]] == [401] * 10
    assert {answer.status for answer in answers[10:]} == {429}
    locked = login(server, BEN)
    assert locked.status == 429
    assert 0 < int(locked.headers["retry-after"]) <= 900
    # Another spelling is the same address; another address is not locked.
    assert login(server, "BEN@Example.com").status == 429
    assert login(server).status == 200


def test_neither_answer_nor_time_tells_who_is_there(server):
    server.folder.run("user", "create", "dee@example.com", "--password-stdin", said=PASSWORD)
    server.folder.run("user", "create", "ed@example.com", "--password-stdin", said=PASSWORD)
    server.folder.run("user", "deactivate", "ed@example.com")
    times, bodies = {}, set()
    # In turns, so that what else the machine does falls on all of them.
    for _ in range(9):
        for email in ("dee@example.com", "ed@example.com", "nobody@example.com"):
            began = time.perf_counter()
            answer = login(server, email, "wrong horse battery")
            times.setdefault(email, []).append(time.perf_counter() - began)
            headers = {name for name in answer.headers if name != "x-request-id"}
            bodies.add((answer.status, answer.body, tuple(sorted(headers))))
    assert len(bodies) == 1, bodies
    medians = [statistics.median(each) for each in times.values()]
    # Without the work of Argon2 an answer comes in a twentieth of the time.
    assert max(medians) < 2 * min(medians), times
    assert json.loads(next(iter(bodies))[1])["code"] == "login_refused"
