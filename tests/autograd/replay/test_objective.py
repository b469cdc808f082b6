"""Tapes in SciPy's hands: minimize, least_squares and root, with exact derivatives."""

from itertools import pairwise

import numpy as np
import pytest
from extras import extra

from autograd import DomainError, Value, exp, log, record, total

optimize = extra("scipy.optimize")


def rosenbrock(x):
    return total([100 * (b - a * a) ** 2 + (1 - a) ** 2 for a, b in pairwise(x)])


@pytest.mark.parametrize("method", ["Newton-CG", "trust-ncg", "L-BFGS-B"])
def test_minimize_finds_the_minimum_of_inputs(method):
    objective = record(rosenbrock, [5]).objective()
    more = {} if method == "L-BFGS-B" else {"hessp": objective.hessp}
    start = np.full(5, -0.2)
    found = optimize.minimize(objective, start, jac=True, method=method, tol=1e-9, **more)
    assert found.success
    assert found.x == pytest.approx(np.ones(5), abs=1e-5)
    assert objective.hess(found.x) == pytest.approx(
        optimize.rosen_hess(found.x), rel=1e-12, abs=1e-9
    )
    assert objective.hessp(found.x, np.arange(5.0)) == pytest.approx(
        optimize.rosen_hess_prod(found.x, np.arange(5.0)), rel=1e-12, abs=1e-9
    )


def decay():
    """Values a e^(−k t) + c at some times, and rows of a time and a measured number."""
    a, k, c = Value(1.0, "a"), Value(1.0, "k"), Value(0.25)
    tape = record(lambda t, y: a * exp(-k * t) + c - y, 2, parameters=[k, a])
    times = np.linspace(0.0, 4.0, 25)
    return tape, np.column_stack([times, 2.5 * np.exp(-0.8 * times) + 0.25])


def test_least_squares_finds_the_parameters():
    tape, rows = decay()
    objective = tape.objective(rows)
    found = optimize.least_squares(
        objective.residuals, objective.start, jac=objective.jacobian, xtol=1e-15
    )
    assert found.x == pytest.approx([0.8, 2.5], rel=1e-12)
    objective.put(found.x)
    assert [v.data for v in tape.parameters] == found.x.tolist()
    assert np.abs(tape(rows)).max() < 1e-14


def test_a_mean_over_a_batch_and_its_sum():
    tape, rows = decay()
    mean, whole = tape.objective(rows), tape.objective(rows, reduction="sum")
    x = [0.5, 2.0]
    assert whole(x)[0] == pytest.approx(25 * mean(x)[0])
    assert whole(x)[1] == pytest.approx(25 * mean(x)[1])
    assert whole.hess(x) == pytest.approx(25 * mean.hess(x))
    assert mean.hessp(x, [1.0, 0.0]) == pytest.approx(mean.hess(x)[0])
    difference = optimize.approx_fprime(np.array(x), lambda at: mean(at)[0], 1e-7)
    assert mean(x)[1] == pytest.approx(difference, rel=1e-6)


def test_root_solves_a_system():
    def system(x, y):
        return [x + y - 5.0, x * y - 6.0]

    objective = record(system, 2).objective(wrt="inputs")
    found = optimize.root(objective.residuals, [4.0, 0.5], jac=objective.jacobian)
    assert found.x == pytest.approx([3.0, 2.0], rel=1e-10)


def test_errors_are_those_of_the_function():
    objective = record(log, 1).objective()
    with pytest.raises(DomainError, match="log"):
        objective([-1.0])


def test_what_cannot_be_asked_is_said():
    tape, rows = decay()
    objective = tape.objective(rows)
    with pytest.raises(ValueError, match=r"x is 2 numbers, one for each of the parameters"):
        objective([1.0])
    with pytest.raises(ValueError, match="so it takes no batch"):
        tape.objective(rows, wrt="inputs")
    with pytest.raises(ValueError, match="wrt is 'inputs' or 'parameters'"):
        tape.objective(rows, wrt="x")
    with pytest.raises(ValueError, match="reduction is"):
        tape.objective(rows, reduction="none")
    several = record(lambda x: [x, x * x], 1).objective()
    with pytest.raises(ValueError, match="returns a list"):
        several([1.0])
    with pytest.raises(ValueError, match="no numbers to start from"):
        _ = several.start
    with pytest.raises(ValueError, match="no parameters to set"):
        several.put([1.0])
