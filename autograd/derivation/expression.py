"""The gradient as one SymPy expression."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from autograd.derivation.chain import Chain
from autograd.errors import ArgumentError
from autograd.formulas.symbolic import exact
from autograd.graph import accumulate
from autograd.rules import rule_of, symbols
from autograd.value import Value

__all__ = ["LARGEST_EXPRESSION", "expression"]

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

    for v in d.graph.order:
        if v.operands and v is not d.wrt:
            values[v] = rule_of(v).evaluate(argument(v.arguments), symbols())
        elif v in d.graph.names:
            values[v] = sp.Symbol(d.name(v), real=True)
        else:
            values[v] = exact(d.graph.data[v])

    def partials(v: Value) -> Iterable[tuple[Value, Any]]:
        symbolic = zip(v.arguments, argument(v.arguments), strict=True)
        arguments = tuple([_plain(given, x) for given, x in symbolic])
        slopes = rule_of(v).differentiate(arguments, values[v], symbols())
        return zip(v.operands, slopes, strict=True)

    between = [v for v in d.graph.order if v in d.all_factors.active and v is not d.wrt]
    adjoints = accumulate(between, {d.root: sp.Integer(1)}, partials)
    return _simplified(sp.sympify(adjoints[d.wrt]))


def _plain(given: Any, symbolic: Any) -> Any:
    """The argument as the rule takes it: plain numbers stay plain, so that they are skipped."""
    if isinstance(given, float) and given.is_integer():
        return int(given)
    return given if isinstance(given, (int, float)) else symbolic


def _check_size(d: Chain) -> None:
    sizes: dict[Value, int] = {}
    for v in d.graph.order:
        sizes[v] = 1 + sum([sizes[w] for w in v.operands])
    if sizes[d.root] > LARGEST_EXPRESSION:
        size = sizes[d.root]
        shown = f"{size:,}" if size < 10**9 else "more than a thousand million"
        raise ArgumentError(
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
