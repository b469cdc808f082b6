"""How far rounding takes every number."""

import random

import pytest

from autograd import Value, sigmoid
from autograd.audit.calculation import Calculation
from autograd.audit.function import formula
from autograd.audit.propagation import Edit, figure_read, in_columns, in_order
from autograd.audit.rounding import Habit
from autograd.audit.sheet import Figure


def chain(w):
    y = sigmoid(Value(w, "w") * 3.0 + 0.25)
    y.label = "y"
    return (y - 1.0) ** 2


def test_the_bound_holds_for_learners_who_round():
    habit, rng = Habit(3, None), random.Random(0)
    for _ in range(50):
        calculation = Calculation(chain(rng.uniform(-1.0, 1.0)), None)
        world = in_order(calculation.nodes, habit)
        rounded = {}
        for n in calculation.nodes:
            x = n.function(*[rounded[a] for a in n.args]) if n.args else n.number
            rounded[n] = round(x, 3) if n.rounded else x
            assert abs(rounded[n] - world.own[n].x) <= 1.1 * world.own[n].bound + 1e-12


def test_a_figure_that_is_used_replaces_the_number():
    calculation = Calculation(chain(0.5), None)
    y = calculation.of[calculation.graph.find("y")]
    habit = Habit(4, None)
    read = figure_read(Figure("0.5"), habit)
    world = in_order(calculation.nodes, habit, lambda n, number: read if n is y else None)
    root = calculation.of[calculation.root]
    assert world.used(y).x == 0.5
    assert world.own[root].x == 0.25


def test_edits_change_their_own_column_alone():
    calculation = Calculation(chain(0.5), None)
    y = calculation.of[calculation.graph.find("y")]
    root = calculation.of[calculation.root]
    habit = Habit(None, None)
    world = in_order(calculation.nodes, habit)
    half = formula("x", "0.5 + 0 * x")
    numbers = in_columns(calculation.nodes, world, {y: [Edit(1, half)]}, 3, habit)
    assert list(numbers[root].x) == pytest.approx([world.own[root].x, 0.25, world.own[root].x])


def test_one_who_cuts_is_read_in_the_middle():
    assert figure_read(Figure("0.25"), Habit(2, None, cuts=True)).x == pytest.approx(0.255)
    assert figure_read(Figure("-0.25"), Habit(2, None, cuts=True)).x == pytest.approx(-0.255)
