"""How well something traded, and what it is worth."""

from __future__ import annotations

from uuid import UUID

from .._http import Call, query
from .._values import Number, Time, numbers, times
from ..models import Equity, Performance, Portfolio, Snapshots
from ._answers import one

__all__ = ["equity", "performance", "portfolio", "snapshots"]


def performance(
    *, account: UUID | str | None = None, bot: UUID | str | None = None, symbol: str | None = None,
    strategy: str | None = None, interval: str | None = None, entry_logic: str | None = None,
    exit_logic: str | None = None, exit_reason: str | None = None, direction: str | None = None,
    result: str | None = None, from_: Time | None = None, to: Time | None = None, currency: str | None = None,
    group_by: str | None = None, starting_balance: Number | None = None,
) -> Call[Performance]:
    """How well closed trades went, all together, or ``group_by`` bot, symbol, interval, entry_logic, exit_logic, strategy,
    exit_reason or direction. Without ``starting_balance`` it is what came into the accounts from outside."""
    asked = query(
        account=account, bot=bot, symbol=symbol, strategy=strategy, interval=interval, entry_logic=entry_logic,
        exit_logic=exit_logic, exit_reason=exit_reason, direction=direction, result=result, currency=currency,
        group_by=group_by, **times(from_=from_, to=to), **numbers(starting_balance=starting_balance),
    )
    return Call("GET", "/v1/ledger/performance", one(Performance), asked, harmless=True)


def equity(
    *, account: UUID | str | None = None, bot: UUID | str | None = None, interval: str | None = None,
    from_: Time | None = None, to: Time | None = None, currency: str | None = None,
) -> Call[Equity]:
    """What an account, a bot or everything was worth at every full minute, hour or day, and at the end."""
    asked = query(account=account, bot=bot, interval=interval, currency=currency, **times(from_=from_, to=to))
    return Call("GET", "/v1/ledger/equity", one(Equity), asked, harmless=True)


def snapshots(
    *, account: UUID | str | None = None, bot: UUID | str | None = None, interval: str | None = None,
    from_: Time | None = None, to: Time | None = None, currency: str | None = None,
) -> Call[Snapshots]:
    """What was recorded of accounts or a bot at every full hour, or with ``day``, which is usual, at midnight."""
    asked = query(account=account, bot=bot, interval=interval, currency=currency, **times(from_=from_, to=to))
    return Call("GET", "/v1/ledger/snapshots", one(Snapshots), asked, harmless=True)


def portfolio(*, currency: str | None = None, as_of: Time | None = None) -> Call[Portfolio]:
    """All that one has, in one currency, now or as it was recorded then."""
    asked = query(currency=currency, **times(as_of=as_of))
    return Call("GET", "/v1/ledger/portfolio", one(Portfolio), asked, harmless=True)
