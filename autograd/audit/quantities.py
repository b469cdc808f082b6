"""What an entry of a sheet stands for: a number of the forward pass, a derivative, a new weight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from autograd.value import Value

__all__ = ["Derivative", "Forward", "Quantity", "Updated"]


@dataclass(frozen=True)
class Forward:
    """A value's own number."""

    value: Value


@dataclass(frozen=True)
class Derivative:
    """∂top/∂bottom."""

    top: Value
    bottom: Value


@dataclass(frozen=True)
class Updated:
    """A leaf after w − η ∂L/∂w."""

    leaf: Value


Quantity: TypeAlias = Forward | Derivative | Updated
