"""Sessions: trades that were made elsewhere are added, and recorded with one commit."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Iterable
from uuid import UUID, uuid4

from . import calls
from ._http import Steps
from ._market import _AsyncRun, _Run, find_symbol
from ._values import Number, decimal, moment, now
from .errors import InvalidArgument
from .models import Account, Fee, Order

#: What the account is called that trades of an exchange go to where there is none.
USUAL = "Trades"


@dataclass
class Trade:
    """A trade that was made: becomes an order and its fill. It is known by its ``id``: committed again, it is the same."""

    symbol: str
    #: BUY or SELL.
    side: str
    quantity: Number
    price: Number
    exchange: str
    strategy_id: str | None = None
    fees: list[Fee] = field(default_factory=list)
    time: datetime = field(default_factory=now)
    id: str = field(default_factory=lambda: str(uuid4()))
    #: The venue account; without one the only external one at the exchange, which is made where there is none.
    account: UUID | str | None = None
    bot: UUID | str | None = None
    #: The order that it became.
    order: Order | None = None


def _account(exchange: str) -> Steps[UUID]:
    venue = exchange.lower()
    all_accounts: list[Account] = yield calls.accounts()
    own = [one for one in all_accounts if (one.venue, one.kind, one.archived_at) == (venue, "external", None)]
    if len(own) > 1:
        raise InvalidArgument("account", f"there are {len(own)} at {venue}: say which by Trade(account=…)")
    if own:
        return own[0].id
    made: Account = yield calls.create_account(venue, USUAL, "external")
    return made.id


def _record(trade: Trade) -> Steps[Order]:
    # Before anything is asked: an order whose fill can't be told would stay open.
    quantity, price = decimal(trade.quantity, "quantity"), decimal(trade.price, "price")
    time, fees = moment(trade.time, "time"), [Fee(fee.asset, decimal(fee.amount, "fees")) for fee in trade.fees]
    name = yield from find_symbol(trade.symbol, trade.exchange)
    account = trade.account or (yield from _account(trade.exchange))
    placed: Order = yield calls.place(
        account, name, trade.side.lower(), quantity=quantity, client_order_id=trade.id, bot=trade.bot,
        tags={"strategy": trade.strategy_id}, submitted=True,
    )
    filled: Order = yield calls.report_fill(placed.id, trade.id, price, quantity, time=time, fees=fees)
    return filled


class _Pending:
    """The trades that were added."""

    def __init__(self) -> None:
        self._trades: list[Trade] = []

    def add(self, trade: Trade) -> None:
        """Adds a trade; ``commit()`` records it."""
        self._trades.append(trade)

    def add_all(self, trades: Iterable[Trade]) -> None:
        """Adds several."""
        self._trades.extend(trades)

    def rollback(self) -> None:
        """Forgets those that are not recorded."""
        self._trades.clear()

    def _commit(self) -> Steps[None]:
        while self._trades:
            self._trades[0].order = yield from _record(self._trades[0])
            del self._trades[0]


class Session(_Pending):
    """Trades are recorded in the order in which they were added, each durably by itself. Where ``commit()`` fails, those
    that are left can be committed again, or forgotten by ``rollback()``: none is ever there twice."""

    def __init__(self, run: _Run) -> None:
        super().__init__()
        self._run = run

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.rollback()

    def commit(self) -> None:
        """Records what was added."""
        self._run(self._commit())


class AsyncSession(_Pending):
    """The same, to await."""

    def __init__(self, run: _AsyncRun) -> None:
        super().__init__()
        self._run = run

    async def __aenter__(self) -> AsyncSession:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.rollback()

    async def commit(self) -> None:
        """Records what was added."""
        await self._run(self._commit())


class session:
    """``async with chandlery.session() as session``: a session with a client of its own."""

    def __init__(self, url: str | None = None, key: str | None = None) -> None:
        from ._client import AsyncClient

        self._client = AsyncClient(url, key)

    async def __aenter__(self) -> AsyncSession:
        return self._client.session()

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()
