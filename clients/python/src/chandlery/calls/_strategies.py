"""Strategies and their versions."""

from __future__ import annotations

from typing import Any, Mapping
from uuid import UUID

from .._http import Call, given, nothing, part
from ..models import Strategy, StrategyVersion
from ._answers import many, one

__all__ = [
    "add_version", "create_strategy", "delete_strategy", "link_account", "strategies", "strategy", "unlink_account",
    "version", "versions",
]


def strategies() -> Call[list[Strategy]]:
    """One's strategies."""
    return Call("GET", "/v1/trading/strategies", many(Strategy, "strategies"), harmless=True)


def strategy(id: UUID | str) -> Call[Strategy]:
    """A strategy."""
    return Call("GET", f"/v1/trading/strategies/{part(id)}", one(Strategy), harmless=True)


def create_strategy(
    name: str, description: str | None = None, *, template: UUID | str | None = None
) -> Call[Strategy]:
    """Makes a strategy, with a first version where it is made of a template."""
    body = given(name=name, description=description, template=template and str(template))
    return Call("POST", "/v1/trading/strategies", one(Strategy), json=body)


def delete_strategy(id: UUID | str) -> Call[None]:
    """Deletes a strategy with its versions; bots of it go on with the configuration that they have."""
    return Call("DELETE", f"/v1/trading/strategies/{part(id)}", nothing)


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


def version(strategy: UUID | str, number: int) -> Call[StrategyVersion]:
    """A version of a strategy, by its number among them."""
    path = f"/v1/trading/strategies/{part(strategy)}/versions/{part(number)}"
    return Call("GET", path, one(StrategyVersion), harmless=True)


def link_account(strategy: UUID | str, account: UUID | str) -> Call[Strategy]:
    """Says that a strategy is for an account."""
    path = f"/v1/trading/strategies/{part(strategy)}/accounts/{part(account)}"
    return Call("PUT", path, one(Strategy), harmless=True)


def unlink_account(strategy: UUID | str, account: UUID | str) -> Call[Strategy]:
    """Says that it is not."""
    path = f"/v1/trading/strategies/{part(strategy)}/accounts/{part(account)}"
    return Call("DELETE", path, one(Strategy), harmless=True)
