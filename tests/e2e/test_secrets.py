"""No secret is in a log, an error, the record or a measurement, however much is logged."""

import base64
import hashlib
import hmac
import struct
import time
from urllib.parse import parse_qs, quote_plus, urlsplit

import pytest

from provider import SECRET, Browser, Provider
from test_personal_data import dump

ADA, PASSWORD, GUESS, NEXT = "ada@example.com", "correct horse battery", "Tr0ub4dor&3 guess", "a whole new secret"
INFLUX, MAIL = "influx-token-of-the-settings", "password-of-the-mail-server"


def totp(secret):
    """The code of this half minute (RFC 6238)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


@pytest.fixture
def provider():
    made = Provider()
    yield made
    made.close()


def trade(server, ask, session):
    """Uses an account's credentials, a webhook and a key that signs; gives what is secret of them."""
    def made(path, body):
        answer = server.ask("POST", path, body, session)
        assert answer.status == 201, answer.body
        return answer.json

    credentials = {"key": "key-at-the-venue-0001", "secret": "secret-at-the-venue-0001"}
    external = {"venue": "binance", "name": "Spot", "kind": "external", "credentials": credentials}
    made("/v1/trading/accounts", external)
    account = made("/v1/trading/accounts", {"venue": "binance", "name": "Paper", "kind": "paper"})["id"]
    bot = {"account": account, "name": "Cross", "type": "paper", "config": {}}
    bot = made("/v1/trading/bots", bot)["id"]
    hook = made(f"/v1/trading/bots/{bot}/webhooks", {"name": "TradingView"})
    alert = {"symbol": "binance:BTCUSDT", "side": "buy", "quantity": "0.01", "secret": hook["secret"]}
    # It is let in, and refused: nobody knows the symbol here.
    assert ask("POST", hook["path"], alert).json["code"] == "unknown_symbol"
    del alert["secret"]
    assert ask("POST", f"{hook['path']}?secret={hook['secret']}", alert).json["code"] == "unknown_symbol"
    key = made(f"/v1/trading/accounts/{account}/signing-keys", {"name": "ccxt"})
    query = f"timestamp={int(time.time() * 1000)}"
    signature = hmac.new(key["secret"].encode(), query.encode(), hashlib.sha256).hexdigest()
    shown = {"X-MBX-APIKEY": key["api_key"]}
    answer = ask("GET", f"/compat/binance/api/v3/account?{query}&signature={signature}", headers=shown)
    assert answer.status == 200, answer.body
    wrong = "0" * 64
    assert ask("GET", f"/compat/binance/api/v3/account?{query}&signature={wrong}", headers=shown).status == 400
    return {*credentials.values(), hook["secret"], key["api_key"], key["secret"]}


def test_what_is_secret_is_told_to_nobody_else(folder, provider):
    password_file = folder.base / "mail-password"
    password_file.write_text(MAIL)
    server = folder.up(env={
        "CHANDLERY_TELEMETRY__LOG": "trace", "CHANDLERY_COMPAT__INFLUX_TOKEN": INFLUX,
        "CHANDLERY_MAIL__HOST": "localhost", "CHANDLERY_MAIL__PORT": "9", "CHANDLERY_MAIL__SECURITY": "tls",
        "CHANDLERY_MAIL__USER": "chandlery", "CHANDLERY_MAIL__PASSWORD_FILE": str(password_file),
        "CHANDLERY_MAIL__FROM": "chandlery@example.com", **provider.settings(),
    })
    said = [folder.run("user", "create", ADA, "--role", "admin", "--password-stdin", said=PASSWORD).err]
    secrets, answers = {PASSWORD, GUESS, NEXT, INFLUX, MAIL, "$argon2id$v="}, []

    def ask(method, path, body=None, headers=None):
        answer = server.ask(method, path, body, headers)
        answers.append(answer.body.decode(errors="replace"))
        return answer

    def login(password):
        return ask("POST", "/v1/auth/login", {"email": ADA, "password": password})

    assert login(GUESS).status == 401
    cookie = login(PASSWORD).headers["set-cookie"].split(";")[0]
    session = {"Cookie": cookie, "Origin": server.url}
    secrets.add(cookie.split("=")[1])
    assert ask("GET", "/v1/auth/me", headers={"Authorization": "Bearer chs_" + "z" * 43}).status == 401

    # The provider's secret is shown to the provider, in this form.
    shown = quote_plus(SECRET)
    secrets.update({SECRET, shown, base64.b64encode(f"chandlery:{shown}".encode()).decode()})
    browser = Browser(server)
    back = browser.at_provider(browser.depart(), ADA)
    secrets.add(parse_qs(urlsplit(back).query)["code"][0])
    jar = browser.jars[urlsplit(server.url).netloc]
    secrets.add(jar["chandlery_oidc"])
    assert browser.open(back).status == 303
    secrets.add(jar["chandlery_session"])

    # What is told once goes into the answer that tells it, and nowhere else.
    told = server.ask("POST", "/v1/auth/totp", {"password": PASSWORD}, session).json
    secrets.add(told["secret"])
    done = server.ask("POST", "/v1/auth/totp/confirm", {"code": totp(told["secret"])}, session)
    assert done.status == 200, done.body
    secrets.update(done.json["recovery_codes"])
    pending = server.ask("POST", "/v1/auth/login", {"email": ADA, "password": PASSWORD}).json["token"]
    secrets.add(pending)
    assert ask("POST", "/v1/auth/login/second", {"token": pending, "code": "000000"}).status == 400
    paper = done.json["recovery_codes"][0]
    assert ask("POST", "/v1/auth/login/second", {"token": pending, "code": paper}).status == 200
    made = server.ask("POST", "/v1/auth/keys", {"name": "bot", "scopes": ["market:read"]}, session)
    assert made.status == 201, made.body
    secrets.add(made.json["key"])
    assert ask("GET", "/v1/auth/me", headers={"Authorization": f"Bearer {made.json['key']}"}).status == 403
    token = server.ask("POST", "/v1/auth/token", {}, session)
    assert token.status == 201, token.body
    token = token.json["token"]
    secrets.update({token, token.split(".")[2]})
    assert ask("GET", "/v1/market/symbols", headers={"Authorization": f"Bearer {token}"}).status == 200
    assert ask("GET", "/v1/market/symbols", headers={"Authorization": f"Bearer {token}x"}).status == 401
    of_trading = trade(server, ask, session)
    secrets.update(of_trading)
    assert ask("GET", f"/compat/influx/query?q=SHOW+DATABASES&u=x&p={INFLUX}").status < 500
    assert ask("POST", "/v1/auth/reset/request", {"email": ADA}).status == 202
    assert ask("POST", "/v1/auth/password", {"old": GUESS, "new": NEXT}, session).status == 401
    assert "key.create" in ask("GET", "/v1/auth/audit?limit=1000", headers=session).body.decode()
    code = folder.run("--json", "user", "reset-code", ADA)
    secrets.add(code.json["code"])
    said.append(code.err)
    assert ask("POST", "/v1/auth/reset/confirm", {"email": ADA, "code": code.json["code"], "password": NEXT}).status == 204
    assert ask("GET", "/metrics").status == 200
    keys = (folder.path / "keys").read_text().split()
    secrets.update(word for word in keys if len(word) > 30)

    tables = dump(folder)
    for secret in of_trading:
        assert secret not in tables, f"the database has {secret!r}"
    assert "TradingView" in tables, "what was made is in it"
    for name, text in {"the log": server.log(), "an answer": "\n".join(answers), "a command": "\n".join(said)}.items():
        for secret in secrets:
            at = text.find(secret)
            assert at < 0, f"{name} has {secret!r}: {text[max(0, at - 300):at + 300]}"
    assert "request" in server.log(), "something is logged at all"
