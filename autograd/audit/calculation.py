"""The whole calculation as one graph: forward values, partials, terms, sums and updates.

A learner's sheet is one long calculation. Every number in it is a `Node` here: a forward value, a
partial ∂v/∂operand (one node that reads the rule table), a term ∂E/∂v · partial, the sum of the
terms ∂E/∂operand, and a new weight w − η ∂E/∂w. So whatever can be asked of one of them (what is
it, given other numbers? how far may rounding take it? what would this slip make of it?) is asked
of all in the same way.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from autograd.audit.function import (
    PRODUCT,
    SAME,
    TOTAL,
    Function,
    formula,
    of_operation,
    slope_of_own,
    softmax,
)
from autograd.audit.quantities import Derivative, Forward, Quantity, Updated
from autograd.cached import cached_property
from autograd.graph import Graph, depending_on
from autograd.rules import RULES, rule_of
from autograd.value import Value

__all__ = ["CONSTANT", "LEAF", "NEW", "OPERATION", "PARTIAL", "SUM", "TERM", "Calculation", "Node"]

LEAF, CONSTANT, OPERATION, PARTIAL, TERM, SUM, NEW = (
    "leaf", "constant", "operation", "partial", "term", "sum", "new",
)  # fmt: skip

_ALL_DERIVATIVES = 3000  # values of a graph up to which a slip may use any of its derivatives
_UNROUNDED = ("neg", "identity")
_AFRESH = "-a / (b * b)"
_FUNCTION_OF_X = re.compile(r"(-?)(\w+)\(x\)")


class Node:
    """A number of the calculation, and how it is made of others.

    `value` is the forward value that it belongs to, and `slot` the operand's place, of a partial
    and of a term, or the place of an output of softmax. `rounded` tells whether a learner would
    round here.
    """

    __slots__ = ("args", "function", "index", "kind", "number", "op", "rounded", "slot", "value")

    def __init__(
        self,
        kind: str,
        op: str = "",
        function: Function = SAME,
        args: tuple[Node, ...] = (),
        value: Value | None = None,
        slot: int = -1,
        number: float = math.nan,
        rounded: bool = True,
    ):
        self.kind = kind
        self.op = op
        self.function = function
        self.args = args
        self.value = value
        self.slot = slot
        self.number = number
        self.rounded = rounded and bool(args)
        self.index = -1


class Calculation:
    """The graph of all that a sheet may show: what each of its quantities is made of.

    With `afresh` a quotient's derivative is −a/b², worked out afresh, and not −y/b, from the
    quotient: equal, as long as the quotient is right.

    Raises ValueError where two values have one label, GraphError where data was changed after the
    forward pass.
    """

    def __init__(self, root: Value, rate: float | None, afresh: bool = False):
        self.graph = Graph(root)
        self.graph.names.check_unique()
        self.root = root
        self.afresh = afresh
        self.rate = 0.0 if rate is None else rate
        self.nodes: list[Node] = []
        self.of: dict[Value, Node] = {}
        self.derivatives: dict[Value, dict[Value, Node]] = {}
        self.new: dict[Value, Node] = {}
        self.fused: set[Value] = set()
        self._entropies: dict[Node, Node] = {}
        self._partials: dict[tuple[Value, int], Node | None] = {}
        self._functions: dict[tuple[str, Node], Node] = {}
        self._shares: dict[tuple[Any, int], Node] = {}
        for v in self.graph.order:
            self._forward(v)
            if v.op == "softmax" and v.arguments:
                self._shares[v.arguments[1], v.arguments[0]] = self.of[v]

    def node(self, quantity: Quantity) -> Node:
        """The node of a quantity; its derivatives must have been asked for before."""
        if isinstance(quantity, Forward):
            return self.of[quantity.value]
        if isinstance(quantity, Derivative):
            return self.derivatives[quantity.top][quantity.bottom]
        return self.new[quantity.leaf]

    def operands(self, node: Node) -> tuple[Node, ...]:
        """What a forward number is differentiated by on paper: its arguments.

        Of a cross-entropy log Σ eˢ − s_k these are the scores s, though it is worked out as −log p.
        """
        share = self._entropies.get(node)
        return node.args if share is None else share.args

    @property
    def has_quotients(self) -> bool:
        """Whether some derivative can be worked out from a quotient, or afresh."""
        return any(n.kind == PARTIAL and n.op == "/" and n.slot for n in self.nodes)

    def ask(self, quantities: Iterable[Quantity]) -> None:
        """Add the nodes of derivatives and updates."""
        bottoms: dict[Value, set[Value]] = defaultdict(set)
        leaves = []
        for q in quantities:
            if isinstance(q, Derivative):
                bottoms[q.top].add(q.bottom)
            elif isinstance(q, Updated):
                bottoms[self.root].add(q.leaf)
                leaves.append(q.leaf)
        for top, wanted in bottoms.items():
            self._backward(top, wanted)
        for leaf in leaves:
            gradient = self.derivatives[self.root][leaf]
            rate = self.rate
            step = Function(lambda w, g, r=rate: w - r * g, None, lambda w, g, r=rate: (1.0, -r))
            self.new[leaf] = self._add(Node(NEW, "new", step, (self.of[leaf], gradient), leaf))

    def ask_all(self) -> None:
        """Add the root's derivatives by everything, where the graph is no very large one."""
        if self.root not in self.derivatives and len(self.graph.order) <= _ALL_DERIVATIVES:
            self._backward(self.root, set())

    # Building

    def _add(self, node: Node) -> Node:
        node.index = len(self.nodes)
        self.nodes.append(node)
        return node

    def _constant(self, x: float, value: Value | None = None) -> Node:
        return self._add(Node(CONSTANT, number=float(x), value=value))

    def _forward(self, v: Value) -> None:
        if not v.operands:
            kind = LEAF if v in self.graph.names else CONSTANT
            self.of[v] = self._add(Node(kind, number=v.data, value=v))
            return
        if self._is_entropy(v):
            self._forward_entropy(v)
            return
        arguments = v.arguments
        given = arguments[1:] if v.op == "softmax" else arguments
        flat: list[Node] = []
        for a in given:
            for x in a if isinstance(a, tuple) else (a,):
                flat.append(self.of[x] if isinstance(x, Value) else self._constant(x))
        self.of[v] = self._add(
            Node(
                OPERATION, v.op, of_operation(rule_of(v), arguments), tuple(flat), v,
                arguments[0] if v.op == "softmax" else -1,
                rounded=v.op not in _UNROUNDED,
            )
        )  # fmt: skip
        if len(flat) == 1:
            self._functions[v.op, flat[0]] = self.of[v]

    def _is_entropy(self, v: Value) -> bool:
        """Whether it is log Σ eˢ − s_k, whose first part stands nowhere else."""
        if v.op != "-" or len(v.operands) != 2 or v.operands[0].op != "logsumexp":
            return False
        total, score = v.operands
        if total in self.graph.names or score not in total.operands:
            return False
        return self._uses_of_totals[total] == 1

    @cached_property
    def _uses_of_totals(self) -> Counter[Value]:
        order = self.graph.order
        return Counter([o for v in order for o in v.operands if o.op == "logsumexp"])

    def _forward_entropy(self, v: Value) -> None:
        """−log p_k, as it is worked out on paper."""
        total, score = v.operands
        scores = self.of[total].args
        k = [a.value for a in scores].index(score)
        share = self._share(total.arguments[0], k, scores)
        log = self._add(Node(OPERATION, "log", of_operation(RULES["log"], (score,)), (share,)))
        minus = of_operation(RULES["neg"], (score,))
        self.of[v] = self._add(Node(OPERATION, "neg", minus, (log,), v, k, rounded=False))
        self._entropies[self.of[v]] = share
        self.fused.add(total)

    def _backward(self, top: Value, wanted: set[Value]) -> None:
        """The derivatives of `top` by whatever leads to what is wanted, in one reverse sweep."""
        order = self.graph.order[: self.graph.order.index(top) + 1]
        leads = self._leading(order, wanted)
        terms: dict[Value, list[Node]] = defaultdict(list)
        terms[top].append(self._constant(1.0))
        known = self.derivatives.setdefault(top, {})
        for v in reversed(order):
            if v not in terms:
                continue
            made = terms.pop(v)
            total = Node(SUM, "sum", TOTAL, tuple(reversed(made)), v, rounded=len(made) > 1)
            above = known[v] = self._add(total)
            node = self.of[v]
            for slot, operand in enumerate(self.operands(node)):
                if operand.value is None or operand.value not in leads or v is operand.value:
                    continue
                partial = self._partial(node, slot)
                if partial is not None:
                    unit = partial.kind == CONSTANT and abs(partial.number) == 1.0
                    terms[operand.value].append(
                        self._add(
                            Node(
                                TERM, "*", PRODUCT, (above, partial), operand.value, slot,
                                rounded=not unit,
                            )
                        )
                    )  # fmt: skip

    def _leading(self, order: list[Value], wanted: set[Value]) -> set[Value]:
        """The values whose derivatives are needed: those that depend on what is wanted."""
        if len(order) <= _ALL_DERIVATIVES:
            return set(order)
        return depending_on(wanted, order)

    def _partial(self, node: Node, slot: int) -> Node | None:
        """∂v/∂operand as a node; None where it is never differentiated by."""
        v = node.value
        assert v is not None
        key = v, slot
        if key not in self._partials:
            self._partials[key] = self._new_partial(node, v, slot)
        return self._partials[key]

    def _new_partial(self, node: Node, v: Value, slot: int) -> Node | None:
        op, args = node.op, node.args
        if node in self._entropies:
            share = self._entropies[node]
            k, scores = v.operands[0].arguments[0], share.args
            error = formula("p", f"p - {float(slot == node.slot)}")
            return self._add(
                Node(PARTIAL, "cross-entropy", error, (self._share(k, slot, scores),), v, slot)
            )
        if op in ("dot", "*"):
            k = len(args) // 2 if op == "dot" else 1
            if op == "dot" and slot == len(args) - 1:
                return self._constant(1.0)
            other = args[slot + k if slot < k else slot - k]
            return self._add(Node(PARTIAL, op, SAME, (other,), v, slot, rounded=False))
        if op == "total":
            return self._constant(1.0)
        if op == "mean":
            return self._constant(1.0 / len(args))
        if op == "logsumexp":
            share = self._share(v.arguments[0], slot, args)
            return self._add(Node(PARTIAL, op, SAME, (share,), v, slot, rounded=False))
        if op == "softmax":
            share = self._share(v.arguments[1], slot, args)
            own = float(v.arguments[0] == slot)
            function = formula("y s", f"y * ({own} - s)")
            return self._add(Node(PARTIAL, op, function, (node, share), v, slot))
        if op not in RULES:  # of a user's own
            slope = slope_of_own(rule_of(v), slot)
            return self._add(Node(PARTIAL, op, slope, args, v, slot))
        return self._by_rule(node, v, slot)

    def _share(self, values: Any, index: int, args: tuple[Node, ...]) -> Node:
        """The output of softmax over some values: that of the graph, if it has it."""
        key = values, index
        if key not in self._shares:
            self._shares[key] = self._add(
                Node(OPERATION, "softmax", softmax(index), args, slot=index)
            )
        return self._shares[key]

    def _by_rule(self, node: Node, v: Value, slot: int) -> Node | None:
        rule = RULES[v.op]
        at, inner = _parameter(v.arguments, slot)
        expression = _AFRESH if self.afresh and (v.op, at) == ("/", 1) else rule.partials[at]
        if expression is None or expression == "0":
            return None
        if expression in ("1", "-1"):
            return self._constant(float(expression))
        parameters = " ".join(rule.parameters)
        if any(isinstance(a, tuple) for a in v.arguments):
            function = _of_many(parameters, f"({expression})[{inner}]", v.arguments)
        else:
            function = formula(f"{parameters} y", expression)
        made_of = (*node.args, node)
        known = _FUNCTION_OF_X.fullmatch(expression)
        other = self._functions.get((known[2], node.args[0])) if known else None
        if known and other is not None:  # on paper the number that is there is used
            function, made_of = formula(f"{parameters} y f", f"{known[1]}f"), (*made_of, other)
        return self._add(Node(PARTIAL, v.op, function, made_of, v, slot))


def _parameter(arguments: tuple[Any, ...], slot: int) -> tuple[int, int]:
    """To which parameter of the rule the operand at a slot belongs, and its place in it."""
    at = 0
    for i, a in enumerate(arguments):
        n = len(a) if isinstance(a, tuple) else 1
        if slot < at + n:
            return i, slot - at
        at += n
    raise AssertionError(f"{slot} is past the last operand")


def _of_many(parameters: str, expression: str, arguments: tuple[Any, ...]) -> Function:
    one = formula(f"{parameters} y", expression)
    sizes = [len(a) if isinstance(a, tuple) else None for a in arguments]

    def shaped(a: tuple[Any, ...]) -> list[Any]:
        parts, at = [], 0
        for n in sizes:
            parts.append(a[at] if n is None else tuple(a[at : at + n]))
            at += n or 1
        return [*parts, a[-1]]

    return Function(lambda *a: one(*shaped(a)), lambda *a: one.columns(*shaped(a)))
