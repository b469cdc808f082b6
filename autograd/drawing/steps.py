"""What the engine does with a graph, told step by step in names and numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from autograd import scalar
from autograd.drawing.captions import Captions, styled
from autograd.drawing.diagram import Diagram, Edge
from autograd.drawing.text import factor, number
from autograd.formulas.tree import Formula
from autograd.formulas.typeset import TEXT, Style
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

    def __init__(self, shown: Diagram, digits: int, style: Style = TEXT):
        self._shown = shown
        self._style = style
        self._captions = Captions(shown, style)
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
                local = self._style.ratio(self._captions.bound(v), self._captions.bound(edge.lower))
                yield self._backward(edge, self._factor(term) if term else local)

    def _leaves(self, leaves: list[Value]) -> Step:
        labelled = [v for v in leaves if self._captions.label(v)]
        named = [f"{self._captions.bound(v)} = {self._number(v.data)}" for v in labelled]
        cut = ", …" if len(named) > _NAMED else ""
        listed = f"{', '.join(named[:_NAMED])}{cut}"
        words = self._style.words("The leaves are given: " if named else "The leaves are given")
        step = Step("start", words + listed)
        step.cells = {(v, "data"): self._number(v.data) for v in leaves}
        return step

    def _forward(self, v: Value) -> Step:
        formula = self._captions.expression(v)
        arithmetic = self._captions.arithmetic(v, self._digits)
        said = [self._captions.bound(v)] if self._captions.label(v) else []
        text = " = ".join(dict.fromkeys([*said, formula, arithmetic, self._number(v.data)]))
        return Step("forward", text, v, cells={(v, "data"): self._number(v.data)})

    def _seed(self) -> Step:
        root = self._shown.root
        name = self._captions.bound(root)
        self._grads[root] = 1.0
        words = self._style.words
        text = words("Backward starts at the end: ")
        text += f"{self._grad(name)} = {self._style.ratio(name, name)} = 1"
        used = [v for v in reversed(self._shown.values) if v in self._deltas and v.op]
        if used:
            z = self._captions.bound(used[0])
            text += f"{words('; ')}{self._delta(z)}{words(' is short for ')}{self._grad(z)}"
        return Step("backward", text, root, 1.0, cells={(root, "grad"): "1"})

    def _backward(self, edge: Edge, local: str) -> Step:
        v, x = edge.upper, edge.lower
        name, above = self._captions.bound(x), self._captions.bound(v)
        before = self._grads.get(x)
        handed = scalar.handed(v.op, edge.partial, self._grads[v])
        now = handed if before is None else before + handed
        self._grads[x] = now
        times, words = self._style.times, self._style.words
        text = (
            f"{self._grad(name)} += "
            f"{self._delta(above) if v in self._deltas else self._grad(above)}{times}{local}"
            f" = {self._styled(factor(self._grads[v], self._digits, first=True))}"
            f"{times}{self._styled(factor(edge.partial, self._digits))}"
            f" = {self._number(handed)}"
        )
        if before is not None:
            text += f"{words('; with the ')}{self._number(before)}{words(' it had: ')}"
            text += self._number(now)
        return Step("backward", text, x, now, edge, {(x, "grad"): self._number(now)})

    def _factor(self, term: Formula) -> str:
        return self._style.factor(term, False, self._digits)

    def _number(self, x: float) -> str:
        return self._styled(number(x, self._digits))

    def _styled(self, shown: str) -> str:
        """A number of a picture, in parentheses or not."""
        if self._style is not TEXT and shown.startswith("("):
            return self._style.parenthesised(styled(shown[1:-1], self._style))
        return styled(shown, self._style)

    def _grad(self, name: str) -> str:
        return name + self._style.words(".grad")

    def _delta(self, name: str) -> str:
        return f"δ_{name}" if self._style is TEXT else rf"\delta_{{{name}}}"
