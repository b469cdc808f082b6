"""Terms written shorter: what the terms of a sum share stands once, before a bracket."""

from __future__ import annotations

import itertools

from autograd.general.terms import (
    Constant,
    Kronecker,
    Sum,
    Term,
    cost,
    expand,
    factors,
    multiply,
    plus,
    power,
    product,
    rebuilt,
    simplify,
    summands,
    walk,
)

__all__ = ["shortest"]


def shortest(t: Term) -> Term:
    """The shortest way found to write t: factors before brackets, in t or in t simplified."""
    return min([_gathered(t), _gathered(simplify(t))], key=_length)


def _length(t: Term) -> tuple[int, int]:
    return sum([isinstance(part, Kronecker) for part in walk(t)]), cost(t)


def _gathered(t: Term) -> Term:
    """t with what the terms of a sum have in common before a bracket: of all, then of two."""
    t = rebuilt(t, _gathered)
    if not isinstance(t, Sum):
        return t
    parts = [factors(part)[1] for part in t.terms]
    shared = {b: min([p.get(b, 0.0) for p in parts]) for b in parts[0]}
    before = product(1.0, {b: n for b, n in shared.items() if n > 0.0})
    rest = plus(*[multiply(part, power(before, -1.0)) for part in t.terms])
    choices = [multiply(before, _paired(rest)), multiply(before, expand(rest)), t]
    return min(choices, key=_length)


def _paired(t: Term) -> Term:
    """t with two terms as one, again and again, where that is shorter: ab + ac is a(b + c)."""
    terms = list(summands(t))
    while True:
        best, joined, chosen = 0, t, (0, 0)
        for i, j in itertools.combinations(range(len(terms)), 2):
            both = _joined(terms[i], terms[j])
            gain = cost(terms[i]) + cost(terms[j]) - cost(both)
            if gain > 0 and gain >= best:
                best, joined, chosen = gain, both, (i, j)
        if not best:
            return plus(*terms)
        i, j = chosen
        terms = [joined if k == i else u for k, u in enumerate(terms) if k != j]


def _joined(a: Term, b: Term) -> Term:
    """a + b with what they share before a bracket; y − a is shared with a − y."""
    (ca, pa), (cb, given) = factors(a), factors(b)
    pb: dict[Term, float] = {}
    for base, n in given.items():
        turned = multiply(Constant(-1.0), base) if isinstance(base, Sum) else base
        is_turned = n == 1.0 and base not in pa and turned in pa
        pb[turned if is_turned else base] = n
        cb = -cb if is_turned else cb
    shared = {x: min(n, pb[x]) for x, n in pa.items() if n > 0.0 and pb.get(x, 0.0) > 0.0}
    rests = [
        product(c, {x: n - shared.get(x, 0.0) for x, n in p.items()})
        for c, p in ((ca, pa), (cb, pb))
    ]
    rest = plus(*rests)
    return multiply(product(1.0, shared), min([rest, expand(rest)], key=_length))
