"""Derivatives of tapes by inputs and parameters, of each row, the mean and the sum."""

import math
import pickle
from itertools import pairwise, product

import numpy as np
import pytest

import autograd
import nn
from autograd import Value, grad, hessian, record
from autograd.replay.tape import ENGINES
from tests.autograd.replay.test_flattening import price
from tests.extras import extra, needs

jax = extra("jax")
mpmath = extra("mpmath")
torch = extra("torch")

ROWS = np.abs(np.random.default_rng(1).normal(1.0, 0.1, (45, 5))) * [100, 105, 0.03, 0.2, 1.5]

pytestmark = pytest.mark.parametrize("engine", ENGINES)


def engineer(*arguments, engine, **keywords):
    return record(*arguments, **keywords).with_engine(engine)


@pytest.mark.many
@pytest.mark.parametrize("rows", [1, 2, 31, 32, 33, 45])
def test_each_rows_gradient_by_its_inputs(engine, rows):
    tape = engineer(price, 5, engine=engine)
    assert tape.wrt == "inputs"
    table = ROWS[:rows]
    values, gradients = tape.value_and_grad(table, reduction="none")
    wanted = np.array([grad(price, (0, 1, 2, 3, 4))(*row) for row in table.tolist()])
    assert values == pytest.approx([price(*row) for row in table.tolist()], rel=1e-13)
    assert gradients == pytest.approx(wanted, rel=1e-11)
    mean, slope = tape.value_and_grad(table)
    assert isinstance(mean, float)
    assert mean == pytest.approx(values.mean(), rel=1e-13)
    assert slope == pytest.approx(gradients.mean(axis=0), rel=1e-12)
    total, slope = tape.value_and_grad(table, reduction="sum")
    assert total == pytest.approx(values.sum(), rel=1e-13)
    assert slope == pytest.approx(gradients.sum(axis=0), rel=1e-12)
    assert tape.jacobian(table).shape == (rows, 1, 5)
    assert tape.jacobian(table)[:, 0] == pytest.approx(gradients, rel=1e-14)


@pytest.mark.slow
def test_derivatives_equal_jaxs(engine):
    jax.config.update("jax_enable_x64", True)
    np_ = jax.numpy

    def f(x):
        a, b, c = x[0], x[1], x[2]
        return np_.stack([a * np_.sin(b) + c**3, np_.exp(a - b) / (1 + c * c)])

    def g(a, b, c):
        return [a * autograd.sin(b) + c**3, autograd.exp(a - b) / (1 + c * c)]

    rows = np.random.default_rng(2).normal(size=(33, 3))
    tape = engineer(g, 3, engine=engine)
    jacobian = jax.vmap(jax.jacfwd(f))(rows)
    assert tape.jacobian(rows) == pytest.approx(np.asarray(jacobian), rel=1e-12, abs=1e-13)
    wanted = np.asarray(jax.vmap(jax.hessian(f))(rows))
    found = tape.hessian(rows, reduction="none")
    assert found.shape == (33, 2, 3, 3)
    assert found == pytest.approx(wanted, rel=1e-11, abs=1e-12)
    assert tape.hessian(rows) == pytest.approx(wanted.mean(axis=0), rel=1e-11, abs=1e-12)
    values, gradients = tape.value_and_grad(rows, wrt="inputs", reduction="sum")
    assert values == pytest.approx(np.asarray(jax.vmap(f)(rows)).sum(axis=0), rel=1e-12)
    assert gradients == pytest.approx(np.asarray(jacobian).sum(axis=0), rel=1e-12)


@needs("torch")
def test_a_networks_derivatives_equal_torchs(engine):
    model = nn.MLP(2, [3, 1], "tanh")
    torch_model = nn.to_torch(model)
    rows = np.random.default_rng(3).normal(size=(9, 2))
    tape = engineer(lambda x: model(x) ** 2, [2], engine=engine, parameters=model.parameters())
    each = []
    for row in rows:
        torch_model.zero_grad()
        (torch_model(torch.tensor(row)) ** 2).sum().backward()
        each.append(np.concatenate([p.grad.numpy().ravel() for p in torch_model.parameters()]))
    values, gradients = tape.value_and_grad(rows, reduction="none")
    assert values.shape == (9,)
    assert gradients.shape == (9, len(tape.parameters))
    assert np.sort(gradients) == pytest.approx(np.sort(each), rel=1e-10)
    assert gradients.mean(axis=0) == pytest.approx(tape.value_and_grad(rows)[1], rel=1e-11)
    by_inputs = tape.value_and_grad(rows, wrt="inputs", reduction="none")[1]
    x = torch.tensor(rows, requires_grad=True)
    (torch_model(x) ** 2).sum().backward()
    assert by_inputs == pytest.approx(x.grad.numpy(), rel=1e-10)


def test_hessians_by_parameters_and_products(engine):
    a, b = Value(0.7), Value(-0.2)

    def f(x):
        return autograd.exp(a * x) * b + a * a * x

    tape = engineer(f, 1, engine=engine)
    rows = [[0.5], [1.0], [-2.0]]
    each = [hessian(lambda a, b, x=x: autograd.exp(a * x) * b + a * a * x)(0.7, -0.2)
            for (x,) in rows]  # fmt: skip
    assert tape.wrt == "parameters"
    assert tape.hessian(rows, reduction="none") == pytest.approx(np.array(each), rel=1e-12)
    assert tape.hessian(rows) == pytest.approx(np.mean(each, axis=0), rel=1e-12)
    vector = [1.0, -3.0]
    assert tape.hvp(vector, rows) == pytest.approx(np.mean(each, axis=0) @ vector, rel=1e-12)
    assert tape.hvp(vector, rows, reduction="none") == pytest.approx(each @ np.array(vector))
    at = tape.hessian(rows, at=[0.1, 0.2], reduction="sum")
    a.data, b.data = 0.1, 0.2
    assert tape.hessian(rows, reduction="sum").tolist() == at.tolist()


@pytest.mark.many
def test_a_chains_hessian_is_banded(engine):
    n = 300

    def rosenbrock(x):
        return autograd.total([100 * (b - a * a) ** 2 + (1 - a) ** 2 for a, b in pairwise(x)])

    tape = engineer(rosenbrock, [n], engine=engine)
    x = np.random.default_rng(4).normal(size=n)
    i, j, entries = tape.hessian(x[None], sparse=True)
    assert len(entries) == 3 * n - 2
    assert set((i - j).tolist()) == {-1, 0, 1}
    diagonal = 1200 * x**2 - 400 * np.append(x[1:], 0) + 2
    diagonal[1:] += 200
    diagonal[-1] = 200
    found = np.zeros((n, n))
    found[i, j] = entries
    assert np.diag(found) == pytest.approx(diagonal, rel=1e-12)
    assert np.diag(found, 1) == pytest.approx(-400 * x[:-1], rel=1e-12)
    assert found.tolist() == tape.hessian(x[None]).tolist()


def test_derivatives_to_fifty_digits(engine):
    def f(x, y):
        return autograd.log1p(x * y) / autograd.sqrt(y) + autograd.atan(x) ** 3

    def exact(x, y):
        return mpmath.log1p(x * y) / mpmath.sqrt(y) + mpmath.atan(x) ** 3

    tape = engineer(f, 2, engine=engine)
    row = (0.7, 2.5)
    with mpmath.workdps(50):
        first = [mpmath.diff(exact, row, n) for n in ((1, 0), (0, 1))]
        second = [[mpmath.diff(exact, row, (1, 1))] * 2 for _ in range(2)]
        second[0][0] = mpmath.diff(exact, row, (2, 0))
        second[1][1] = mpmath.diff(exact, row, (0, 2))
    assert tape.value_and_grad([row])[1] == pytest.approx([float(d) for d in first], rel=1e-14)
    wanted = np.array([[float(d) for d in row] for row in second])
    assert tape.hessian([row]) == pytest.approx(wanted, rel=1e-13)


def test_a_bad_row_is_named(engine):
    tape = engineer(lambda x, y: autograd.log(x) / y, 2, engine=engine)
    rows = np.ones((40, 2))
    rows[35, 0] = -1.0
    for compute in (tape.value_and_grad, tape.jacobian, tape.hessian):
        with pytest.raises(autograd.errors.DomainError, match=r"log.*\(in row 35 of the batch\)"):
            compute(rows)
    rows[35] = 1.0, 0.0
    with pytest.raises(autograd.errors.PoleError, match="division by zero"):
        tape.hvp([1.0, 0.0], rows)


@pytest.mark.many
def test_a_number_that_is_swallowed_is_found(engine):
    hidden = {
        "in a division": lambda x: 1 / autograd.exp(x),
        "in a sigmoid": lambda x: autograd.sigmoid(autograd.exp(x)),
        "in a branch not taken": lambda x: autograd.where(x, x, autograd.exp(x)),
        "in an exp": lambda x: autograd.exp(-autograd.exp(x)),
        "in a maximum": lambda x: autograd.minimum(autograd.exp(x), x),
    }
    for f in hidden.values():
        with pytest.raises(autograd.errors.RangeError, match="exp"):
            engineer(f, 1, engine=engine).value_and_grad([[1.0], [800.0]], reduction="none")


def test_infinite_inputs_are_as_in_the_eager_engine(engine):
    tape = engineer(lambda x, y: autograd.tanh(x) * y, 2, engine=engine)
    values, gradients = tape.value_and_grad([[np.inf, 2.0], [0.0, 3.0]], reduction="none")
    assert values.tolist() == [2.0, 0.0]
    assert gradients.tolist() == [[0.0, 1.0], [3.0, 0.0]]


@pytest.mark.many
@pytest.mark.parametrize("row", list(product([1.5, np.inf, -np.inf], repeat=2)))
def test_a_logsumexp_of_infinite_inputs(row, engine):
    tape = engineer(lambda *xs: autograd.logsumexp(xs), 2, engine=engine)
    leaves = [Value(x) for x in row]
    y = autograd.logsumexp(leaves)
    slopes = autograd.adjoints(y)
    values, gradients = tape.value_and_grad([row, [0.0, 0.0]], reduction="none")
    np.testing.assert_allclose(values, [y.data, math.log(2)])
    np.testing.assert_allclose(gradients, [[slopes[x] for x in leaves], [0.5, 0.5]], rtol=1e-14)


def test_what_cannot_be_right_is_a_sentence(engine):
    tape = engineer(lambda x, y: [x * y, x + y], 2, engine=engine)
    with pytest.raises(ValueError, match="wrt is 'inputs' or 'parameters', not 'weights'"):
        tape.jacobian([[1.0, 2.0]], wrt="weights")
    with pytest.raises(ValueError, match="wrt is"):
        record(lambda x: x, 1, wrt="x")
    with pytest.raises(ValueError, match="reduction is 'none', 'mean' or 'sum', not 'max'"):
        tape.value_and_grad([[1.0, 2.0]], reduction="max")
    with pytest.raises(ValueError, match="hvp is of one result, but"):
        tape.hvp([1.0, 2.0], [[1.0, 2.0]])
    with pytest.raises(ValueError, match="takes rows of 2 numbers"):
        tape.jacobian([[1.0, 2.0, 3.0]])
    one = engineer(lambda x, y: x * y, 2, engine=engine)
    with pytest.raises(ValueError, match="must hold 2 numbers, one for each of the inputs, not"):
        one.hvp([1.0, 2.0, 3.0], [[1.0, 2.0]])
    with pytest.raises(TypeError, match="the vector must hold numbers"):
        one.hvp(["a", "b"], [[1.0, 2.0]])


@pytest.mark.parametrize("several", [False, True])
def test_a_bound_call_reads_and_writes_the_same_arrays(engine, several):
    w = Value(2.0)

    def f(x, y):
        z = autograd.log(x) * w + y * y
        return [z, x * y] if several else z

    tape = engineer(f, 2, wrt="inputs", engine=engine)
    call = tape.bind()
    assert call.numbers.tolist() == [0.0, 0.0, 2.0]
    value, gradient = call.value, call.gradient
    for row in ([1.5, 2.0], [3.0, -1.0]):
        call.numbers[:2] = row
        assert call() is None
        wanted = tape.value_and_grad([row])
        assert value == pytest.approx(np.array(wanted[0]).ravel(), rel=1e-14)
        assert gradient == pytest.approx(wanted[1], rel=1e-14)
        assert gradient.shape == ((2, 2) if several else (2,))
    call.numbers[0] = -1.0
    with pytest.raises(autograd.errors.DomainError, match="log"):
        call()
    own = np.array([4.0, 1.0, 3.0])
    mine = tape.bind(own, wrt="parameters")
    mine()
    assert mine.numbers is own
    assert mine.gradient.ravel()[0] == pytest.approx(np.log(4.0))
    for wrong in ([1.0, 2.0, 3.0], np.zeros(2), np.zeros(6)[::2], np.zeros(3, np.float32)):
        with pytest.raises(ValueError, match="bind takes an array of 3 float64 in one piece"):
            tape.bind(wrong)
    with pytest.raises(TypeError):
        call(1.0)


def test_the_sums_do_not_depend_on_the_number_of_threads(engine):
    tape = engineer(price, 5, engine=engine)
    rows = np.tile(ROWS, (700, 1))
    found = []
    for threads in (1, 2, 5):
        tape.threads = threads
        found.append([tape.value_and_grad(rows), tape.value_and_grad(rows, reduction="none")])
    for other in found[1:]:
        assert other[0][0] == found[0][0][0]
        assert other[0][1].tolist() == found[0][0][1].tolist()
        assert (other[1][1] == found[0][1][1]).all()


def test_wrt_is_said_once_and_kept(engine):
    w = Value(2.0)
    tape = engineer(lambda x: w * x * x, 1, wrt="inputs", engine=engine)
    assert tape.value_and_grad([[3.0]])[1].tolist() == [12.0]
    assert tape.value_and_grad([[3.0]], wrt="parameters")[1].tolist() == [9.0]
    assert pickle.loads(pickle.dumps(tape)).wrt == "inputs"


def test_parameters_stand_as_they_are_first_used(engine):
    model = nn.MLP(2, [3, 2, 1], "tanh")
    tape = engineer(model, [2], engine=engine)
    assert tape.parameters == tuple(model.parameters())
    a, b, c = Value(1.0), Value(2.0), Value(3.0)
    tape = engineer(lambda x: b * (a - b * x) + c, 1, engine=engine)
    assert [p.data for p in tape.parameters] == [2.0, 1.0, 3.0]


@pytest.mark.parametrize("rows", [1, 2, 45])
def test_rows_without_numbers_are_rows(engine, rows):
    a, b = Value(0.3), Value(0.4)
    tape = engineer(lambda: autograd.tanh(a * b) + a, parameters=[a, b], engine=engine)
    table = np.zeros((rows, 0))
    value, gradient = tape.value_and_grad()
    values, gradients = tape.value_and_grad(table, reduction="none")
    assert values == pytest.approx(np.full(rows, value), rel=1e-14)
    assert gradients == pytest.approx(np.tile(gradient, (rows, 1)), rel=1e-14)
    assert tape.value_and_grad(table)[1] == pytest.approx(gradient, rel=1e-14)
    summed = tape.hessian(table, reduction="sum")
    assert summed == pytest.approx(rows * tape.hessian(), rel=1e-13)
    assert tape(table) == pytest.approx(values, rel=1e-14)
