"""What is told of webhooks."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

__all__ = ["Alert", "MadeWebhook", "Webhook"]


@dataclass(frozen=True)
class Webhook:
    """An address whose alerts become orders of a bot."""

    id: UUID
    bot: UUID
    name: str
    #: Where alerts are sent, at the server.
    path: str
    #: The first characters of its secret.
    beginning: str
    #: What of an alert becomes which field of an order.
    template: dict[str, str]
    enabled: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class MadeWebhook(Webhook):
    """One that was just made or given another secret, which is told this once."""

    secret: str = field(repr=False)


@dataclass(frozen=True)
class Alert:
    """What came to a webhook."""

    id: UUID
    #: The alert that it repeats, or itself.
    first: UUID
    #: received, placed, repeated or refused.
    outcome: str
    #: Why not, as problems have it, and in words.
    code: str | None
    reason: str | None
    order: UUID | None
    #: Where that is in its life now.
    order_status: str | None
    #: The whole of it, without the secret.
    body: str
    content_type: str | None
    user_agent: str | None
    ip: str | None
    received_at: datetime
