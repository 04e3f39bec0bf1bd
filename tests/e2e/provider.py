"""A real OpenID Connect provider, which runs on this machine, and a browser that shows nothing to log in there with."""

import http.client
import json
import re
import subprocess
from dataclasses import dataclass, field
from urllib.parse import urlencode, urljoin, urlsplit

from program import ROOT

# The provider knows this server by this address; the browser of these tests knows where that is.
PUBLIC = "http://chandlery.test"
SECRET = "a secret: with signs & blanks"


class Provider:
    """See tests/oidc/provider.mjs."""

    def __init__(self):
        folder = ROOT / "tests/oidc"
        command = ["node", "provider.mjs", f"{PUBLIC}/v1/auth/oidc/local/callback"]
        self.process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )
        self.issuer = json.loads(self.process.stdout.readline())["issuer"]

    def settings(self, **more):
        about = {"name": "local", "label": "Local", "issuer": self.issuer, "client_id": "chandlery",
                 "client_secret": SECRET, **more}
        pairs = ", ".join(f"{key} = {json.dumps(value)}" for key, value in about.items())
        return {"CHANDLERY_OIDC__PUBLIC_URL": PUBLIC, "CHANDLERY_OIDC__PROVIDERS": f"[{{ {pairs} }}]"}

    def close(self):
        self.process.kill()
        self.process.wait()


@dataclass
class Page:
    """What a browser got; it follows nothing by itself."""

    url: str
    status: int
    to: str | None
    body: bytes
    cookies: list

    @property
    def json(self):
        return json.loads(self.body)


@dataclass
class Browser:
    """Keeps cookies apart by server, as browsers do by name."""

    server: object
    jars: dict = field(default_factory=dict)

    def open(self, url, method="GET", form=None, body=None, accept="*/*"):
        url = url.replace(PUBLIC, self.server.url)
        parts = urlsplit(url)
        jar = self.jars.setdefault(parts.netloc, {})
        headers = {"Accept": accept, "Cookie": "; ".join(f"{name}={value}" for name, value in jar.items())}
        data = None
        if form is not None:
            data, headers["Content-Type"] = urlencode(form), "application/x-www-form-urlencoded"
        if body is not None:
            data, headers["Content-Type"] = json.dumps(body), "application/json"
        if method != "GET":
            headers["Origin"] = f"{parts.scheme}://{parts.netloc}"
        connection = http.client.HTTPConnection(parts.netloc, timeout=30)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(method, path or "/", data, headers)
        response = connection.getresponse()
        cookies = response.headers.get_all("Set-Cookie") or []
        for line in cookies:
            name, value = line.split(";")[0].split("=", 1)
            jar[name] = value
            if "Max-Age=0" in line or not value:
                del jar[name]
        to = response.getheader("Location")
        page = Page(url, response.status, to and urljoin(url, to), response.read(), cookies)
        connection.close()
        return page

    def own(self, path, method="GET", body=None, **more):
        return self.open(self.server.url + path, method, body=body, **more)

    def depart(self, next_="/settings"):
        page = self.own(f"/v1/auth/oidc/local/begin?{urlencode({'next': next_})}")
        assert page.status == 303, page.body
        return page.to

    def at_provider(self, url, who):
        """Fills the provider's forms in; gives the address that it leads back to."""
        page = self.open(url)
        for _ in range(12):
            if page.status == 200:
                action = re.search(r'action="([^"]+)"', page.body.decode()).group(1)
                prompt = re.search(r'name="prompt" value="([^"]+)"', page.body.decode()).group(1)
                form = {"prompt": prompt, "login": who, "password": "x"}
                page = self.open(urljoin(page.url, action), "POST", form)
            assert page.status == 303, (page.status, page.body)
            if page.to.startswith(PUBLIC):
                return page.to
            page = self.open(page.to)
        raise AssertionError("the provider leads nowhere")

    def login(self, who, **more):
        return self.open(self.at_provider(self.depart(), who), **more)

    @property
    def me(self):
        return self.own("/v1/auth/me")
