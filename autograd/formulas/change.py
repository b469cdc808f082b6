"""How a formula changes with what its names change with: the chain rule on formulas themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from autograd.errors import ArgumentError
from autograd.formulas.tidying import tidy
from autograd.formulas.tree import (
    FORMULAS,
    ONE,
    ZERO,
    Call,
    Choice,
    Formula,
    Key,
    Number,
    Product,
    Sum,
    Symbol,
    add,
    formula,
    multiply,
    power,
)
from autograd.rules import FUNCTIONS

__all__ = ["change"]


def change(f: Formula, slopes: Mapping[Key, Formula]) -> Formula:
    """The derivative of f, where `slopes` has those of the symbols in it, by their keys.

    A symbol without a slope does not change. Where f is a choice, it is that of the side taken,
    as a condition changes at single points only.

    Raises ValueError for a function whose derivative the table of rules does not have.

    >>> y = Symbol("y", 0.75)
    >>> change(y * (1 - y), {y.key: ONE})
    1 − 2·y
    """
    if isinstance(f, Symbol):
        return slopes.get(f.key, ZERO)
    if isinstance(f, Sum):
        return _total([change(t, slopes) for t in f.terms])
    if isinstance(f, Product):
        return _change_of_product(f, slopes)
    if isinstance(f, Choice):
        a, b = change(f.a, slopes), change(f.b, slopes)
        return a if a.key == b.key else Choice(f.condition, a, b)
    if isinstance(f, Call):
        return _change_of_call(f, slopes)
    return ZERO


def _total(terms: list[Formula]) -> Formula:
    some = [t for t in terms if t.key != ZERO.key]
    return add(some) if some else ZERO


def _times(*factors: Formula) -> Formula:
    """The product; of nothing else where one factor does not change."""
    return ZERO if any(f.key == ZERO.key for f in factors) else multiply(factors)


def _change_of_product(f: Product, slopes: Mapping[Key, Formula]) -> Formula:
    """The product rule; what changes with the same names, as y and 1 − y do, is one factor."""
    groups: dict[frozenset[Key], list[tuple[Formula, Formula]]] = {}
    for base, exponent in f.powers:
        changing = _changing(base, slopes) | _changing(exponent, slopes)
        groups.setdefault(changing, []).append((base, exponent))
    terms = []
    for changing, powers in groups.items():
        if changing:
            others = [power(b, e) for g, some in groups.items() if g != changing for b, e in some]
            terms.append(
                _times(Number(f.coefficient), *others, _change_of_group(powers, changing, slopes))
            )
    return _total(terms)


def _changing(f: Formula, slopes: Mapping[Key, Formula]) -> frozenset[Key]:
    """The keys of the symbols in f that have a slope."""
    changing: set[Key] = set()
    stack = [f]
    while stack:
        part = stack.pop()
        if isinstance(part, Symbol) and part.key in slopes:
            changing.add(part.key)
        elif isinstance(part, Sum):
            stack += part.terms
        elif isinstance(part, Product):
            stack += [x for both in part.powers for x in both]
        elif isinstance(part, Choice):
            stack += [part.a, part.b]
        elif isinstance(part, Call):
            stack += part.arguments
    return frozenset(changing)


def _change_of_group(
    powers: Sequence[tuple[Formula, Formula]],
    changing: frozenset[Key],
    slopes: Mapping[Key, Formula],
) -> Formula:
    """What changes with one name alone has its derivative by that, times the name's slope."""
    if len(changing) > 1:
        return tidy(_change_of_powers(powers, slopes))
    (key,) = changing
    return _times(tidy(_change_of_powers(powers, {key: ONE})), slopes[key])


def _change_of_powers(
    powers: Sequence[tuple[Formula, Formula]], slopes: Mapping[Key, Formula]
) -> Formula:
    terms = []
    for i, (base, exponent) in enumerate(powers):
        others = [power(b, e) for j, (b, e) in enumerate(powers) if j != i]
        terms.append(_times(*others, _change_of_power(base, exponent, slopes)))
    return _total(terms)


def _change_of_power(base: Formula, exponent: Formula, slopes: Mapping[Key, Formula]) -> Formula:
    by_base = _times(exponent, power(base, add([exponent, Number(-1.0)])), change(base, slopes))
    slope = change(exponent, slopes)
    if slope.key == ZERO.key:
        return by_base
    return _total([by_base, _times(power(base, exponent), Call("log", [base]), slope)])


def _change_of_call(f: Call, slopes: Mapping[Key, Formula]) -> Formula:
    inner = [change(a, slopes) for a in f.arguments]
    if f.name == "sign" or all(s.key == ZERO.key for s in inner):
        return ZERO
    if f.by is not None:
        raise ArgumentError(
            f"the second derivatives of {f.name} are no formulas: it is an operation of your own; "
            "autograd.hessian has their numbers"
        )
    if f.own is not None:
        slopes_by = [Call(f.name, f.arguments, own=f.own, by=i) for i in range(len(f.arguments))]
        return _total([_times(p, s) for p, s in zip(slopes_by, inner, strict=True)])
    rule = FUNCTIONS.get(f.name)
    if rule is None or f.prime:
        raise ArgumentError(f"no rule for the derivative of {f!r}")
    if rule.elementwise:
        given: tuple[Any, ...] = tuple(
            [a.number if isinstance(a, Number) else a for a in f.arguments]
        )
        inner = [s for a, s in zip(f.arguments, inner, strict=True) if not isinstance(a, Number)]
    else:
        given = (f.arguments,) if f.index is None else (f.index, f.arguments)
    partials = [formula(p) for p in rule.differentiate(given, f, FORMULAS)]
    return _total([_times(p, s) for p, s in zip(partials, inner, strict=True)])
