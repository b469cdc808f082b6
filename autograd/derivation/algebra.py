"""A derivation by algebra: the gradient as one SymPy expression, and the steps of each factor.

The steps take a factor apart into its elementary rules, multiply them, and, where the values
between make up a function that the table of rules knows, end in the table's form:
(1 + e^−z)^−1 is σ(z), so its derivative e^−z/(1 + e^−z)² is σ(z)(1 − σ(z)). SymPy proves both.
"""

from __future__ import annotations

from typing import Any

from autograd.derivation.chain import Chain
from autograd.derivation.cut import Fold
from autograd.derivation.layout import Block
from autograd.formulas.symbolic import exact, symbols_in, to_sympy
from autograd.formulas.tree import (
    FORMULAS,
    Call,
    Formula,
    Number,
    Product,
    multiply,
    power,
)
from autograd.formulas.typeset import Style
from autograd.rules import RULES, symbols
from autograd.value import Value

__all__ = ["LARGEST_EXPRESSION", "expression", "steps"]

LARGEST_EXPRESSION = 1000
"""The most symbols that the root may have, written in its leaves, for `expression`."""

_SIMPLIFIED = 40  # operations up to which SymPy's full simplification is quick


def expression(d: Chain) -> Any:
    """The gradient as one simplified SymPy expression in the labels of the leaves."""
    _check_size(d)
    import sympy as sp

    values: dict[Value, Any] = {}

    def argument(x: Any) -> Any:
        if isinstance(x, tuple):
            return tuple([argument(a) for a in x])
        return values[x] if isinstance(x, Value) else x if isinstance(x, int) else exact(x)

    for v in d.cut.graph.order:
        if v.operands and v is not d.wrt:
            values[v] = RULES[v.op].evaluate(argument(v.arguments), symbols())
        elif v in d.cut.graph.names:
            values[v] = sp.Symbol(d.name(v), real=True)
        else:
            values[v] = exact(d.cut.graph.data[v])
    found: dict[Value, Any] = {d.root: sp.Integer(1)}
    for v in reversed(d.cut.graph.order):
        if v in d.cut.active and v is not d.wrt:
            arguments = tuple(
                [_plain(a, b) for a, b in zip(v.arguments, argument(v.arguments), strict=True)]
            )
            partials = RULES[v.op].differentiate(arguments, values[v], symbols())
            for operand, partial in zip(v.operands, partials, strict=True):
                found[operand] = found.get(operand, 0) + found[v] * partial
    return _simplified(sp.sympify(found[d.wrt]))


def _plain(given: Any, symbolic: Any) -> Any:
    """The argument as the rule takes it: plain numbers stay plain, so that they are skipped."""
    if isinstance(given, float) and given.is_integer():
        return int(given)
    return given if isinstance(given, (int, float)) else symbolic


def _check_size(d: Chain) -> None:
    sizes: dict[Value, int] = {}
    for v in d.cut.graph.order:
        sizes[v] = 1 + sum([sizes[w] for w in v.operands])
    if sizes[d.root] > LARGEST_EXPRESSION:
        size = sizes[d.root]
        shown = f"{size:,}" if size < 10**9 else "more than a thousand million"
        raise ValueError(
            f"{d.name(d.root)} written out in its leaves has {shown} symbols, more than the "
            f"{LARGEST_EXPRESSION:,} that .expression is made for: read the factors or deltas, "
            "or derive a labelled value inside"
        )


def _simplified(e: Any) -> Any:
    import sympy as sp

    e = e.xreplace({x: exact(float(x)) for x in e.atoms(sp.Float)})
    candidates = [e, sp.factor_terms(e)]
    if e.count_ops() <= _SIMPLIFIED:
        candidates.append(sp.simplify(e))
    return min(candidates, key=lambda c: c.count_ops())


# Steps


def steps(d: Chain, style: Style) -> list[Block | str]:
    """Each factor from root to wrt by its elementary rules, then the whole."""
    blocks: list[Block | str] = []
    for factor in d.factors:
        fold = d.cut.fold(factor.upper)
        inner = [v for v in fold.inner if v in fold.leading(factor.lower)]
        if len(inner) > 1:
            blocks += [b for v in inner for b in _elementary(d, v, style)]
        blocks.append(_whole(d, fold, factor.lower, inner, style))
    return list(dict.fromkeys(blocks))


def _elementary(d: Chain, v: Value, style: Style) -> list[Block | str]:
    """∂v/∂operand for each operand on the way, from the row of its operation."""
    found: list[Block | str] = []
    for operand, partial in zip(v.operands, d.cut.formulas.partials(v), strict=True):
        if operand in d.cut.active:
            left = style.derivative_of(d.cut.formulas.of(v), d.cut.formulas.of(operand))
            found.append(Block(left, (style.formula(partial, d.digits),)))
    return found


def _whole(d: Chain, fold: Fold, lower: Value, inner: list[Value], style: Style) -> Block:
    left = style.derivative(d.name(fold.upper), d.name(lower))
    formula = fold.formulas[lower]
    if formula is None:
        return Block(left, (style.number(fold.numbers[lower], d.digits),))
    lines = []
    on_way = [
        [
            p
            for u, p in zip(v.operands, d.cut.formulas.partials(v), strict=True)
            if u in d.cut.active
        ]
        for v in inner
    ]
    if len(inner) > 1 and all(len(partials) == 1 for partials in on_way):
        chain = [style.factor(ps[0], i == 0, d.digits) for i, ps in enumerate(on_way)]
        lines.append(style.times.join(chain))
    lines.append(style.formula(formula, d.digits))
    if len(inner) > 1:
        lines += _known(d, fold, lower, formula, style)
    return Block(left, tuple(dict.fromkeys(lines)))


def _known(d: Chain, fold: Fold, lower: Value, formula: Formula, style: Style) -> list[str]:
    """The last steps, where the values between make up a function of the table."""
    x = d.cut.formulas.of(lower)
    y = d.cut.formulas.inside(fold.upper)
    for name in ("sigmoid", "tanh", "softplus"):
        rule = RULES[name]
        if _equal(y, Call(name, [x])):
            (inserted,) = rule.differentiate((x,), y, FORMULAS)
            (known,) = rule.differentiate((x,), Call(name, [x]), FORMULAS)
            if not _equal(formula, known):
                continue
            lines = []
            if isinstance(known, Product) and any(
                base.key == Call(name, [x]).key for base, _ in known.powers
            ):
                rest = multiply([formula, power(y, Number(-1.0))])
                other = multiply([inserted, power(y, Number(-1.0))])
                for second in (rest, other):
                    parts = [style.factor(y, True), style.factor(second, False)]
                    lines.append(style.times.join(parts))
            return [*lines, style.formula(known, d.digits)]
    return []


def _equal(a: Formula, b: Formula) -> bool:
    """Whether SymPy finds the two formulas equal."""
    import sympy as sp

    names = {name: sp.Symbol(name, real=True) for f in (a, b) for name in symbols_in(f)}
    difference = (to_sympy(a, names) - to_sympy(b, names)).rewrite(sp.exp)
    return bool(sp.simplify(difference) == 0)
