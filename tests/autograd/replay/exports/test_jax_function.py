"""The JAX function of a tape: the eager engine's numbers, under jit, vmap and grad."""

import numpy as np
import pytest
from extras import extra, needs
from helpers.exported import ELEMENTWISE, GRAPHS, NOTES, case

import nn
from autograd import Table, Value, dot, logsumexp, maximum, record, softmax, take

jax = extra("jax")
pytestmark = pytest.mark.slow  # JAX compiles what it runs


@pytest.fixture
def x64():
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", before)


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("name", [*GRAPHS, *NOTES])
def test_random_graphs_and_notes_agree(name):
    one = case(name)
    values, _ = one.eager("inputs")
    g = one.tape.to_jax()
    outputs = g(*one.table.T)
    outputs = outputs if isinstance(outputs, list) else [outputs]
    for mine, right in zip(outputs, values, strict=True):
        assert np.abs(mine - right).max() <= 1e-13 * one.scale
    row = one.table[0]
    parameters = np.array([v.data for v in one.tape.parameters])

    def first(row, parameters):
        found = g(*row, parameters=parameters)
        return found[0] if isinstance(found, list) else found

    by_inputs, by_parameters = jax.jit(jax.grad(first, (0, 1)))(row, parameters)
    for wrt, mine in (("inputs", by_inputs), ("parameters", by_parameters)):
        right = one.eager(wrt)[1][0, 0]
        assert np.abs(mine - right).max(initial=0.0) <= 1e-13 * one.scale


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_every_operation_agrees(name):
    one = case(name)
    values, _ = one.eager("inputs")
    assert np.asarray(one.tape.to_jax()(*one.table.T)) == pytest.approx(values[0], rel=1e-13)


@pytest.mark.usefixtures("x64")
def test_a_network_on_a_batch_under_vmap():
    model = nn.MLP(3, [4, 2], "tanh", "sigmoid", seed=1)

    def loss(x):
        return nn.mean_squared_error(model(x[:3]), x[3:])

    tape = record(loss, 5, parameters=model.parameters())
    table = np.random.default_rng(0).normal(size=(6, 5))
    g = tape.to_jax()
    numbers = np.array([v.data for v in model.parameters()])

    def mean(parameters):
        return jax.vmap(lambda row: g(*row, parameters=parameters))(table).mean()

    value, gradient = jax.jit(jax.value_and_grad(mean))(numbers)
    right = tape.value_and_grad(table)
    assert float(value) == pytest.approx(right[0], rel=1e-14)
    assert np.asarray(gradient) == pytest.approx(right[1], rel=1e-12, abs=1e-15)


@needs("jax")
def test_the_dtype_is_jaxs_own():
    before = jax.config.jax_enable_x64  # as another test may have left it
    try:
        for wide, dtype in ((False, "float32"), (True, "float64")):
            jax.config.update("jax_enable_x64", wide)
            g = case("exp").tape.to_jax()
            assert g(0.5).dtype == np.dtype(dtype)
            assert g(np.zeros(3)).shape == (3,)
    finally:
        jax.config.update("jax_enable_x64", before)


@pytest.mark.usefixtures("x64")
def test_ties_and_kinks_have_our_derivatives():
    tape = record(lambda a, b: maximum(a, b) + a.relu() + abs(b), 2)
    found = jax.grad(lambda x: tape.to_jax()(*x))(np.zeros(2))
    assert np.asarray(found).tolist() == [0.5, 0.5]


@pytest.mark.usefixtures("x64")
def test_numbers_that_were_read_pass_nothing_on():
    def f(xs):
        top = max(v.data for v in xs)
        return logsumexp([x - top for x in xs]) + softmax(xs)[0] * top

    tape = record(f, 3)
    row = np.array([0.3, 1.2, -0.5])
    mine = jax.grad(lambda x: tape.to_jax()(*x))(row)
    inputs = [Value(x) for x in row]
    f(inputs).backward()
    assert np.asarray(mine) == pytest.approx([x.grad for x in inputs], rel=1e-13)


@pytest.mark.usefixtures("x64")
def test_a_logsumexp_keeps_a_small_share_and_its_derivatives():
    g = record(lambda *xs: logsumexp(xs), 3).to_jax()
    row = np.array([-40.0, 0.0, -50.0])
    assert float(g(*row)) == pytest.approx(logsumexp(row.tolist()), rel=1e-15, abs=0.0)
    shares = np.array([v.data for v in softmax([Value(x) for x in row])])
    assert np.asarray(jax.grad(lambda x: g(*x))(row)) == pytest.approx(shares, rel=1e-15, abs=0.0)
    second = np.diag(shares) - np.outer(shares, shares)
    assert np.asarray(jax.hessian(lambda x: g(*x))(row)) == pytest.approx(
        second, rel=1e-13, abs=1e-32
    )
    infinity = float("inf")
    for row in ([-infinity] * 3, [infinity, 1.0, -infinity], [-infinity, 1.0, 2.0]):
        assert float(g(*row)) == pytest.approx(logsumexp(row), rel=1e-15, abs=0.0)


@pytest.mark.usefixtures("x64")
def test_places_of_a_table_and_a_layer_at_many_sites():
    table = Table([[Value(0.3 * i - 0.2 * j) for j in range(3)] for i in range(4)])
    layer = nn.Layer(3, 2, "tanh", seed=1)

    def f(i, k, x):
        one, two = layer(table[i]), layer([v * x for v in table[k]])
        return dot(one, two) + take([x, x * x, one[0]], k)

    rows = np.array([[0.0, 2.0, 0.5], [3.0, 1.0, -1.0], [1.0, 0.0, 2.0]])
    tape = record(f, 3, example=rows[0])
    g = tape.to_jax()
    found = jax.jit(jax.vmap(g))(*rows.T)
    assert np.asarray(found) == pytest.approx(tape(rows), rel=1e-14)
    numbers = np.array([v.data for v in tape.parameters])
    slopes = jax.grad(lambda p: jax.vmap(lambda *x: g(*x, parameters=p))(*rows.T).mean())(numbers)
    assert np.asarray(slopes) == pytest.approx(tape.value_and_grad(rows)[1], rel=1e-12, abs=1e-15)


@needs("jax")
def test_wrong_counts_are_one_sentence():
    w = Value(1.0)
    g = record(lambda x: w * x, 1).to_jax()
    with pytest.raises(TypeError, match="the function takes 1 inputs, not 2"):
        g(1.0, 2.0)
    with pytest.raises(ValueError, match=r"parameters are 1 numbers, not the shape \(2,\)"):
        g(1.0, parameters=[1.0, 2.0])
