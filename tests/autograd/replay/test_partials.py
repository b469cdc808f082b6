"""The rules' partials as small programs, evaluated step by step."""

import operator

import pytest

from autograd import Value, functions
from autograd.replay.partials import partials

SIGNS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
         "**": operator.pow, "neg": operator.neg}  # fmt: skip


def evaluated(name, xs, y):
    """The numbers of the partials, by a program of single operations."""
    program = partials(name, len(xs))
    numbers = []
    for step in program.steps:
        if step.name == "operand":
            numbers.append(xs[step.steps[0]])
        elif step.name == "value":
            numbers.append(y)
        elif not step.name or step.name == "number":
            numbers.append(step.number)
        else:
            f = SIGNS.get(step.name) or getattr(functions, step.name)
            numbers.append(f(*[numbers[k] for k in step.steps]))
    return [numbers[k] for k in program.by]


ONE = ["exp", "log", "tanh", "sigmoid", "softplus", "sin", "cosh", "erf"]


@pytest.mark.parametrize("name", ONE)
def test_of_one_operand(name):
    x = Value(0.7)
    y = getattr(functions, name)(x)
    y.backward()
    assert evaluated(name, [0.7], y.data) == [pytest.approx(x.grad, rel=1e-15)]


@pytest.mark.parametrize("name", ["*", "/"])
def test_of_two_operands(name):
    a, b = Value(0.7), Value(1.5)
    y = SIGNS[name](a, b)
    y.backward()
    assert evaluated(name, [0.7, 1.5], y.data) == pytest.approx([a.grad, b.grad], rel=1e-14)


def test_equal_steps_are_one():
    program = partials("sigmoid", 1)
    assert len({(s.name, s.steps, s.number) for s in program.steps}) == len(program.steps)
