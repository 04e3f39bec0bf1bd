"""Logins at a real OpenID Connect provider."""

import base64
import hmac
import time
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from program import Folder
from provider import Browser, Provider

PASSWORD = "correct horse battery"
ADA, BEN, EVE = "ada@example.com", "ben@example.com", "eve@example.com"


def is_refused(page, status, code):
    assert (page.status, page.json["code"]) == (status, code), page.body
    assert not any(line.startswith("chandlery_session") for line in page.cookies)


def failures(server, action="user.login_failed"):
    """What the record has of returns that failed, the newest first."""
    admin = Browser(server)
    assert admin.own("/v1/auth/login", "POST", {"email": ADA, "password": PASSWORD}).status == 200
    lines = admin.own(f"/v1/auth/audit?action={action}").json["entries"]
    lines = [line for line in lines if line["outcome"] == "refused"]
    for line in lines:
        assert (line["after"]["provider"], line["ip"], line["resource"]) == ("local", "127.0.0.1", None)
    return [(line["after"]["reason"], line["user_id"] is not None) for line in lines]


@pytest.fixture(scope="module")
def provider():
    made = Provider()
    yield made
    made.close()


@pytest.fixture(scope="module")
def server(provider):
    folder = Folder()
    try:
        made = folder.up(env=provider.settings())
        for email, role in ((ADA, "admin"), (BEN, "trader")):
            folder.run("user", "create", email, "--role", role, "--password-stdin", said=PASSWORD)
        yield made
    finally:
        folder.close()


@pytest.fixture
def browser(server):
    return Browser(server)


def test_whoever_the_provider_knows_by_a_confirmed_address_comes_in(browser):
    assert browser.own("/v1/auth/oidc").json == {"providers": [{"name": "local", "label": "Local"}]}
    to = browser.depart("/?symbol=binance:BTCUSDT&interval=1m")
    asked = parse_qs(urlsplit(to).query)
    assert asked["code_challenge_method"] == ["S256"] and asked["scope"] == ["openid email profile"]
    back = browser.at_provider(to, ADA)
    page = browser.open(back)
    assert page.status == 303
    assert page.to == f"{browser.server.url}/login?next=/?symbol=binance:BTCUSDT%26interval=1m#in"
    session = next(line for line in page.cookies if line.startswith("chandlery_session="))
    assert "HttpOnly" in session and "SameSite=Strict" in session
    assert browser.me.json["user"]["email"] == ADA
    # The same address again: it was taken. A new login needs a new departure.
    is_refused(browser.open(back), 400, "login_expired")
    identities = browser.own("/v1/auth/identities").json["identities"]
    assert [(one["provider"], one["subject"]) for one in identities] == [("local", ADA)]
    lines = browser.own("/v1/auth/audit?action=user.login").json["entries"]
    assert lines[0]["after"] == {"method": "oidc", "provider": "local"} and lines[0]["outcome"] == "ok"
    assert len(browser.own("/v1/auth/audit?action=identity.link").json["entries"]) == 1


def test_a_return_belongs_to_one_browser_and_one_departure(browser, server):
    to = browser.depart()
    line = browser.jars[urlsplit(server.url).netloc]["chandlery_oidc"]
    assert line.startswith("cho_")
    back = browser.at_provider(to, ADA)
    other = Browser(server)
    is_refused(other.open(back), 400, "login_expired")
    # Somebody else's departure doesn't help: the state is another.
    other.depart()
    is_refused(other.open(back), 400, "login_expired")
    state = parse_qs(urlsplit(back).query)["state"][0]
    is_refused(browser.open(back.replace(state, state[::-1])), 400, "login_expired")
    # A browser is led to the page, which says it in words.
    page = other.open(back, accept="text/html,*/*")
    assert page.to == f"{server.url}/login?next=/#problem=login_expired"
    assert other.me.status == 401


def test_a_refused_return_is_over(browser):
    to = browser.depart()
    back = browser.at_provider(to, ADA)
    code = parse_qs(urlsplit(back).query)["code"][0]
    is_refused(browser.open(back.replace(code, "wrong")), 401, "login_refused")
    is_refused(browser.open(back), 400, "login_expired")
    state = parse_qs(urlsplit(browser.depart()).query)["state"][0]
    denied = browser.own(f"/v1/auth/oidc/local/callback?error=access_denied&state={state}")
    is_refused(denied, 401, "login_refused")
    refused, expired = ("refused_by_provider", False), ("expired", False)
    assert failures(browser.server)[:3] == [refused, expired, refused]
    assert browser.own("/v1/auth/oidc/nobody/callback").status == 404


def test_others_stay_outside(server):
    is_refused(Browser(server).login(f"{BEN}?"), 401, "login_refused")
    is_refused(Browser(server).login(EVE), 401, "login_refused")
    browser = Browser(server)
    assert browser.login(BEN).status == 303 and browser.me.status == 200
    server.folder.run("user", "deactivate", BEN)
    assert browser.me.status == 401
    is_refused(Browser(server).login(BEN), 401, "login_refused")
    server.folder.run("user", "activate", BEN)
    admin = Browser(server)
    admin.login(ADA)
    refused = admin.own("/v1/auth/audit?action=user.login").json["entries"]
    refused = [line["resource"] for line in refused if line["outcome"] == "refused"]
    # An address that isn't confirmed counts against nobody's.
    assert refused[:3] == [BEN, EVE, None]


def test_ways_back_lead_to_this_server_only(browser):
    for wrong in ("https://evil.example", "//evil.example", "/\\evil.example", "/\r\nX: y", ""):
        page = browser.own(f"/v1/auth/oidc/local/begin?{urlencode({'next': wrong})}")
        is_refused(page, 400, "invalid_next")
    is_refused(browser.own("/v1/auth/oidc/nobody/begin"), 404, "unknown_provider")


def test_an_account_is_linked_and_unlinked_by_its_owner(server):
    browser = Browser(server)
    assert browser.own("/v1/auth/login", "POST", {"email": BEN, "password": PASSWORD}).status == 200
    link = "/v1/auth/identities/local"
    is_refused(browser.own(link, "POST", {"password": "wrong"}), 401, "login_refused")
    browser.own(link, "DELETE")
    # What was unlinked isn't linked again because the address is the same.
    is_refused(Browser(server).login(BEN), 401, "login_refused")
    to = browser.own(link, "POST", {"password": PASSWORD}).json["url"]
    page = browser.open(browser.at_provider(to, "somebody.else@example.com"))
    assert (page.status, page.to) == (303, f"{server.url}/settings")
    other = Browser(server)
    assert other.login("somebody.else@example.com").status == 303
    assert other.me.json["user"]["email"] == BEN
    # What is somebody's is nobody else's.
    ada = Browser(server)
    ada.own("/v1/auth/login", "POST", {"email": ADA, "password": PASSWORD})
    to = ada.own(link, "POST", {"password": PASSWORD}).json["url"]
    is_refused(ada.open(ada.at_provider(to, "somebody.else@example.com")), 409, "identity_taken")
    # A session that ended links nothing.
    to = ada.own(link, "POST", {"password": PASSWORD}).json["url"]
    back = ada.at_provider(to, "third@example.com")
    assert ada.own("/v1/auth/logout", "POST").status == 204
    is_refused(ada.open(back), 400, "login_expired")
    assert failures(server, "identity.link") == [("expired", True), ("identity_taken", True)]
    assert browser.own(link, "DELETE").status == 204
    assert browser.own("/v1/auth/identities").json == {"identities": []}
    is_refused(Browser(server).login("somebody.else@example.com"), 401, "login_refused")
    is_refused(browser.own(link, "DELETE"), 404, "unknown_provider")


def app_code(secret):
    """What an authenticator app shows now (RFC 6238)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, int(time.time() // 30).to_bytes(8, "big"), "sha1")
    place = digest[-1] & 15
    return f"{(int.from_bytes(digest[place:place + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"


def test_a_second_factor_is_asked_for_all_the_same(server):
    cem = "cem@example.com"
    server.folder.run("user", "create", cem, "--role", "viewer", "--password-stdin", said=PASSWORD)
    browser = Browser(server)
    browser.own("/v1/auth/login", "POST", {"email": cem, "password": PASSWORD})
    secret = browser.own("/v1/auth/totp", "POST", {"password": PASSWORD}).json["secret"]
    paper = browser.own("/v1/auth/totp/confirm", "POST", {"code": app_code(secret)}).json["recovery_codes"]
    browser = Browser(server)
    page = browser.login(cem)
    is_refused(page, 401, "second_factor_required")
    assert browser.me.status == 401
    page = browser.login(cem, accept="text/html")
    where, token = page.to.split("#second=")
    assert where == f"{server.url}/login?next=/settings" and token.startswith("chp_")
    done = browser.own("/v1/auth/login/second", "POST", {"token": token, "code": paper[0]})
    assert done.status == 200 and browser.me.json["user"]["email"] == cem
    # Without it nothing was left behind: an address alone links nothing.
    assert browser.own("/v1/auth/identities").json == {"identities": []}


def test_whoever_signs_up_has_the_role_of_the_settings_and_the_provider_may_be_away(provider):
    folder = Folder()
    try:
        server = folder.up(env=provider.settings(sign_up="viewer"))
        browser = Browser(server)
        is_refused(Browser(server).login(f"{EVE}?"), 401, "login_refused")
        assert browser.login(EVE).status == 303
        user = browser.me.json["user"]
        assert (user["email"], user["role"], user["email_verified"]) == (EVE, "viewer", True)
        # There would be no way in.
        is_refused(browser.own("/v1/auth/identities/local", "DELETE"), 409, "no_password")
        server.stop()

        # Another process knows no keys of the provider yet, which shows others than those it signs with.
        server = folder.up(env=provider.settings(sign_up="viewer"))
        Browser(server).open(f"{provider.issuer}/lie")
        is_refused(Browser(server).login(EVE), 502, "provider_unbelievable")
        waiting = Browser(server)
        back = waiting.at_provider(waiting.depart(), EVE)
        provider.close()
        is_refused(waiting.open(back), 503, "provider_unavailable")
        server.stop()
        told = folder.run("audit", "--csv", "--action", "user.login_failed").text
        assert "provider_unavailable" in told and "provider_unbelievable" in told
        server = folder.up(env=provider.settings())
        is_refused(Browser(server).own("/v1/auth/oidc/local/begin"), 503, "provider_unavailable")
    finally:
        folder.close()
