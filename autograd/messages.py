"""What messages call a value."""

from __future__ import annotations

from autograd.node import Node


def named(v: Node) -> str:
    """What a message calls a value."""
    if v.label:
        return v.label
    return f"the result of '{v.op}'" if v.op else f"Value({v._data!r})"


def named_arguments(v: Node) -> list[tuple[str | None, float]]:
    """The labels and numbers of all that v was computed from."""
    labelled: list[tuple[str | None, float]] = []
    for argument in v.arguments:
        for x in argument if isinstance(argument, tuple) else (argument,):
            labelled.append((x.label, x._data) if isinstance(x, type(v)) else (None, float(x)))
    return labelled
