"""Which figures can be right, given how this learner rounds."""

import pytest

from autograd import Value
from autograd.audit.calculation import Calculation
from autograd.audit.judgement import fits, judged, needed
from autograd.audit.propagation import Number
from autograd.audit.rounding import Habit
from autograd.audit.sheet import Figure


@pytest.fixture
def calculation():
    w = Value(0.37, "w")
    a = w * 3.0
    a.label = "a"
    b = a * a
    b.label = "b"
    return Calculation(b, None)


def verdicts(calculation, **sheet):
    entries = {calculation.of[calculation.graph.find(k)]: Figure(t) for k, t in sheet.items()}
    exact = {calculation.of[v]: v.data for v in calculation.graph.order}
    judgement = judged(calculation, entries, exact)
    return [judgement.verdicts[n] for n in entries]


def test_right_figures(calculation):
    assert verdicts(calculation, a="1.11", b="1.2321") == ["exact", "exact"]
    assert verdicts(calculation, b="1.23") == ["rounded"]


def test_what_follows_a_wrong_figure_is_carried_forward(calculation):
    assert verdicts(calculation, a="1.21", b="1.4641") == ["wrong", "carried forward"]
    assert verdicts(calculation, a="1.11", b="2.2200") == ["exact", "wrong"]


def test_rounding_on_the_way_is_allowed_for():
    number = Number(1.0, 0.01, 0.005)
    assert fits(Figure("1.005"), number, Habit(3, None))
    assert not fits(Figure("1.100"), number, Habit(3, None))


def test_what_numbers_are_made_of_comes_first(calculation):
    root = calculation.of[calculation.root]
    order = needed([root])
    assert order[-1] is root
    assert len(order) == len(calculation.nodes)
