"""The client for Python keeps accounts, strategies, templates, bots, webhooks and keys that sign."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import chandlery
import pytest

from program import wait_for
from test_attacks import cookie
from test_clients import ADA, PASSWORD, client, server

SYMBOL = "binance:HOOKUSDT"


def session_of(server, email):
    """A client whose key is the session of somebody who logs in."""
    return chandlery.Client(server.url, cookie(server, email)["Cookie"].partition("=")[2])


@pytest.fixture
def somebody(server):
    with session_of(server, ADA) as client:
        yield client


def test_an_account_gets_another_name_and_other_credentials(client):
    made = client.create_account("binance", "First", "external", {"key": "abcdefgh", "secret": "s"})
    changed = client.change_account(made.id, name="Second")
    assert (changed.name, changed.key_beginning) == ("Second", made.key_beginning)
    assert client.change_account(made.id, credentials={"key": "zyxwvuts", "secret": "t"}).key_beginning != made.key_beginning
    assert client.account(made.id).updated_at > made.created_at
    assert made.id in {one.id for one in client.accounts()}


def test_paper_settings_are_read_and_set(client):
    account = client.create_account("binance", "Settings", "paper").id
    usual = client.paper_settings(account)
    assert (usual.fee_asset, type(usual.maker_fee)) == ("quote", Decimal)
    slippage = chandlery.Slippage("volume_share", impact=Decimal("0.2"), limit=Decimal("0.25"))
    wanted = replace(
        usual, maker_fee=Decimal("-0.0001"), fee_asset="received", slippage=slippage,
        queue=chandlery.Queue("quote", amount=Decimal(10000)),
    )
    assert client.set_paper_settings(account, wanted) == client.paper_settings(account) == wanted
    fixed = replace(wanted, slippage=chandlery.Slippage("fixed", bps=5), queue=chandlery.Queue("share", share="0.5"))
    told = client.set_paper_settings(account, fixed)
    assert (told.slippage.bps, told.queue.share, told.slippage.impact) == (Decimal(5), Decimal("0.5"), None)
    with pytest.raises(chandlery.InvalidArgument, match="bps: `none` is not a number"):
        client.set_paper_settings(account, replace(wanted, slippage=chandlery.Slippage("fixed", bps="none")))
    with pytest.raises(chandlery.Invalid):
        client.set_paper_settings(account, replace(wanted, maker_fee=2))


def test_orders_are_followed_on_their_way(client):
    client.write_tick(SYMBOL, 10, 1, time=datetime.now(UTC))
    account = client.create_account("binance", "Waiting", "paper").id
    client.report_entry(account, "deposited", "d", "USDT", "1000", time=datetime.now(UTC))
    order = client.place(account, SYMBOL, "buy", "limit", quantity=1, limit_price=5).id
    wait_for(lambda: client.order(order).status == "open", 20, "the order to wait")
    [saga] = [one for one in client.sagas(state="running") if one.order == order]
    assert (saga.state, saga.attempts, saga.last_error) == ("running", 0, None)
    client.cancel(order)
    wait_for(lambda: order not in {one.order for one in client.sagas()}, 20, "the order's end")
    assert client.sagas(state="stuck").items == []


def test_a_strategy_is_made_of_a_template_and_linked(client):
    account = client.create_account("binance", "Linked", "paper").id
    data = {"parameters": {"fast": 7}, "config_schema": {"type": "object", "required": ["fast"]}}
    template = client.create_template("Template", data, description="of two averages")
    assert (template.own, template.is_public, template.template_data) == (True, False, data)
    changed = client.change_template(template.id, is_public=True, template_data={"parameters": {"fast": 9}})
    assert client.template(template.id) == changed and changed.description == "of two averages"
    assert template.id in {one.id for one in client.templates(limit=1000)}
    strategy = client.create_strategy("Of a template", template=template.id)
    assert client.version(strategy.id, 1).parameters == {"fast": 9}
    assert client.link_account(strategy.id, account).accounts == [account]
    assert client.unlink_account(strategy.id, account).accounts == []
    assert client.strategy(strategy.id).latest_version == 1
    client.delete_template(template.id)
    client.delete_strategy(strategy.id)
    for gone in (client.template, client.strategy):
        with pytest.raises(chandlery.NotFound):
            gone(template.id)
    assert strategy.id not in {one.id for one in client.strategies()}


def test_a_bot_is_changed_and_its_status_asked(client):
    account = client.create_account("binance", "Changed", "paper").id
    bot = client.create_bot(account, "Changed", "paper", extra_metadata={"desk": "a"})
    assert (bot.extra_metadata, bot.description) == ({"desk": "a"}, None)
    changed = client.change_bot(bot.id, description="better", config={"fast": 3}, silent_after_s=120)
    assert (changed.name, changed.config, changed.silent_after_s) == ("Changed", {"fast": 3}, 120)
    assert client.bot(bot.id) == changed
    client.start_bot(bot.id)
    client.heartbeat(bot.id, balance="10.5", total_pnl=-1)
    told = client.bot_status(bot.id)
    assert (told.status, told.balance, told.total_pnl) == ("running", Decimal("10.5"), Decimal(-1))
    with pytest.raises(chandlery.Conflict, match="bot_running"):
        client.change_bot(bot.id, config={})
    assert client.change_bot(bot.id, name="Renamed").name == "Renamed"


def test_a_webhook_takes_alerts_that_are_read_and_tried_again(server, client, somebody):
    client.write_tick(SYMBOL, 10, 1, time=datetime.now(UTC))
    account = client.create_account("binance", "Hooked", "paper").id
    client.report_entry(account, "deposited", "d", "USDT", "1000", time=datetime.now(UTC))
    bot = client.create_bot(account, "Hooked", "paper").id
    with pytest.raises(chandlery.Unauthorized):
        client.create_webhook(bot, "TradingView")
    template = {"id": "{{n}}", "symbol": "{{s}}", "side": "buy", "quantity": "{{q}}"}
    made = somebody.create_webhook(bot, "TradingView", template=template)
    assert made.enabled and made.secret.startswith(made.beginning) and made.secret not in repr(made)
    [listed] = client.webhooks(bot)
    assert (listed.id, listed.template, hasattr(listed, "secret")) == (made.id, made.template, False)

    def alert(number, secret, **fields):
        told = {"n": number, "s": SYMBOL, "q": "1", "secret": secret} | fields
        return server.ask("POST", made.path, json.dumps(told).encode(), {"Content-Type": "text/plain"})

    placed = alert("1", made.secret).json["order"]
    assert alert("2", made.secret, s="binance:NONE").status == 404
    refused, first = client.alerts(bot, made.id)
    assert (str(first.order), first.outcome, first.first) == (placed, "placed", first.id)
    assert (refused.outcome, refused.code) == ("refused", "unknown_symbol") and made.secret not in refused.body
    template = made.template | {"symbol": SYMBOL}
    assert client.change_webhook(bot, made.id, name="Any", template=template).template == template
    again = client.retry_alert(bot, made.id, refused.id)
    assert (again.outcome, again.id) == ("placed", refused.id) and again.order
    assert len(client.alerts(bot, made.id, limit=1)) == 1
    renewed = somebody.rotate_webhook(bot, made.id)
    assert (renewed.id, renewed.name) == (made.id, "Any") and renewed.secret != made.secret
    assert alert("3", made.secret).status == 404
    assert not client.change_webhook(bot, made.id, enabled=False).enabled
    assert alert("4", renewed.secret).status == 409
    client.delete_webhook(bot, made.id)
    assert client.webhooks(bot) == []


def test_keys_that_sign_are_made_listed_and_ended(client, somebody):
    account = client.create_account("binance", "Signed", "paper").id
    with pytest.raises(chandlery.Unauthorized):
        client.create_signing_key(account, "freqtrade")
    made = somebody.create_signing_key(account, "freqtrade")
    assert made.api_key.startswith(made.beginning) and made.secret and made.api_key not in repr(made)
    [listed] = client.signing_keys(account)
    assert (listed.id, listed.name, listed.last_used_at) == (made.id, "freqtrade", None)
    client.revoke_signing_key(account, made.id)
    assert client.signing_keys(account) == []


def test_an_administrator_sees_what_is_somebodys(server, client):
    server.folder.run("user", "create", "root@example.com", "--role", "admin", "--password-stdin", said=PASSWORD)
    people = (ADA, "root@example.com")
    ada, admin = (server.ask("GET", "/v1/auth/me", headers=cookie(server, one)).json["user"]["id"] for one in people)
    account = client.create_account("binance", "Seen", "paper").id
    bot = client.create_bot(account, "Seen", "paper").id
    with session_of(server, "root@example.com") as root:
        assert root.accounts() == []
        assert account in {one.id for one in root.accounts(user=ada)}
        assert bot in {one.id for one in root.bots(user=ada)}
    with pytest.raises(chandlery.Forbidden):
        client.bots(user=admin)


def test_it_can_be_awaited(server):
    async def asked():
        async with chandlery.AsyncClient(server.url, server.key) as client:
            account = (await client.create_account("binance", "Awaited", "paper")).id
            settings = await client.paper_settings(account)
            assert await client.set_paper_settings(account, replace(settings, taker_fee="0.002")) != settings
            bot = await client.create_bot(account, "Awaited", "paper")
            assert await client.webhooks(bot.id) == []
            assert (await client.bot_status(bot.id)).status == "stopped"

    asyncio.run(asked())
