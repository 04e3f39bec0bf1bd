"""Accounts at venues."""

from __future__ import annotations

from typing import Mapping
from uuid import UUID

from .._http import Call, given, part
from ..models import Account
from ._answers import many, one

__all__ = ["accounts", "archive_account", "create_account"]


def accounts() -> Call[list[Account]]:
    """One's accounts at venues."""
    return Call("GET", "/v1/trading/accounts", many(Account, "accounts"), harmless=True)


def create_account(
    venue: str, name: str, kind: str, credentials: Mapping[str, str] | None = None
) -> Call[Account]:
    """Adds an account, ``paper`` or ``external``; credentials are ``key``, ``secret`` and, where needed, ``passphrase``."""
    body = given(venue=venue, name=name, kind=kind, credentials=credentials)
    return Call("POST", "/v1/trading/accounts", one(Account), json=body)


def archive_account(id: UUID | str) -> Call[Account]:
    """Has nothing more be done on an account; its books stay."""
    return Call("POST", f"/v1/trading/accounts/{part(id)}/archive", one(Account), harmless=True)
