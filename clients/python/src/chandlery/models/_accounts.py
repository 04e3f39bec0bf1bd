"""What is told of accounts at venues."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

__all__ = ["Account", "MadeSigningKey", "PaperSettings", "Queue", "Saga", "SigningKey", "Slippage"]


@dataclass(frozen=True)
class Account:
    """An account at a venue."""

    id: UUID
    venue: str
    name: str
    #: paper or external.
    kind: str
    has_credentials: bool
    #: The first letters of the venue's key, where one is kept.
    key_beginning: str | None
    archived_at: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class Slippage:
    """What a taker loses: ``Slippage("fixed", bps=…)``, or ``Slippage("volume_share", impact=…, limit=…)``."""

    kind: str
    #: Hundredths of a percent of the price.
    bps: Decimal | None = None
    #: The part of the price that all of the last minute's volume would cost.
    impact: Decimal | None = None
    #: The most that is taken at once, as a part of that volume.
    limit: Decimal | None = None


@dataclass(frozen=True)
class Queue:
    """What stands before an order that begins to wait: ``Queue("share", share=…)``, or ``Queue("quote", amount=…)``."""

    kind: str
    #: A part of the last minute's volume.
    share: Decimal | None = None
    #: As much as so much quote buys at the order's price.
    amount: Decimal | None = None


@dataclass(frozen=True)
class PaperSettings:
    """What a paper account pays, and how its orders meet the market."""

    #: A part of the value; below zero it is a rebate.
    maker_fee: Decimal
    taker_fee: Decimal
    #: quote, or received: of spot in what comes in.
    fee_asset: str
    slippage: Slippage
    queue: Queue


@dataclass(frozen=True)
class SigningKey:
    """A key by which a program made for Binance trades on a paper account."""

    id: UUID
    account: UUID
    name: str
    #: The first characters of ``api_key``.
    beginning: str
    created_at: datetime
    #: To the minute.
    last_used_at: datetime | None
    last_used_ip: str | None


@dataclass(frozen=True)
class MadeSigningKey(SigningKey):
    """One that was just made; both texts are told this once."""

    api_key: str = field(repr=False)
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Saga:
    """An order on its way through the paper venue."""

    order: UUID
    #: What is done next: reserve, submit or settle.
    step: str
    #: running, or stuck after several failures.
    state: str
    #: Failures of this step in a row.
    attempts: int
    last_error: str | None
    updated_at: datetime
