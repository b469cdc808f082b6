"""What is near a number: summands, factors, siblings."""

import pytest

from autograd import Value, dot
from autograd.audit.calculation import Calculation
from autograd.audit.function import formula
from autograd.audit.propagation import in_order
from autograd.audit.rounding import Habit
from autograd.audit.slips.surroundings import Scaled, Surroundings
from autograd.audit.wording import Names


@pytest.fixture
def around():
    w, x = [Value(0.5, "w1"), Value(0.25, "w2")], [Value(2.0, "x1"), Value(3.0, "x2")]
    z = dot(w, x, Value(0.1, "b"))
    z.label = "z"
    calculation = Calculation(z, None)
    world = in_order(calculation.nodes, Habit(None, None))
    numbers = {n: q.x for n, q in world.own.items()}
    return Surroundings(calculation, Names(calculation), numbers, (), set(w), Habit(None, None))


def test_the_summands_add_up(around):
    z = around.calculation.of[around.calculation.root]
    args = [around.number(a) for a in z.args]
    parts = around.parts(z)
    assert len(parts) == 3
    assert sum(p.number(*args) for p in parts) == pytest.approx(1.85)


def test_siblings_are_weights_of_the_same_level(around):
    w1, w2 = [around.calculation.of[around.calculation.graph.find(n)] for n in ("w1", "w2")]
    assert w2 in list(around.siblings(w1))
    assert w1 not in list(around.siblings(w1))


def test_a_scaled_function():
    f = formula("x", "exp(x)")
    assert Scaled(f, 3.0)(0.0) == 3.0
