"""What a row of the table may ask about a number: what it is made of, and what is near it."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from autograd.audit.calculation import CONSTANT, LEAF, NEW, OPERATION, SUM, TERM, Calculation, Node
from autograd.audit.function import Function
from autograd.audit.rounding import Habit
from autograd.audit.wording import ACTIVATIONS, Names
from autograd.cached import cached_property
from autograd.value import Value

__all__ = ["Part", "Product", "Scaled", "Surroundings"]

_FEW = 12  # how many numbers are tried in each other's place
_WINDOW = 16  # how many neighbours on either side are tried, where there are very many
_NEAR = 3  # levels between weights that may be mixed up
_LONGEST_SUM = 64  # terms of a sum of which each is tried


class Scaled(Function):
    """A number times a constant."""

    __slots__ = ("by", "of")

    def __init__(self, of: Function, by: float):
        super().__init__(lambda *a: by * of(*a))
        self.of = of
        self.by = by


class Part(NamedTuple):
    """A summand: what it is called, and its number from the arguments of the sum."""

    name: str
    number: Callable[..., float]


class Product(NamedTuple):
    """A factor of a product in a node, and the rest of that product."""

    factor: Node
    number: Callable[..., float]
    rest: Callable[..., float]
    inverse: bool = False


@dataclass
class Surroundings:
    """A calculation with the numbers that it has on this sheet.

    `given` are the numbers that stand on the sheet, `moved` the leaves that the optimiser moves.
    """

    calculation: Calculation
    names: Names
    numbers: Mapping[Node, float]
    given: Collection[Node]
    moved: Collection[Value]
    habit: Habit

    # What it is made of

    def parts(self, n: Node) -> list[Part]:
        """The summands of a sum; none of another number."""
        names, args = self.names, n.args
        if len(args) > 2 * _LONGEST_SUM:
            return []
        if n.kind == SUM or n.op == "total":
            return [Part(names[a], lambda *x, i=i: x[i]) for i, a in enumerate(args)]
        if n.kind != OPERATION:
            return []
        if n.op == "mean":
            return [Part(names[a], lambda *x, i=i: x[i] / len(x)) for i, a in enumerate(args)]
        if n.op == "+":
            return [Part(names[args[0]], lambda a, b: a), Part(names[args[1]], lambda a, b: b)]
        if n.op == "-":
            return [Part(names[args[0]], lambda a, b: a), Part(names[args[1]], lambda a, b: -b)]
        if n.op == "dot":
            k = len(args) // 2
            pairs = [
                Part(f"{names[args[i]]}·{names[args[k + i]]}", lambda *x, i=i: x[i] * x[k + i])
                for i in range(k)
            ]
            bias = Part(names[args[-1]], lambda *x: x[-1])
            return pairs if self.numbers[args[-1]] == 0.0 else [*pairs, bias]
        return []

    def products(self, n: Node) -> list[Product]:
        """Every factor of every product in a number."""
        args = n.args
        if n.op == "*" and n.kind in (OPERATION, TERM):
            return [
                Product(args[0], lambda a, b: a, lambda a, b: b),
                Product(args[1], lambda a, b: b, lambda a, b: a),
            ]
        if n.op == "/" and n.kind == OPERATION:
            return [
                Product(args[0], lambda a, b: a, lambda a, b: 1 / b),
                Product(args[1], lambda a, b: 1 / b, lambda a, b: a, True),
            ]
        if n.op == "dot" and n.kind == OPERATION and len(args) <= 2 * _LONGEST_SUM:
            k = len(args) // 2
            return [
                Product(args[j], lambda *x, j=j: x[j], lambda *x, o=o: x[o])
                for i in range(k)
                for j, o in ((i, k + i), (k + i, i))
            ]
        return []

    def pairs(self, n: Node) -> list[tuple[Node, Node, Node, int]]:
        """The products that a sum is of: its factors, and the node and place of the second one.

        Of a dot product its weights and inputs; of a sum typed with + and * the same.
        """
        products: list[tuple[Node, Node, Node, int]] = []
        stack = [n]
        while stack and len(products) < _LONGEST_SUM:
            m = stack.pop()
            if m.op == "dot":
                k = len(m.args) // 2
                products += [(m.args[i], m.args[k + i], m, k + i) for i in range(k)]
            elif m.op == "*" and m.kind == OPERATION and m is not n:
                products.append((m.args[0], m.args[1], m, 1))
            elif m.op in ("+", "-", "total") and (m is n or not self._has_name(m)):
                stack += reversed(m.args)
        return products

    def steps(self, n: Node) -> list[Node]:
        """The steps without a name in which a number is worked out, and itself."""
        unnamed = [n]
        for m in unnamed:
            if len(unnamed) > _LONGEST_SUM:
                return []
            unnamed += [
                a
                for a in m.args
                if a.kind == OPERATION and a not in unnamed and not self.is_entry_like(a)
            ]
        return unnamed

    def squares(self, n: Node) -> list[Node]:
        """The squares that a sum or mean is of; none where another term is among them."""
        squared, stack = [], list(n.args)
        while stack:
            m = stack.pop()
            if m.op == "**" or (m.op == "*" and m.args[0] is m.args[1]):
                squared.append(m)
            elif m.op in ("+", "total") and not self._has_name(m):
                stack += m.args
            else:
                return []
        return squared

    def _has_name(self, n: Node) -> bool:
        return n.value is not None and n.value in self.calculation.graph.names

    def is_entry_like(self, n: Node) -> bool:
        """Whether a person would write the number down."""
        return n.kind in (SUM, NEW) or (n.value is not None and self.names.is_seam(n.value))

    @cached_property
    def _fixed(self) -> set[Node]:
        """The numbers that are made of plain constants only."""
        fixed: set[Node] = set()
        for n in self.calculation.nodes:
            if (n.kind == CONSTANT and n.value is None) or (n.args and fixed.issuperset(n.args)):
                fixed.add(n)
        return fixed

    def is_fixed(self, n: Node) -> bool:
        """Whether a number is made of plain constants only, as the ½ of a loss is."""
        return n in self._fixed

    # What it is for

    def is_weight(self, n: Node) -> bool:
        """Whether a leaf is a weight or bias: the optimiser moves it, or it multiplies an input."""
        if n.value is None:
            return False
        return n.value in self.moved

    def confused(self, n: Node) -> str:
        """The kind of slip where another number stands in this one's place."""
        if n.kind in (LEAF, CONSTANT) and not self.is_weight(n):
            return "swapped input or target"
        return "neighbouring weight" if n.kind == LEAF else "neighbouring value"

    def level(self, n: Node) -> int:
        """How far below the root it stands, in values with a name."""
        if n.value is None:
            return self._constant_level.get(n, 0)
        return self.names.level[n.value]

    @cached_property
    def _constant_level(self) -> dict[Node, int]:
        """Of plain numbers, the level below their consumer's."""
        return {
            a: self.level(n) + 1
            for n in self.calculation.nodes
            if n.kind == OPERATION and n.value is not None
            for a in n.args
            if a.value is None
        }

    @cached_property
    def _uses(self) -> dict[Node, set[tuple[str, int]]]:
        """Into which operations, and at which place of them, a number goes."""
        uses: dict[Node, set[tuple[str, int]]] = defaultdict(set)
        for n in self.calculation.nodes:
            if n.kind == OPERATION:
                for i, a in enumerate(n.args):
                    uses[a].add((n.op, _place(n, i)))
        return uses

    @cached_property
    def _kin(self) -> dict[object, list[Node]]:
        """Numbers of one sort: leaves moved or not, operations by name, sums, updates."""
        kin: dict[object, list[Node]] = defaultdict(list)
        for n in self.calculation.nodes:
            key = self._sort(n)
            if key is not None:
                kin[key].append(n)
        return kin

    def _sort(self, n: Node) -> object:
        if n.kind in (LEAF, CONSTANT):
            return ("leaf", n.value in self.moved) if self._uses[n] else None
        if n.kind == OPERATION:
            return "operation", n.op in ACTIVATIONS or n.op
        if n.kind == SUM:
            assert n.value is not None
            of = self.calculation.of[n.value]
            return "sum", self._sort(of), self.names.top(n) if self._many_tops else ""
        return "new" if n.kind == NEW else None

    @property
    def _many_tops(self) -> bool:
        return len(self.calculation.derivatives) > 1

    @cached_property
    def _siblings(self) -> dict[Node, list[Node]]:
        return {}

    def siblings(self, n: Node) -> list[Node]:
        """Numbers that could be taken for this one, the nearest first."""
        if n not in self._siblings:
            self._siblings[n] = self._near(n)
        return self._siblings[n]

    def _near(self, n: Node) -> list[Node]:
        sort = self._sort(n)
        if sort is None:
            return []
        kin = self._kin[sort]
        if len(kin) > 2 * _WINDOW:
            at = bisect_left(kin, n.index, key=lambda m: m.index)
            kin = kin[max(0, at - _WINDOW) : at + _WINDOW]
        level, uses = self.level(n), self._uses
        own = uses[self.calculation.of[n.value]] if n.value is not None else uses[n]

        owners = self._owners(n)

        def distance(m: Node) -> tuple[bool, int, bool, int]:
            theirs = uses[self.calculation.of[m.value]] if m.value is not None else uses[m]
            apart = owners.isdisjoint(self._owners(m))
            return theirs != own, abs(self.level(m) - level), apart, abs(m.index - n.index)

        near = []
        for m in kin:
            if m is n or (m.value is not None and m.value is n.value):
                continue
            theirs = uses[self.calculation.of[m.value]] if m.value is not None else uses[m]
            moved = n.value in self.moved
            if n.kind == CONSTANT and self.level(m) != level:
                continue
            if n.kind == OPERATION and not self._has_name(m) and theirs != own:
                continue
            if (
                (theirs & own)
                or (moved and abs(self.level(m) - level) < _NEAR)
                or n.kind == OPERATION
            ):
                near.append(m)
        return sorted(near, key=distance)[:_FEW]

    def _owners(self, n: Node) -> set[Value]:
        """The neurons that a number goes into."""
        if n.value is None:
            return set()
        into = self.names.consumers.get(n.value, ())
        return {self.names.owner(c.value) for c in into if c.value is not None}

    def other_classes(self, n: Node) -> list[Node]:
        """The outputs of softmax for the other classes that have no value of their own."""
        if n.op != "softmax" or n.kind != OPERATION:
            return []
        kin = self._kin[self._sort(n)]
        return [m for m in kin if m.value is None and m.op == "softmax" and m.args == n.args]

    def outputs(self, n: Node) -> list[Node]:
        """Of the value that a derivative is by, its sigmoid or its own output of softmax."""
        if n.value is None:
            return []
        own = self.calculation.of[n.value]
        consumers = [m for m in self._kin.get(("operation", True), ()) if own in m.args]
        return [
            m
            for m in consumers
            if m.op == "sigmoid" or (m.op == "softmax" and m.args[m.slot] is own)
        ]

    @cached_property
    def counts(self) -> list[int]:
        """The numbers n that a 1/n could be of."""
        numbers = set()
        for n in self.calculation.nodes:
            if n.op in ("mean", "total") and len(n.args) > 1:
                numbers.add(len(n.args))
            for a in n.args if n.op in ("*", "/") and n.kind == OPERATION else ():
                if a.kind == CONSTANT and a.number > 0:
                    x = 1 / a.number if a.number < 1 else a.number
                    if x < 50 and abs(x - round(x)) < 1e-9:
                        numbers.add(round(x))
        levels = self.names.level
        outputs = [v for v in levels if levels[v] == 1 and v.operands and self.names.is_seam(v)]
        if len(outputs) > 1:
            numbers.add(len(outputs))
        return sorted(numbers - {1, 2})

    def number(self, n: Node) -> float:
        """The node's number on this sheet."""
        return self.numbers.get(n, math.nan)


def _place(n: Node, i: int) -> int:
    """The argument's part in the operation: of a dot product weight, input or bias."""
    if n.op == "dot":
        k = len(n.args) // 2
        return 0 if i < k else 1 if i < 2 * k else 2
    return i if n.op in ("/", "**", "where", "-") else 0
