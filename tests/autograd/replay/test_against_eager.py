"""Random graphs, every operation: every interpreter of a tape gives what the eager engine gives."""

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import autograd
from autograd import Value, record
from autograd.graph import adjoints
from autograd.replay.program import KINDS, RUN
from autograd.replay.tape import ENGINES
from autograd.rules import RULES

INPUTS, PARAMETERS = 3, 4

ONE = {
    **{
        f.__name__: f
        for f in (autograd.sin, autograd.cos, autograd.tanh, autograd.sigmoid, autograd.relu)
    },
    "softplus": autograd.softplus,
    "absolute": autograd.absolute,
    **{n: getattr(autograd, n) for n in ["atan", "asinh", "erf", "erfc", "gelu", "silu"]},
    **{n: getattr(autograd, n) for n in ["leaky_relu", "elu"]},
    "tan": lambda x: autograd.tan(autograd.tanh(x)),
    "asin": lambda x: autograd.asin(0.9 * autograd.tanh(x)),
    "acos": lambda x: autograd.acos(0.9 * autograd.tanh(x)),
    "sinh": lambda x: autograd.sinh(autograd.tanh(x)),
    "cosh": lambda x: autograd.cosh(autograd.tanh(x)),
    "acosh": lambda x: autograd.acosh(x * x + 1.5),
    "atanh": lambda x: autograd.atanh(0.9 * autograd.tanh(x)),
    "cbrt": lambda x: autograd.cbrt(x * x + 0.5),
    "log2": lambda x: autograd.log2(x * x + 0.5),
    "log10": lambda x: autograd.log10(x * x + 0.5),
    "exp2": lambda x: autograd.exp2(autograd.tanh(x)),
    "neg": lambda x: -x,
    "exp": lambda x: autograd.exp(autograd.tanh(x)),
    "expm1": lambda x: autograd.expm1(autograd.sin(x)),
    "log": lambda x: autograd.log(x * x + 0.5),
    "log1p": lambda x: autograd.log1p(x * x),
    "sqrt": lambda x: autograd.sqrt(x * x + 1),
    "cube": lambda x: 1e-3 * x**3,
    "half": lambda x: 2 - x * 0.5,
}
TWO = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / (b * b + 1),
    "**": lambda a, b: (autograd.softplus(a) + 0.1) ** autograd.tanh(b),
    "atan2": lambda a, b: autograd.atan2(a, b * b + 1),
    "hypot": lambda a, b: autograd.hypot(a, b * b + 1),
    "maximum": autograd.maximum,
    "minimum": autograd.minimum,
    "where": lambda a, b: autograd.where(a - b, a, b * 2),
    "identity": lambda a, b: autograd.total([a]),
}
MANY = {
    "dot": lambda xs: autograd.dot(xs, xs[::-1], xs[0]),
    "dot of two halves": lambda xs: autograd.dot(xs[:2], xs[2:], 0.25),
    "dot of numbers": lambda xs: autograd.dot(xs, [0.5] * len(xs), 1.0),
    "total": autograd.total,
    "sum": lambda xs: xs[0] + xs[1] + xs[2] + xs[3] + 1.5,
    "sum of products": lambda xs: xs[0] * xs[1] + xs[2] * xs[3] + xs[1],
    "product": lambda xs: autograd.tanh(xs[0]) * xs[1] * autograd.sin(xs[2]) * xs[3] * xs[0],
    "mean": autograd.mean,
    "logsumexp": autograd.logsumexp,
    "softmax": lambda xs: autograd.softmax(xs)[1] + autograd.softmax(xs)[2],
    "take": lambda xs: autograd.take(xs, autograd.where(xs[0] - xs[3], 2.0, 1.0)),
}
TABLE = [*((1, n) for n in ONE), *((2, n) for n in TWO), *((3, n) for n in MANY)]
BY_NAME = {**ONE, **TWO, **MANY}

programs = st.lists(
    st.tuples(st.sampled_from(TABLE), st.lists(st.integers(0, 99), min_size=4, max_size=4)),
    min_size=1,
    max_size=25,
)


def run(program, leaves):
    nodes = list(leaves)
    for (arity, name), picks in program:
        chosen = [nodes[p % len(nodes)] for p in picks]
        f = BY_NAME[name]
        nodes.append(f(chosen) if arity == 3 else f(*chosen[:arity]))
    return nodes


def eager(f, parameters, table):
    """Mean and gradient of f, and the largest adjoint on the way, as the scale of rounding."""
    values, gradient = [], np.zeros(len(parameters))
    scale = 1.0
    for row in table.tolist():
        y = f([Value(x) for x in row])
        found = adjoints(y)
        values.append(y.data)
        gradient += [found.get(p, 0.0) for p in parameters]
        scale = max(scale, *(abs(v.data) for v in found), *(abs(d) for d in found.values()))
    return np.array(values), gradient / len(table), scale


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    programs,
    st.sampled_from([1, 2, 7, 8, 9, 31, 32, 33, 45, 100, 1000]),
    st.integers(0, 2**32 - 1),
    st.integers(1, 3),
)
def test_values_and_gradients_equal_the_eager_engines(program, rows, seed, outputs):
    generator = np.random.default_rng(seed)
    parameters = [Value(x) for x in generator.uniform(-2, 2, PARAMETERS)]
    table = generator.uniform(-2, 2, (rows, INPUTS))
    sample = table[: 3 if rows < 1000 else 1]

    def loss(x):
        return run(program, [*x, *parameters])[-1]

    def several(x):
        return run(program, [*x, *parameters])[-outputs:]

    values, gradient, scale = eager(loss, parameters, sample)
    assume(scale < 1e6)
    one = record(loss, inputs=INPUTS, parameters=parameters, example=table[0])
    many = record(several, inputs=INPUTS, parameters=parameters, example=table[0])
    reference = one.with_engine("numpy").value_and_grad(table)
    for engine in ENGINES:
        tape = one.with_engine(engine)
        assert np.abs(tape(sample) - values).max() <= 1e-12 * scale
        assert np.abs(tape.value_and_grad(sample)[1] - gradient).max() <= 1e-12 * scale
        value, found = tape.value_and_grad(table)
        large = max(scale, np.abs(tape(table)).max(), np.abs(reference[1]).max())
        assert abs(value - reference[0]) <= 1e-12 * large
        assert np.abs(found - reference[1]).max() <= 1e-11 * large
        means, jacobian = many.with_engine(engine).value_and_grad(sample)
        assert abs(means[-1] - values.mean()) <= 1e-12 * scale
        assert np.abs(jacobian[-1] - gradient).max() <= 1e-12 * scale


def test_the_programs_hold_every_operation():
    made = {name.split()[0] for _, name in TABLE} | {"abs"}
    assert set(RULES) <= made | {"absolute"}


@pytest.mark.parametrize("engine", ENGINES)
def test_a_dot_with_one_input_twice(engine):
    ws = [Value(x) for x in (1.0, 2.0, 3.0, 4.0, 5.0)]

    def f(x):
        h = autograd.tanh(ws[0] * x)
        return autograd.dot(ws[1:], [h, h, h, x], 0.0)

    tape = record(f, inputs=1).with_engine(engine)
    table = np.linspace(-1, 1, 37)[:, None]
    values, gradient, _ = eager(lambda x: f(*x), tape.parameters, table)
    assert tape(table) == pytest.approx(values, rel=1e-13)
    assert tape.value_and_grad(table)[1] == pytest.approx(gradient, rel=1e-12)


@pytest.mark.many
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "inputs", [1, 8, 9, *[pytest.param(n, marks=pytest.mark.slow) for n in (2, 7, 16, 25)]]
)
@pytest.mark.parametrize("results", [1, 3, 8, 11, 17])
@pytest.mark.parametrize("listed", [False, True])  # the inputs are a list of slots, not a run
def test_a_layer_of_every_width(engine, inputs, results, listed):
    generator = np.random.default_rng(inputs)
    numbers = iter(generator.normal(size=results * (inputs + 1)).tolist())
    layer = [([Value(next(numbers)) for _ in range(inputs)], Value(next(numbers)))
             for _ in range(results)]  # fmt: skip
    ws = [w for weights, bias in layer for w in (*weights, bias)]

    def loss(x):
        h = x[::2] if listed else [autograd.tanh(v) for v in x[:inputs]]
        return autograd.total([autograd.dot(w, h, b) ** 2 for w, b in layer])

    table = generator.normal(size=(45, 2 * inputs))  # blocks of 32 and 8 rows, the last not full
    values, gradient, scale = eager(loss, ws, table)
    tape = record(loss, inputs=[2 * inputs], parameters=ws).with_engine(engine)
    dense = [flags for kind, flags, *_ in tape._program.rows.tolist() if KINDS[kind] == "DENSE"]
    assert [bool(flags & RUN) for flags in dense] == [not listed or inputs == 1]
    assert tape(table) == pytest.approx(values, rel=1e-12)
    assert np.abs(tape.value_and_grad(table)[1] - gradient).max() <= 1e-13 * scale


PRODUCTS = {  # as they begin; repeated until there are enough
    "mixed signs": [1.5, -0.7, 1.1, -0.9, 1.3],
    "a zero": [1.5, 0.0, 1.1, *[0.9] * 60],
    "two zeros": [1.5, 0.0, 1.1, *[0.9] * 9, -0.0],
    "below the least number and back": [1e-200, 1e-200, 1e200, 1e200],
    "within the range in one order only": [1e150, 1e-150],
    "subnormal": [5e-324, 1.0, 1e300, 1.0],
    "the longest": [1.001, 0.999, 1.0],
}


@pytest.mark.many
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("count", [2, 15, 16, 17, 23, 24, 25, 31, 32, 33, 1000])
@pytest.mark.parametrize("begin", PRODUCTS)
def test_a_long_product_is_multiplied_as_the_eager_engine_does(engine, count, begin):
    data = (PRODUCTS[begin] * count)[:count]
    xs = [Value(x) for x in data]

    def product():
        result = xs[0]
        for x in xs[1:]:
            result = result * x
        return result

    tape = record(product, parameters=xs).with_engine(engine)
    wanted = product()
    wanted.backward()
    value, gradient = tape.value_and_grad()
    assert value == pytest.approx(wanted.data, rel=1e-12, abs=0, nan_ok=True)
    assert gradient.tolist() == pytest.approx([x.grad for x in xs], rel=1e-12, abs=0, nan_ok=True)
