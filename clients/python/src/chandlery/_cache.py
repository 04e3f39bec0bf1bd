"""Texts that live for a while, by the names that Redis has for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Awaitable, Protocol, TypeVar

from . import calls
from ._http import Call
from .errors import NotFound

T = TypeVar("T")
#: Without ``ex`` a value lives for a day, which is the most.
LONGEST_S = 86_400


class _Send(Protocol):
    def __call__(self, call: Call[T], /) -> T: ...


class _AsyncSend(Protocol):
    def __call__(self, call: Call[T], /) -> Awaitable[T]: ...


def _seconds(ex: int | timedelta | None) -> int:
    return int(ex.total_seconds()) if isinstance(ex, timedelta) else LONGEST_S if ex is None else ex


class Cache:
    """One's own values: nobody else reads them, and no price of a market comes from them."""

    def __init__(self, send: _Send) -> None:
        self._send = send

    def set(self, key: str, value: object, ex: int | timedelta | None = None) -> None:
        """Keeps ``str(value)`` for ``ex`` seconds."""
        self._send(calls.set_value(key, str(value), _seconds(ex)))

    def get(self, key: str) -> str | None:
        """What is kept, None once its life is over."""
        try:
            return self._send(calls.get_value(key)).value
        except NotFound:
            return None

    def delete(self, key: str) -> None:
        """Forgets it."""
        self._send(calls.forget_value(key))


class AsyncCache:
    """The same, to await."""

    def __init__(self, send: _AsyncSend) -> None:
        self._send = send

    async def set(self, key: str, value: object, ex: int | timedelta | None = None) -> None:
        """Keeps ``str(value)`` for ``ex`` seconds."""
        await self._send(calls.set_value(key, str(value), _seconds(ex)))

    async def get(self, key: str) -> str | None:
        """What is kept, None once its life is over."""
        try:
            return (await self._send(calls.get_value(key))).value
        except NotFound:
            return None

    async def delete(self, key: str) -> None:
        """Forgets it."""
        await self._send(calls.forget_value(key))
