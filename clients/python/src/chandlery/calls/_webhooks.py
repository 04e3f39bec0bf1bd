"""Webhooks, whose alerts become orders of a bot, and what came to them."""

from __future__ import annotations

from typing import Mapping
from uuid import UUID

from .._http import Call, given, nothing, part, query
from ..models import Alert, MadeWebhook, Page, Webhook
from ._answers import many, one, page

__all__ = [
    "alerts", "change_webhook", "create_webhook", "delete_webhook", "retry_alert", "rotate_webhook", "webhooks",
]


def _of(bot: UUID | str, webhook: UUID | str) -> str:
    return f"/v1/trading/bots/{part(bot)}/webhooks/{part(webhook)}"


def webhooks(bot: UUID | str) -> Call[list[Webhook]]:
    """The webhooks of a bot, the oldest first."""
    return Call("GET", f"/v1/trading/bots/{part(bot)}/webhooks", many(Webhook, "webhooks"), harmless=True)


def create_webhook(bot: UUID | str, name: str, *, template: Mapping[str, str] | None = None) -> Call[MadeWebhook]:
    """Makes one; without ``template`` it is for TradingView's strategies. Only somebody who is logged in does: the client's
    key is the secret of their session."""
    body = given(name=name, template=template)
    return Call("POST", f"/v1/trading/bots/{part(bot)}/webhooks", one(MadeWebhook), json=body)


def change_webhook(
    bot: UUID | str, webhook: UUID | str, *, name: str | None = None, template: Mapping[str, str] | None = None,
    enabled: bool | None = None,
) -> Call[Webhook]:
    """Changes one; what isn't given stays."""
    body = given(name=name, template=template, enabled=enabled)
    return Call("PATCH", _of(bot, webhook), one(Webhook), json=body, harmless=True)


def rotate_webhook(bot: UUID | str, webhook: UUID | str) -> Call[MadeWebhook]:
    """Gives one another secret; the one before opens nothing from then on. Only somebody who is logged in does."""
    return Call("POST", f"{_of(bot, webhook)}/rotate", one(MadeWebhook))


def delete_webhook(bot: UUID | str, webhook: UUID | str) -> Call[None]:
    """Deletes one and its log."""
    return Call("DELETE", _of(bot, webhook), nothing)


def alerts(
    bot: UUID | str, webhook: UUID | str, *, limit: int | None = None, cursor: str | None = None
) -> Call[Page[Alert]]:
    """A page of what came to one, the newest first."""
    asked = query(limit=limit, cursor=cursor)
    return Call("GET", f"{_of(bot, webhook)}/log", page(Alert, "alerts"), asked, harmless=True)


def retry_alert(bot: UUID | str, webhook: UUID | str, alert: UUID | str) -> Call[Alert]:
    """Tries an alert once more, by the template as it is now. An order that it has placed stays the one."""
    return Call("POST", f"{_of(bot, webhook)}/log/{part(alert)}/retry", one(Alert), harmless=True)
