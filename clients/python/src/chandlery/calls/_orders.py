"""Orders and their fills."""

from __future__ import annotations

from typing import Any, Iterable, Mapping
from uuid import UUID, uuid4

from .._http import Call, given, part, query
from .._values import Number, Time, iso, numbers, text, times
from ..models import Fee, Fill, Order, OrderEvent, OwnFill, Page
from ._answers import many, one, page

__all__ = ["amend", "cancel", "fills", "order", "order_events", "orders", "own_fills", "place", "report", "report_fill"]


def place(
    account: UUID | str, symbol: str, side: str, kind: str = "market", *, quantity: Number | None = None,
    quote_quantity: Number | None = None, limit_price: Number | None = None, stop_price: Number | None = None,
    trail_distance: Number | None = None, trail_percent: Number | None = None, time_in_force: str = "gtc",
    mode: str = "spot", reduce_only: bool = False, leverage: Number | None = None, bot: UUID | str | None = None,
    client_order_id: str | None = None, tags: Mapping[str, str | None] | None = None, submitted: bool = False,
    venue_order_id: str | None = None, exchange_metadata: Mapping[str, Any] | None = None,
) -> Call[Order]:
    """Places an order, durably. Under the same ``client_order_id`` it is the same order; without one this call has its
    own, so that sending the same call again is harmless."""
    terms = numbers(
        quantity=quantity, quote_quantity=quote_quantity, limit_price=limit_price, stop_price=stop_price,
        trail_distance=trail_distance, trail_percent=trail_percent, leverage=leverage,
    )
    body = given(
        account=str(account), bot=bot and str(bot), client_order_id=client_order_id or str(uuid4()), symbol=symbol,
        mode=mode, side=side, kind=kind, time_in_force=time_in_force, reduce_only=reduce_only,
        tags=dict(tags or {}), submitted=submitted, venue_order_id=venue_order_id,
        exchange_metadata=exchange_metadata, **terms,
    )
    return Call("POST", "/v1/ledger/orders", one(Order), json=body, harmless=True)


def order(id: UUID | str) -> Call[Order]:
    """An order."""
    return Call("GET", f"/v1/ledger/orders/{part(id)}", one(Order), harmless=True)


def orders(
    *, account: UUID | str | None = None, bot: UUID | str | None = None, symbol: str | None = None,
    status: Iterable[str] = (), side: str | None = None, kind: str | None = None, strategy: str | None = None,
    client_order_id: str | None = None, from_: Time | None = None, to: Time | None = None, as_of: Time | None = None,
    limit: int | None = None, cursor: str | None = None,
) -> Call[Page[Order]]:
    """A page of orders, the newest first; ``as_of``: as they were recorded then."""
    states = status if isinstance(status, str) else ",".join(status)
    asked = query(
        account=account, bot=bot, symbol=symbol, status=states or None, side=side, kind=kind, strategy=strategy,
        client_order_id=client_order_id, limit=limit, cursor=cursor, **times(from_=from_, to=to, as_of=as_of),
    )
    return Call("GET", "/v1/ledger/orders", page(Order, "orders"), asked, harmless=True)


def _keyed(method: str, path: str, body: Any = None) -> Call[Order]:
    headers = {"Idempotency-Key": str(uuid4())}
    return Call(method, path, one(Order), json=body, headers=headers, harmless=True)


def amend(
    id: UUID | str, *, quantity: Number | None = None, limit_price: Number | None = None,
    stop_price: Number | None = None,
) -> Call[Order]:
    """Changes an order; what isn't given stays."""
    body = numbers(quantity=quantity, limit_price=limit_price, stop_price=stop_price)
    return _keyed("PATCH", f"/v1/ledger/orders/{part(id)}", body)


def cancel(id: UUID | str) -> Call[Order]:
    """Asks for an order to be cancelled; it is once whoever has it says so."""
    return _keyed("DELETE", f"/v1/ledger/orders/{part(id)}")


def report(id: UUID | str, kind: str, **fields: str) -> Call[Order]:
    """Tells what happened to an order that was sent elsewhere: ``report(id, "accepted", venue_order_id="17")``. Kinds are
    submitted, accepted, rejected (code, reason), triggered, cancelled (reason), expired, completed, reserved (asset,
    amount)."""
    return _keyed("POST", f"/v1/ledger/orders/{part(id)}/reports", {"kind": kind, **fields})


def report_fill(
    id: UUID | str, venue_trade_id: str, price: Number, quantity: Number, *, time: Time, fees: Iterable[Fee] = (),
    liquidity: str | None = None,
) -> Call[Order]:
    """Tells of a trade of an order that was sent elsewhere. Under the same ``venue_trade_id`` it is the same trade."""
    costs = [{"asset": fee.asset, "amount": text(fee.amount, "fees")} for fee in fees]
    body = given(
        venue_trade_id=venue_trade_id, fees=costs, liquidity=liquidity, time=iso(time, "time"),
        **numbers(price=price, quantity=quantity),
    )
    return Call("POST", f"/v1/ledger/orders/{part(id)}/fills", one(Order), json=body, harmless=True)


def fills(id: UUID | str) -> Call[list[Fill]]:
    """The trades of an order."""
    return Call("GET", f"/v1/ledger/orders/{part(id)}/fills", many(Fill, "fills"), harmless=True)


def own_fills(
    *, account: UUID | str | None = None, bot: UUID | str | None = None, symbol: str | None = None,
    side: str | None = None, from_: Time | None = None, to: Time | None = None, limit: int | None = None,
    cursor: str | None = None,
) -> Call[Page[OwnFill]]:
    """A page of the trades of one's own orders, the newest first."""
    asked = query(
        account=account, bot=bot, symbol=symbol, side=side, limit=limit, cursor=cursor, **times(from_=from_, to=to)
    )
    return Call("GET", "/v1/ledger/fills", page(OwnFill, "fills"), asked, harmless=True)


def order_events(id: UUID | str, *, limit: int | None = None, cursor: str | None = None) -> Call[Page[OrderEvent]]:
    """A page of what happened to an order, the oldest first."""
    path = f"/v1/ledger/orders/{part(id)}/events"
    return Call("GET", path, page(OrderEvent, "events"), query(limit=limit, cursor=cursor), harmless=True)
