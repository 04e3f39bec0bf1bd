"""How calls are sent, tried again and read: what both clients have in common."""

from __future__ import annotations

import json
import os
import random
from dataclasses import dataclass, field, replace
from typing import Any, Callable, Generator, Generic, TypeVar
from urllib.parse import quote

import httpx

from .errors import OF_STATUS, Error, Refused, Unreachable
from .models import Page

T = TypeVar("T")
#: Several calls, each made of the answers to those before.
Steps = Generator["Call[Any]", Any, T]


@dataclass(frozen=True)
class Retry:
    """How calls that failed are tried again: after twice as long each time, with chance in it."""

    #: How often a call is tried at the most; 1 is never again.
    tries: int = 5
    #: Seconds after the first try.
    pause: float = 0.1
    #: The longest pause. A server that says ``Retry-After`` more is not asked again.
    longest: float = 10.0

    def after(self, error: Error, harmless: bool, tried: int, luck: float) -> float | None:
        """Seconds before the next try, None where there is to be no other. ``luck`` is between 0 and 1."""
        if tried >= self.tries:
            return None
        own = min(self.longest, self.pause * 2.0 ** min(tried - 1, 16)) * (0.5 + luck / 2)
        if isinstance(error, Refused):
            # With 429 the server did nothing yet.
            if error.status != 429 and not (harmless and error.status in (502, 503, 504)):
                return None
            asked = error.retry_after or 0.0
            return max(own, asked) if asked <= self.longest else None
        if isinstance(error, Unreachable) and (harmless or error.before_sent):
            return own
        return None


@dataclass(frozen=True)
class Call(Generic[T]):
    """One call, and how its answer is read."""

    method: str
    path: str
    read: Callable[[Any], T]
    query: dict[str, str] = field(default_factory=dict)
    json: Any = None
    content: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    #: Doing it twice does it once.
    harmless: bool = False
    #: Whether ``read`` takes bytes instead of JSON.
    raw: bool = False


def nothing(_: Any) -> None:
    """Reads an answer that says no more than that it is done."""


def part(name: object) -> str:
    """A name as a part of an address."""
    return quote(str(name), safe="")


def query(**fields: Any) -> dict[str, str]:
    """The fields that are given, without the underscore that Python's own words need."""
    return {name.rstrip("_"): str(value) for name, value in fields.items() if value is not None}


def given(**fields: Any) -> dict[str, Any]:
    """The fields of a body that are given."""
    return {name: value for name, value in fields.items() if value is not None}


def next_page(call: Call[Page[T]], page: Page[T]) -> Call[Page[T]] | None:
    """The call for the page after this one."""
    return replace(call, query={**call.query, "cursor": page.next}) if page.next else None


class Settings:
    """Where the server is, and who asks."""

    def __init__(
        self, url: str | None, key: str | None, timeout: float, retry: Retry | None, luck: Callable[[], float]
    ) -> None:
        self.url = (url or os.environ.get("CHANDLERY_URL") or "http://127.0.0.1:8080").rstrip("/")
        key = key or os.environ.get("CHANDLERY_KEY")
        self.retry = retry or Retry()
        self.luck = luck
        self.options: dict[str, Any] = {
            "base_url": self.url,
            "timeout": timeout,
            "headers": {"Authorization": f"Bearer {key}"} if key else {},
        }

    def request(self, call: Call[Any]) -> dict[str, Any]:
        """What the HTTP client is told."""
        return {
            "method": call.method, "url": call.path, "params": call.query, "json": call.json, "content": call.content,
            "headers": call.headers,
        }

    def pause(self, error: Error, call: Call[Any], tried: int) -> float:
        """Seconds before the next try; raises the error where there is to be no other."""
        pause = self.retry.after(error, call.harmless, tried, self.luck())
        if pause is None:
            raise error
        return pause


def luck() -> float:
    return random.random()


def answer(call: Call[T], response: httpx.Response) -> T:
    """What the server told, or the error that it refused the call with."""
    if not response.is_success:
        raise refused(response.status_code, response.content, response.headers.get("Retry-After"))
    if call.raw:
        return call.read(response.content)
    return call.read(json.loads(response.content) if response.content else None)


def refused(status: int, body: bytes, retry_after: str | None) -> Refused:
    """The error of an answer. ``/compat/influx`` says ``message`` where others say ``detail``."""
    try:
        told = json.loads(body)
    except ValueError:
        told = None
    told = told if isinstance(told, dict) else {}
    detail = told.get("detail") or told.get("message") or told.get("error") or body[:300].decode(errors="replace")
    wait = float(retry_after) if retry_after and retry_after.isdigit() else None
    kind = OF_STATUS.get(status, Refused)
    return kind(status, told.get("code", "unknown"), detail, told.get("parameter"), wait)


def lost(error: httpx.HTTPError, url: str) -> Unreachable:
    """No answer came."""
    before = isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout))
    return Unreachable(f"{url}: {type(error).__name__}: {error}", before_sent=before)
