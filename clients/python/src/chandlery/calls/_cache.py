"""Texts of one's own that live for a while."""

from __future__ import annotations

from .._http import Call, nothing, part
from ..models import Value
from ._answers import one

__all__ = ["forget_value", "get_value", "set_value"]


def set_value(key: str, value: str, life_s: int) -> Call[Value]:
    """Keeps a text for so many seconds. It is one's own, and never taken for a market's price."""
    body = {"value": value, "life_s": life_s}
    return Call("PUT", f"/v1/trading/cache/{part(key)}", one(Value), json=body, harmless=True)


def get_value(key: str) -> Call[Value]:
    """A text that was kept; ``NotFound`` once its life is over."""
    return Call("GET", f"/v1/trading/cache/{part(key)}", one(Value), harmless=True)


def forget_value(key: str) -> Call[None]:
    """Forgets a text."""
    return Call("DELETE", f"/v1/trading/cache/{part(key)}", nothing, harmless=True)
