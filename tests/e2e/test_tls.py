"""TLS as an operator sets it up, and browsers and programs meet it."""

import shutil
import ssl
import urllib.error
import urllib.request
from http.client import HTTPException

import pytest

ADA, PASSWORD = "ada@example.com", "correct horse battery"


def settings(certificate, **others):
    return {"CHANDLERY_HTTP__TLS_CERT": str(certificate[0]), "CHANDLERY_HTTP__TLS_KEY": str(certificate[1]), **others}


@pytest.mark.filterwarnings("ignore:.*TLSv1_1:DeprecationWarning")
def test_logins_over_tls_have_cookies_that_go_over_nothing_else(folder, certificate):
    server = folder.up(env=settings(certificate))
    assert server.url.startswith("https://127.0.0.1:")
    folder.run("user", "create", ADA, "--password-stdin", said=PASSWORD)
    url = server.url.replace("127.0.0.1", "localhost")
    trusting = ssl.create_default_context(cafile=certificate[0])
    request = urllib.request.Request(
        url + "/v1/auth/login", data=b'{"email":"ada@example.com","password":"correct horse battery"}',
        headers={"Content-Type": "application/json", "Origin": url})
    with urllib.request.urlopen(request, timeout=30, context=trusting) as answer:
        cookie = answer.headers["set-cookie"]
    assert "; Secure" in cookie and "; HttpOnly" in cookie and "SameSite=Strict" in cookie
    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        urllib.request.urlopen(url + "/health", timeout=30)
    with pytest.raises((OSError, HTTPException)):
        urllib.request.urlopen(url.replace("https", "http") + "/health", timeout=30)
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(url + "/health", timeout=30, context=old)
    assert server.stop() == 0


def test_a_certificate_that_cannot_be_used_is_named_before_anything_starts(folder, certificate):
    def refused(**others):
        return folder.run("up", "--listen", "127.0.0.1:0", status=None, env=settings(certificate, **others))

    there = folder.base / "key.pem"
    there.write_text("no key\n")
    for key in (folder.base / "nothing.pem", there):
        told = refused(CHANDLERY_HTTP__TLS_KEY=str(key))
        assert told.status != 0 and str(key) in told.err, told.err
    alone = refused(CHANDLERY_HTTP__TLS_KEY="")
    assert alone.status != 0 and "tls_key" in alone.err, alone.err
    shutil.copy(certificate[1], there)
    told = folder.run("--json", "doctor", env=settings((certificate[0], there))).json
    assert next(check for check in told["checks"] if check["name"] == "tls")["health"] == "ok"
