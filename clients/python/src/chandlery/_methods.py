"""The clients' methods: one for each call of ``chandlery.calls``, of the same name and with the same parameters."""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from typing import Any, Callable, Concatenate, Coroutine, ParamSpec, TypeVar

from . import calls
from ._http import Call

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])
P = ParamSpec("P")


def _named(method: F, build: Callable[..., Any]) -> F:
    functools.update_wrapper(method, build)
    return method


def _sync(build: Callable[P, Call[T]]) -> Callable[Concatenate[Methods, P], T]:
    def method(self: Methods, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self.send(build(*args, **kwargs))

    return _named(method, build)


def _async(build: Callable[P, Call[T]]) -> Callable[Concatenate[AsyncMethods, P], Coroutine[Any, Any, T]]:
    async def method(self: AsyncMethods, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.send(build(*args, **kwargs))

    return _named(method, build)


class Methods(ABC):
    """Those to call."""

    @abstractmethod
    def send(self, call: Call[T]) -> T:
        """Sends a call, again where it fails and may be."""

    symbols = _sync(calls.symbols)
    symbol = _sync(calls.symbol)
    price = _sync(calls.price)
    candles = _sync(calls.candles)
    candles_arrow = _sync(calls.candles_arrow)
    ticks = _sync(calls.ticks)
    write_tick = _sync(calls.write_tick)
    write_lines = _sync(calls.write_lines)
    points = _sync(calls.points)
    place = _sync(calls.place)
    order = _sync(calls.order)
    orders = _sync(calls.orders)
    amend = _sync(calls.amend)
    cancel = _sync(calls.cancel)
    report = _sync(calls.report)
    report_fill = _sync(calls.report_fill)
    fills = _sync(calls.fills)
    own_fills = _sync(calls.own_fills)
    order_events = _sync(calls.order_events)
    positions = _sync(calls.positions)
    trades = _sync(calls.trades)
    explain_position = _sync(calls.explain_position)
    explain = _sync(calls.explain)
    performance = _sync(calls.performance)
    equity = _sync(calls.equity)
    snapshots = _sync(calls.snapshots)
    portfolio = _sync(calls.portfolio)
    balances = _sync(calls.balances)
    entries = _sync(calls.entries)
    report_entry = _sync(calls.report_entry)
    imports = _sync(calls.imports)
    import_report = _sync(calls.import_report)
    accounts = _sync(calls.accounts)
    account = _sync(calls.account)
    create_account = _sync(calls.create_account)
    change_account = _sync(calls.change_account)
    archive_account = _sync(calls.archive_account)
    paper_settings = _sync(calls.paper_settings)
    set_paper_settings = _sync(calls.set_paper_settings)
    sagas = _sync(calls.sagas)
    signing_keys = _sync(calls.signing_keys)
    create_signing_key = _sync(calls.create_signing_key)
    revoke_signing_key = _sync(calls.revoke_signing_key)
    strategies = _sync(calls.strategies)
    strategy = _sync(calls.strategy)
    create_strategy = _sync(calls.create_strategy)
    delete_strategy = _sync(calls.delete_strategy)
    add_version = _sync(calls.add_version)
    versions = _sync(calls.versions)
    version = _sync(calls.version)
    link_account = _sync(calls.link_account)
    unlink_account = _sync(calls.unlink_account)
    templates = _sync(calls.templates)
    template = _sync(calls.template)
    create_template = _sync(calls.create_template)
    change_template = _sync(calls.change_template)
    delete_template = _sync(calls.delete_template)
    bots = _sync(calls.bots)
    bot = _sync(calls.bot)
    create_bot = _sync(calls.create_bot)
    change_bot = _sync(calls.change_bot)
    bot_status = _sync(calls.bot_status)
    start_bot = _sync(calls.start_bot)
    stop_bot = _sync(calls.stop_bot)
    pause_bot = _sync(calls.pause_bot)
    delete_bot = _sync(calls.delete_bot)
    heartbeat = _sync(calls.heartbeat)
    heartbeats = _sync(calls.heartbeats)
    webhooks = _sync(calls.webhooks)
    create_webhook = _sync(calls.create_webhook)
    change_webhook = _sync(calls.change_webhook)
    rotate_webhook = _sync(calls.rotate_webhook)
    delete_webhook = _sync(calls.delete_webhook)
    alerts = _sync(calls.alerts)
    retry_alert = _sync(calls.retry_alert)


class AsyncMethods(ABC):
    """The same, to await."""

    @abstractmethod
    async def send(self, call: Call[T]) -> T:
        """Sends a call, again where it fails and may be."""

    symbols = _async(calls.symbols)
    symbol = _async(calls.symbol)
    price = _async(calls.price)
    candles = _async(calls.candles)
    candles_arrow = _async(calls.candles_arrow)
    ticks = _async(calls.ticks)
    write_tick = _async(calls.write_tick)
    write_lines = _async(calls.write_lines)
    points = _async(calls.points)
    place = _async(calls.place)
    order = _async(calls.order)
    orders = _async(calls.orders)
    amend = _async(calls.amend)
    cancel = _async(calls.cancel)
    report = _async(calls.report)
    report_fill = _async(calls.report_fill)
    fills = _async(calls.fills)
    own_fills = _async(calls.own_fills)
    order_events = _async(calls.order_events)
    positions = _async(calls.positions)
    trades = _async(calls.trades)
    explain_position = _async(calls.explain_position)
    explain = _async(calls.explain)
    performance = _async(calls.performance)
    equity = _async(calls.equity)
    snapshots = _async(calls.snapshots)
    portfolio = _async(calls.portfolio)
    balances = _async(calls.balances)
    entries = _async(calls.entries)
    report_entry = _async(calls.report_entry)
    imports = _async(calls.imports)
    import_report = _async(calls.import_report)
    accounts = _async(calls.accounts)
    account = _async(calls.account)
    create_account = _async(calls.create_account)
    change_account = _async(calls.change_account)
    archive_account = _async(calls.archive_account)
    paper_settings = _async(calls.paper_settings)
    set_paper_settings = _async(calls.set_paper_settings)
    sagas = _async(calls.sagas)
    signing_keys = _async(calls.signing_keys)
    create_signing_key = _async(calls.create_signing_key)
    revoke_signing_key = _async(calls.revoke_signing_key)
    strategies = _async(calls.strategies)
    strategy = _async(calls.strategy)
    create_strategy = _async(calls.create_strategy)
    delete_strategy = _async(calls.delete_strategy)
    add_version = _async(calls.add_version)
    versions = _async(calls.versions)
    version = _async(calls.version)
    link_account = _async(calls.link_account)
    unlink_account = _async(calls.unlink_account)
    templates = _async(calls.templates)
    template = _async(calls.template)
    create_template = _async(calls.create_template)
    change_template = _async(calls.change_template)
    delete_template = _async(calls.delete_template)
    bots = _async(calls.bots)
    bot = _async(calls.bot)
    create_bot = _async(calls.create_bot)
    change_bot = _async(calls.change_bot)
    bot_status = _async(calls.bot_status)
    start_bot = _async(calls.start_bot)
    stop_bot = _async(calls.stop_bot)
    pause_bot = _async(calls.pause_bot)
    delete_bot = _async(calls.delete_bot)
    heartbeat = _async(calls.heartbeat)
    heartbeats = _async(calls.heartbeats)
    webhooks = _async(calls.webhooks)
    create_webhook = _async(calls.create_webhook)
    change_webhook = _async(calls.change_webhook)
    rotate_webhook = _async(calls.rotate_webhook)
    delete_webhook = _async(calls.delete_webhook)
    alerts = _async(calls.alerts)
    retry_alert = _async(calls.retry_alert)
