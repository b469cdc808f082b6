"""How a formula changes: the chain rule on formulas, held to SymPy and to differences."""

import pytest

from autograd.formulas.change import change
from autograd.formulas.symbolic import to_sympy
from autograd.formulas.tree import ONE, ZERO, Call, Symbol, formula, power

x, y = Symbol("x", 0.75), Symbol("y", 0.4)
FORMULAS = [
    x * y,
    x * (1 - x),
    1 / x,
    x / (x + y),
    power(x - y, formula(3.0)),
    Call("tanh", [x * y]),
    Call("log", [x]) * Call("exp", [y]),
    Call("sigmoid", [x]) / x,
]


@pytest.mark.parametrize("f", FORMULAS, ids=str)
def test_the_derivative_is_sympys(f):
    sp = pytest.importorskip("sympy")
    names = {"x": sp.Symbol("x"), "y": sp.Symbol("y")}
    at = {names["x"]: x.number, names["y"]: y.number}
    ours = to_sympy(change(f, {x.key: ONE}), names)
    theirs = sp.diff(to_sympy(f, names), names["x"])
    assert float((ours - theirs).subs(at).evalf()) == pytest.approx(0.0, abs=1e-12)


def test_what_has_no_slope_does_not_change():
    assert change(y, {x.key: ONE}).key == ZERO.key
    assert change(x * y, {}).key == ZERO.key


def test_it_is_written_short():
    assert str(change(y * (1 - y), {y.key: ONE})) == "1 − 2·y"
