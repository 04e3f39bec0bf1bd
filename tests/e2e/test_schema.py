"""Whatever is sent, the server answers as /openapi.json says: schemathesis makes requests up, right ones and wrong ones."""

import subprocess
import sys

import pytest

from program import Folder, environment

PASSWORD = "correct horse battery"
# Of each of the two runs.
SECONDS = 40
# A WebSocket is none of its business, and it learns the numbers of sessions: after the end of its own it would ask as nobody.
LEFT_OUT = ("open_stream", "logout", "end_session")
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


@pytest.fixture(scope="module")
def server():
    folder = Folder()
    try:
        yield folder.up()
    finally:
        folder.close()


@pytest.mark.parametrize("who", ["nobody", "admin"])
def test_every_answer_is_one_that_the_document_names(server, who):
    arguments = ["--checks", CHECKS, "--phases", "examples,fuzzing", "--max-time", SECONDS, "--seed", 1,
                 "--suppress-health-check", "all", "--request-timeout", 20, "--no-color"]
    for operation in LEFT_OUT:
        arguments += ["--exclude-operation-id", operation]
    if who == "admin":
        email = "schema@example.com"
        server.folder.run("user", "create", email, "--role", "admin", "--password-stdin", said=PASSWORD)
        answer = server.ask("POST", "/v1/auth/login", {"email": email, "password": PASSWORD})
        secret = answer.headers["set-cookie"].split(";")[0].split("=")[1]
        arguments += ["-H", f"Authorization: Bearer {secret}"]
    command = [sys.executable, "-m", "schemathesis.cli", "run", *map(str, arguments), server.url + "/openapi.json"]
    done = subprocess.run(command, cwd=server.folder.base, env=environment(None), capture_output=True, text=True,
                          timeout=SECONDS * 3, check=False)
    assert done.returncode == 0, done.stdout[-12_000:] + done.stderr[-2_000:]
    assert "operations" in done.stdout.lower(), done.stdout
    if who == "admin":
        # It asked as somebody all along.
        bearer = {"Authorization": f"Bearer {secret}"}
        assert server.ask("GET", "/v1/auth/me", headers=bearer).status == 200
