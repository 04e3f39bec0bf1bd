"""What came of orders: positions, round trips and money."""

from __future__ import annotations

from uuid import UUID

from .._http import Call, given, nothing, part, query
from .._values import Number, Time, iso, text, times
from ..models import Balance, Page, Position, RoundTrip
from ._answers import many, page

__all__ = ["balances", "positions", "report_entry", "trades"]


def positions(
    *, account: UUID | str | None = None, bot: UUID | str | None = None, symbol: str | None = None,
    status: str | None = None, strategy: str | None = None, from_: Time | None = None, to: Time | None = None,
    limit: int | None = None, cursor: str | None = None,
) -> Call[Page[Position]]:
    """A page of positions, the newest first."""
    asked = query(
        account=account, bot=bot, symbol=symbol, status=status, strategy=strategy, limit=limit, cursor=cursor,
        **times(from_=from_, to=to),
    )
    return Call("GET", "/v1/ledger/positions", page(Position, "positions"), asked, harmless=True)


def trades(
    *, account: UUID | str | None = None, bot: UUID | str | None = None, symbol: str | None = None,
    status: str | None = None, strategy: str | None = None, from_: Time | None = None, to: Time | None = None,
    limit: int | None = None, cursor: str | None = None,
) -> Call[Page[RoundTrip]]:
    """A page of round trips, the newest first."""
    asked = query(
        account=account, bot=bot, symbol=symbol, status=status, strategy=strategy, limit=limit, cursor=cursor,
        **times(from_=from_, to=to),
    )
    return Call("GET", "/v1/ledger/trades", page(RoundTrip, "trades"), asked, harmless=True)


def balances(account: UUID | str) -> Call[list[Balance]]:
    """What an account has."""
    return Call("GET", f"/v1/ledger/accounts/{part(account)}/balances", many(Balance, "balances"), harmless=True)


def report_entry(
    account: UUID | str, kind: str, id: str, asset: str, amount: Number, *, time: Time, symbol: str | None = None,
    bot: UUID | str | None = None,
) -> Call[None]:
    """Tells what happened to an account: deposited, withdrawn or funding_paid. Under the same ``id`` it is the same."""
    body = given(
        kind=kind, id=id, asset=asset, amount=text(amount, "amount"), time=iso(time, "time"), symbol=symbol,
        bot=bot and str(bot),
    )
    return Call("POST", f"/v1/ledger/accounts/{part(account)}/entries", nothing, json=body, harmless=True)
