"""What is told of strategies and bots, and of one's own values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

__all__ = ["Bot", "BotState", "BotStatus", "Heartbeat", "Strategy", "StrategyVersion", "Template", "Value"]


@dataclass(frozen=True)
class Value:
    """A value of one's own that lives for a while."""

    key: str
    value: str
    expires_at: datetime


@dataclass(frozen=True)
class Strategy:
    """A strategy."""

    id: UUID
    name: str
    description: str | None
    accounts: list[UUID]
    latest_version: int | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class StrategyVersion:
    """A version of a strategy; bots follow it by its ``id``."""

    id: UUID
    version: int
    config_schema: dict[str, Any] | None
    parameters: dict[str, Any]
    notes: str | None
    created_at: datetime


@dataclass(frozen=True)
class Template:
    """What a strategy begins with."""

    id: UUID
    name: str
    description: str | None
    #: Of the strategy's first version: parameters, and config_schema and notes where there are any.
    template_data: dict[str, Any]
    #: Whether everybody reads it.
    is_public: bool
    #: Whether it is one's own.
    own: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class Bot:
    """A bot."""

    id: UUID
    account: UUID
    name: str
    #: paper or live.
    type: str
    strategy_version: UUID | None
    #: stopped, running, paused, silent or error.
    status: str
    started_at: datetime | None
    last_heartbeat: datetime | None
    error_count: int
    balance: Decimal | None
    total_pnl: Decimal | None
    description: str | None
    config: dict[str, Any]
    #: What other programs keep with it.
    extra_metadata: dict[str, Any]
    silent_after_s: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class BotState:
    """What a bot is doing."""

    id: UUID
    account: UUID
    #: That of a bot, or deleted.
    status: str
    started_at: datetime | None
    last_heartbeat: datetime | None
    error_count: int
    balance: Decimal | None
    total_pnl: Decimal | None


@dataclass(frozen=True)
class BotStatus:
    """What a bot is doing, for whoever asks often."""

    status: str
    started_at: datetime | None
    last_heartbeat: datetime | None
    error_count: int
    balance: Decimal | None
    total_pnl: Decimal | None


@dataclass(frozen=True)
class Heartbeat:
    """What a bot told of itself."""

    at: datetime
    message: str | None
    error: str | None
    balance: Decimal | None
