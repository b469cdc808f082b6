"""A derivative as the sum over its paths, and as deltas.

A gradient is the sum over all paths from the root down of the product of the factors on the way;
the deltas are the same sum with its common parts gathered, as note N2 does it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from autograd import scalar
from autograd.cached import cached_property
from autograd.derivation.factors import Factor, Factors, close, simplest
from autograd.errors import ArgumentError, DerivationError
from autograd.formulas.labels import count_text
from autograd.formulas.tree import LARGEST, Formula, add, multiply
from autograd.graph import accumulate, adjoints, count_paths, walk_paths
from autograd.value import Value

__all__ = ["Chain", "Delta", "Path"]


@dataclass(frozen=True, eq=False)
class Path:
    """One way from the root down to `wrt`: the named values on it, and the factors between."""

    nodes: tuple[Value, ...]
    names: tuple[str, ...]
    factors: tuple[Factor, ...]

    @property
    def value(self) -> float:
        """The product of the factors, from the root down, with the zeros of the engine's sweep."""
        product = 1.0
        for f in self.factors:
            product = scalar.handed(f.upper.op, f.value, product)
        return product


@dataclass(frozen=True, eq=False)
class Delta:
    """δ of a named value z, ∂root/∂z: the terms from above, summed, times the activation's part.

    Each term is a factor with the delta above that it multiplies; None where the root is above.
    `chain` are the factors from the value that the terms lead to, the activation of z, down to z.
    """

    node: Value
    name: str
    terms: tuple[tuple[Delta | None, Factor], ...]
    chain: tuple[Factor, ...]
    value: float

    @property
    def symbol(self) -> str:
        """δ with the value's name as its index; δ_j^l for z_j^l, as in the notes."""
        return "δ" + self.name[1:] if re.match(r"z([_^].*)?$", self.name) else f"δ_{self.name}"

    @cached_property
    def formula(self) -> Formula | None:
        """The whole of it in names where it is short: that of the deltas above put in."""
        terms = []
        for above, factor in self.terms:
            if above is not None and any(upper is not None for upper, _ in above.terms):
                return None
            parts = [factor.formula, *[f.formula for f in self.chain]]
            if above is not None:
                parts.insert(0, above.formula)
            known = [p for p in parts if p is not None]
            if len(known) < len(parts) or sum([p.size for p in known]) > LARGEST:
                return None
            terms.append(multiply(known))
        return simplest(add(terms), self.value) if len(terms) <= 20 else None


class Chain:
    """A derivative as the sum of its paths and as its deltas; `Derivation` also shows them.

    Numbers are to be printed with `digits` significant digits. Raises DerivationError where the
    factors do not multiply to the engine's gradient.
    """

    def __init__(self, all_factors: Factors, digits: int | None = None):
        self.all_factors = all_factors
        self.graph = all_factors.graph
        self.root, self.wrt = all_factors.root, all_factors.wrt
        self.digits = digits
        self._adjoints = adjoints(self.root)
        self.value: float = self._adjoints[self.wrt]
        self._check()

    def _check(self) -> None:
        """The chain rule over the factors, against the engine's own sweep."""
        gradient, scale = [
            accumulate(self.all_factors.order[::-1], {self.root: 1.0}, pairs)[self.wrt]
            for pairs in (self._numbers, self._scales)
        ]
        if not close(gradient, self.value, scale):
            raise DerivationError(
                f"the factors from {self.name(self.root)} down to {self.name(self.wrt)} give "
                f"{gradient!r}, but the engine's gradient is {self.value!r}"
            )

    def _numbers(self, v: Value) -> list[tuple[Value, float]]:
        return [(x, self.all_factors.below(v).numbers[x]) for x in self.all_factors.lowers(v)]

    def _scales(self, v: Value) -> list[tuple[Value, float]]:
        return [(x, self.all_factors.below(v).scales[x]) for x in self.all_factors.lowers(v)]

    def name(self, v: Value) -> str:
        """What the derivation calls a named value."""
        return self.graph.names[v]

    # Factors

    @cached_property
    def factors(self) -> tuple[Factor, ...]:
        """Every factor between two named values on the way from the root down to wrt."""
        listed = [self.all_factors.list_below(v) for v in self.all_factors.order]
        return tuple([f for below in listed for f in below])

    # Paths

    @cached_property
    def path_count(self) -> int:
        """How many paths of named values lead from the root to wrt; exact."""
        order = self.all_factors.order[::-1]
        return count_paths(order, self.wrt, self.all_factors.lowers)[self.root]

    def paths(self, limit: int | None = 1000) -> list[Path]:
        """The paths, in the order of the operands; their values add up to `value`.

        Raises ValueError where there are more than `limit` (None for no limit).
        """
        if limit is not None and self.path_count > limit:
            raise ArgumentError(
                f"∂{self.name(self.root)}/∂{self.name(self.wrt)} is the sum of "
                f"{count_text(self.path_count)} paths, more than limit={limit}: read the delta "
                "form instead (.deltas), or give a higher limit"
            )
        return [
            self._path(factors)
            for factors in walk_paths(self.root, self.wrt, self.all_factors.list_below)
        ]

    def _path(self, factors: tuple[Factor, ...]) -> Path:
        nodes = (self.root, *[f.lower for f in factors])
        return Path(nodes, tuple([self.name(v) for v in nodes]), factors)

    # Deltas

    @cached_property
    def _uppers(self) -> dict[Value, list[Factor]]:
        uppers: dict[Value, list[Factor]] = {v: [] for v in self.all_factors.nodes}
        for f in self.factors:
            uppers[f.lower].append(f)
        return uppers

    @cached_property
    def _all_deltas(self) -> dict[Value, Delta]:
        """The delta of every value that has one, and of wrt."""
        deltas: dict[Value, Delta] = {}
        for v in self.all_factors.order[1:]:
            if v is self.wrt or not self._is_activation(v):
                chain: list[Factor] = []
                top = v
                while self._uppers[top] and self._is_activation(self._uppers[top][0].upper):
                    chain.insert(0, self._uppers[top][0])
                    top = chain[0].upper
                terms = tuple([(deltas.get(f.upper), f) for f in self._uppers[top]])
                deltas[v] = Delta(v, self.name(v), terms, tuple(chain), self._adjoints[v])
        return deltas

    def _is_activation(self, a: Value) -> bool:
        """Whether a is a function of one named value that goes nowhere else."""
        if a is self.root or a is self.wrt:
            return False
        (z, *others) = self.all_factors.lowers(a)
        if others or len(self._uppers[z]) > 1:
            return False
        stack, met = list(a.operands), {a}
        while stack:
            v = stack.pop()
            if v in self.graph.names:
                if v is not z:
                    return False
            elif v not in met:
                met.add(v)
                stack += v.operands
        return True

    @cached_property
    def delta_nodes(self) -> set[Value]:
        """The values that have a delta."""
        return set(self._all_deltas) - {self.wrt}

    @property
    def deltas(self) -> tuple[Delta, ...]:
        """The deltas between root and wrt, those next to the root first."""
        return tuple([d for v, d in self._all_deltas.items() if v is not self.wrt])

    @property
    def last(self) -> Delta | None:
        """The same for wrt itself: how its derivative is made of the deltas; None for the root."""
        return self._all_deltas.get(self.wrt)
