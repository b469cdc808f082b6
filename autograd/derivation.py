"""The chain rule in the reader's names: the factors, paths and deltas that make up a gradient.

The graph is cut at its labelled values. Between two of them runs one *factor*, the derivative of
the upper by the lower through whatever unlabelled values lie between. A gradient is the sum over
all paths from the root down of the product of the factors on the way; the deltas are the same sum
with its common parts gathered, as note N2 does it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from autograd.formula import (
    FORMULAS,
    LARGEST,
    Call,
    Formula,
    Key,
    Number,
    Symbol,
    add,
    multiply,
    tidy,
)
from autograd.rules import RULES
from autograd.scalar import as_float
from autograd.value import GraphError, Value, adjoints, topological

if TYPE_CHECKING:
    from autograd.exposition import Update

__all__ = ["Delta", "Derivation", "DerivationError", "Factor", "Path", "derive"]

_SMALL = 4  # values in a factor that is never divided

PRIMED = frozenset(["sigmoid", "tanh", "relu", "softplus"])
"""The activations, whose derivative the notes also write σ'(z)."""


class DerivationError(ArithmeticError):
    """What a derivation would print does not give the engine's gradient."""


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
    graph = Graph(root)
    return Derivation(graph, graph.find(wrt), digits=digits, primes=primes)


# The graph, cut at its labels


class Graph:
    """A graph with names: what lies below a root, and what each value is called."""

    def __init__(self, root: Value):
        if not isinstance(root, Value):
            raise TypeError(f"only a Value has a derivation, not {type(root).__name__}")
        self.root = root
        self.order = topological(root)
        check_fresh(self.order)
        self.names: dict[Value, str] = {}
        self.named: dict[str, Value] = {}
        self.numbered: list[Value] = []
        for v in self.order:
            if v.label and not (v.op == "identity" and v.operands[0].label == v.label):
                self._name(v, v.label)
        if root not in self.names:
            self._name(root, _free("L", self.named))

    def _name(self, v: Value, name: str) -> None:
        if name in self.named:
            raise ValueError(
                f"two values are labelled {name!r} ({self.named[name].data!r} and {v.data!r}): "
                "give each its own label, so that the derivation can tell them apart"
                + (" (of a batch, derive the loss of one example)" if v.operands else "")
            )
        self.names[v] = name
        self.named[name] = v

    def number(self, v: Value) -> None:
        """Name a value that the reader did not: v1, v2, ..."""
        self.numbered.append(v)
        self._name(v, _free(f"v{len(self.numbered)}", self.named))

    def find(self, wrt: Value | str) -> Value:
        """The value that is meant; one without a name is called x."""
        if isinstance(wrt, str):
            if wrt not in self.named:
                import difflib

                near = difflib.get_close_matches(wrt, self.named, 3)
                some = ", ".join(list(self.named)[:8])
                hint = f"; did you mean {' or '.join(near)}?" if near else f"; there are {some}"
                hint += " ..." if not near and len(self.named) > 8 else ""
                raise ValueError(f"no value in the graph is labelled {wrt!r}{hint}")
            return self.named[wrt]
        if not isinstance(wrt, Value):
            raise TypeError(f"wrt is a Value or a label, not {type(wrt).__name__}")
        if wrt not in self.names and wrt in set(self.order):
            self._name(wrt, _free("x", self.named))
        return wrt


def _free(name: str, taken: dict[str, Value]) -> str:
    while name in taken:
        name += "′"
    return name


def check_fresh(order: list[Value]) -> None:
    """Raise GraphError where a value's data is not what its operands' data give."""
    for v in order:
        if v.operands:
            y = RULES[v.op].evaluate(_data(v.arguments))
            if (
                y != v.data
                and not math.isclose(y, v.data, rel_tol=1e-12)
                and not (y != y and v.data != v.data)
            ):
                name = v.label or f"the result of '{v.op}'"
                raise GraphError(
                    f"{name} is {v.data!r}, but its operands now give {y!r}: their data was "
                    "changed after the forward pass; run it again before deriving"
                )


def _data(x: Any) -> Any:
    """Arguments of a rule as plain numbers."""
    if isinstance(x, tuple):
        return tuple([_data(a) for a in x])
    return x.data if isinstance(x, Value) else x


# The parts of a derivation


@dataclass(frozen=True, eq=False)
class Factor:
    """∂upper/∂lower between two named values, through the unnamed ones between them."""

    upper: Value
    lower: Value
    names: tuple[str, str]
    value: float
    _fold: Fold

    @property
    def formula(self) -> Formula | None:
        """The factor in names; None where it is too large to be read."""
        return self._fold.formulas[self.lower]

    @property
    def rules(self) -> tuple[str, ...]:
        """The operations whose rules gave it, from the upper value down (keys of RULES)."""
        return self._fold.rules(self.lower)


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
        return _simplest(add(terms), self.value) if len(terms) <= 20 else None


class Fold:
    """One named value and what lies below it down to the next names: the factors by those."""

    def __init__(self, derivation: Derivation, upper: Value):
        self.derivation = derivation
        self.upper = upper
        self.inner, self.lowers = self._walk()
        self.numbers = self._sweep(float)
        self.scales = self._sweep(abs)

    def _walk(self) -> tuple[list[Value], list[Value]]:
        """The unnamed active values below, uppermost first, and the named ones where they end."""
        d = self.derivation
        met = {self.upper}
        inner = [self.upper]
        lowers: list[Value] = []
        stack = [self.upper]
        while stack:
            v = stack.pop()
            if v is not self.upper:
                if v in d.cut:
                    lowers.append(v)
                    continue
                inner.append(v)
            for operand in reversed(v.operands):
                if operand in d.active and (operand not in met or operand in d.cut):
                    met.add(operand)
                    stack.append(operand)
        inner.sort(key=d.active.__getitem__, reverse=True)
        return inner, list(dict.fromkeys(lowers))

    def _sweep(self, take: Callable[[float], float]) -> dict[Value, float]:
        """The derivatives of the upper value; with `abs` the sums of the sizes of their terms."""
        active = self.derivation.active
        found = {self.upper: 1.0}
        for v in self.inner:
            g = found[v]
            for operand, partial in zip(v.operands, v.partials, strict=True):
                if operand in active:
                    found[operand] = found.get(operand, 0.0) + take(partial) * g
        return found

    @cached_property
    def formulas(self) -> dict[Value, Formula | None]:
        """The factor by each lower value, in names."""
        d = self.derivation
        found: dict[Value, Formula | None] = {self.upper: Number(1.0)}
        for v in self.inner:
            g = found[v]
            many = [None] * len(v.operands) if g is None else d.partial_formulas(v)
            for operand, partial in zip(v.operands, many, strict=True):
                if operand not in d.active:
                    continue
                before = found.get(operand, Number(0.0))
                found[operand] = None
                if before is None or g is None or partial is None:
                    continue
                if before.size + g.size + partial.size <= LARGEST:
                    found[operand] = add([before, multiply([g, partial])])
        return {v: self._checked(v, found[v]) for v in self.lowers}

    def _checked(self, lower: Value, f: Formula | None) -> Formula | None:
        """The formula in its simplest form; its number must be the engine's."""
        if f is None:
            return None
        x = self.numbers[lower]
        if not _close(f.number, x, self.scales[lower], f.error):
            of, by = self.derivation.name(self.upper), self.derivation.name(lower)
            raise DerivationError(
                f"∂{of}/∂{by}: the formula found gives {f.number!r}, but the engine {x!r}"
            )
        return _simplest(f, x)

    def divisions(self) -> list[Value]:
        """Where to divide it: at neurons and values used twice; else at every tenth value."""
        inner = self.inner[1:]
        uses: dict[Value, int] = {}
        for v in self.inner:
            for operand in set(v.operands):
                uses[operand] = uses.get(operand, 0) + 1
        return [v for v in inner if v.op == "dot" or uses[v] > 1] or inner[::10]

    def rules(self, lower: Value) -> tuple[str, ...]:
        """The operations on the ways from the upper value down to one lower."""
        leading = self.leading(lower)
        return tuple([v.op for v in self.inner if v in leading])

    def leading(self, lower: Value) -> set[Value]:
        """The values from the upper one down that depend on the lower, and the lower."""
        found = {lower}
        for v in reversed(self.inner):
            if any(operand in found for operand in v.operands):
                found.add(v)
        return found


class Derivation:
    """A derivative with its reasons; see `derive`."""

    def __init__(
        self, graph: Graph, wrt: Value, *, digits: int | None = None, primes: bool = False
    ):
        self.graph = graph
        self.root, self.wrt = graph.root, wrt
        self.digits = digits
        self.primes = primes
        self.active = self._active()
        if self.root not in self.active:
            raise ValueError(
                f"{graph.names[self.root]} does not depend on {graph.names.get(wrt) or wrt!r}, "
                "so there is no path to derive along (its derivative is 0)"
            )
        self.cut = {v for v in self.active if v in graph.names}
        self._folds: dict[Value, Fold] = {}
        self._values: dict[Value, Formula] = {}
        self._divide()
        self._adjoints = adjoints(self.root)
        self.value: float = self._adjoints[wrt]
        self._check()

    def _check(self) -> None:
        """The chain rule over the factors, against the engine's own sweep."""
        found, scales = {self.root: 1.0}, {self.root: 1.0}
        for v in self.cut_order:
            if v is not self.wrt:
                fold = self.fold(v)
                for lower in fold.lowers:
                    found[lower] = found.get(lower, 0.0) + found[v] * fold.numbers[lower]
                    scales[lower] = scales.get(lower, 0.0) + scales[v] * fold.scales[lower]
        if not _close(found[self.wrt], self.value, scales[self.wrt]):
            raise DerivationError(
                f"the factors from {self.name(self.root)} down to {self.name(self.wrt)} give "
                f"{found[self.wrt]!r}, but the engine's gradient is {self.value!r}"
            )

    def _active(self) -> dict[Value, int]:
        """The values on the way from wrt to the root, each with its place in the order."""
        active: dict[Value, int] = {}
        for i, v in enumerate(self.graph.order):
            if v is self.wrt or any(operand in active for operand in v.operands):
                active[v] = i
        return active

    def _divide(self) -> None:
        """Name some unlabelled values too, v1, v2, ..., where a factor would be unreadably large.

        A factor through a value named later stays whole, and stays right: it ends where it ended.
        """
        stack = [v for v in self.cut if v is not self.wrt]
        while stack:
            fold = self.fold(stack.pop())
            if len(fold.inner) > _SMALL and None in fold.formulas.values():
                for v in fold.divisions():
                    self.graph.number(v)
                    self.cut.add(v)
                    stack.append(v)
                del self._folds[fold.upper]
                self._values.clear()
                stack.append(fold.upper)

    def name(self, v: Value) -> str:
        """What the derivation calls a named value."""
        return self.graph.names[v]

    # Factors

    def fold(self, upper: Value) -> Fold:
        """The factors that lead down from a named value on the way."""
        if upper not in self._folds:
            self._folds[upper] = Fold(self, upper)
        return self._folds[upper]

    def factors_below(self, upper: Value) -> list[Factor]:
        """The factors ∂upper/∂lower, in the order of the operands; none below wrt."""
        if upper is self.wrt:
            return []
        fold = self.fold(upper)
        return [self._factor(fold, lower) for lower in fold.lowers]

    def _factor(self, fold: Fold, lower: Value) -> Factor:
        names = (self.name(fold.upper), self.name(lower))
        return Factor(fold.upper, lower, names, fold.numbers[lower], fold)

    @cached_property
    def factors(self) -> tuple[Factor, ...]:
        """Every factor between two named values on the way from the root down to wrt."""
        return tuple([f for v in self.cut_order for f in self.factors_below(v)])

    @cached_property
    def cut_order(self) -> list[Value]:
        """The named values on the way, the root first, each before those below it.

        Otherwise in the order of the operands: depth first, later operands finished first.
        """
        finished: dict[Value, None] = {}
        stack: list[tuple[Value, bool]] = [(self.root, False)]
        while stack:
            v, done = stack.pop()
            if done:
                finished[v] = None
            elif v not in finished:
                stack.append((v, True))
                if v is not self.wrt:
                    stack += [(u, False) for u in self.fold(v).lowers if u not in finished]
        return list(reversed(finished))

    # Paths

    @cached_property
    def _path_counts(self) -> dict[Value, int]:
        counts = {self.wrt: 1}
        for v in reversed(self.cut_order):
            if v is not self.wrt:
                counts[v] = sum([counts[lower] for lower in self.fold(v).lowers])
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
            stack += [(depth + 1, f) for f in reversed(self.factors_below(v))]

    # Deltas

    @cached_property
    def _uppers(self) -> dict[Value, list[Factor]]:
        found: dict[Value, list[Factor]] = {v: [] for v in self.cut}
        for f in self.factors:
            found[f.lower].append(f)
        return found

    @cached_property
    def _all_deltas(self) -> dict[Value, Delta]:
        """The delta of every value that has one, and of wrt."""
        found: dict[Value, Delta] = {}
        for v in self.cut_order[1:]:
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
        (z, *others) = self.fold(a).lowers
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

    # Formulas

    def partial_formulas(self, v: Value) -> list[Formula]:
        """The local derivatives of v by its operands in names, from the table of rules."""
        arguments = self._formulas_of(v.arguments)
        if self.primes and v.op in PRIMED:
            return [Call(v.op, arguments, prime=True)]
        rule = RULES[v.op]
        uses_value = any(p and re.search(r"\by\b", p) for p in rule.partials)
        y = self.value_formula(v) if uses_value else None
        found = rule.differentiate(arguments, y, {**FORMULAS, "softmax": self._softmax})
        return [p if isinstance(p, Formula) else Number(p) for p in found]

    def _softmax(self, values: Sequence[Formula]) -> list[Formula]:
        """The outputs of a softmax, by their names where the graph has them."""
        names = self._softmaxes.get(tuple([f.key for f in values]), {})
        outputs: list[Formula] = FORMULAS["softmax"](values)
        return [names.get(i, y) for i, y in enumerate(outputs)]

    @cached_property
    def _softmaxes(self) -> dict[Key, dict[int, Formula]]:
        found: dict[Key, dict[int, Formula]] = {}
        for v in self.graph.names:
            if v.op == "softmax":
                index, values = v.arguments
                key = tuple([self.value_formula(w).key for w in values])
                found.setdefault(key, {})[index] = self.value_formula(v)
        return found

    def _formulas_of(self, x: Any) -> Any:
        if isinstance(x, tuple):
            return tuple([self._formulas_of(a) for a in x])
        return self.value_formula(x) if isinstance(x, Value) else x

    def value_formula(self, v: Value) -> Formula:
        """What v is, in names: its own, or its rule on its operands; numbers for unnamed leaves."""
        stack = [v]
        while stack:
            u = stack[-1]
            if u in self._values:
                stack.pop()
            elif u in self.graph.names and (u.label or u is not self.root):
                self._values[u] = Symbol(self.name(u), u.data)
            elif not u.operands:
                self._values[u] = Number(u.data)
            else:
                missing = [w for w in u.operands if w not in self._values]
                stack += missing
                if not missing:
                    self._values[u] = self._rule_formula(u)
        return self._values[v]

    def inner_formula(self, v: Value) -> Formula:
        """What a named value is made of, in the names below it."""
        for w in v.operands:
            self.value_formula(w)
        return self._rule_formula(v)

    def _rule_formula(self, u: Value) -> Formula:
        if sum([self._values[w].size for w in u.operands]) < LARGEST:
            found = RULES[u.op].evaluate(self._formulas_of(u.arguments), FORMULAS)
            return found if isinstance(found, Formula) else Number(found)
        return Symbol(f"({u.op} …)", u.data)

    # Written out

    def text(self, form: str = "auto", limit: int = 100) -> str:
        """The derivation in plain text.

        `form` is "paths" (path by path, at most `limit`), "deltas", "steps" (each factor by the
        elementary rules in it), or "auto": the chain where there is one path, paths and deltas
        where there are a few, else the deltas.
        """
        from autograd import exposition

        return exposition.text(self, form, limit)

    def to_latex(self, form: str = "auto", limit: int = 100) -> str:
        """The same as a LaTeX `aligned` block."""
        from autograd import exposition

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
        from autograd.algebra import expression

        return expression(self)

    def update(self, learning_rate: float) -> Update:
        """One step of gradient descent, w_new = w − η ∂E/∂w, in names and numbers.

        >>> w = Value(3.0, "w")
        >>> print(derive(w * w, w).update(0.5))
        w_new = w − η ∂L/∂w
              = 3 − 0.5 · 6
              = 0
        """
        from autograd.exposition import Update

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
        from autograd.exposition import bundle

        return bundle(str(self), self.latex)


def _close(x: float, y: float, scale: float, error: float = 0.0) -> bool:
    """Whether x is y to 1e-12 of the sizes added up in it, and to what rounding did to it.

    What is not finite cannot be checked.
    """
    finite = all(map(math.isfinite, (x, y, scale, error)))
    return not finite or abs(x - y) <= 1e-12 * scale + 4.0 * error + 1e-300


def _simplest(f: Formula, value: float) -> Formula:
    """The formula tidied, where it still gives the value."""
    tidied = tidy(f)
    return tidied if _close(tidied.number, value, abs(value), tidied.error) else f


def count_text(n: int) -> str:
    """A count with its digits in groups, or its size where it has very many.

    >>> count_text(1234), count_text(2**1000)
    ('1,234', 'about 1.1·10^301')
    """
    if n < 10**15:
        return f"{n:,}"
    exponent, rest = divmod(math.log10(n), 1.0)
    return f"about {10**rest:.1f}·10^{exponent:.0f}"
