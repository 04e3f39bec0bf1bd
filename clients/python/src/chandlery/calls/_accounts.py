"""Accounts at venues, what paper ones go by, and keys that sign."""

from __future__ import annotations

from typing import Mapping
from uuid import UUID

from .._http import Call, given, nothing, part, query
from .._values import numbers
from ..models import Account, MadeSigningKey, Page, PaperSettings, Saga, SigningKey
from ._answers import many, one, page

__all__ = [
    "account", "accounts", "archive_account", "change_account", "create_account", "create_signing_key",
    "paper_settings", "revoke_signing_key", "sagas", "set_paper_settings", "signing_keys",
]


def accounts(*, user: UUID | str | None = None) -> Call[list[Account]]:
    """One's accounts at venues; with ``user``, which is for administrators, those of somebody."""
    return Call("GET", "/v1/trading/accounts", many(Account, "accounts"), query(user=user), harmless=True)


def account(id: UUID | str) -> Call[Account]:
    """An account."""
    return Call("GET", f"/v1/trading/accounts/{part(id)}", one(Account), harmless=True)


def create_account(
    venue: str, name: str, kind: str, credentials: Mapping[str, str] | None = None
) -> Call[Account]:
    """Adds an account, ``paper`` or ``external``; credentials are ``key``, ``secret`` and, where needed, ``passphrase``."""
    body = given(venue=venue, name=name, kind=kind, credentials=credentials)
    return Call("POST", "/v1/trading/accounts", one(Account), json=body)


def change_account(
    id: UUID | str, *, name: str | None = None, credentials: Mapping[str, str] | None = None
) -> Call[Account]:
    """Gives an account another name or other credentials; what isn't given stays."""
    body = given(name=name, credentials=credentials)
    return Call("PATCH", f"/v1/trading/accounts/{part(id)}", one(Account), json=body, harmless=True)


def archive_account(id: UUID | str) -> Call[Account]:
    """Has nothing more be done on an account; its books stay."""
    return Call("POST", f"/v1/trading/accounts/{part(id)}/archive", one(Account), harmless=True)


def paper_settings(account: UUID | str) -> Call[PaperSettings]:
    """What a paper account pays, and how its orders meet the market."""
    return Call("GET", f"/v1/trading/accounts/{part(account)}/paper", one(PaperSettings), harmless=True)


def set_paper_settings(account: UUID | str, settings: PaperSettings) -> Call[PaperSettings]:
    """Sets all of it; orders that wait keep what they came under. ``dataclasses.replace()`` changes a part."""
    slippage, queue = settings.slippage, settings.queue
    loses = numbers(bps=slippage.bps, impact=slippage.impact, limit=slippage.limit)
    waits = numbers(share=queue.share, amount=queue.amount)
    body = {
        **numbers(maker_fee=settings.maker_fee, taker_fee=settings.taker_fee), "fee_asset": settings.fee_asset,
        "slippage": {"kind": slippage.kind, **loses}, "queue": {"kind": queue.kind, **waits},
    }
    return Call("PUT", f"/v1/trading/accounts/{part(account)}/paper", one(PaperSettings), json=body, harmless=True)


def sagas(*, state: str | None = None, limit: int | None = None, cursor: str | None = None) -> Call[Page[Saga]]:
    """A page of one's orders on their way through the paper venue, running or stuck."""
    asked = query(state=state, limit=limit, cursor=cursor)
    return Call("GET", "/v1/trading/sagas", page(Saga, "sagas"), asked, harmless=True)


def signing_keys(account: UUID | str) -> Call[list[SigningKey]]:
    """Keys by which programs made for Binance trade on a paper account, the oldest first."""
    path = f"/v1/trading/accounts/{part(account)}/signing-keys"
    return Call("GET", path, many(SigningKey, "keys"), harmless=True)


def create_signing_key(account: UUID | str, name: str) -> Call[MadeSigningKey]:
    """Makes one. Only somebody who is logged in does: the client's key is the secret of their session."""
    path = f"/v1/trading/accounts/{part(account)}/signing-keys"
    return Call("POST", path, one(MadeSigningKey), json={"name": name})


def revoke_signing_key(account: UUID | str, key: UUID | str) -> Call[None]:
    """Ends one."""
    return Call("DELETE", f"/v1/trading/accounts/{part(account)}/signing-keys/{part(key)}", nothing)
