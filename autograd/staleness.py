"""Whether a number is still what its operands give: stale ones are told of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd.errors import GraphError
from autograd.messages import named
from autograd.node import Node

_compute_again: Callable[[Any], Any] | None = None


def compute_again_by(compute: Callable[[Any], Any]) -> None:
    """Say how a value is computed again; `functions` does, which has every operation."""
    global _compute_again  # noqa: PLW0603
    _compute_again = compute


def look_again(v: Node) -> None:
    """Raise where v is stale; what was changed may have been put back."""
    what = "but cannot be computed from its operands now"
    try:
        again = None if _compute_again is None else _compute_again(v)
    except (ArithmeticError, ValueError):
        again = None
    if again is not None:
        if _stored(v) == _stored(again):
            return
        what = f"but its operands now give {again._data!r}"
        if again._data == v._data:
            what = "but its operands now give other partials"
    changed = [x for x in v.operands if x._made > v._made]
    who = f"{named(changed[0])} was changed" if changed else "it was set to another number"
    raise GraphError(
        f"{named(v)} is {v._data!r}, {what}: {who} after the forward pass; run the "
        "forward pass again before asking for gradients"
    )


def _stored(v: Node) -> list[str]:
    """The number of v and its partials, as text: so NaN is NaN, and 0.0 is not -0.0."""
    numbers = [v._data, v._da, v._db]
    if v._factors and not isinstance(v._factors[0], type(v)):
        numbers.extend(v._factors)
    return [repr(x) for x in numbers]
