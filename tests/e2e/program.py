"""The built program as a user meets it: folders of data, commands that end, and servers that run.

Every process that is started here is known to its `Folder`, which ends them all, whatever a test does.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("CHANDLERY_BIN", ROOT / "target/debug/chandlery")).resolve()
# What somebody's shell may hold and what must not reach the program under test.
FOREIGN = ("CHANDLERY_", "DATABASE_URL", "REDIS_", "INFLUXDB_", "MONGODB_", "ELASTICSEARCH_", "KAFKA_")
COMMAND_TIMEOUT_S = 120
# Until a server that is told to end has ended.
STOP_TIMEOUT_S = 30


@dataclass
class Result:
    """What a command that ended left behind."""

    status: int
    out: bytes
    err: str

    @property
    def text(self):
        return self.out.decode()

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def events(self):
        """One JSON object per line, as long work tells them."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass
class Answer:
    """What the server answered to one request."""

    status: int
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


class Folder:
    """A data folder of its own under a temporary one, and the processes that use it."""

    def __init__(self, name="data"):
        self.base = Path(tempfile.mkdtemp(prefix="chandlery-e2e-"))
        self.path = self.base / name
        self.started = []

    def command(self, *arguments):
        return [str(BINARY), "--data-dir", str(self.path), *map(str, arguments)]

    def run(self, *arguments, status=0, env=None, timeout=COMMAND_TIMEOUT_S, said=""):
        """Runs a command to its end and checks its exit status (None: any); it is `said` that on standard input."""
        done = subprocess.run(
            self.command(*arguments), cwd=self.base, env=environment(env), timeout=timeout,
            input=said.encode(), capture_output=True, check=False,
        )
        result = Result(done.returncode, done.stdout, done.stderr.decode())
        if status is not None and result.status != status:
            raise AssertionError(
                f"{' '.join(map(str, arguments))}: status {result.status} instead of {status}\n"
                f"{result.text[-2000:]}{result.err[-4000:]}"
            )
        return result

    def start(self, *arguments, env=None):
        """Starts a command; its output goes to files beside the data folder."""
        number = len(self.started)
        out = open(self.base / f"{number}.out", "wb")
        err = open(self.base / f"{number}.err", "wb")
        with out, err:
            process = subprocess.Popen(
                self.command(*arguments), cwd=self.base, env=environment(env),
                stdin=subprocess.DEVNULL, stdout=out, stderr=err,
            )
        process.out, process.err = Path(out.name), Path(err.name)
        self.started.append(process)
        return process

    def up(self, *arguments, env=None):
        return Server(self, *arguments, env=env)

    def export(self, symbol, interval="1m", **options):
        """Candles as CSV bytes; `kind="ticks"` gives ticks."""
        words = [f"--{key.replace('_', '-')}={value}" for key, value in options.items()]
        return self.run("export", "--symbol", symbol, "--interval", interval, *words, "--format", "csv").out

    @property
    def supervisor(self):
        return alive(json.loads(read(self.path / "postgres.supervisor") or "{}").get("pid"))

    @property
    def postmaster(self):
        """The process id of the running database server, None where there is none."""
        lines = read(self.path / "postgres/postmaster.pid").splitlines()
        return alive(int(lines[0])) if lines else None

    def wait_until_empty(self, timeout=STOP_TIMEOUT_S):
        """Waits until neither database server nor supervisor runs."""
        wait_for(lambda: not self.postmaster and not self.supervisor, timeout, "the database to stop")

    def close(self):
        for process in self.started:
            if process.poll() is None:
                process.terminate()
        for process in self.started:
            try:
                process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        try:
            self.wait_until_empty()
        except TimeoutError:
            for pid in (self.supervisor, self.postmaster):
                if pid:
                    os.kill(pid, signal.SIGKILL)
            raise
        finally:
            shutil.rmtree(self.base, ignore_errors=True)


class Server:
    """`chandlery up` on a folder, or another command that serves, ready when this is made."""

    def __init__(self, folder, *arguments, env=None, command="up"):
        self.folder = folder
        began = time.monotonic()
        self.process = folder.start("--json", command, "--listen", "127.0.0.1:0", *arguments, env=env)
        wait_for(self._ready, 60, f"`{command}` to be ready", log=self.log)
        self.ready_s = time.monotonic() - began

    def _ready(self):
        if self.process.poll() is not None:
            raise AssertionError(f"it ended with status {self.process.returncode}\n{self.log()}")
        for line in self.process.out.read_text().splitlines():
            self.url = json.loads(line).get("url")
            if self.url:
                return True
        return False

    def log(self):
        return self.process.out.read_text() + self.process.err.read_text()

    def get(self, path, accept=None, timeout=30):
        """The answer to a request, whatever its status."""
        return self.ask("GET", path, headers={"Accept": accept or "*/*"}, timeout=timeout)

    def ask(self, method, path, body=None, headers=None, timeout=30):
        """The same of any method; `body` is sent as JSON unless it is bytes."""
        headers = dict(headers or {})
        if body is not None and not isinstance(body, bytes):
            body, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        request = urllib.request.Request(self.url + path, data=body, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=timeout) as response:
                return Answer(response.status, dict(response.headers), response.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, dict(error.headers), error.read())

    def pages(self, what, **parameters):
        """All rows of `candles` or `ticks`, page by page."""
        rows, cursor = [], None
        while True:
            wanted = {**parameters, "limit": 5000} | ({"cursor": cursor} if cursor else {})
            query = "&".join(f"{key}={value}" for key, value in wanted.items())
            answer = self.get(f"/v1/market/{what}?{query}")
            assert answer.status == 200, answer.body
            rows += answer.json[what]
            cursor = answer.json["next"]
            if not cursor:
                return rows

    def stop(self):
        """Ends it as a service manager does, and says how it ended."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_TIMEOUT_S)

    def kill(self):
        self.process.kill()
        self.process.wait()


def environment(changes):
    kept = {key: value for key, value in os.environ.items() if not key.startswith(FOREIGN)}
    return kept | (changes or {})


def wait_for(condition, timeout, what, log=lambda: ""):
    """Asks again and again until the condition holds, and gives what it gave."""
    end = time.monotonic() + timeout
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise TimeoutError(f"waited {timeout} s for {what}\n{log()}")
        time.sleep(0.05)


def alive(pid):
    """The same id if such a process runs (one that ended and waits to be collected does not)."""
    with contextlib.suppress(OSError, IndexError):
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        return pid if state != "Z" else None
    return None


def read(path):
    try:
        return path.read_text()
    except FileNotFoundError:
        return ""
