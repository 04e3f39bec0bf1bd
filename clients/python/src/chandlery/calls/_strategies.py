"""Strategies and their versions."""

from __future__ import annotations

from typing import Any, Mapping
from uuid import UUID

from .._http import Call, given, part
from ..models import Strategy, StrategyVersion
from ._answers import many, one

__all__ = ["add_version", "create_strategy", "link_account", "strategies", "versions"]


def strategies() -> Call[list[Strategy]]:
    """One's strategies."""
    return Call("GET", "/v1/trading/strategies", many(Strategy, "strategies"), harmless=True)


def create_strategy(name: str, description: str | None = None) -> Call[Strategy]:
    """Makes a strategy."""
    body = given(name=name, description=description)
    return Call("POST", "/v1/trading/strategies", one(Strategy), json=body)


def add_version(
    strategy: UUID | str, *, config_schema: Mapping[str, Any] | None = None,
    parameters: Mapping[str, Any] | None = None, notes: str | None = None,
) -> Call[StrategyVersion]:
    """Adds a version to a strategy; configurations of its bots keep to ``config_schema``."""
    body = given(config_schema=config_schema, parameters=parameters, notes=notes)
    return Call("POST", f"/v1/trading/strategies/{part(strategy)}/versions", one(StrategyVersion), json=body)


def versions(strategy: UUID | str) -> Call[list[StrategyVersion]]:
    """The versions of a strategy."""
    path = f"/v1/trading/strategies/{part(strategy)}/versions"
    return Call("GET", path, many(StrategyVersion, "versions"), harmless=True)


def link_account(strategy: UUID | str, account: UUID | str) -> Call[Strategy]:
    """Says that a strategy is for an account."""
    path = f"/v1/trading/strategies/{part(strategy)}/accounts/{part(account)}"
    return Call("PUT", path, one(Strategy), harmless=True)
