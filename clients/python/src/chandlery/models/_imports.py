"""What is told of imports of other programs' records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

__all__ = ["Import", "ImportReport"]


@dataclass(frozen=True)
class Import:
    """An import."""

    id: UUID
    account: UUID
    #: None once it is gone.
    bot: UUID | None
    #: The file's name.
    file: str
    #: freqtrade_database or freqtrade_results.
    source: str
    #: BLAKE3 of the file's content, unpacked.
    digest: str
    #: Whether every row of trading is in the ledger, and every difference of profit has a known cause.
    reconciled: bool
    #: By table: rows, imported, known, skipped, differs.
    counts: dict[str, dict[str, Any]]
    began_at: datetime
    ended_at: datetime


@dataclass(frozen=True)
class ImportReport(Import):
    """An import with what became of each row."""

    #: Tables, totals, trades and rows; docs/import-trades.md tells each field.
    report: dict[str, Any]
