"""A derivation written out: lines of names, then of numbers, in text, in LaTeX or as plain data."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from autograd.derivation.chain import Chain, Delta, Path
from autograd.derivation.factors import Factor, close
from autograd.derivation.steps import steps
from autograd.errors import ArgumentError
from autograd.formulas.blocks import Block, Typeset, latex_blocks, text_blocks
from autograd.formulas.tree import Formula, Number, Product, Sum, Symbol, add, multiply, power
from autograd.formulas.typeset import LATEX, TEXT, Style
from autograd.value import Value

__all__ = ["Update", "as_dict", "by_deltas", "in_one_row", "latex", "legend", "text"]

FORMS = ("auto", "paths", "deltas", "steps")
FEW = 4
"""How many paths are still written one by one; more are gathered in deltas."""
_TERMS, _FACTORS, _BLOCKS = 12, 24, 40  # how many are written before the middle is left out

T = TypeVar("T")


def text(derivation: Chain, form: str = "auto", limit: int = 100) -> str:
    """The derivation in plain text; `form` is "auto", "paths", "deltas" or "steps".

    Raises ValueError for another form, or where "paths" are asked for and exceed `limit`.
    """
    return text_blocks(_blocks(derivation, TEXT, form, limit))


def latex(derivation: Chain, form: str = "auto", limit: int = 100) -> str:
    """The same as one LaTeX `aligned` block, for MathJax or a paper."""
    return latex_blocks(_blocks(derivation, LATEX, form, limit))


def by_deltas(derivation: Chain, style: Style) -> list[Block | str]:
    """The deltas that the gradient is made of, and last the gradient."""
    return _Writer(derivation, style).deltas()


def in_one_row(derivation: Chain, style: Style) -> tuple[str, str]:
    """The gradient in these deltas: in names, and in numbers."""
    return _Writer(derivation, style).in_one_row()


def legend(derivation: Chain, style: Style) -> list[Block | str]:
    """What the values are that the derivation named itself."""
    return _Writer(derivation, style).legend()


# What is written


def _blocks(d: Chain, style: Style, form: str, limit: int) -> list[Block | str]:
    if form not in FORMS:
        raise ArgumentError(f"form is one of {', '.join(FORMS)}, not {form!r}")
    if form == "steps":
        return steps(d, style)
    writer = _Writer(d, style)
    if form == "paths":
        blocks = writer.paths(d.paths(limit))
    elif form == "deltas" or d.path_count > FEW:
        blocks = writer.deltas()
    else:
        paths = d.paths()
        blocks = writer.paths(paths) + (writer.deltas() if len(paths) > 1 else [])
    return blocks + writer.legend()


class _Writer:
    """Writes the parts of one derivation in one style."""

    def __init__(self, d: Chain, style: Style):
        self.d, self.style = d, style
        self.symbol = style.derivative(d.name(d.root), d.name(d.wrt))

    def number(self, x: float) -> str:
        return self.style.number(x, self.d.digits)

    def formula(self, factor: Factor) -> Formula:
        """The factor's formula; where that is too large to be read, its ∂a/∂b."""
        return factor.formula or Symbol(factor.symbol, factor.value)

    def product(self, factors: Sequence[Formula], *, in_numbers: bool = False) -> str:
        """Factors with the style's dot between them, those of 1 left out."""
        some = [f for f in factors if not _is_one(f)] or [Number(1.0)]
        if len(some) == 1:
            return self.style.formula(some[0], self.d.digits, in_numbers=in_numbers)
        return self.chain(some, in_numbers=in_numbers)

    def chain(self, factors: Sequence[Formula], *, in_numbers: bool = False) -> str:
        """Factors with the style's dot between them."""
        return self.style.times.join(
            [
                self.style.factor(f, i == 0, self.d.digits, in_numbers=in_numbers)
                for i, f in enumerate(factors)
            ]
        )

    def left_out(self, n: int) -> str:
        words = f"… {n:,} more …"
        return words if self.style is TEXT else rf"\cdots\text{{ {n:,} more }}\cdots"

    # Paths

    def paths(self, paths: list[Path]) -> list[Block | str]:
        if len(paths) == 1:
            steps = self.path_steps(paths[0])
            return [Block(self.symbol, _distinct([s for s in steps if s != self.symbol]))]
        blocks: list[Block | str] = []
        shared = set.intersection(*[set(p.nodes) for p in paths])
        for p in paths:
            by = [v for v in p.nodes if v not in shared and v in self.d.delta_nodes]
            by = by or [v for v in p.nodes if v not in shared]
            blocks.append(Block(self.heading(by), _distinct(self.path_steps(p)), is_heading=True))
        terms = [self.number(p.value) for p in paths]
        terms = _shortened(terms, _TERMS, self.left_out)
        total = (self.style.signed_sum(terms), self.number(self.d.value))
        return [*blocks, Block(self.symbol, total)]

    def heading(self, by: Sequence[Value]) -> str:
        """What tells a path from the others: the values that not all of them go by."""
        names = [self.style.name(self.d.name(v)) for v in by]
        is_text = self.style is TEXT
        if not by:
            return "directly:" if is_text else r"\text{directly}\colon"
        listed = (", " if is_text else r",\ ").join(names[:-1])
        also = " and " if is_text else r"\text{ and }"
        listed = f"{listed}{also}{names[-1]}" if listed else names[-1]
        return f"by {listed}:" if is_text else rf"\text{{by }} {listed}\colon"

    def path_steps(self, p: Path) -> list[str]:
        if not p.factors:
            return ["1"]
        if len(p.factors) > _FACTORS:
            return [self.long_chain(p), self.number(p.value)]
        formulas = [self.formula(f) for f in p.factors]
        chain = [self.style.derivative(*f.names) for f in p.factors]
        steps = [self.style.times.join(chain)]
        if len(formulas) == 1:
            steps += self.in_names_and_numbers(self.product, formulas)
        else:
            steps += self.in_names_and_numbers(self.chain, formulas)
        if _cancels(formulas):
            formulas = _spread(multiply(formulas))
            steps[-1:] = self.in_names_and_numbers(self.product, formulas)
        steps.append(self.style.numbers([f.number for f in formulas], self.d.digits))
        return self.ended(steps, p.value, p.factors, [formulas])

    def ended(
        self, steps: list[str], x: float, factors: Iterable[Factor], terms: list[list[Formula]]
    ) -> list[str]:
        """The steps and the engine's number, which is 0 also where the one before is 0 · ∞.

        The ∞ may have cancelled in what is written, of which these are the terms: √h · √h by h.
        """
        last = steps[-1]
        broken = any(self.number(y) in last for y in (math.inf, math.nan))
        if not broken and any(f.is_infinite for f in factors):
            whole = add([multiply(term) for term in terms])
            broken = not close(whole.number, x, abs(x), whole.error)
        if not broken or not math.isfinite(x):
            return [*steps, self.number(x)]
        if last in (self.number(math.nan), self.number(x)):  # the formula before it says more
            steps = steps[:-1]
        reason = "as a derivative of 0 hands on 0, also to an infinite factor"
        reason = f", {reason}" if self.style is TEXT else rf",\text{{ {reason}}}"
        return [*steps, self.number(x) + reason]

    def in_names_and_numbers(self, write: Callable[..., str], *what: Any) -> list[str]:
        """The same twice: in the reader's names, and with their numbers put in."""
        return [write(*what), write(*what, in_numbers=True)]

    def long_chain(self, p: Path) -> str:
        ends = _shortened(p.factors, _FACTORS, self.left_out)
        shown = [x if isinstance(x, str) else self.style.derivative(*x.names) for x in ends]
        return self.style.times.join(shown)

    # Deltas

    def deltas(self) -> list[Block | str]:
        last = self.d.last
        if last is None:  # the root by itself
            return [Block(self.symbol, ("1",))]
        some = _shortened(self.d.deltas, _BLOCKS, lambda n: f"… {n:,} more deltas, made likewise …")
        blocks = [
            x if isinstance(x, str) else self.delta(x, self.style.name(x.symbol)) for x in some
        ]
        return [*blocks, self.delta(last, self.symbol)]

    def in_one_row(self) -> tuple[str, str]:
        last = self.d.last
        if last is None:  # the root by itself
            return "1", "1"
        simplified = self.simplified(last)
        if simplified:
            return simplified[0], simplified[-1]
        terms = [self.term(above, factor) for above, factor in last.terms]
        chain = [self.formula(f) for f in last.chain]
        names, numbers = self.in_names_and_numbers(self.sum_of, terms, chain)
        return names, numbers

    def legend(self) -> list[Block | str]:
        some = _shortened(
            self.d.graph.names.numbered, _BLOCKS, lambda n: f"… {n:,} more such values …"
        )
        return [x if isinstance(x, str) else self.meaning(x) for x in some]

    def meaning(self, v: Value) -> Block:
        name = self.style.name(self.d.name(v))
        where = "where " if self.style is TEXT else r"\text{where } "
        whole = self.style.formula(self.d.all_factors.formulas.inside(v), self.d.digits)
        return Block(where + name, (whole, self.number(self.d.graph.data[v])))

    def delta(self, delta: Delta, left: str) -> Block:
        chain = [self.formula(f) for f in delta.chain]
        terms = [self.term(above, factor) for above, factor in delta.terms]
        derivative = self.style.derivative(self.d.name(self.d.root), delta.name)
        is_named = all(above is None for above, _ in delta.terms) and left != derivative
        steps = [derivative] if is_named else []
        names, numbers = self.in_names_and_numbers(self.sum_of, terms, chain)
        steps.append(names)
        simplified = self.simplified(delta)
        steps += simplified or [numbers, self.numbers(delta)]
        factors = (*[factor for _, factor in delta.terms], *delta.chain)
        steps = self.ended(steps, delta.value, factors, [[*term, *chain] for term in terms])
        return Block(left, _merged(_distinct(steps), is_named))

    def term(self, above: Delta | None, factor: Factor) -> list[Formula]:
        formula = self.formula(factor)
        return [formula] if above is None else [Symbol(above.symbol, above.value), formula]

    def sum_of(
        self, terms: list[list[Formula]], chain: list[Formula], *, in_numbers: bool = False
    ) -> str:
        if len(terms) == 1:
            return self.product([*terms[0], *chain], in_numbers=in_numbers)
        digits = self.d.digits
        shown = [self.style.formula(multiply(t), digits, in_numbers=in_numbers) for t in terms]
        whole = self.style.signed_sum(_shortened(shown, _TERMS, self.left_out))
        some = [f for f in chain if not _is_one(f)]
        return self.times_chain(
            whole,
            [self.style.factor(f, False, digits, in_numbers=in_numbers) for f in some],
        )

    def times_chain(self, whole: str, chain: list[str]) -> str:
        return self.style.times.join([self.style.parenthesised(whole), *chain]) if chain else whole

    def numbers(self, delta: Delta) -> str:
        chain = [f.value for f in delta.chain if not _is_one(self.formula(f))]
        rows = []
        for above, factor in delta.terms:
            row = [factor.value] if above is None else [above.value, factor.value]
            rows.append(row[:1] if above and _is_one(self.formula(factor)) else row)
        if len(rows) == 1:
            return self.style.numbers([*rows[0], *chain], self.d.digits)
        shown = [self.style.numbers(row, self.d.digits) for row in rows]
        whole = self.style.signed_sum(_shortened(shown, _TERMS, self.left_out))
        return self.times_chain(
            whole, [self.style.factor(Number(x), False, self.d.digits) for x in chain]
        )

    def simplified(self, delta: Delta) -> list[str]:
        """The whole δ where something in it cancels, as ŷ(1 − ŷ) does in ŷ − y."""
        parts = [
            [*([above.formula] if above else []), factor.formula, *[f.formula for f in delta.chain]]
            for above, factor in delta.terms
        ]
        known = [[f for f in part if f is not None] for part in parts]
        if delta.formula is None or not any(_cancels(part) for part in known):
            return []
        steps = [self.style.formula(delta.formula, self.d.digits)]
        reduced, ones = _without_wholes(delta.formula)
        if ones:
            shown = " and ".join([self.style.formula(s) for s in ones])
            reason = f", as {shown} = 1" if self.style is TEXT else rf", \text{{ as }} {shown} = 1"
            steps.append(self.style.formula(reduced, self.d.digits) + reason)
        return [*steps, self.style.formula(reduced, self.d.digits, in_numbers=True)]


def _spread(f: Formula) -> list[Formula]:
    """The factors of a product that is no fraction; of anything else the formula itself."""
    if not isinstance(f, Product) or any(e.number < 0.0 for _, e in f.powers):
        return [f]
    powers = [power(base, exponent) for base, exponent in f.powers]
    if f.coefficient != 1.0:
        powers[0] = multiply([Number(f.coefficient), powers[0]])
    return powers


def _is_one(f: Formula) -> bool:
    return isinstance(f, Number) and f.number == 1.0


def _distinct(steps: Sequence[str]) -> tuple[str, ...]:
    """The steps without those that say the same as the one before."""
    return tuple([s for i, s in enumerate(steps) if i == 0 or s != steps[i - 1]])


def _merged(steps: tuple[str, ...], first_two: bool) -> tuple[str, ...]:
    """δ = ∂E/∂y = (…) on one line, as it is written."""
    return (f"{steps[0]} = {steps[1]}", *steps[2:]) if first_two and len(steps) > 1 else steps


def _shortened(items: Sequence[T], most: int, words: Callable[[int], Any]) -> list[Any]:
    """The items; of very many the first and the last, with `words(n)` for the n between."""
    if len(items) <= most:
        return list(items)
    head = most - most // 4
    return [*items[:head], words(len(items) - most), *items[len(items) - most + head :]]


def _cancels(factors: Sequence[Formula]) -> bool:
    """Whether something stands above the line in one factor and below it in another."""
    above: set[Any] = set()
    below: set[Any] = set()
    for f in factors:
        for base, exponent in f.powers if isinstance(f, Product) else [(f, Number(1.0))]:
            (below if exponent.number < 0.0 else above).add(base.key)
    return bool(above & below)


def _without_wholes(f: Formula) -> tuple[Formula, list[Sum]]:
    """The formula with 1 for each sum of names that is 1, such as that of the targets."""
    ones: list[Sum] = []
    terms = []
    for t in f.terms if isinstance(f, Sum) else (f,):
        factors: list[Formula] = [t]
        if isinstance(t, Product):
            for base, _ in t.powers:
                named = isinstance(base, Sum) and all(isinstance(s, Symbol) for s in base.terms)
                if isinstance(base, Sum) and named and abs(base.number - 1.0) <= 1e-12:
                    ones.append(base)
                    factors.append(Number(1.0) / base)
        terms.append(multiply(factors))
    return add(terms), ones


# The update


@dataclass(frozen=True)
class Update(Typeset):
    """One step of gradient descent on one value: w_new = w − η ∂E/∂w.

    `value` is the new number.
    """

    derivation: Chain
    learning_rate: float

    @property
    def value(self) -> float:
        """w − η ∂E/∂w."""
        return self.old - self.learning_rate * self.derivation.value

    @property
    def old(self) -> float:
        """The number before the step."""
        return self.derivation.graph.data[self.derivation.wrt]

    def _block(self, style: Style) -> Block:
        d = self.derivation
        name = d.name(d.wrt)
        old, rate, gradient, new = [
            style.number(x, d.digits) for x in (self.old, self.learning_rate, d.value, self.value)
        ]
        if gradient.startswith(style.minus):
            gradient = style.parenthesised(gradient)
        slope = style.derivative(d.name(d.root), name)
        eta = "η" if style is TEXT else r"\eta"
        left = (
            f"{style.name(name)}_new"
            if style is TEXT
            else (rf"{{{style.name(name)}}}_{{\text{{new}}}}")
        )
        named = f"{style.name(name)} {style.minus} {eta} {slope}"
        return Block(left, (named, f"{old} {style.minus} {rate}{style.times}{gradient}", new))

    def __str__(self) -> str:
        return text_blocks([self._block(TEXT)])

    @property
    def latex(self) -> str:
        """The same as a LaTeX `aligned` block."""
        return latex_blocks([self._block(LATEX)])


# For machines


def as_dict(d: Chain, limit: int = FEW) -> dict[str, Any]:
    """The derivation as plain data, for JSON: numbers unrounded, formulas as text.

    Paths are listed where there are at most `limit`.
    """

    def factor(f: Factor) -> dict[str, Any]:
        return {
            "derivative": TEXT.derivative(*f.names),
            "formula": None if f.formula is None else TEXT.formula(f.formula),
            "value": f.value,
            "rules": list(f.rules),
        }

    def delta(part: Delta) -> dict[str, Any]:
        return {
            "name": part.symbol,
            "of": part.name,
            "terms": [
                {"delta": None if above is None else above.symbol, "factor": factor(f)}
                for above, f in part.terms
            ],
            "chain": [factor(f) for f in part.chain],
            "value": part.value,
        }

    listed = d.paths(limit) if d.path_count <= limit else []
    return {
        "root": d.name(d.root),
        "wrt": d.name(d.wrt),
        "value": d.value,
        "path_count": d.path_count,
        "paths": [
            {
                "nodes": list(p.names),
                "factors": [factor(f) for f in p.factors],
                "value": p.value,
            }
            for p in listed
        ],
        "deltas": [delta(part) for part in d.deltas],
        "text": text(d),
        "latex": latex(d),
    }
