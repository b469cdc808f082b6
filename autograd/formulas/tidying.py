"""Formulas made shorter: sums of fractions over one denominator, common factors gathered."""

from __future__ import annotations

import math

from autograd.formulas.tree import (
    LARGEST,
    ONE,
    Call,
    Formula,
    Key,
    Number,
    Product,
    Sum,
    add,
    multiply,
    negated,
    power,
    split,
)

__all__ = ["tidy"]


def tidy(f: Formula) -> Formula:
    """The formula with its sums over one denominator or multiplied out, where that is shorter.

    −y/ŷ + (1 − y)/(1 − ŷ) becomes (ŷ − y)/(ŷ(1 − ŷ)), and (1 − y)ŷ − y(1 − ŷ) becomes ŷ − y.
    """
    if isinstance(f, Sum):
        return gathered(_over_one_denominator(f))
    if isinstance(f, Product):
        factors: list[Formula] = [Number(f.coefficient)]
        for base, exponent in f.powers:
            tidied = tidy(base) if exponent.key == ONE.key else base
            factors.append(power(tidied, exponent))
        return multiply(factors)
    return f


def _over_one_denominator(f: Sum) -> Formula:
    if f.size > LARGEST:
        return f
    denominators: dict[Key, tuple[Formula, float]] = {}
    for t in f.terms:
        for base, exponent in t.powers if isinstance(t, Product) else ():
            if isinstance(exponent, Number) and exponent.number < 0.0:
                n = max(-exponent.number, denominators.get(base.key, (base, 0.0))[1])
                denominators[base.key] = (base, n)
    over = [power(base, Number(n)) for base, n in denominators.values()]
    numerator = _with_one_coefficient(add([expand(multiply([t, *over])) for t in f.terms]))
    under = [power(base, Number(-n)) for base, n in denominators.values()]
    whole = multiply([numerator, *under])
    return whole if whole.size < f.size and _same_number(whole, f) else f


def _same_number(f: Formula, g: Sum) -> bool:
    """Whether both have one number: multiplied out, 1 + x(1 − y) may lose it, as 1e16 + 1 does."""
    largest = max([abs(t.number) for t in g.terms])
    lost = not math.isclose(f.number, g.number, rel_tol=1e-9, abs_tol=1e-9 * largest)
    return not lost or not math.isfinite(g.number)


def _with_one_coefficient(f: Formula) -> Formula:
    """½a − ½b as ½(a − b)."""
    if not isinstance(f, Sum):
        return f
    parts = [split(t) for t in f.terms]
    sizes = {abs(coefficient) for coefficient, _ in parts}
    if len(sizes) > 1 or sizes == {1.0}:
        return f
    size = sizes.pop()
    terms = [multiply([Number(math.copysign(1.0, c)), rest]) for c, rest in parts]
    return multiply([Number(size), add(terms)])


def expand(f: Formula) -> Formula:
    """The formula with products of sums multiplied out, and σ(−z) as 1 − σ(z)."""
    if isinstance(f, Product):
        terms: list[Formula] = [Number(f.coefficient)]
        for base, exponent in f.powers:
            factor = expand(base) if exponent.key == ONE.key else power(base, exponent)
            others = factor.terms if isinstance(factor, Sum) else (factor,)
            if len(terms) * len(others) > LARGEST:
                return f
            terms = [multiply([t, u]) for t in terms for u in others]
        return add(terms)
    if isinstance(f, Sum):
        return add([expand(t) for t in f.terms])
    if isinstance(f, Call) and f.name == "sigmoid" and split(f.arguments[0])[0] < 0.0:
        return 1.0 - Call("sigmoid", [negated(f.arguments[0])])
    return f


def gathered(f: Formula) -> Formula:
    """ab + ac + d as a(b + c) + d, for the factor a that makes it shortest."""
    if not isinstance(f, Sum):
        return f
    best: Formula = f
    seen: dict[Key, tuple[Formula, list[Formula]]] = {}
    for t in f.terms:
        for base, exponent in t.powers if isinstance(t, Product) else [(t, ONE)]:
            if exponent.key == ONE.key and not isinstance(base, (Number, Sum)):
                seen.setdefault(base.key, (base, []))[1].append(t)
    for base, terms in seen.values():
        if len(terms) > 1:
            keys = {t.key for t in terms}
            inside = add([multiply([t, power(base, Number(-1.0))]) for t in terms])
            rest = [t for t in f.terms if t.key not in keys]
            shorter = add([multiply([base, inside]), *rest])
            best = shorter if shorter.size < best.size else best
    return best
