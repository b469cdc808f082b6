"""The chain rule in the reader's names: the factors, paths and deltas that make up a gradient.

The graph is cut at its labelled values. Between two of them runs one *factor*, the derivative of
the upper by the lower through whatever unlabelled values lie between. A gradient is the sum over
all paths from the root down of the product of the factors on the way; the deltas are the same sum
with its common parts gathered, as note N2 does it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from autograd.derivation.cut import Cut, DerivationError, Factor, Graph, close, simplest
from autograd.formulas.tree import LARGEST, Formula, add, multiply
from autograd.scalar import as_float
from autograd.value import Value, adjoints

if TYPE_CHECKING:
    from autograd.derivation.exposition import Update

__all__ = ["Delta", "Derivation", "DerivationError", "Factor", "Graph", "Path", "derive"]


def derive(
    root: Value, wrt: Value | str, *, digits: int | None = None, primes: bool = False
) -> Derivation:
    """How the derivative of root by `wrt` (a Value of its graph, or its label) comes about.

    The chain is cut at labelled values; an unlabelled root is called L. Numbers are printed with
    `digits` significant digits, by default with as many as are useful. With `primes` an
    activation's derivative is written σ'(z) instead of worked out. No `grad` is touched, and
    `backward()` need not have run.

    Raises ValueError where two values have one label or root does not depend on `wrt`; GraphError
    where a value's data is no longer what its operands give; DerivationError where the factors
    found do not multiply to the engine's gradient (to 1e-12 relative).

    >>> w, x, t = Value(0.5, "w"), Value(2.0, "x"), Value(3.0, "t")
    >>> y = w * x
    >>> y.label = "y"
    >>> derive((y - t) ** 2, w).value
    -8.0
    """
    if digits is not None and not (isinstance(digits, int) and 1 <= digits <= 17):
        raise ValueError(f"digits is a whole number from 1 to 17, not {digits!r}")
    graph = Graph(root)
    return Derivation(Cut(graph, graph.find(wrt), primes=primes), digits)


# The parts of a derivation


@dataclass(frozen=True, eq=False)
class Path:
    """One way from the root down to `wrt`: the named values on it, and the factors between."""

    nodes: tuple[Value, ...]
    names: tuple[str, ...]
    factors: tuple[Factor, ...]

    @property
    def value(self) -> float:
        """The product of the factors."""
        return math.prod([f.value for f in self.factors])


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


class Derivation:
    """A derivative with its reasons; see `derive`."""

    def __init__(self, cut: Cut, digits: int | None = None):
        self.cut = cut
        self.root, self.wrt = cut.root, cut.wrt
        self.digits = digits
        self._adjoints = adjoints(self.root)
        self.value: float = self._adjoints[self.wrt]
        self._check()

    def _check(self) -> None:
        """The chain rule over the factors, against the engine's own sweep."""
        found, scales = {self.root: 1.0}, {self.root: 1.0}
        for v in self.cut.order:
            if v is not self.wrt:
                fold = self.cut.fold(v)
                for lower in fold.lowers:
                    found[lower] = found.get(lower, 0.0) + found[v] * fold.numbers[lower]
                    scales[lower] = scales.get(lower, 0.0) + scales[v] * fold.scales[lower]
        if not close(found[self.wrt], self.value, scales[self.wrt]):
            raise DerivationError(
                f"the factors from {self.name(self.root)} down to {self.name(self.wrt)} give "
                f"{found[self.wrt]!r}, but the engine's gradient is {self.value!r}"
            )

    def name(self, v: Value) -> str:
        """What the derivation calls a named value."""
        return self.cut.name(v)

    # Factors

    @cached_property
    def factors(self) -> tuple[Factor, ...]:
        """Every factor between two named values on the way from the root down to wrt."""
        return tuple([f for v in self.cut.order for f in self.cut.factors_below(v)])

    # Paths

    @cached_property
    def _path_counts(self) -> dict[Value, int]:
        counts = {self.wrt: 1}
        for v in reversed(self.cut.order):
            if v is not self.wrt:
                counts[v] = sum([counts[lower] for lower in self.cut.fold(v).lowers])
        return counts

    @property
    def path_count(self) -> int:
        """How many paths of named values lead from the root to wrt; exact."""
        return self._path_counts[self.root]

    def paths(self, limit: int | None = 1000) -> list[Path]:
        """The paths, in the order of the operands; their values add up to `value`.

        Raises ValueError where there are more than `limit` (None for no limit).
        """
        if limit is not None and self.path_count > limit:
            raise ValueError(
                f"∂{self.name(self.root)}/∂{self.name(self.wrt)} is the sum of "
                f"{count_text(self.path_count)} paths, more than limit={limit}: read the delta "
                "form instead (.deltas), or give a higher limit"
            )
        return list(self._walk_paths())

    def _walk_paths(self) -> Iterator[Path]:
        way: list[Factor] = []
        stack: list[tuple[int, Factor | None]] = [(0, None)]
        while stack:
            depth, factor = stack.pop()
            del way[max(depth - 1, 0) :]
            if factor is not None:
                way.append(factor)
            v = self.root if factor is None else factor.lower
            if v is self.wrt:
                nodes = (self.root, *[f.lower for f in way])
                yield Path(nodes, tuple([self.name(u) for u in nodes]), tuple(way))
            stack += [(depth + 1, f) for f in reversed(self.cut.factors_below(v))]

    # Deltas

    @cached_property
    def _uppers(self) -> dict[Value, list[Factor]]:
        found: dict[Value, list[Factor]] = {v: [] for v in self.cut.nodes}
        for f in self.factors:
            found[f.lower].append(f)
        return found

    @cached_property
    def _all_deltas(self) -> dict[Value, Delta]:
        """The delta of every value that has one, and of wrt."""
        found: dict[Value, Delta] = {}
        for v in self.cut.order[1:]:
            if v is self.wrt or not self._is_activation(v):
                chain: list[Factor] = []
                top = v
                while self._uppers[top] and self._is_activation(self._uppers[top][0].upper):
                    chain.insert(0, self._uppers[top][0])
                    top = chain[0].upper
                terms = tuple([(found.get(f.upper), f) for f in self._uppers[top]])
                found[v] = Delta(v, self.name(v), terms, tuple(chain), self._adjoints[v])
        return found

    def _is_activation(self, a: Value) -> bool:
        """Whether a is a function of one named value that goes nowhere else."""
        if a is self.root or a is self.wrt:
            return False
        (z, *others) = self.cut.fold(a).lowers
        if others or len(self._uppers[z]) > 1:
            return False
        stack, met = list(a.operands), {a}
        while stack:
            v = stack.pop()
            if v in self.cut.graph.names:
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

    # Written out

    def text(self, form: str = "auto", limit: int = 100) -> str:
        """The derivation in plain text.

        `form` is "paths" (path by path, at most `limit`), "deltas", "steps" (each factor by the
        elementary rules in it), or "auto": the chain where there is one path, paths and deltas
        where there are a few, else the deltas.
        """
        from autograd.derivation import exposition

        return exposition.text(self, form, limit)

    def to_latex(self, form: str = "auto", limit: int = 100) -> str:
        """The same as a LaTeX `aligned` block."""
        from autograd.derivation import exposition

        return exposition.latex(self, form, limit)

    @property
    def latex(self) -> str:
        """The derivation as a LaTeX `aligned` block, which MathJax renders too."""
        return self.to_latex()

    @property
    def expression(self) -> Any:
        """The whole as one simplified SymPy expression in the labels of the leaves.

        For small graphs: ValueError where root has more than 1,000 symbols written out.

        >>> w, x = Value(3.0, "w"), Value(2.0, "x")
        >>> derive((w * x) ** 2, w).expression
        2*w*x**2
        """
        from autograd.derivation.algebra import expression

        return expression(self)

    def update(self, learning_rate: float) -> Update:
        """One step of gradient descent, w_new = w − η ∂E/∂w, in names and numbers.

        >>> w = Value(3.0, "w")
        >>> print(derive(w * w, w).update(0.5))
        w_new = w − η ∂L/∂w
              = 3 − 0.5 · 6
              = 0
        """
        from autograd.derivation.exposition import Update

        rate = as_float(learning_rate, "learning_rate")
        if not math.isfinite(rate):
            raise ValueError(f"the learning rate must be a finite number, not {rate!r}")
        return Update(self, rate)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return (
            f"<Derivation of {self.name(self.root)} by {self.name(self.wrt)}: {self.value!r}, "
            f"{count_text(self.path_count)} path{'s' * (self.path_count != 1)}>"
        )

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        from autograd.derivation.exposition import bundle

        return bundle(str(self), self.latex)


def count_text(n: int) -> str:
    """A count with its digits in groups, or its size where it has very many.

    >>> count_text(1234), count_text(2**1000)
    ('1,234', 'about 1.1·10^301')
    """
    if n < 10**15:
        return f"{n:,}"
    exponent, rest = divmod(math.log10(n), 1.0)
    return f"about {10**rest:.1f}·10^{exponent:.0f}"
