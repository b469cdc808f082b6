"""What the names on a sheet stand for: h1, dE/dw1, w1'."""

from __future__ import annotations

import re
from collections.abc import Iterator

from autograd.audit.quantities import Derivative, Forward, Quantity, Updated
from autograd.audit.sheet import Entry
from autograd.errors import SheetError
from autograd.graph import Graph
from autograd.suggestions import nearest
from autograd.value import Value

__all__ = ["Naming", "written"]

_NEW = (
    re.compile(r"(?P<name>.+?)\s*['’′]"),
    re.compile(r"(?P<name>.+?)\s*(\+|\^\+|⁺)"),
    re.compile(r"(?P<name>.+?)[\s_]*\(?(new|neu)\)?", re.IGNORECASE),
    re.compile(r"(new|neu|updated)[\s_]*\(?(?P<name>.+?)\)?", re.IGNORECASE),
)
"""How the weight after an update is written: w1', w1+, w1_new, w1(new), new w1."""

_GRADIENTS = (
    re.compile(r"(?:δ|delta)[\s_]*\(?(?P<name>.+?)\)?", re.IGNORECASE),
    re.compile(r"(?:gradient|grad)(?:[\s_]+(?:of[\s_]+)?|\()(?P<name>.+?)\)?", re.IGNORECASE),
    re.compile(r"∇\s*\(?(?P<name>.+?)\)?"),
)
"""How the root's derivative is written by itself: δ_h1, delta_h1, grad w1."""

_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_QUOTIENT = re.compile(r"\s*[d∂]\s*(.+?)\s*")


class Naming:
    """The names of a graph's numbers, as a reader may write them."""

    def __init__(self, graph: Graph):
        self.graph = graph
        self.root = graph.root
        self.names = {graph.names[v]: v for v in graph.names}
        self._loosely: dict[str, Value | None] = {}
        for name, v in self.names.items():
            key = _loose(name)
            self._loosely[key] = None if key in self._loosely else v

    def quantity(self, entry: Entry) -> Quantity:
        """What an entry's name stands for.

        A label is a number of the forward pass; dE/dw1 or ∂E/∂w1 a derivative, of the root or of
        any labelled value above; δ_h1, delta_h1 or grad h1 is ∂E/∂h1; w1', w1+ or new w1 is the
        weight after the update. A label that is spelt like one of these comes first.

        Raises SheetError where it stands for nothing, and where the derivative is of
        something that does not depend on it.
        """
        name = entry.name
        v = self.value(name)
        if v is not None:
            return Forward(v)
        for meant in (self._updated(name), self._gradient(name), self._derivative(name)):
            if meant is not None:
                return meant
        raise SheetError(self._unknown(name))

    def value(self, name: str) -> Value | None:
        """The value of a label; another spelling of its subscripts is the same label."""
        name = name.strip()
        if name in self.names:
            return self.names[name]
        if name == "L":
            return self.root
        return self._loosely.get(_loose(name)) or self._of_one_layer(name)

    def _of_one_layer(self, name: str) -> Value | None:
        """The value of a label without its layer: a_1 for a_1^2, where only one is computed."""
        some = [v for label, v in self.names.items() if re.sub(r"\^\d+$", "", label) == name]
        made = [v for v in some if v.operands]
        return some[0] if len(some) == 1 else made[0] if len(made) == 1 else None

    def _updated(self, name: str) -> Quantity | None:
        for pattern in _NEW:
            match = pattern.fullmatch(name)
            leaf = self.value(match["name"]) if match else None
            if leaf is None:
                continue
            if leaf.operands:
                raise SheetError(
                    f"{name} would be an updated weight, but {self.graph.names[leaf]} is "
                    "computed from other numbers; only what the graph starts from is updated"
                )
            return Updated(leaf)
        return None

    def _gradient(self, name: str) -> Quantity | None:
        for pattern in _GRADIENTS:
            match = pattern.fullmatch(name)
            if match:
                v = self._neuron(match["name"])
                if v is not None:
                    return self._checked(name, self.root, v)
        return None

    def _neuron(self, name: str) -> Value | None:
        """The value that a δ is of: by its name, or by the neuron's indices, δ_1^2 for z_1^2."""
        return self.value(name) or self.value(f"z_{name}") or self.value(f"z{name}")

    def _derivative(self, name: str) -> Quantity | None:
        for top_name, bottom_name in _quotients(name):
            top, bottom = self.value(top_name), self.value(bottom_name)
            if top is not None and bottom is not None:
                return self._checked(name, top, bottom)
        return None

    def _checked(self, name: str, top: Value, bottom: Value) -> Quantity:
        if top not in self.graph.depending_on(bottom):
            names = self.graph.names
            raise SheetError(
                f"{name} asks for a derivative, but {names[top]} does not depend on {names[bottom]}"
            )
        return Derivative(top, bottom)

    def _unknown(self, name: str) -> str:
        shown = name if len(name) <= 40 else name[:39] + "…"
        labels = list(self.names)
        root = self.graph.names[self.root]
        known = [*labels, *[f"d{root}/d{label}" for label in labels]]
        known += [f"{label}'" for label, v in self.names.items() if not v.operands]
        near = nearest(name[:100], known, 1)
        if near:
            return f"{shown!r} is unknown; is it {near[0]!r}?"
        listed = ", ".join(labels[:10]) + (", …" if len(labels) > 10 else "")
        return (
            f"{shown!r} is unknown. The labels are {listed}; d{root}/d{labels[0]} is a gradient, "
            f"{labels[0]}' an updated weight"
        )


def written(quantity: Quantity, graph: Graph) -> str:
    """The quantity's name, in the reader's labels."""
    names = graph.names
    if isinstance(quantity, Forward):
        return names[quantity.value]
    if isinstance(quantity, Derivative):
        return f"∂{names[quantity.top]}/∂{names[quantity.bottom]}"
    return f"{names[quantity.leaf]}'"


def _quotients(name: str) -> Iterator[tuple[str, str]]:
    """The ways to read a name as a derivative: its top and its bottom."""
    for slash in [i for i, c in enumerate(name) if c == "/"]:
        parts = [_QUOTIENT.fullmatch(part) for part in (name[:slash], name[slash + 1 :])]
        if parts[0] and parts[1]:
            yield parts[0][1], parts[1][1]
    for joint in re.finditer(r"_+[d∂]", name):
        if name[:1] in ("d", "∂"):
            yield name[1 : joint.start()], name[joint.end() :]


def _loose(name: str) -> str:
    """A label without what different spellings of its subscripts differ in: w_1, w1, w₁."""
    return re.sub(r"[\s_{}]", "", name.translate(_SUBSCRIPTS))
