"""NumPy's interpreter of tapes: its quick sweep and its careful one."""

import mpmath
import numpy as np
import pytest

import autograd
import nn
from autograd import DomainError, StepError, Value, record
from autograd.replay import interpreter

BROKEN_ROWS = {
    "root of what relu cut": (lambda w, x: autograd.sqrt(autograd.relu(w * x)), -1.0),
    "root beside where": (
        lambda w, x: autograd.where(x, x * w, autograd.sqrt(w * (x - 1) ** 2)),
        1.0,
    ),
    "condition": (lambda w, x: autograd.where(autograd.sqrt(w * x) + 1.0, w * x, 3.0 * x), 0.0),
    "product with 0": (lambda w, x: (w * x) ** 0.5 * 0.0, 0.0),
    "dot": (lambda w, x: autograd.dot([w, w], [(w * x) ** 0.5, x], 0.0) * 0.0, 0.0),
}


def gradient_by(hand_back, tape, rows):
    program = tape._program
    leaves = np.ones(program.parameters)
    run = interpreter.Interpreter(program)._evaluate
    return float(run(leaves, np.array(rows), 1.0, 0, hand_back).gradient[0])


@pytest.mark.parametrize(("f", "x"), BROKEN_ROWS.values(), ids=BROKEN_ROWS)
def test_the_zeros_of_the_rule_need_the_careful_sweep(f, x):
    w = Value(1.0, "w")
    tape = record(lambda x: f(w, x), 1, example=[0.5]).with_engine("numpy")
    assert np.isnan(gradient_by(interpreter.pull, tape, [[x], [0.5]]))
    wanted = 0.0
    for row in (x, 0.5):
        w.grad = 0.0
        f(w, Value(row)).backward()
        wanted += w.grad
    assert tape.value_and_grad([[x], [0.5]], reduction="sum")[1][0] == wanted


@pytest.mark.parametrize(("f", "x"), BROKEN_ROWS.values(), ids=BROKEN_ROWS)
def test_without_nan_both_sweeps_have_the_same_gradient(f, x):
    w = Value(1.0, "w")
    tape = record(lambda x: f(w, x), 1, example=[0.5]).with_engine("numpy")
    rows = [[0.25], [0.5], [2.0]]
    quick = gradient_by(interpreter.pull, tape, rows)
    assert quick == gradient_by(interpreter.pull_carefully, tape, rows)


def test_many_rows_are_each_as_one():
    model = nn.MLP(2, [3, 1], "tanh", seed=1)
    tape = record(model, [2]).with_engine("numpy")
    table = np.random.default_rng(0).normal(size=(5000, 2))
    found = tape(table)
    for i in (0, 17, 4096, 4999):
        assert found[i] == pytest.approx(model(table[i].tolist()).data, rel=1e-14)


def test_gradients_are_the_mean_over_the_rows():
    w = Value(0.5, "w")
    tape = record(lambda x: (w * x).exp(), 1).with_engine("numpy")
    xs = np.array([[0.5], [1.0], [-2.0]])
    _, gradient = tape.value_and_grad(xs)
    assert gradient[0] == pytest.approx((xs * np.exp(0.5 * xs)).mean(), rel=1e-14)


def test_the_row_that_breaks_is_named():
    w = Value(1.0, "w")
    tape = record(lambda x: (w * x).log(), 1).with_engine("numpy")
    with pytest.raises((DomainError, StepError), match="row"):
        tape.value_and_grad([[1.0], [2.0], [-1.0]])


def test_a_logsumexp_near_zero_keeps_its_digits():
    generator = np.random.default_rng(5)
    shares = generator.dirichlet([1.0, 1.0, 1.0], 200)
    table = (
        np.log(shares)
        + generator.normal(size=(200, 1)) * 10.0 ** -generator.integers(1, 16, 200)[:, None]
    )
    tape = record(lambda *xs: autograd.logsumexp(xs), 3).with_engine("numpy")
    with mpmath.workdps(60):
        exact = [float(mpmath.log(mpmath.fsum([mpmath.exp(x) for x in row]))) for row in table]
    found = tape(table)
    assert max(abs(y - e) / np.spacing(abs(e)) for y, e in zip(found, exact, strict=True)) <= 4
