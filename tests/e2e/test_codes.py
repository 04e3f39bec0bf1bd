"""Codes that people type: mailed through a real mail server, told on the command line, or on the terminal."""

import os
import pty
import re
import socket
import ssl
import subprocess

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from aiosmtpd.smtp import AuthResult

from program import Folder, environment, wait_for

ADA, PASSWORD, NEW = "ada@example.com", "correct horse battery", "another long password"
MAIL_USER, MAIL_PASSWORD = "chandlery", "the mail server's secret"
CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b")


class Kept(Message):
    """What came."""

    def __init__(self):
        super().__init__()
        self.mails = []

    def handle_message(self, message):
        self.mails.append(message)


@pytest.fixture
def post(certificate):
    """A mail server that speaks TLS and wants a login."""
    def login(server, session, envelope, mechanism, data):
        right = (data.login, data.password) == (MAIL_USER.encode(), MAIL_PASSWORD.encode())
        return AuthResult(success=right)

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    controller = Controller(Kept(), hostname="localhost", port=port, ssl_context=context, authenticator=login,
                            auth_required=True, auth_require_tls=False, ready_timeout=30)
    controller.start()
    yield controller
    controller.stop()


def settings(post, certificate, folder, password=MAIL_PASSWORD):
    """The mail server's, as variables."""
    secret = folder.base / "mail-password"
    secret.write_text(password + "\n")
    return {
        "CHANDLERY_MAIL__HOST": "localhost", "CHANDLERY_MAIL__PORT": str(post.port), "CHANDLERY_MAIL__SECURITY": "tls",
        "CHANDLERY_MAIL__USER": MAIL_USER, "CHANDLERY_MAIL__PASSWORD_FILE": str(secret),
        "CHANDLERY_MAIL__FROM": "Chandlery <chandlery@example.com>", "SSL_CERT_FILE": str(certificate[0]),
    }


def add(folder):
    folder.run("user", "create", ADA, "--role", "admin", "--password-stdin", said=PASSWORD)


def login(server, password):
    answer = server.ask("POST", "/v1/auth/login", {"email": ADA, "password": password})
    return answer.status, {"Cookie": answer.headers.get("set-cookie", "").split(";")[0]}


def test_a_mail_brings_a_code_that_sets_a_new_password(folder, post, certificate):
    server = folder.up(env=settings(post, certificate, folder))
    add(folder)
    _, before = login(server, PASSWORD)
    for email in (ADA, "nobody@example.com"):
        assert server.ask("POST", "/v1/auth/reset/request", {"email": email}).status == 202
    mails = post.handler.mails
    wait_for(lambda: mails, 30, "the mail", server.log)
    code = CODE.search(mails[0].get_payload())[0]
    assert (mails[0]["To"], mails[0]["From"]) == (ADA, "Chandlery <chandlery@example.com>")

    body = {"email": ADA, "code": code, "password": NEW}
    assert server.ask("POST", "/v1/auth/reset/confirm", body).status == 204
    assert server.ask("POST", "/v1/auth/reset/confirm", body).json["code"] == "invalid_code"
    assert server.ask("GET", "/v1/auth/me", headers=before).status == 401
    assert login(server, PASSWORD)[0] == 401
    status, session = login(server, NEW)
    assert status == 200
    assert server.ask("GET", "/v1/auth/me", headers=session).json["user"]["email_verified"] is True
    assert len(mails) == 1
    for secret in (code, PASSWORD, NEW, MAIL_PASSWORD):
        assert secret not in server.log()


def test_the_doctor_tries_the_mail_server(folder, post, certificate):
    def check(password):
        told = folder.run("--json", "doctor", status=None, env=settings(post, certificate, folder, password)).json
        return next(check for check in told["checks"] if check["name"] == "mail")

    assert check(MAIL_PASSWORD)["health"] == "ok"
    wrong = check("another")
    assert wrong["health"] == "failed" and "mail server" in wrong["detail"]
    assert "another" not in wrong["detail"]


def test_a_code_of_the_command_line_sets_a_new_password(folder):
    server = folder.up()
    add(folder)
    asked = server.ask("POST", "/v1/auth/reset/request", {"email": ADA})
    assert (asked.status, asked.json["code"]) == (409, "no_mail")
    told = folder.run("--json", "user", "reset-code", ADA).json
    body = {"email": ADA, "code": told["code"], "password": NEW}
    assert server.ask("POST", "/v1/auth/reset/confirm", body).status == 204
    assert login(server, NEW)[0] == 200


def start_on_a_terminal(folder, *arguments, env=None):
    """What `up` writes to a terminal, until it is ready; then it is stopped."""
    master, slave = pty.openpty()
    out = open(folder.base / "terminal.out", "wb")
    with out:
        process = subprocess.Popen(
            folder.command(*arguments, "up", "--listen", "127.0.0.1:0"), cwd=folder.base, env=environment(env),
            stdin=subprocess.DEVNULL, stdout=out, stderr=slave,
        )
    folder.started.append(process)
    os.close(slave)
    wait_for(lambda: b"127.0.0.1" in (folder.base / "terminal.out").read_bytes(), 60, "the server")
    process.terminate()
    process.wait(60)
    told = b""
    try:
        while part := os.read(master, 65536):
            told += part
    except OSError:
        pass  # So a terminal ends whose programs are gone.
    os.close(master)
    return told.decode()


def test_the_first_administrator_is_made_by_what_the_terminal_tells():
    folder = Folder()
    try:
        hidden = start_on_a_terminal(folder, env={"CHANDLERY_TELEMETRY__FORMAT": "json"})
        assert not CODE.search(hidden) and "user create --role admin" in hidden
        code = CODE.search(start_on_a_terminal(folder))[0]
        server = folder.up()
        assert not CODE.search(server.log())
        body = {"email": ADA, "code": code, "password": PASSWORD}
        assert server.ask("POST", "/v1/auth/setup", {**body, "code": "0000-0000-0000"}).json["code"] == "invalid_code"
        made = server.ask("POST", "/v1/auth/setup", body)
        assert (made.status, made.json["role"]) == (201, "admin")
        assert login(server, PASSWORD)[0] == 200
        assert server.ask("POST", "/v1/auth/setup", body).json["code"] == "set_up_already"
        assert server.stop() == 0
        assert not CODE.search(start_on_a_terminal(folder)), "there is somebody"
    finally:
        folder.close()
