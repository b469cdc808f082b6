"""What the engine does with a graph, told step by step in names and numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from autograd import scalar
from autograd.drawing.captions import Captions
from autograd.drawing.diagram import Diagram, Edge
from autograd.drawing.text import factor, number
from autograd.formulas.tree import Formula
from autograd.formulas.typeset import TEXT
from autograd.rules import ACTIVATIONS
from autograd.value import Value

_NAMED = 16  # leaves that the first step names


@dataclass
class Step:
    """A step as it is told, and what it marks and writes in the picture."""

    phase: str
    text: str
    value: Value | None = None
    grad: float | None = None
    edge: Edge | None = None
    cells: dict[tuple[Value, str], str] = field(default_factory=dict)


class StepWriter:
    """Goes through a diagram as the engine goes through the graph, and tells what it does."""

    def __init__(self, shown: Diagram, digits: int):
        self._shown = shown
        self._captions = Captions(shown)
        self._digits = digits
        self._grads: dict[Value, float] = {}
        # The notes call the gradient of what goes into an activation δ.
        self._deltas = {v for v in shown.values if v.op == "dot"}
        for v in shown.values:
            if v.op in (*ACTIVATIONS, "softmax"):
                self._deltas.update(v.operands)

    def steps(self) -> Iterator[Step]:
        """The leaves, the forward pass value by value, and the backward pass edge by edge."""
        values = self._shown.values
        # The leaves in the order in which they are used.
        used = [edge.lower for v in values for edge in self._shown.below[v] if not edge.lower.op]
        yield self._leaves(list(dict.fromkeys(used)) or [self._shown.root])
        for v in values:
            if v.op:
                yield self._forward(v)
        yield self._seed()
        for v in reversed(values):
            terms = self._captions.partials(v)
            for edge in self._shown.below[v]:
                term = terms.get((edge.lower, edge.position))
                local = f"∂{self._captions.bound(v)}/∂{self._captions.bound(edge.lower)}"
                yield self._backward(edge, self._factor(term) if term else local)

    def _leaves(self, leaves: list[Value]) -> Step:
        labelled = [v for v in leaves if self._captions.label(v)]
        named = [f"{self._captions.short(v)} = {self._number(v.data)}" for v in labelled]
        cut = ", …" if len(named) > _NAMED else ""
        text = f"The leaves are given: {', '.join(named[:_NAMED])}{cut}"
        step = Step("start", text if named else "The leaves are given")
        step.cells = {(v, "data"): self._number(v.data) for v in leaves}
        return step

    def _forward(self, v: Value) -> Step:
        formula = self._captions.expression(v)
        arithmetic = self._captions.arithmetic(v, self._digits)
        said = [self._captions.short(v)] if self._captions.label(v) else []
        text = " = ".join(dict.fromkeys([*said, formula, arithmetic, self._number(v.data)]))
        return Step("forward", text, v, cells={(v, "data"): self._number(v.data)})

    def _seed(self) -> Step:
        root = self._shown.root
        name = self._captions.short(root)
        self._grads[root] = 1.0
        text = f"Backward starts at the end: {name}.grad = ∂{name}/∂{name} = 1"
        used = [v for v in reversed(self._shown.values) if v in self._deltas and v.op]
        if used:
            z = self._captions.bound(used[0])
            text += f"; δ_{z} is short for {z}.grad"
        return Step("backward", text, root, 1.0, cells={(root, "grad"): "1"})

    def _backward(self, edge: Edge, local: str) -> Step:
        v, x = edge.upper, edge.lower
        name, above = self._captions.bound(x), self._captions.bound(v)
        before = self._grads.get(x)
        handed = scalar.handed(v.op, edge.partial, self._grads[v])
        now = handed if before is None else before + handed
        self._grads[x] = now
        text = (
            f"{name}.grad += {f'δ_{above}' if v in self._deltas else f'{above}.grad'} · {local}"
            f" = {factor(self._grads[v], self._digits, first=True)}"
            f" · {factor(edge.partial, self._digits)}"
            f" = {self._number(handed)}"
        )
        if before is not None:
            text += f"; with the {self._number(before)} it had: {self._number(now)}"
        return Step("backward", text, x, now, edge, {(x, "grad"): self._number(now)})

    def _factor(self, term: Formula) -> str:
        return TEXT.factor(term, False, self._digits)

    def _number(self, x: float) -> str:
        return number(x, self._digits)
