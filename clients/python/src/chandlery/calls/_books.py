"""What came of orders: positions, round trips and money."""

from __future__ import annotations

from uuid import UUID

from .._http import Call, given, nothing, part, query
from .._values import Number, Time, iso, numbers, text, times
from ..models import Balance, Explanation, LedgerEntry, Page, Position, RoundTrip
from ._answers import many, one, page

__all__ = ["balances", "entries", "explain", "explain_position", "positions", "report_entry", "trades"]


def positions(
    *, account: UUID | str | None = None, bot: UUID | str | None = None, symbol: str | None = None,
    status: str | None = None, strategy: str | None = None, direction: str | None = None, from_: Time | None = None,
    to: Time | None = None, as_of: Time | None = None, maintenance_rate: Number | None = None,
    limit: int | None = None, cursor: str | None = None,
) -> Call[Page[Position]]:
    """A page of positions, the newest first; ``as_of``: as they were recorded then. ``maintenance_rate`` is the venue's
    for margin, from which ``liquidation_price`` comes."""
    asked = query(
        account=account, bot=bot, symbol=symbol, status=status, strategy=strategy, direction=direction, limit=limit,
        cursor=cursor, **times(from_=from_, to=to, as_of=as_of), **numbers(maintenance_rate=maintenance_rate),
    )
    return Call("GET", "/v1/ledger/positions", page(Position, "positions"), asked, harmless=True)


def trades(
    *, account: UUID | str | None = None, bot: UUID | str | None = None, symbol: str | None = None,
    status: str | None = None, strategy: str | None = None, direction: str | None = None, result: str | None = None,
    entry_logic: str | None = None, exit_logic: str | None = None, exit_reason: str | None = None,
    interval: str | None = None, from_: Time | None = None, to: Time | None = None, as_of: Time | None = None, limit: int | None = None,
    cursor: str | None = None,
) -> Call[Page[RoundTrip]]:
    """A page of round trips, the newest first; ``result`` is profit or loss, ``as_of``: as they were recorded then."""
    asked = query(
        account=account, bot=bot, symbol=symbol, status=status, strategy=strategy, direction=direction, result=result,
        entry_logic=entry_logic, exit_logic=exit_logic, exit_reason=exit_reason, interval=interval, limit=limit,
        cursor=cursor, **times(from_=from_, to=to, as_of=as_of),
    )
    return Call("GET", "/v1/ledger/trades", page(RoundTrip, "trades"), asked, harmless=True)


def explain_position(id: UUID | str) -> Call[Explanation]:
    """Of what the profit of a position is made; its number is its round trip's too."""
    return Call("GET", f"/v1/ledger/positions/{part(id)}/explain", one(Explanation), harmless=True)


def explain(
    *, account: UUID | str | None = None, bot: UUID | str | None = None, symbol: str | None = None,
    from_: Time | None = None, to: Time | None = None,
) -> Call[Explanation]:
    """Of what the profit of a time is made: without ``to`` until now, without ``from_`` of a day."""
    asked = query(account=account, bot=bot, symbol=symbol, **times(from_=from_, to=to))
    return Call("GET", "/v1/ledger/explain", one(Explanation), asked, harmless=True)


def balances(account: UUID | str, *, as_of: Time | None = None) -> Call[list[Balance]]:
    """What an account has, or had as it was recorded then."""
    path = f"/v1/ledger/accounts/{part(account)}/balances"
    return Call("GET", path, many(Balance, "balances"), query(**times(as_of=as_of)), harmless=True)


def entries(
    *, account: UUID | str | None = None, bot: UUID | str | None = None, asset: str | None = None,
    purse: str | None = None, kind: str | None = None, from_: Time | None = None, to: Time | None = None,
    limit: int | None = None, cursor: str | None = None,
) -> Call[Page[LedgerEntry]]:
    """A page of the postings of one's accounts, the newest first."""
    asked = query(
        account=account, bot=bot, asset=asset, purse=purse, kind=kind, limit=limit, cursor=cursor,
        **times(from_=from_, to=to),
    )
    return Call("GET", "/v1/ledger/entries", page(LedgerEntry, "entries"), asked, harmless=True)


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
