"""Pages of lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Iterator, TypeVar

__all__ = ["Page"]
T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list."""

    items: list[T]
    #: The cursor of the next one, None at the end.
    next: str | None

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)
