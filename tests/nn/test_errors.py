"""The errors of nn are below the library's one root."""

import pickle

import pytest

import autograd
import nn
from nn import errors

CLASSES = [getattr(errors, name) for name in errors.__all__]


@pytest.mark.parametrize("kind", CLASSES)
def test_each_has_the_root_and_a_builtin(kind):
    assert issubclass(kind, autograd.Error)
    assert issubclass(kind, (ValueError, ArithmeticError, RuntimeError, Warning))
    assert getattr(nn, kind.__name__) is kind


def test_divergence_comes_back_from_another_process():
    error = errors.DivergenceError("the loss is NaN", 3, 2, None)
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.epoch, again.batch) == ("the loss is NaN", 3, 2)
