"""From single operations to statements in another language."""

import numpy as np
import pytest

import autograd
from autograd import Value, record
from autograd.replay.exports.names import Names
from autograd.replay.exports.numpy_module import PYTHON
from autograd.replay.exports.writing import Helper, expression_of, write
from autograd.replay.flattening import flatten
from autograd.rules import arrays

XS = np.array([-30.0, -0.7, 0.0, 0.3, 40.0])


@pytest.mark.parametrize("name", ["softplus", "silu", "gelu", "sigmoid", "tanh", "relu"])
def test_an_operation_by_others_keeps_its_digits(name):
    made = eval(expression_of(name), dict(arrays()), {"x": XS})
    expected = [getattr(autograd, name)(x) for x in XS.tolist()]
    np.testing.assert_allclose(made, expected, rtol=1e-13)


def test_a_helper_is_defined_once_and_before_it_is_used():
    helper = Helper(PYTHON)
    first = helper.name("softplus")
    assert helper.name("softplus") == first
    texts = list(helper.texts)
    assert len(texts) == len(set(texts))


def test_long_expressions_are_statements_of_their_own():
    w = Value(0.5, "w")

    def f(x):
        for _ in range(20):
            x = (w * x + 1.0).tanh()
        return x

    flat = flatten(record(f, 1)._program)
    helper, names = Helper(PYTHON), Names({"x", "w"})
    written = write(flat, flat.results, helper, names, ["x"], ["w"], ["y"])
    assert len(written.statements) > 3
    assert len({s.name for s in written.statements}) == len(written.statements)
    assert max(len(s.expression) for s in written.statements) < 200
