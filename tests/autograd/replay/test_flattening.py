"""The flattened program: values, gradients and second derivatives as the eager engine has them."""

from itertools import pairwise, product
from operator import add, mul, sub, truediv

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings

import autograd
from autograd import Value, grad, hessian, record
from autograd.graph import adjoints
from autograd.replay.evaluation import evaluate
from autograd.replay.flat import OPERATIONS, SETTLED
from autograd.replay.flattening import (
    flatten,
    flatten_with_gradients,
    flatten_with_hessians,
    flatten_with_products,
)
from tests.autograd.replay.test_against_eager import programs, run, st

INPUTS, PARAMETERS = 3, 4


def on(flat, slots, table, leaves=()):
    """The numbers of slots, a row for each row of the table."""
    return evaluate(flat, np.array(table, float), np.array(leaves, float), slots)[0].T


def price(s, k, r, v, t):
    """Of an option, with a logistic curve for the normal one."""
    d1 = (autograd.log(s / k) + (r + v * v / 2) * t) / (v * autograd.sqrt(t))
    d2 = d1 - v * autograd.sqrt(t)
    n1, n2 = [1 / (1 + autograd.exp(-1.702 * z)) for z in (d1, d2)]
    return s * n1 - k * autograd.exp(-r * t) * n2


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs, st.integers(0, 2**32 - 1), st.integers(1, 3))
def test_random_graphs_equal_the_eager_engine(program, seed, outputs):
    generator = np.random.default_rng(seed)
    parameters = [Value(x) for x in generator.uniform(-2, 2, PARAMETERS)]
    table = generator.uniform(-2, 2, (3, INPUTS))

    def several(x):
        return run(program, [*x, *parameters])[-outputs:]

    tape = record(several, inputs=INPUTS, parameters=parameters, example=table[0])
    leaves = [p.data for p in parameters]
    flat = flatten(tape._program)
    assert {o.name for o in flat.operations} <= {*OPERATIONS, SETTLED}
    for wrt in ("inputs", "parameters"):
        flat = flatten_with_gradients(tape._program, wrt)
        values = on(flat, flat.results, table, leaves)
        for k in range(len(flat.results)):
            found = on(flat, flat.gradients[k], table, leaves)
            for row, mine, value in zip(table.tolist(), found, values[:, k], strict=True):
                xs = [Value(x) for x in row]
                y = several(xs)[k]
                slopes = adjoints(y)
                scale = max(1.0, *[abs(d) for d in slopes.values()], *[abs(v.data) for v in slopes])
                assume(scale < 1e6)
                wanted = [slopes.get(x, 0.0) for x in (xs if wrt == "inputs" else parameters)]
                assert value == pytest.approx(y.data, rel=1e-12, abs=1e-12 * scale)
                assert np.abs(mine - wanted).max() <= 1e-12 * scale


@pytest.mark.many
@pytest.mark.parametrize("operator", [add, sub, mul, truediv])
def test_signs_move_out_of_every_pair_of_operands(operator):
    """The same number twice, too: both of them are not one sign."""

    def operands(x, y):
        return [x, -x, x * -1, -y, x - y, -(x - y), x / -2, 1 / -y]

    for i, j in product(range(8), repeat=2):

        def f(x, y, i=i, j=j):
            made = operands(x, y)
            return operator(made[i], made[j])

        tape, row = record(f, 2), [1.5, -0.7]
        value, gradient = tape.value_and_grad([row], wrt="inputs", reduction="none")
        assert value[0] == pytest.approx(f(*row), rel=1e-15)
        assert gradient[0] == pytest.approx(grad(f, (0, 1))(*row), rel=1e-14, abs=1e-15)
        seconds = tape.hessian([row], wrt="inputs", reduction="none")[0]
        assert seconds.tolist() == [
            pytest.approx(line, rel=1e-14, abs=1e-14) for line in hessian(f)(*row)
        ]


def test_an_option_price_takes_61_operations():
    flat = flatten_with_gradients(record(price, 5)._program, "inputs")
    assert len(flat.operations) <= 61  # 26 without the derivatives
    assert len({o[:2] for o in flat.operations}) == len(flat.operations)


def test_hessians_equal_those_of_the_engine():
    row = [100.0, 105.0, 0.03, 0.2, 1.5]
    flat = flatten_with_hessians(record(price, 5)._program, "inputs")
    places, slots = zip(*flat.hessians[0].items(), strict=True)
    wanted = hessian(price)(*row)
    found = on(flat, slots, [row])[0]
    assert [wanted[i][j] for i, j in places] == pytest.approx(found.tolist(), rel=1e-11)
    assert len(places) == 15
    flat = flatten_with_products(record(price, 5)._program, "inputs")
    vector = [1.0, -2.0, 0.5, 3.0, 0.25]
    assert on(flat, flat.products[0], [row], vector)[0] == pytest.approx(
        np.array(wanted) @ vector, rel=1e-11
    )


def test_a_chain_has_a_banded_hessian_of_few_operations():
    def rosenbrock(x):
        return autograd.total([100 * (b - a * a) ** 2 + (1 - a) ** 2 for a, b in pairwise(x)])

    sizes = []
    for n in (50, 100):
        flat = flatten_with_hessians(record(rosenbrock, [n])._program, "inputs")
        assert set(flat.hessians[0]) == {(i, j) for i in range(n) for j in (i, i + 1) if j < n}
        sizes.append(len(flat.operations))
    assert sizes[1] < 2.1 * sizes[0]


@pytest.mark.many
@pytest.mark.parametrize(
    "name", sorted(n for n, r in autograd.rules.RULES.items() if r.elementwise)
)
def test_every_rule_to_second_order(name):
    rule = autograd.rules.RULES[name]
    count = len(rule.parameters)

    def f(*x):
        xs = [0.4 + 0.1 * autograd.tanh(v) for v in x]
        if name == "acosh":
            xs = [v + 1 for v in xs]
        compute = autograd.where if name == "where" else lambda *v: rule.evaluate(v)
        return compute(*xs) * x[0]

    row = [0.3, 1.7, -0.6][:count]
    flat = flatten_with_hessians(record(f, count)._program, "inputs")
    wanted = hessian(f)(*row)
    for (i, j), slot in flat.hessians[0].items():
        assert on(flat, [slot], [row])[0, 0] == pytest.approx(wanted[i][j], rel=1e-10, abs=1e-13)
    by = grad(f, tuple(range(count)))(*row)
    assert on(flat, flat.gradients[0], [row])[0] == pytest.approx(by, rel=1e-12)


def test_numbers_that_were_only_read_hand_nothing_on():
    def f(x):
        top = max(v.data for v in x)
        return (x[0] - top) * x[1]

    flat = flatten_with_gradients(record(f, 2)._program, "inputs")
    assert on(flat, flat.gradients[0], [[1.0, 3.0], [3.0, 1.0]]).tolist() == [[3, -2], [1, 0]]


def test_an_adjoint_of_0_hands_on_0():
    flat = flatten_with_gradients(record(lambda x, y: autograd.sqrt(x) * y, 2)._program, "inputs")
    found = on(flat, flat.gradients[0], [[0.0, 0.0], [0.0, 2.0], [4.0, 0.0]])
    assert found.tolist() == [[0.0, 0.0], [np.inf, 0.0], [0.0, 2.0]]


def test_a_branch_not_taken_hands_on_0():
    def f(x):
        return autograd.where(x - 1, x, autograd.relu(x)) + autograd.log(autograd.maximum(x, 1.0))

    flat = flatten_with_gradients(record(f, 1)._program, "inputs")
    assert on(flat, flat.gradients[0], [[-2.0], [0.5], [4.0]])[:, 0].tolist() == [0, 1, 1.25]


def test_logsumexp_keeps_small_shares():
    flat = flatten_with_gradients(record(autograd.logsumexp, [3])._program, "inputs")
    rows = [[0.0, -40.0, -50.0], [7.0, 7.0, 7.0], [-800.0, 900.0, 900.0]]
    values = on(flat, flat.results, rows)[:, 0]
    assert values == pytest.approx([autograd.logsumexp(r) for r in rows], rel=1e-13)
    wanted = [grad(autograd.logsumexp)(row) for row in rows]
    assert on(flat, flat.gradients[0], rows) == pytest.approx(np.array(wanted), rel=1e-13)
