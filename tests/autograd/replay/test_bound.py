"""A tape on one row: arrays that stay the same, and no argument."""

import math
from itertools import pairwise

import numpy as np
import pytest

import autograd
from autograd import DomainError, Value, hessian, record
from autograd.replay.tape import ENGINES
from tests.autograd.replay.test_flattening import price
from tests.extras import extra

jax = extra("jax")
scipy_sparse = extra("scipy.sparse")

SECOND = {  # a function, its number of inputs, how many entries its Hessian has
    "chain": (
        lambda *x: sum((100 * (b - a * a) ** 2 + (1 - a) ** 2) for a, b in pairwise(x)),
        6,
        16,
    ),
    "dense": (price, 5, 25),
    "separable": (lambda *x: sum(0.5 * x[k] ** 3 + 2.0 * x[k] for k in range(4)), 4, 4),
    "with constants": (lambda x, y, z: 3.0 * x * y - 2.0 * z + 0.5 * x * x, 3, 3),
    "linear": (lambda x, y: 2.0 * x - 3.0 * y + 1.0, 2, 0),
}


@pytest.mark.parametrize("engine", ENGINES)
def test_value_and_gradient_are_written_in_place(engine):
    w = Value(0.5, "w")
    call = record(lambda x, y: (w * x).exp() * y, 2).with_engine(engine).bind(wrt="parameters")
    value, gradient = call.value, call.gradient
    for x, y in ((1.0, 2.0), (-0.5, 3.0)):
        call.numbers[:2] = x, y
        call()
        assert value[0] == pytest.approx(math.exp(0.5 * x) * y, rel=1e-14)
        assert gradient[0] == pytest.approx(x * math.exp(0.5 * x) * y, rel=1e-14)
    assert call.value is value
    assert call.gradient is gradient


@pytest.mark.parametrize("engine", ENGINES)
def test_it_raises_what_the_eager_engine_raises(engine):
    call = record(lambda x: x.log(), 1, example=[1.0]).with_engine(engine).bind()
    call.numbers[:] = -1.0
    with pytest.raises(DomainError):
        call()


def test_an_array_of_ones_own_is_read():
    own = np.array([2.0, 3.0])
    call = record(lambda x, y: x * y, 2).bind(own)
    own[0] = 5.0
    call()
    assert call.value.tolist() == [15.0]


@pytest.mark.many
@pytest.mark.parametrize("name", SECOND)
@pytest.mark.parametrize("engine", ENGINES)
def test_second_derivatives_are_written_in_place(engine, name):
    f, n, entries = SECOND[name]
    tape = record(f, n).with_engine(engine)
    call, few = tape.bind(order=2), tape.bind(order=2, sparse=True)
    whole, (i, j, numbers) = call.hessian, few.hessian
    assert whole.shape == (n, n)
    assert len(i) == len(j) == len(numbers) == entries
    assert sorted(zip(i.tolist(), j.tolist(), strict=True)) == list(zip(i, j, strict=True))
    for scale in (1.0, 1.25):
        x = scale * np.linspace(0.8, 1.2, n)
        call.numbers[:] = few.numbers[:] = x
        call(), few()
        assert whole == pytest.approx(np.array(hessian(f)(*x)), rel=1e-11, abs=1e-13)
        assert whole[i, j].tolist() == numbers.tolist()
        assert np.count_nonzero(whole) <= entries
        value, gradient = tape.value_and_grad(x[None])
        assert few.value[0] == call.value[0] == pytest.approx(value, rel=1e-14)
        assert few.gradient.tolist() == call.gradient.tolist()
        assert call.gradient == pytest.approx(gradient, rel=1e-13)
    assert call.hessian is whole
    assert few.hessian[2] is numbers


@pytest.mark.parametrize("name", SECOND)
def test_second_derivatives_are_slopes_of_gradients(name):
    f, n, _ = SECOND[name]
    tape = record(f, n)
    twice, once = tape.bind(order=2), tape.bind()
    x = np.linspace(0.8, 1.2, n)
    twice.numbers[:] = x
    twice()
    for k, step in enumerate(1e-6 * np.eye(n)):
        sides = []
        for once.numbers[:] in (x + step, x - step):
            once()
            sides.append(once.gradient.copy())
        assert twice.hessian[k] == pytest.approx((sides[0] - sides[1]) / 2e-6, rel=1e-6, abs=1e-6)


@pytest.mark.slow
def test_second_derivatives_are_those_of_jax():
    jax.config.update("jax_enable_x64", True)
    f, n, _ = SECOND["chain"]
    x = np.random.default_rng(0).normal(size=n)
    call = record(f, n).bind(x, order=2)
    call()
    assert call.hessian == pytest.approx(np.asarray(jax.hessian(lambda v: f(*v))(x)), rel=1e-12)


@pytest.mark.parametrize("engine", ENGINES)
def test_second_derivatives_of_several_by_parameters(engine):
    a, b = Value(0.3), Value(-0.2)
    tape = record(lambda x: [autograd.exp(a * x) * b, a * x], 1, parameters=[a, b])
    call = tape.with_engine(engine).bind(order=2)
    call.numbers[0] = x = 2.0
    call()
    e = math.exp(0.3 * x)
    wanted = [[[-0.2 * x * x * e, x * e], [x * e, 0.0]], [[0.0, 0.0], [0.0, 0.0]]]
    assert call.hessian == pytest.approx(np.array(wanted), rel=1e-13)
    assert call.gradient == pytest.approx(np.array([[-0.2 * x * e, e], [x, 0.0]]), rel=1e-13)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_sparse_matrix_shares_the_entries(engine):
    f, n, _ = SECOND["chain"]
    call = record(f, n).with_engine(engine).bind(order=2, sparse=True)
    i, j, entries = call.hessian
    rows = np.searchsorted(i, range(n + 1))
    matrix = scipy_sparse.csr_array((entries, j, rows), shape=(n, n))
    x = call.numbers[:] = np.linspace(-1.0, 1.0, n)
    call()
    assert matrix.toarray() == pytest.approx(np.array(hessian(f)(*x)), rel=1e-12)
    with pytest.raises(ValueError, match="read-only"):
        i += 1  # the tape's own, for all calls


@pytest.mark.parametrize("engine", ENGINES)
def test_where_second_derivatives_are_infinite(engine):
    call = record(lambda x: x**1.5, 1, example=[1.0]).with_engine(engine).bind(order=2)
    call.numbers[:] = 0.0
    call()
    assert call.value.tolist() == call.gradient.tolist() == [0.0]
    assert call.hessian.tolist() == [[math.inf]]
    call.numbers[:] = -1.0
    with pytest.raises(DomainError):
        call()


def test_an_order_that_cannot_be_right():
    tape = record(lambda x, y: [x * y, x], 2)
    assert tape.bind().hessian is None
    with pytest.raises(ValueError, match="order is 1 or 2, not 3"):
        tape.bind(order=3)
    with pytest.raises(ValueError, match="add order=2"):
        tape.bind(sparse=True)
    with pytest.raises(ValueError, match="a sparse hessian is of one result"):
        tape.bind(order=2, sparse=True)
