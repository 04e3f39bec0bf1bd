"""People made on the command line, and what they may do over HTTP."""

import json

import pytest

from program import Folder

PASSWORD = "correct horse battery"
ADA, BEN = "ada@example.com", "ben@example.com"


@pytest.fixture(scope="module")
def server():
    folder = Folder()
    try:
        yield folder.up()
    finally:
        folder.close()


def user(server, *arguments, said="", status=0):
    """What `chandlery user` tells."""
    return server.folder.run("--json", "user", *arguments, said=said, status=status).json


def login(server, email, password):
    answer = server.ask("POST", "/v1/auth/login", {"email": email, "password": password})
    cookie = answer.headers.get("set-cookie", "").split(";")[0]
    return answer, {"Cookie": cookie}


def test_people_are_made_changed_and_closed_while_the_server_runs(server):
    made = user(server, "create", "Ada@Example.com", "--role", "admin", "--name", "Ada", "--password-stdin",
                said=PASSWORD + "\n")
    assert (made["email"], made["role"], made["active"]) == (ADA, "admin", True)
    assert "password" not in made
    # Without a password one is made, and told once.
    made = user(server, "create", BEN, "--role", "viewer")
    answer, ben = login(server, BEN, made["password"])
    assert answer.status == 200
    assert answer.json["user"]["role"] == "viewer"
    assert server.ask("GET", "/v1/auth/users", headers=ben).status == 403

    assert user(server, "role", BEN, "admin")["role"] == "admin"
    _, ben = login(server, BEN, made["password"])
    assert server.ask("GET", "/v1/auth/users", headers=ben).status == 200

    user(server, "password", BEN, "--password-stdin", said="another long password")
    assert server.ask("GET", "/v1/auth/me", headers=ben).status == 401
    assert login(server, BEN, made["password"])[0].status == 401
    answer, ben = login(server, BEN, "another long password")
    assert answer.status == 200

    assert user(server, "deactivate", BEN)["active"] is False
    assert server.ask("GET", "/v1/auth/me", headers=ben).status == 401
    assert login(server, BEN, "another long password")[0].json["code"] == "login_refused"
    assert user(server, "activate", BEN)["active"] is True
    assert login(server, BEN, "another long password")[0].status == 200

    assert [each["email"] for each in user(server, "list")["users"]] == [ADA, BEN]
    text = server.folder.run("user", "list").text
    assert f"{ADA}: admin, last login never" in text

    # Everything is in the record, with nobody's password.
    _, ada = login(server, ADA, PASSWORD)
    entries = server.ask("GET", "/v1/auth/audit?limit=1000", headers=ada)
    actions = [each["action"] for each in entries.json["entries"]]
    assert {"user.create", "user.change", "user.password", "user.login"} <= set(actions)
    for secret in (PASSWORD, made["password"], "another long password", "argon2"):
        assert secret not in entries.body.decode()
        assert secret not in server.log()


def test_mistakes_of_the_command_line_are_named(server):
    def code(*arguments, said="", status=1):
        return user(server, *arguments, said=said, status=status)["error"]["message"]

    user(server, "create", "cy@example.com", "--password-stdin", said=PASSWORD)
    assert "cy@example.com already" in code("create", "cy@example.com", "--password-stdin", said=PASSWORD)
    assert "12 to 256" in code("create", "dee@example.com", "--password-stdin", said="short\n")
    assert "nobody@example.com" in code("deactivate", "nobody@example.com")
    code("create", "not-an-address", status=2)
    code("create", "dee@example.com", "--role", "root", status=2)


def test_the_last_administrator_stays():
    folder = Folder()
    try:
        folder.run("user", "create", ADA, "--role", "admin")
        for change in (("role", ADA, "viewer"), ("deactivate", ADA)):
            told = json.loads(folder.run("--json", "user", *change, status=1).out)
            assert "last administrator" in told["error"]["message"]
    finally:
        folder.close()
