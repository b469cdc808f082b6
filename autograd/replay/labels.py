"""What the inputs and results of a recorded function are called."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

__all__ = ["Labels", "input_labels"]


class Labels(NamedTuple):
    """A label for each input and each result; None for one that has none."""

    inputs: tuple[str | None, ...] = ()
    results: tuple[str | None, ...] = ()


def input_labels(
    f: Callable[..., Any], inputs: int | Sequence[int | None], count: int
) -> tuple[str | None, ...]:
    """The names of the parameters of f for its `count` inputs; x1, x2, ... for a list x.

    `inputs` are as `record` has them.

    >>> input_labels(lambda x, y: x[0] * y, [2, None], 3)
    ('x1', 'x2', 'y')
    """
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        return (None,) * count
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return (None,) * count
    names = [p.name for p in parameters if p.kind <= p.POSITIONAL_OR_KEYWORD]
    if isinstance(inputs, (list, tuple)):
        sizes = inputs
    else:
        in_one_list = count > 1 and len(names) == 1
        sizes = [count] if in_one_list else [None] * count
    if len(names) < len(sizes):
        return (None,) * count
    found: list[str | None] = []
    for name, n in zip(names, sizes, strict=False):
        found += [name] if n is None else [f"{name}{i + 1}" for i in range(n)]
    return tuple(found)
