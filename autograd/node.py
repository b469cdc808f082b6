"""A node as the files below `value` know it: the part of `Value` that they read."""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

__all__ = ["N", "Node"]


class Node(Protocol):
    """See `Value`; node.h is the same in C."""

    _data: float
    _grad: float
    label: str | None
    op: str
    _a: Any
    _b: Any
    _da: float
    _db: float
    _row: tuple[Any, ...] | None
    _factors: tuple[Any, ...]
    _made: int
    _mark: int

    @property
    def operands(self) -> tuple[Any, ...]:
        """The values that it was computed from."""

    @property
    def partials(self) -> tuple[float, ...]:
        """Its derivatives by them."""

    @property
    def arguments(self) -> tuple[Any, ...]:
        """What the operation was given, numbers too."""


N = TypeVar("N", bound=Node)
"""One class of nodes: there is one of Python files, or a compiled one."""
