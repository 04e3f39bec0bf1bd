"""What is held on a person: told, forgotten; and the keys of what is encrypted."""

import glob
import json
import os
import random
import stat
import subprocess
import time

ADA, BEN, PASSWORD = "ada.lovelace@example.com", "ben@example.com", "correct horse battery"
KILLS = 16


def dump(folder):
    """The whole database, as a back-up would have it."""
    pg_dump = sorted(glob.glob("/usr/lib/postgresql/*/bin/pg_dump"))[-1]
    command = [pg_dump, "-h", str(folder.path / "postgres"), "-U", "chandlery", "chandlery"]
    return subprocess.run(command, check=True, capture_output=True, timeout=120).stdout.decode()


def login(server, email):
    body = {"email": email, "password": PASSWORD}
    answer = server.ask("POST", "/v1/auth/login", body, headers={"User-Agent": "Lovelace's engine"})
    return {"Cookie": answer.headers["set-cookie"].split(";")[0], "Origin": server.url}


def test_a_person_is_told_what_is_held_and_then_forgotten(folder):
    server = folder.up()
    for email in (ADA, BEN):
        folder.run("user", "create", email, "--role", "admin", "--password-stdin", said=PASSWORD)
    ada, ben = login(server, ADA), login(server, BEN)
    enrolled = server.ask("POST", "/v1/auth/totp", {"password": PASSWORD}, headers=ada).json
    assert enrolled["url"].startswith("otpauth://totp/Chandlery:ada.lovelace")

    out = folder.base / "ada.json"
    folder.run("user", "export", ADA, "--out", out)
    assert stat.S_IMODE(os.stat(out).st_mode) == 0o600
    held = json.loads(out.read_text())
    assert held["auth.users"][0]["email"] == ADA
    assert [len(held[table]) for table in ("auth.identities", "auth.sessions", "auth.totp")] == [1, 1, 1]
    assert {"user.create", "user.login", "totp.enrol"} <= {line["action"] for line in held["auth.audit_log"]}
    for secret in ("argon2", enrolled["secret"], BEN):
        assert secret not in out.read_text()
    assert "ada.json" in folder.run("user", "export", ADA, "--out", out, status=1).err

    assert "--yes" in folder.run("user", "erase", ADA, status=1).err
    before = dump(folder)
    assert ADA in before and "Lovelace" in before
    folder.run("user", "erase", ADA, "--yes")
    after = dump(folder)
    assert ADA not in after and "ovelace@" not in after
    assert server.ask("GET", "/v1/auth/me", headers=ada).status == 401
    lines = server.ask("GET", "/v1/auth/audit?limit=1000", headers=ben).json["entries"]
    assert {"user.erase", "totp.enrol", "user.login"} <= {line["action"] for line in lines}
    assert ADA not in json.dumps(lines)
    last = json.loads(folder.run("--json", "user", "erase", BEN, "--yes", status=1).out)
    assert "last administrator" in last["error"]["message"]


def test_keys_are_made_for_their_owner_and_rotated_while_serving(folder):
    server = folder.up()
    folder.run("user", "create", ADA, "--role", "admin", "--password-stdin", said=PASSWORD)
    session = login(server, ADA)
    assert server.ask("POST", "/v1/auth/totp", {"password": PASSWORD}, headers=session).status == 200
    file = folder.path / "keys"
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600

    def keys():
        return folder.run("--json", "keys", "list").json["keys"]

    [first] = keys()
    assert (first["fields"], first["current"], first["missing"]) == (1, True, False)
    told = folder.run("--json", "keys", "rotate").json
    assert told["fields"] == 1 and told["key"] != first["id"]
    new, old = keys()
    assert (new["id"], new["fields"], old["id"], old["fields"]) == (told["key"], 1, first["id"], 0)
    # The server reads and writes with the new key at once.
    wrong = server.ask("POST", "/v1/auth/totp/confirm", {"code": "x"}, headers=session)
    assert (wrong.status, wrong.json["code"]) == (400, "invalid_code")

    # Where the key is lost, that is what is told, and nothing is added.
    text = file.read_text()
    file.write_text("".join(line for line in text.splitlines(True) if not line.startswith(new["id"])))
    assert [key["missing"] for key in keys()] == [False, True]
    assert new["id"] in folder.run("keys", "rotate", status=1).err
    assert server.ask("POST", "/v1/auth/totp/confirm", {"code": "x"}, headers=session).status == 500
    assert new["id"] in server.log()
    key = next(line.split()[1] for line in text.splitlines() if line.startswith(new["id"]))
    assert key not in server.log()
    file.write_text(text)
    os.chmod(file, 0o644)
    assert "chmod 600" in folder.run("keys", "list", status=1).err


def test_a_rotation_that_is_killed_at_any_moment_is_gone_on_with(folder):
    server = folder.up()
    sessions = []
    for email in (ADA, BEN):
        folder.run("user", "create", email, "--role", "admin", "--password-stdin", said=PASSWORD)
        sessions.append(login(server, email))
        assert server.ask("POST", "/v1/auth/totp", {"password": PASSWORD}, headers=sessions[-1]).status == 200
    started = time.monotonic()
    folder.run("keys", "rotate")
    whole = time.monotonic() - started
    dice, next_file = random.Random(8), folder.path / "keys.next"
    for _ in range(KILLS):
        rotation = folder.start("keys", "rotate")
        time.sleep(dice.uniform(0, whole))
        rotation.kill()
        rotation.wait()
        if next_file.exists():
            # As if a minute had gone by.
            os.utime(next_file, (time.time() - 120,) * 2)
        for session in sessions:
            wrong = server.ask("POST", "/v1/auth/totp/confirm", {"code": "x"}, headers=session)
            assert (wrong.status, wrong.json["code"]) == (400, "invalid_code")
    # What is half done is done first; the next one adds a key again, past what somebody left.
    folder.run("keys", "rotate")
    next_file.touch(0o600)
    assert "keys.next" in folder.run("keys", "rotate", status=1).err
    os.utime(next_file, (time.time() - 120,) * 2)
    folder.run("keys", "rotate")
    current, *old = folder.run("--json", "keys", "list").json["keys"]
    assert current["fields"] == len(sessions) and all(key["fields"] == 0 and not key["missing"] for key in old)
