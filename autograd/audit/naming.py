"""What the names on a sheet stand for: h1, dE/dw1, w1'."""

from __future__ import annotations

import re
from difflib import get_close_matches

from autograd.audit.reckoning import Derivative, Forward, Quantity, Updated
from autograd.audit.sheet import Entry
from autograd.audit.steps import Steps
from autograd.errors import SheetError
from autograd.value import Value

__all__ = ["quantity_of", "written"]

_PRIMES = "'’′"


def quantity_of(entry: Entry, steps: Steps) -> Quantity:
    """What an entry's name stands for.

    A label is a number of the forward pass; dE/dw1 or ∂E/∂w1 a derivative, of the root or of any
    labelled value above; δ_h1 or delta_h1 is ∂E/∂h1; w1' is the weight after the update. A label
    that is spelt like one of these comes first.

    Raises SheetError, which names the nearest known name, where it stands for nothing, and where
    the derivative is of something that does not depend on it.
    """
    name = entry.name
    v = _value(name, steps)
    if v is not None:
        return Forward(v)
    if name[-1] in _PRIMES:
        leaf = _value(name[:-1], steps)
        if leaf is not None:
            if leaf in steps.steps:
                raise SheetError(
                    f"{entry.place}: {name} would be an updated weight, but {leaf.label} is "
                    "computed from other numbers; only what the graph starts from is updated"
                )
            return Updated(leaf)
    delta = re.fullmatch(r"(?:δ|delta)_?(.+)", name)
    if delta and (v := _value(delta[1], steps)) is not None:
        return _derivative(entry, steps.root, v, steps)
    for slash in [i for i, c in enumerate(name) if c == "/"]:
        parts = [
            re.fullmatch(r"\s*[d∂]\s*(.+?)\s*", part) for part in (name[:slash], name[slash + 1 :])
        ]
        if parts[0] and parts[1]:
            top, bottom = [_value(part[1], steps) for part in parts if part]
            if top is not None and bottom is not None:
                return _derivative(entry, top, bottom, steps)
    raise SheetError(f"{entry.place}: {_unknown(name, steps)}")


def written(quantity: Quantity, steps: Steps) -> str:
    """The quantity's name, in the reader's labels."""
    if isinstance(quantity, Forward):
        return steps.name(quantity.value)
    if isinstance(quantity, Derivative):
        return f"∂{steps.name(quantity.top)}/∂{steps.name(quantity.bottom)}"
    return f"{steps.name(quantity.leaf)}'"


def _value(label: str, steps: Steps) -> Value | None:
    found = steps.graph.names.get(label)
    return steps.root if found is None and label == "L" else found


def _derivative(entry: Entry, top: Value, bottom: Value, steps: Steps) -> Derivative:
    if bottom is not top and top not in steps.between(top, bottom):
        raise SheetError(
            f"{entry.place}: {entry.name} asks for a derivative, but {steps.name(top)} does not "
            f"depend on {steps.name(bottom)}"
        )
    return Derivative(top, bottom)


def _unknown(name: str, steps: Steps) -> str:
    shown = name if len(name) <= 40 else name[:39] + "…"
    labels = steps.graph.names.texts()
    root = steps.name(steps.root)
    known = [*labels, *[f"d{root}/d{label}" for label in labels]]
    known += [f"{v.label}'" for v in steps.inputs() if v.label]
    near = get_close_matches(name, known, n=1)
    if near:
        return f"{shown!r} is unknown; is it {near[0]!r}?"
    listed = ", ".join(labels[:10]) + (", …" if len(labels) > 10 else "")
    return (
        f"{shown!r} is unknown. The labels are {listed}; d{root}/d{labels[0]} is a gradient, "
        f"{labels[0]}' an updated weight"
    )
