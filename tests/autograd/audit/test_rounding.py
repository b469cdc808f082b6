"""How a learner rounds, as far as the sheet shows it."""

import numpy as np
import pytest

from autograd.audit.rounding import Habit, keeps_decimals
from autograd.audit.sheet import Figure


def figures(*texts):
    return [Figure(t) for t in texts]


def test_a_sheet_of_decimals():
    habit = Habit.of(figures("0.3775", "0.5933", "12.1000", "0.0001"))
    assert (habit.decimals, habit.significant) == (4, None)


def test_a_sheet_of_significant_digits():
    habit = Habit.of(figures("0.378", "0.0593", "12.1", "0.000123"))
    assert (habit.decimals, habit.significant) == (None, 3)


def test_three_figures_tell_that_fewer_than_three_digits_are_kept():
    assert Habit.of(figures("0.4", "0.6")).significant == 3
    assert Habit.of(figures("0.41", "0.62")).significant == 3
    assert Habit.of(figures("0.4", "0.6", "0.5")).significant == 1
    assert Habit.of(figures("0.41", "0.62", "0.53")).significant == 2


def test_full_precision_is_no_rounding():
    habit = Habit.of(figures("0.37754066879814541", "0.59326999210718723", "1.2345678901234567"))
    assert (habit.decimals, habit.significant) == (None, 15)
    fourteen = Habit.of(figures("0.37754066879815", "5.9326999210719", "12.345678901235"))
    assert fourteen.significant == 14


@pytest.mark.parametrize("habit", [Habit(4, None), Habit(None, 3), Habit(4, 3), Habit(None, None)])
def test_arrays_lose_what_numbers_lose(habit):
    xs = [0.0, 0.5, -0.0123456, 123.456, 1e-9, 0.25]
    losses, steps = habit.losses(np.array(xs), np.zeros(6)), habit.steps(np.array(xs))
    as_numbers = {"rel": 1e-15, "abs": 0.0}  # some NumPy's powers of ten are off by a last bit
    assert list(losses) == pytest.approx([habit.lost(x, 0.0) for x in xs], **as_numbers)
    assert list(np.broadcast_to(steps, 6)) == pytest.approx(
        [habit.step(x) for x in xs], **as_numbers
    )


def test_nothing_is_lost_of_a_number_with_few_digits():
    assert Habit(4, None).lost(0.25, 0.0) == 0.0
    assert Habit(4, None).lost(0.123456, 0.0) == 0.00005


def test_a_coarser_figure_than_the_rest_is_seen():
    others = figures("0.3775", "0.5933", "0.0001")
    assert keeps_decimals(Figure("0.1234"), others)
    assert not keeps_decimals(Figure("0.5"), others)
