"""Formulas made shorter, and still the same."""

import random

import pytest

from autograd.formulas.symbolic import to_sympy
from autograd.formulas.tidying import tidy
from autograd.formulas.tree import Symbol

y, p, x = Symbol("y", 0.3), Symbol("p", 0.8), Symbol("x", 0.6)
SHORTER = [
    (-y / p + (1 - y) / (1 - p), "(p − y)/(p·(1 − p))"),
    ((1 - y) * p - y * (1 - p), "p − y"),
    (x * y + x * p, "x·(y + p)"),
]


@pytest.mark.parametrize(("f", "text"), SHORTER)
def test_it_is_shorter_and_the_same(f, text):
    sp = pytest.importorskip("sympy")
    tidied = tidy(f)
    assert str(tidied).replace("·", "").replace(" ", "") == text.replace("·", "").replace(" ", "")
    names = {n: sp.Symbol(n) for n in "ypx"}
    rng = random.Random(0)
    for _ in range(3):
        at = {s: rng.uniform(0.1, 0.9) for s in names.values()}
        before, after = [float(to_sympy(g, names).subs(at)) for g in (f, tidied)]
        assert after == pytest.approx(before, rel=1e-12)


def test_what_is_short_stays():
    assert tidy(x).key == x.key
    assert tidy(x + y).key == (x + y).key
