"""Every call of the API, as a value: what is asked, and how the answer is read. The clients' methods are made of these;
``client.iterate(call)`` follows those that give a page."""

from __future__ import annotations

from typing import Any, Callable, Iterable, Mapping, TypeVar
from uuid import UUID, uuid4

from . import _lines
from ._http import Call, given, nothing, part, query
from ._values import Number, Time, iso, read, text
from .models import (
    Account, Balance, Bot, Candle, Fee, Fill, Heartbeat, Order, Page, Point, Position, Price, RoundTrip, Strategy,
    StrategyVersion, Symbol, Tick, Value,
)

T = TypeVar("T")
ARROW = "application/vnd.apache.arrow.stream"


def _one(kind: type[T]) -> Callable[[Any], T]:
    return lambda told: read(kind, told)


def _list(kind: type[T], name: str) -> Callable[[Any], list[T]]:
    return lambda told: [read(kind, one) for one in told[name]]


def _page(kind: type[T], name: str) -> Callable[[Any], Page[T]]:
    return lambda told: Page([read(kind, one) for one in told[name]], told["next"])


def symbols() -> Call[list[Symbol]]:
    """All symbols with their last price."""
    return Call("GET", "/v1/market/symbols", _list(Symbol, "symbols"), harmless=True)


def symbol(name: str) -> Call[Symbol]:
    """One symbol, ``venue:CODE``, and the rules of its venue."""
    return Call("GET", f"/v1/market/symbols/{part(name)}", _one(Symbol), harmless=True)


def price(symbol: str) -> Call[Price]:
    """A symbol's latest price."""
    return Call("GET", "/v1/market/price", _one(Price), query(symbol=symbol), harmless=True)


def candles(
    symbol: str, interval: str, *, from_: Time | None = None, to: Time | None = None, limit: int | None = None,
    order: str | None = None, origin: str | None = None, as_of: Time | None = None,
    min_coverage: Number | None = None, cursor: str | None = None,
) -> Call[Page[Candle]]:
    """A page of candles; without range and order the newest, oldest of them first. ``order="asc"`` begins at the first."""
    coverage = None if min_coverage is None else text(min_coverage)
    asked = query(
        symbol=symbol, interval=interval, from_=iso(from_), to=iso(to), limit=limit, order=order, origin=origin,
        as_of=iso(as_of), min_coverage=coverage, cursor=cursor,
    )
    return Call("GET", "/v1/market/candles", _page(Candle, "candles"), asked, harmless=True)


def candles_arrow(
    symbol: str, interval: str, *, from_: Time | None = None, to: Time | None = None, origin: str | None = None,
    as_of: Time | None = None,
) -> Call[Any]:
    """All candles of a range as a ``pyarrow.Table``; ``to_pandas()`` and ``polars.from_arrow()`` go on from there."""
    import pyarrow

    def table(body: bytes) -> Any:
        return pyarrow.ipc.open_stream(body).read_all()

    asked = query(symbol=symbol, interval=interval, from_=iso(from_), to=iso(to), origin=origin, as_of=iso(as_of))
    headers = {"Accept": ARROW}
    return Call("GET", "/v1/market/candles", table, asked, headers=headers, harmless=True, raw=True)


def ticks(
    symbol: str, *, from_: Time | None = None, to: Time | None = None, limit: int | None = None,
    order: str | None = None, cursor: str | None = None,
) -> Call[Page[Tick]]:
    """A page of trades of a market; without range and order the newest."""
    asked = query(symbol=symbol, from_=iso(from_), to=iso(to), limit=limit, order=order, cursor=cursor)
    return Call("GET", "/v1/market/ticks", _page(Tick, "ticks"), asked, harmless=True)


def write_lines(lines: str, bucket: str = "chandlery") -> Call[None]:
    """Stores durably what the line protocol says, with times in nanoseconds. Written again it changes nothing."""
    asked = query(bucket=bucket, precision="ns")
    return Call("POST", "/compat/influx/api/v2/write", nothing, asked, content=lines.encode(), harmless=True)


def write_tick(
    symbol: str, price: Number, quantity: Number, *, time: Time, side: str | None = None, trade_id: str | None = None
) -> Call[None]:
    """Stores a trade of a market; candles follow. Without an id, two that agree in everything are one."""
    return write_lines(_lines.tick(symbol, price, quantity, time, side, trade_id))


def points(
    measurement: str, *, tags: Mapping[str, str] | None = None, bucket: str | None = None, from_: Time | None = None,
    to: Time | None = None, limit: int | None = None, cursor: str | None = None,
) -> Call[Page[Point]]:
    """A page of what was written of other measurements, the oldest first."""
    asked = query(measurement=measurement, bucket=bucket, from_=iso(from_), to=iso(to), limit=limit, cursor=cursor)
    asked |= {f"tag.{name}": value for name, value in (tags or {}).items()}
    return Call("GET", "/v1/ops/points", _page(Point, "points"), asked, harmless=True)


def set_value(key: str, value: str, life_s: int) -> Call[Value]:
    """Keeps a text for so many seconds. It is one's own, and never taken for a market's price."""
    body = {"value": value, "life_s": life_s}
    return Call("PUT", f"/v1/trading/cache/{part(key)}", _one(Value), json=body, harmless=True)


def get_value(key: str) -> Call[Value]:
    """A text that was kept; ``NotFound`` once its life is over."""
    return Call("GET", f"/v1/trading/cache/{part(key)}", _one(Value), harmless=True)


def forget_value(key: str) -> Call[None]:
    """Forgets a text."""
    return Call("DELETE", f"/v1/trading/cache/{part(key)}", nothing, harmless=True)


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
    numbers = {
        "quantity": quantity, "quote_quantity": quote_quantity, "limit_price": limit_price, "stop_price": stop_price,
        "trail_distance": trail_distance, "trail_percent": trail_percent, "leverage": leverage,
    }
    body = given(
        account=str(account), bot=bot and str(bot), client_order_id=client_order_id or str(uuid4()), symbol=symbol,
        mode=mode, side=side, kind=kind, time_in_force=time_in_force, reduce_only=reduce_only,
        tags=dict(tags or {}), submitted=submitted, venue_order_id=venue_order_id,
        exchange_metadata=exchange_metadata, **{name: text(value) for name, value in numbers.items() if value is not None},
    )
    return Call("POST", "/v1/ledger/orders", _one(Order), json=body, harmless=True)


def order(id: UUID | str) -> Call[Order]:
    """An order."""
    return Call("GET", f"/v1/ledger/orders/{part(id)}", _one(Order), harmless=True)


def orders(
    *, account: UUID | str | None = None, bot: UUID | str | None = None, symbol: str | None = None,
    status: Iterable[str] = (), client_order_id: str | None = None, from_: Time | None = None, to: Time | None = None,
    limit: int | None = None, cursor: str | None = None,
) -> Call[Page[Order]]:
    """A page of orders, the newest first."""
    states = status if isinstance(status, str) else ",".join(status)
    asked = query(
        account=account, bot=bot, symbol=symbol, status=states or None, client_order_id=client_order_id,
        from_=iso(from_), to=iso(to), limit=limit, cursor=cursor,
    )
    return Call("GET", "/v1/ledger/orders", _page(Order, "orders"), asked, harmless=True)


def _keyed(method: str, path: str, body: Any = None) -> Call[Order]:
    headers = {"Idempotency-Key": str(uuid4())}
    return Call(method, path, _one(Order), json=body, headers=headers, harmless=True)


def amend(
    id: UUID | str, *, quantity: Number | None = None, limit_price: Number | None = None,
    stop_price: Number | None = None,
) -> Call[Order]:
    """Changes an order; what isn't given stays."""
    numbers = {"quantity": quantity, "limit_price": limit_price, "stop_price": stop_price}
    body = {name: text(value) for name, value in numbers.items() if value is not None}
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
    costs = [{"asset": fee.asset, "amount": text(fee.amount)} for fee in fees]
    body = given(
        venue_trade_id=venue_trade_id, price=text(price), quantity=text(quantity), fees=costs, liquidity=liquidity,
        time=iso(time),
    )
    return Call("POST", f"/v1/ledger/orders/{part(id)}/fills", _one(Order), json=body, harmless=True)


def fills(id: UUID | str) -> Call[list[Fill]]:
    """The trades of an order."""
    return Call("GET", f"/v1/ledger/orders/{part(id)}/fills", _list(Fill, "fills"), harmless=True)


def positions(
    *, account: UUID | str | None = None, bot: UUID | str | None = None, symbol: str | None = None,
    status: str | None = None, strategy: str | None = None, from_: Time | None = None, to: Time | None = None,
    limit: int | None = None, cursor: str | None = None,
) -> Call[Page[Position]]:
    """A page of positions, the newest first."""
    asked = query(
        account=account, bot=bot, symbol=symbol, status=status, strategy=strategy, from_=iso(from_), to=iso(to),
        limit=limit, cursor=cursor,
    )
    return Call("GET", "/v1/ledger/positions", _page(Position, "positions"), asked, harmless=True)


def trades(
    *, account: UUID | str | None = None, bot: UUID | str | None = None, symbol: str | None = None,
    status: str | None = None, strategy: str | None = None, from_: Time | None = None, to: Time | None = None,
    limit: int | None = None, cursor: str | None = None,
) -> Call[Page[RoundTrip]]:
    """A page of round trips, the newest first."""
    asked = query(
        account=account, bot=bot, symbol=symbol, status=status, strategy=strategy, from_=iso(from_), to=iso(to),
        limit=limit, cursor=cursor,
    )
    return Call("GET", "/v1/ledger/trades", _page(RoundTrip, "trades"), asked, harmless=True)


def balances(account: UUID | str) -> Call[list[Balance]]:
    """What an account has."""
    return Call("GET", f"/v1/ledger/accounts/{part(account)}/balances", _list(Balance, "balances"), harmless=True)


def report_entry(
    account: UUID | str, kind: str, id: str, asset: str, amount: Number, *, time: Time, symbol: str | None = None,
    bot: UUID | str | None = None,
) -> Call[None]:
    """Tells what happened to an account: deposited, withdrawn or funding_paid. Under the same ``id`` it is the same."""
    body = given(
        kind=kind, id=id, asset=asset, amount=text(amount), time=iso(time), symbol=symbol, bot=bot and str(bot)
    )
    return Call("POST", f"/v1/ledger/accounts/{part(account)}/entries", nothing, json=body, harmless=True)


def accounts() -> Call[list[Account]]:
    """One's accounts at venues."""
    return Call("GET", "/v1/trading/accounts", _list(Account, "accounts"), harmless=True)


def create_account(
    venue: str, name: str, kind: str, credentials: Mapping[str, str] | None = None
) -> Call[Account]:
    """Adds an account, ``paper`` or ``external``; credentials are ``key``, ``secret`` and, where needed, ``passphrase``."""
    body = given(venue=venue, name=name, kind=kind, credentials=credentials)
    return Call("POST", "/v1/trading/accounts", _one(Account), json=body)


def archive_account(id: UUID | str) -> Call[Account]:
    """Has nothing more be done on an account; its books stay."""
    return Call("POST", f"/v1/trading/accounts/{part(id)}/archive", _one(Account), harmless=True)


def strategies() -> Call[list[Strategy]]:
    """One's strategies."""
    return Call("GET", "/v1/trading/strategies", _list(Strategy, "strategies"), harmless=True)


def create_strategy(name: str, description: str | None = None) -> Call[Strategy]:
    """Makes a strategy."""
    body = given(name=name, description=description)
    return Call("POST", "/v1/trading/strategies", _one(Strategy), json=body)


def add_version(
    strategy: UUID | str, *, config_schema: Mapping[str, Any] | None = None,
    parameters: Mapping[str, Any] | None = None, notes: str | None = None,
) -> Call[StrategyVersion]:
    """Adds a version to a strategy; configurations of its bots keep to ``config_schema``."""
    body = given(config_schema=config_schema, parameters=parameters, notes=notes)
    return Call("POST", f"/v1/trading/strategies/{part(strategy)}/versions", _one(StrategyVersion), json=body)


def versions(strategy: UUID | str) -> Call[list[StrategyVersion]]:
    """The versions of a strategy."""
    path = f"/v1/trading/strategies/{part(strategy)}/versions"
    return Call("GET", path, _list(StrategyVersion, "versions"), harmless=True)


def link_account(strategy: UUID | str, account: UUID | str) -> Call[Strategy]:
    """Says that a strategy is for an account."""
    path = f"/v1/trading/strategies/{part(strategy)}/accounts/{part(account)}"
    return Call("PUT", path, _one(Strategy), harmless=True)


def bots(
    *, account: UUID | str | None = None, status: str | None = None, limit: int | None = None,
    cursor: str | None = None,
) -> Call[Page[Bot]]:
    """A page of one's bots."""
    asked = query(account=account, status=status, limit=limit, cursor=cursor)
    return Call("GET", "/v1/trading/bots", _page(Bot, "bots"), asked, harmless=True)


def bot(id: UUID | str) -> Call[Bot]:
    """A bot."""
    return Call("GET", f"/v1/trading/bots/{part(id)}", _one(Bot), harmless=True)


def create_bot(
    account: UUID | str, name: str, type: str, *, strategy_version: UUID | str | None = None,
    config: Mapping[str, Any] | None = None, description: str | None = None, silent_after_s: int | None = None,
) -> Call[Bot]:
    """Makes a bot, ``paper`` or ``live``."""
    body = given(
        account=str(account), name=name, type=type, strategy_version=strategy_version and str(strategy_version),
        config=config, description=description, silent_after_s=silent_after_s,
    )
    return Call("POST", "/v1/trading/bots", _one(Bot), json=body)


def start_bot(id: UUID | str) -> Call[Bot]:
    """Starts a bot; one that runs already goes on."""
    return Call("POST", f"/v1/trading/bots/{part(id)}/start", _one(Bot), harmless=True)


def stop_bot(id: UUID | str) -> Call[Bot]:
    """Stops a bot."""
    return Call("POST", f"/v1/trading/bots/{part(id)}/stop", _one(Bot), harmless=True)


def pause_bot(id: UUID | str) -> Call[Bot]:
    """Has a bot wait."""
    return Call("POST", f"/v1/trading/bots/{part(id)}/pause", _one(Bot), harmless=True)


def delete_bot(id: UUID | str) -> Call[None]:
    """Deletes a bot that never traded."""
    return Call("DELETE", f"/v1/trading/bots/{part(id)}", nothing)


def heartbeat(
    id: UUID | str, *, message: str | None = None, error: str | None = None, balance: Number | None = None,
    total_pnl: Number | None = None,
) -> Call[Bot]:
    """Tells that a bot is there; the answer says whether it is to stop or wait. It is sent once, for one with an error
    counts, and the next one follows anyway."""
    numbers = {"balance": balance, "total_pnl": total_pnl}
    body = given(message=message, error=error, **{k: text(v) for k, v in numbers.items() if v is not None})
    return Call("POST", f"/v1/trading/bots/{part(id)}/heartbeat", _one(Bot), json=body)


def heartbeats(id: UUID | str, *, limit: int | None = None, cursor: str | None = None) -> Call[Page[Heartbeat]]:
    """What a bot told of itself, the newest first."""
    path = f"/v1/trading/bots/{part(id)}/heartbeats"
    return Call("GET", path, _page(Heartbeat, "heartbeats"), query(limit=limit, cursor=cursor), harmless=True)
