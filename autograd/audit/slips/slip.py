"""A slip that may have been made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from autograd.audit.calculation import Node
from autograd.audit.function import Function

__all__ = ["Slip"]


@dataclass(eq=False)
class Slip:
    """A slip: its kind, what was done in words, and at which numbers what is computed instead.

    `cost` is how unlikely it is, in nats. `place` is the number in which it was made, where the
    words do not say so themselves.
    """

    kind: str
    what: str
    cost: float
    at: Mapping[Node, Function]
    place: Node | None = None
    parts: tuple[Slip, ...] = ()
