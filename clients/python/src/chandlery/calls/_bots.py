"""Bots, and what they tell of themselves."""

from __future__ import annotations

from typing import Any, Mapping
from uuid import UUID

from .._http import Call, given, nothing, part, query
from .._values import Number, numbers
from ..models import Bot, BotStatus, Heartbeat, Page
from ._answers import one, page

__all__ = [
    "bot", "bot_status", "bots", "change_bot", "create_bot", "delete_bot", "heartbeat", "heartbeats", "pause_bot",
    "start_bot", "stop_bot",
]


def bots(
    *, account: UUID | str | None = None, status: str | None = None, user: UUID | str | None = None,
    limit: int | None = None, cursor: str | None = None,
) -> Call[Page[Bot]]:
    """A page of one's bots, the newest first; with ``user``, which is for administrators, of somebody's."""
    asked = query(account=account, status=status, user=user, limit=limit, cursor=cursor)
    return Call("GET", "/v1/trading/bots", page(Bot, "bots"), asked, harmless=True)


def bot(id: UUID | str) -> Call[Bot]:
    """A bot."""
    return Call("GET", f"/v1/trading/bots/{part(id)}", one(Bot), harmless=True)


def create_bot(
    account: UUID | str, name: str, type: str, *, strategy_version: UUID | str | None = None,
    config: Mapping[str, Any] | None = None, description: str | None = None, silent_after_s: int | None = None,
    extra_metadata: Mapping[str, Any] | None = None,
) -> Call[Bot]:
    """Makes a bot, ``paper`` or ``live``; ``extra_metadata`` is what other programs keep with it."""
    body = given(
        account=str(account), name=name, type=type, strategy_version=strategy_version and str(strategy_version),
        config=config, description=description, silent_after_s=silent_after_s, extra_metadata=extra_metadata,
    )
    return Call("POST", "/v1/trading/bots", one(Bot), json=body)


def change_bot(
    id: UUID | str, *, name: str | None = None, strategy_version: UUID | str | None = None,
    config: Mapping[str, Any] | None = None, description: str | None = None, silent_after_s: int | None = None,
    extra_metadata: Mapping[str, Any] | None = None,
) -> Call[Bot]:
    """Changes a bot; what isn't given stays. While it is started, so does what it trades by: ``strategy_version``,
    ``config`` and ``silent_after_s``."""
    body = given(
        name=name, strategy_version=strategy_version and str(strategy_version), config=config,
        description=description, silent_after_s=silent_after_s, extra_metadata=extra_metadata,
    )
    return Call("PATCH", f"/v1/trading/bots/{part(id)}", one(Bot), json=body, harmless=True)


def bot_status(id: UUID | str) -> Call[BotStatus]:
    """What a bot is doing; it may be asked often."""
    return Call("GET", f"/v1/trading/bots/{part(id)}/status", one(BotStatus), harmless=True)


def start_bot(id: UUID | str) -> Call[Bot]:
    """Starts a bot; one that runs already goes on."""
    return Call("POST", f"/v1/trading/bots/{part(id)}/start", one(Bot), harmless=True)


def stop_bot(id: UUID | str) -> Call[Bot]:
    """Stops a bot."""
    return Call("POST", f"/v1/trading/bots/{part(id)}/stop", one(Bot), harmless=True)


def pause_bot(id: UUID | str) -> Call[Bot]:
    """Has a bot wait."""
    return Call("POST", f"/v1/trading/bots/{part(id)}/pause", one(Bot), harmless=True)


def delete_bot(id: UUID | str) -> Call[None]:
    """Deletes a bot that never traded."""
    return Call("DELETE", f"/v1/trading/bots/{part(id)}", nothing)


def heartbeat(
    id: UUID | str, *, message: str | None = None, error: str | None = None, balance: Number | None = None,
    total_pnl: Number | None = None,
) -> Call[Bot]:
    """Tells that a bot is there; the answer says whether it is to stop or wait. It is sent once, for one with an error
    counts, and the next one follows anyway."""
    body = given(message=message, error=error, **numbers(balance=balance, total_pnl=total_pnl))
    return Call("POST", f"/v1/trading/bots/{part(id)}/heartbeat", one(Bot), json=body)


def heartbeats(id: UUID | str, *, limit: int | None = None, cursor: str | None = None) -> Call[Page[Heartbeat]]:
    """What a bot told of itself, the newest first."""
    path = f"/v1/trading/bots/{part(id)}/heartbeats"
    return Call("GET", path, page(Heartbeat, "heartbeats"), query(limit=limit, cursor=cursor), harmless=True)
