"""A derivation in elementary steps: each rule that a factor is made of, then their product.

Where the values between make up a function that the table of rules knows, the steps end in the
table's form: (1 + e^(−z))^−1 is σ(z), so its derivative e^(−z)/(1 + e^(−z))² is σ(z)(1 − σ(z)).
"""

from __future__ import annotations

from autograd.derivation.chain import Chain
from autograd.derivation.factors import FactorsBelow
from autograd.formulas.blocks import Block
from autograd.formulas.tree import FORMULAS, Call, Formula, Number, Product, Symbol, multiply, power
from autograd.formulas.typeset import Style
from autograd.formulas.values import LEFT_OUT
from autograd.graph import recognise
from autograd.rules import RULES
from autograd.value import Value

__all__ = ["steps"]

_TOO_LARGE = Symbol(LEFT_OUT, 0.0).key  # of a value that is too large to be written


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


def _active_partials(d: Chain, v: Value) -> dict[Value, Formula]:
    """The operands of v on the way, each once, with the derivative of v by it."""
    found: dict[Value, Formula] = {}
    for operand, partial in d.all_factors.formulas_as_typed.partials(v):
        if operand in d.all_factors.active:
            found[operand] = found[operand] + partial if operand in found else partial
    return found


def _elementary(d: Chain, v: Value, style: Style) -> list[Block | str]:
    """∂v/∂operand for each operand on the way, from the row of its operation."""
    partials: dict[str, Formula] = {}  # operands that are written alike are one: tanh(x) · tanh(x)
    for operand, partial in _active_partials(d, v).items():
        upper, lower = _written(d, v), _written(d, operand)
        if upper.key == lower.key != _TOO_LARGE:  # as x · 1 is
            continue
        left = style.derivative_of(upper, lower)
        if _is_name(upper) and _is_name(lower):
            left += style.words(" directly")  # beside the ways through unnamed values
        partials[left] = partials[left] + partial if left in partials else partial
    return [Block(left, (style.formula(p, d.digits),)) for left, p in partials.items()]


def _is_name(f: Formula) -> bool:
    return isinstance(f, Symbol) and f.key != _TOO_LARGE


def _written(d: Chain, v: Value) -> Formula:
    """What v is, in names; a root without a label is L where that is the name of another value."""
    f = d.all_factors.formulas_as_typed.of(v)
    return Symbol(d.name(v), f.number) if v is d.root and isinstance(f, Symbol) else f


def _whole(d: Chain, below: FactorsBelow, lower: Value, inner: list[Value], style: Style) -> Block:
    left = style.derivative(d.name(below.upper), d.name(lower))
    formula = below.formulas_as_typed[lower]
    if formula is None:
        return Block(left, (style.number(below.numbers[lower], d.digits),))
    lines = []
    on_way = [list(_active_partials(d, v).values()) for v in inner]
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
    formulas = d.all_factors.formulas_as_typed
    by_hand = recognise(below.upper, formulas.graph.names.is_written)
    if by_hand is None or by_hand.operands != (lower,):
        return []
    x, y, rule = formulas.of(lower), formulas.inside(below.upper), RULES[by_hand.op]
    value = Call(rule.name, [x])
    (inserted,) = rule.differentiate((x,), y, FORMULAS)
    (known,) = rule.differentiate((x,), value, FORMULAS)
    lines = []
    if isinstance(known, Product) and any(base.key == value.key for base, _ in known.powers):
        for derivative in (formula, inserted):
            rest = multiply([derivative, power(y, Number(-1.0))])
            lines.append(style.times.join([style.factor(y, True), style.factor(rest, False)]))
    return [*lines, style.formula(known, d.digits)]
