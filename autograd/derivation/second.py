"""The second derivative: how a gradient changes with a weight, line by line.

The first derivative is written in the named values and the deltas. Each of them changes with the
weight in turn, the values from the weight up, the deltas from the root down, and the change of the
last formula is the second derivative. It is held against the engine, which differentiates its own
backward sweep.
"""

from __future__ import annotations

from dataclasses import dataclass

from autograd.derivation.chain import Chain, Delta
from autograd.derivation.factors import Factors, close, settled_factors, simplest
from autograd.differentiate import derivatives_as_values
from autograd.errors import ArgumentError, DerivationError
from autograd.formulas.blocks import Block, Typeset, latex_blocks, text_blocks
from autograd.formulas.change import change
from autograd.formulas.symbolic import symbols_in
from autograd.formulas.tree import (
    LARGEST,
    ONE,
    ZERO,
    Derivative,
    Formula,
    Key,
    Product,
    Sum,
    Symbol,
    add,
    multiply,
)
from autograd.formulas.typeset import LATEX, TEXT, Style
from autograd.graph import Graph, adjoints
from autograd.value import Value

__all__ = ["SecondDerivative", "second_derivative"]

_LINES = 60  # more are not read
_VALUES = 300  # named values on the way, above which the lines are not even looked for


@dataclass(frozen=True)
class Line:
    """A symbol, and the formula that it stands for."""

    symbol: Symbol
    formula: Formula


@dataclass(frozen=True, eq=False)
class SecondDerivative(Typeset):
    """∂²root/∂wrt∂by with its reasons; see `Derivation.second`.

    `value` is the engine's number, `lines` what the formula at the end is made of.
    """

    names: tuple[str, str, str]
    """Those of the root, of wrt, and of what the gradient is differentiated by."""
    value: float
    lines: tuple[Line, ...]
    gradient: Formula
    formula: Formula
    digits: int | None = None

    def _blocks(self, style: Style) -> list[Block | str]:
        root, wrt, _ = self.names
        blocks: list[Block | str] = []
        for line in self.lines:
            left = style.formula(line.symbol)
            blocks.append(self._block(style, left, line.formula, line.symbol.number))
        left = style.derivative(root, wrt)
        blocks.append(self._block(style, left, self.gradient, self.gradient.number))
        return [*blocks, self._block(style, self._symbol(style), self.formula, self.value)]

    def _block(self, style: Style, left: str, f: Formula, x: float) -> Block:
        named = style.formula(f, self.digits)
        in_numbers = style.formula(f, self.digits, in_numbers=True)
        return Block(left, tuple(dict.fromkeys([named, in_numbers, style.number(x, self.digits)])))

    def _symbol(self, style: Style) -> str:
        """∂²E/∂w², or ∂²E/∂v∂w for the change with v of the gradient by w."""
        root, wrt, by = [style.name(name) for name in self.names]
        square = "²" if style is TEXT else "^{2}"
        if wrt == by:
            below = style.parenthesised(wrt) if "^" in wrt else wrt
            lower = f"∂{below}{square}" if style is TEXT else rf"\partial {below}{square}"
        else:
            lower = f"∂{by}∂{wrt}" if style is TEXT else rf"\partial {by} \partial {wrt}"
        if style is TEXT:
            return f"∂²{root}/{lower}"
        return rf"\frac{{\partial^{{2}} {root}}}{{{lower}}}"

    def __str__(self) -> str:
        return text_blocks(self._blocks(TEXT))

    @property
    def latex(self) -> str:
        """The same as a LaTeX `aligned` block."""
        return latex_blocks(self._blocks(LATEX))


def second_derivative(d: Chain, by: Value | str) -> SecondDerivative:
    """How d's gradient changes with `by`; see `Derivation.second`."""
    graph = Graph(d.root)
    wrt, by = graph.find(d.wrt), graph.find(by)
    if by is not wrt:
        for upper, lower in ((wrt, by), (by, wrt)):
            if upper in graph.depending_on(lower):
                raise ArgumentError(
                    f"{graph.names[upper]} depends on {graph.names[lower]}, so neither can change "
                    "alone: take the second derivative by values that do not depend on each other"
                )
    of_wrt, of_by = settled_factors(graph, [wrt, by])
    made = _Maker(Chain(of_wrt), of_by)
    return SecondDerivative(
        (graph.names[d.root], graph.names[wrt], graph.names[by]),
        made.value,
        made.lines(),
        made.gradient,
        made.formula,
        d.digits,
    )


class _Maker:
    """Finds the lines, each from the ones before."""

    def __init__(self, chain: Chain, of_by: Factors):
        self.chain, self.of_by = chain, of_by
        self.name = of_by.name(of_by.wrt)
        of_wrt = chain.all_factors
        if max(len(of_wrt.nodes), len(of_by.nodes)) > _VALUES:
            raise self.too_large()
        self.slopes: dict[Key, Formula] = {}
        self.scales: dict[str, float] = {}
        self._lines: list[Line] = []
        self.of_values()
        self.deltas: dict[Value, Symbol] = {}
        for delta in chain.deltas:
            self.of_delta(delta)
        self.gradient = self.sum_of(chain.last) if chain.last else ONE
        self.formula, scale = self.changed(self.gradient)
        self.value = _engines(chain.root, chain.wrt, of_by.wrt)
        if not close(self.formula.number, self.value, 100.0 * scale, self.formula.error):
            raise DerivationError(
                f"the formula found for the second derivative of {chain.name(chain.root)} gives "
                f"{self.formula.number!r}, but the engine {self.value!r}"
            )

    def too_large(self) -> ArgumentError:
        root, wrt = self.chain.name(self.chain.root), self.chain.name(self.chain.wrt)
        return ArgumentError(
            f"the second derivative of {root} by {wrt} and {self.name} is too long to be read in "
            "formulas: autograd.hessian has its number, or derive a labelled value inside"
        )

    def of_values(self) -> None:
        """How each named value changes with `by`, from `by` up to the root."""
        of_by = self.of_by
        written = of_by.formulas.of
        self.slopes[written(of_by.wrt).key] = ONE
        for v in reversed(of_by.order):
            if v is not of_by.wrt:
                terms = []
                for factor in of_by.list_below(v):
                    slope = self.slopes[written(factor.lower).key]
                    terms.append(multiply([self.known(factor.formula), slope]))
                scale = sum([abs(t.number) for t in terms])
                self.add_slope(of_by.name(v), written(v).key, add(terms), scale)

    def add_slope(self, name: str, key: Key, f: Formula, scale: float) -> None:
        f = simplest(f, f.number)
        symbol = Derivative(name, self.name, f)
        self.slopes[key] = symbol
        self.scales[symbol.name] = scale
        self._lines.append(Line(symbol, f))

    def of_delta(self, delta: Delta) -> None:
        f = self.sum_of(delta)
        symbol = Symbol(delta.symbol, f.number)
        symbol.error = f.error
        self.deltas[delta.node] = symbol
        self._lines.append(Line(symbol, f))
        changed, scale = self.changed(f)
        if changed.key != ZERO.key:
            self.add_slope(delta.symbol, symbol.key, changed, scale)

    def sum_of(self, delta: Delta) -> Formula:
        """A delta, or the gradient, in the deltas above it."""
        chain = [self.known(f.formula) for f in delta.chain]
        terms = []
        for above, factor in delta.terms:
            factors = [self.known(factor.formula)]
            if above is not None:
                factors.insert(0, self.deltas[above.node])
            terms.append(multiply(factors))
        whole = multiply([add(terms), *chain])
        short = delta.formula
        if short is not None and short.size <= whole.size:
            return short
        return simplest(whole, whole.number)

    def changed(self, f: Formula) -> tuple[Formula, float]:
        """The change of f, and the sum of the sizes of what is added up in it."""
        slope = change(f, self.slopes)
        terms = slope.terms if isinstance(slope, Sum) else (slope,)
        tidied = simplest(slope, slope.number)
        if tidied.size > LARGEST:
            raise self.too_large()
        return tidied, sum([self.size_of(t) for t in terms])

    def size_of(self, term: Formula) -> float:
        """|term|, with the sizes added up in the slope that it has as a factor."""
        x = abs(term.number)
        for base, _ in term.powers if isinstance(term, Product) else [(term, ONE)]:
            if isinstance(base, Derivative) and base.number:
                x *= max(1.0, self.scales[base.name] / abs(base.number))
        return x

    def known(self, f: Formula | None) -> Formula:
        if f is None:
            raise self.too_large()
        return f

    def lines(self) -> tuple[Line, ...]:
        """The lines that the last formulas use, or that those use."""
        used = symbols_in(self.gradient) | symbols_in(self.formula)
        kept: list[Line] = []
        for line in reversed(self._lines):
            if line.symbol.name in used:
                kept.insert(0, line)
                used |= symbols_in(line.formula)
        if len(kept) > _LINES:
            raise self.too_large()
        return tuple(kept)


def _engines(root: Value, wrt: Value, by: Value) -> float:
    """The same number from the engine: its backward sweep as a graph, differentiated again."""
    (gradient,) = derivatives_as_values(root, [wrt])
    if not isinstance(gradient, Value):
        return 0.0
    return adjoints(gradient).get(by, 0.0)
