"""What the numbers of a calculation are called, and what is near what."""

from __future__ import annotations

from collections import defaultdict

from autograd.audit.calculation import (
    CONSTANT,
    LEAF,
    NEW,
    PARTIAL,
    SUM,
    TERM,
    Calculation,
    Node,
)
from autograd.cached import cached_property
from autograd.rules import ACTIVATIONS as _OF_ONE
from autograd.rules import RULES
from autograd.value import Value

__all__ = ["ACTIVATIONS", "Names"]

ACTIVATIONS = frozenset([*_OF_ONE, "softmax"])
_LONGEST = 40  # characters of a formula that stands for a value without a label
_INFIX = {"+": " + ", "-": " − ", "*": "·", "/": "/"}


class Names:
    """The names of nodes, in the reader's labels, and where in the calculation they stand."""

    def __init__(self, calculation: Calculation):
        self.calculation = calculation
        self.graph = calculation.graph
        self._known: dict[Node, str] = {}

    def __getitem__(self, node: Node) -> str:
        """The node's name: h1, ∂E/∂h1, w1'; a value without a label is written out."""
        name = self._known.get(node)
        if name is None:
            name = self._known[node] = self._name(node)
        return name

    def _name(self, node: Node) -> str:
        if node.kind == NEW:
            return f"{self.value(node.value)}'"
        if node.kind == SUM:
            return f"∂{self.top(node)}/∂{_grouped(self.value(node.value))}"
        if node.kind == PARTIAL:
            operand = self.operand(node)
            below = _grouped(self[operand]) if operand else "…"
            return f"∂{_grouped(self.value(node.value))}/∂{below}"
        if node.kind == TERM:
            return f"{self[node.args[0]]}·{self[node.args[1]]}"
        if node.value is not None:
            return self.value(node.value)
        if node.kind in (LEAF, CONSTANT):
            return f"{node.number:g}"
        return f"{_symbol(node.op)} of {self[node.args[node.slot]]}"

    def value(self, v: Value | None) -> str:
        """The label, or else the number, or the formula with labels in it."""
        if v is None:
            return "…"
        if v in self.graph.names:
            return self.graph.names[v]
        if not v.operands:
            return f"{v.data:g}"
        node = self.calculation.of[v]
        if node not in self._known:
            self._known[node] = self._formula(node, 3)
        return self._known[node]

    def top(self, node: Node) -> str:
        """What is differentiated, of a derivative: the root, or a value above."""
        for top, known in self.calculation.derivatives.items():
            if known.get(node.value) is node:  # type: ignore[arg-type]
                return self.value(top)
        return self.value(self.calculation.root)

    def operand(self, partial: Node) -> Node | None:
        """By what a partial differentiates."""
        v = partial.value
        if v is None:
            return None
        return self.calculation.operands(self.calculation.of[v])[partial.slot]

    def _formula(self, node: Node, depth: int) -> str:
        parts = []
        for a in node.args:
            v = a.value
            if v is None or v in self.graph.names or not v.operands:
                parts.append(self[a])
            elif depth:
                parts.append(self._formula(a, depth - 1))
            else:
                parts.append("…")
        text = _written(node, parts)
        return text if len(text) <= _LONGEST else f"{_symbol(node.op)}({parts[0][:12]}, …)"

    # Where it stands

    @cached_property
    def consumers(self) -> dict[Value, list[Node]]:
        """The forward nodes that each value goes into."""
        users: dict[Value, list[Node]] = defaultdict(list)
        calculation = self.calculation
        for v in self.graph.order:
            if v in calculation.fused:
                continue
            for a in dict.fromkeys(calculation.operands(calculation.of[v])):
                if a.value is not None and v.operands:
                    users[a.value].append(calculation.of[v])
        return users

    def is_seam(self, v: Value) -> bool:
        """Whether a person would write this value down: it has a name, or a neuron makes it."""
        return v in self.graph.names or v.op in ACTIVATIONS or v.op == "dot"

    @cached_property
    def _next(self) -> dict[Value, tuple[Value | None, bool]]:
        """The named value that each value serves, if it is one; and whether several paths go up."""
        served: dict[Value, tuple[Value | None, bool]] = {}
        for v in reversed(self.graph.order):
            nexts: dict[Value | None, None] = {}
            many = False
            for c in self.consumers[v]:
                assert c.value is not None
                u, above = (
                    (c.value, served[c.value][1]) if self.is_seam(c.value) else served[c.value]
                )
                nexts.setdefault(u)
                many = many or above
            only = next(iter(nexts)) if len(nexts) == 1 else None
            served[v] = only, many or len(nexts) > 1
        return served

    def owner(self, v: Value) -> Value:
        """The value with a name that a value without one is a step to; itself where it has one."""
        if self.is_seam(v):
            return v
        return self._next[v][0] or v

    def has_many_paths(self, v: Value) -> bool:
        """Whether more than one path leads from the value to the root."""
        return self._next[v][1]

    @cached_property
    def level(self) -> dict[Value, int]:
        """The longest way from each value to the root, in values that have a name."""
        levels = dict.fromkeys(self.graph.order, 0)
        for v in reversed(self.graph.order):
            step = levels[v] + self.is_seam(v)
            for o in v.operands:
                levels[o] = max(levels[o], step)
        return levels


def _written(node: Node, parts: list[str]) -> str:
    if node.op in _INFIX and len(parts) == 2:
        a, b = parts
        if node.op in "*/":
            a, b = _grouped(a), _grouped(b)
        elif node.op == "-":
            b = _grouped(b)
        return f"{a}{_INFIX[node.op]}{b}"
    if node.op == "**":
        return f"{_grouped(parts[0])}^{_grouped(parts[1])}"
    if node.op == "neg":
        return f"−{_grouped(parts[0])}"
    if node.op == "dot":
        k = len(parts) // 2
        return " + ".join([f"{w}·{x}" for w, x in zip(parts[:k], parts[k:-1], strict=True)])
    return f"{_symbol(node.op)}({', '.join(parts)})"


def _symbol(op: str) -> str:
    """The sign of an operation; of a user's own its name."""
    return RULES[op].symbol if op in RULES else op


def _grouped(text: str) -> str:
    """A sum or difference in parentheses; a label with spaces stays as it is."""
    return f"({text})" if " + " in text or " − " in text else text
