"""Imports of other programs' records."""

from __future__ import annotations

from uuid import UUID

from .._http import Call, part, query
from ..models import Import, ImportReport, Page
from ._answers import one, page

__all__ = ["import_report", "imports"]


def imports(*, limit: int | None = None, cursor: str | None = None) -> Call[Page[Import]]:
    """A page of what ``chandlery import trades`` took in of one's own, the newest first."""
    return Call("GET", "/v1/ledger/imports", page(Import, "imports"), query(limit=limit, cursor=cursor), harmless=True)


def import_report(id: UUID | str) -> Call[ImportReport]:
    """An import, and what became of each row."""
    return Call("GET", f"/v1/ledger/imports/{part(id)}", one(ImportReport), harmless=True)
