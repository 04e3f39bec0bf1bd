"""Templates, which strategies are made of."""

from __future__ import annotations

from typing import Any, Mapping
from uuid import UUID

from .._http import Call, given, nothing, part, query
from ..models import Page, Template
from ._answers import one, page

__all__ = ["change_template", "create_template", "delete_template", "template", "templates"]


def templates(*, limit: int | None = None, cursor: str | None = None) -> Call[Page[Template]]:
    """A page of one's own templates and those that are shared, the oldest first."""
    asked = query(limit=limit, cursor=cursor)
    return Call("GET", "/v1/trading/templates", page(Template, "templates"), asked, harmless=True)


def template(id: UUID | str) -> Call[Template]:
    """A template."""
    return Call("GET", f"/v1/trading/templates/{part(id)}", one(Template), harmless=True)


def create_template(
    name: str, template_data: Mapping[str, Any], *, description: str | None = None, is_public: bool = False
) -> Call[Template]:
    """Makes a template of what ``add_version`` takes: ``{"config_schema": …, "parameters": …, "notes": …}``."""
    body = given(name=name, template_data=template_data, description=description, is_public=is_public)
    return Call("POST", "/v1/trading/templates", one(Template), json=body)


def change_template(
    id: UUID | str, *, name: str | None = None, description: str | None = None,
    template_data: Mapping[str, Any] | None = None, is_public: bool | None = None,
) -> Call[Template]:
    """Changes a template of one's own; what isn't given stays."""
    body = given(name=name, description=description, template_data=template_data, is_public=is_public)
    return Call("PATCH", f"/v1/trading/templates/{part(id)}", one(Template), json=body, harmless=True)


def delete_template(id: UUID | str) -> Call[None]:
    """Deletes a template of one's own; strategies that were made of it stay."""
    return Call("DELETE", f"/v1/trading/templates/{part(id)}", nothing)
