"""0 · ∞ in the backward sweep: what was not taken gets 0, an adjoint of 0 hands on 0, else NaN."""

import math

import pytest
from extras import extra

import autograd
from autograd import Value, grad, maximum, minimum, record, relu, sqrt, sweep, where
from autograd.graph import adjoints
from autograd.replay.tape import ENGINES

torch = extra("torch")

CASES = {  # a function, where, its derivative there
    "the condition of where": (lambda x: where(sqrt(x) - 1, x, 3 * x), 0.0, 3.0),
    "a root of relu": (lambda x: sqrt(relu(x)), -1.0, 0.0),
    "a root of maximum": (lambda x: sqrt(maximum(x, 0.0)), -1.0, 0.0),
    "a root of minimum": (lambda x: sqrt(minimum(x, 0.0)), 1.0, 0.0),
    "a root of where": (lambda x: sqrt(where(x, x, 0.0)), -1.0, 0.0),
    "a root on the side not taken": (lambda x: where(x - 1, sqrt(x), x * 2), 0.0, 2.0),
    "a root times 0": (lambda x: sqrt(x) * 0.0 + x, 0.0, 1.0),
    "a root of a product with 0": (lambda x: sqrt(x * 0.0), 1.0, math.nan),
    "a root of abs": (lambda x: sqrt(autograd.absolute(x)), 0.0, math.nan),
}
WITH_PYTORCH = {
    "the condition of where": lambda t: torch.where(torch.sqrt(t) - 1 > 0, t, 3 * t),
    "a root of relu": lambda t: torch.sqrt(torch.relu(t)),
    "a root of maximum": lambda t: torch.sqrt(torch.maximum(t, t.new_zeros(()))),
    "a root of minimum": lambda t: torch.sqrt(torch.minimum(t, t.new_zeros(()))),
    "a root of where": lambda t: torch.sqrt(torch.where(t > 0, t, 0.0)),
    "a root of a product with 0": lambda t: torch.sqrt(t * 0.0),
    "a root of abs": lambda t: torch.sqrt(torch.abs(t)),
}


def same(a, b):
    return a == b or (math.isnan(a) and math.isnan(b))


@pytest.mark.parametrize("case", CASES)
def test_every_way_to_a_gradient_agrees(case):
    f, at, wanted = CASES[case]
    x = Value(at, "x")
    y = f(x)
    y.backward()
    assert same(x.grad, wanted)
    assert same(adjoints(y)[x], wanted)
    assert same(grad(f)(at), wanted)
    outer = Value(1.0)
    assert same(float(grad(lambda v: f(v) * outer)(at)), wanted)  # as a graph
    if case in WITH_PYTORCH:
        t = torch.tensor(at, dtype=torch.float64, requires_grad=True)
        WITH_PYTORCH[case](t).backward()
        assert same(float(t.grad), wanted)


@pytest.mark.many
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", CASES)
def test_on_tapes_of_every_engine(case, engine):
    f, at, wanted = CASES[case]
    w = Value(0.3)
    tape = record(lambda: f(w), parameters=[w]).with_engine(engine)
    assert same(tape.value_and_grad(at=[at])[1][0], wanted)
    one = Value(1.0)
    rows = record(lambda x: f(one * x), 1, parameters=[one]).with_engine(engine)
    assert same(rows.value_and_grad([[at]] * 9)[1][0], wanted * at)


def test_the_sweep_that_is_shown_tells_the_same():
    x = Value(-1.0, "x")
    y = sqrt(relu(x))
    y.label = "y"
    assert "x.grad += " in str(sweep(y))
    assert "nan" not in str(sweep(y)).lower().split("x.grad += ")[1]


def test_an_infinite_gradient_is_no_gradient_of_zero():
    x = Value(0.0)
    sqrt(x).backward()
    assert x.grad == math.inf
