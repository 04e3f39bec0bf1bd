"""How answers are read: one thing, a list, or a page of one."""

from __future__ import annotations

from typing import Any, Callable, TypeVar

from .._values import read
from ..models import Page

T = TypeVar("T")


def one(kind: type[T]) -> Callable[[Any], T]:
    return lambda told: read(kind, told)


def many(kind: type[T], name: str) -> Callable[[Any], list[T]]:
    return lambda told: [read(kind, each) for each in told[name]]


def page(kind: type[T], name: str) -> Callable[[Any], Page[T]]:
    return lambda told: Page([read(kind, each) for each in told[name]], told["next"])
