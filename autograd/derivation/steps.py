"""A derivation in elementary steps: each rule that a factor is made of, then their product.

Where the values between make up a function that the table of rules knows, the steps end in the
table's form: (1 + e^(−z))^−1 is σ(z), so its derivative e^(−z)/(1 + e^(−z))² is σ(z)(1 − σ(z)).
SymPy proves both.
"""

from __future__ import annotations

from autograd.derivation.chain import Chain
from autograd.derivation.factors import FactorsBelow
from autograd.formulas.blocks import Block
from autograd.formulas.symbolic import symbols_in, to_sympy
from autograd.formulas.tree import FORMULAS, Call, Formula, Number, Product, multiply, power
from autograd.formulas.typeset import Style
from autograd.rules import ACTIVATIONS, RULES
from autograd.value import Value

__all__ = ["steps"]

_SMOOTH = [f for f in ACTIVATIONS if len(RULES[f].parameters) == 1 and not RULES[f].selects]


def steps(d: Chain, style: Style) -> list[Block | str]:
    """Each factor from root to wrt by its elementary rules, then the whole."""
    blocks: list[Block | str] = []
    for factor in d.factors:
        below = d.all_factors.below(factor.upper)
        inner = below.fold.leading_to(factor.lower)
        if len(inner) > 1:
            blocks += [b for v in inner for b in _elementary(d, v, style)]
        blocks.append(_whole(d, below, factor.lower, inner, style))
    return list(dict.fromkeys(blocks))


def _active_partials(d: Chain, v: Value) -> list[tuple[Value, Formula]]:
    """The operands of v on the way, each with the derivative of v by it."""
    pairs = zip(v.operands, d.all_factors.formulas.partials(v), strict=True)
    return [(operand, p) for operand, p in pairs if operand in d.all_factors.active]


def _elementary(d: Chain, v: Value, style: Style) -> list[Block | str]:
    """∂v/∂operand for each operand on the way, from the row of its operation."""
    written = d.all_factors.formulas.of
    return [
        Block(
            style.derivative_of(written(v), written(operand)), (style.formula(partial, d.digits),)
        )
        for operand, partial in _active_partials(d, v)
    ]


def _whole(d: Chain, below: FactorsBelow, lower: Value, inner: list[Value], style: Style) -> Block:
    left = style.derivative(d.name(below.upper), d.name(lower))
    formula = below.formulas[lower]
    if formula is None:
        return Block(left, (style.number(below.numbers[lower], d.digits),))
    lines = []
    on_way = [[p for _, p in _active_partials(d, v)] for v in inner]
    if len(inner) > 1 and all(len(partials) == 1 for partials in on_way):
        chain = [style.factor(ps[0], i == 0, d.digits) for i, ps in enumerate(on_way)]
        lines.append(style.times.join(chain))
    lines.append(style.formula(formula, d.digits))
    if len(inner) > 1:
        lines += _known(d, below, lower, formula, style)
    return Block(left, tuple(dict.fromkeys(lines)))


def _known(
    d: Chain, below: FactorsBelow, lower: Value, formula: Formula, style: Style
) -> list[str]:
    """The last steps, where the values between make up a function of the table."""
    x = d.all_factors.formulas.of(lower)
    y = d.all_factors.formulas.inside(below.upper)
    for name in _SMOOTH:
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
