"""Infinities, NaN, signed zeros, subnormals: as in the eager engine, value and gradient."""

import itertools
import math
import platform

import mpmath
import numpy as np
import pytest

import autograd
from autograd import DomainError, Value, adjoints, logsumexp, record, softmax
from autograd.replay import Descent
from autograd.replay.tape import ENGINES
from autograd.rules import RULES, arrays

every_engine = pytest.mark.parametrize("engine", ENGINES)
SPECIAL = [
    0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 5e-324, -5e-324, 1e-310, 1.7e308, -1.7e308,
    2.0, 0.5, -3.0, 700.0, -745.0, 1e-8, 40.0, math.pi,
]  # fmt: skip
OPERATORS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "**": lambda a, b: a**b,
    "neg": lambda a: -a,
    "abs": autograd.absolute,
}
MANY = ("dot", "identity", "logsumexp", "mean", "softmax", "take", "total")
NAMES = [name for name in RULES if name not in MANY]


OF_THE_PROCESSOR = ["maximum", "minimum"]  # NumPy's on two zeros, which ARM orders by their signs


def has_our_zero(name, engine="numpy"):
    """Whether the sign of a zero is the eager engine's there."""
    is_x86 = platform.machine() in ("x86_64", "AMD64")
    return is_x86 or engine != "numpy" or name not in OF_THE_PROCESSOR


def function(name):
    return OPERATORS.get(name) or getattr(autograd, name)


def computed(name):
    """Every list of special operands with the node that the eager engine makes of it."""
    for arguments in itertools.product(SPECIAL, repeat=len(RULES[name].parameters)):
        try:
            yield arguments, function(name)(*map(Value, arguments))
        except (ArithmeticError, ValueError):
            continue


def same(a, b, tolerance=1e-14):
    """Equal to rounding; NaN equals NaN, and 0 equals −0."""
    if a != a or b != b:
        return a != a and b != b
    return a == b or math.isclose(a, b, rel_tol=tolerance, abs_tol=5e-324)


@pytest.mark.many
@pytest.mark.parametrize("name", NAMES)
def test_the_arrays_of_a_rule_are_as_its_values(name):
    for arguments, y in computed(name):
        given = tuple([np.array([x]) for x in arguments])
        with np.errstate(all="ignore"):
            value = float(RULES[name].evaluate(given, arrays())[0])
            found = RULES[name].differentiate(given, np.array([y.data]), arrays(), accurate=True)
        assert same(value, y.data), arguments
        if not y.data and has_our_zero(name):
            assert math.copysign(1, value) == math.copysign(1, y.data), arguments
        for partial, wanted in zip(found, y.partials, strict=True):
            number = float(np.ravel(partial)[0])
            assert same(number, wanted, 1e-12), arguments


@pytest.mark.slow
@every_engine
@pytest.mark.parametrize("name", NAMES)
def test_a_tape_is_as_the_eager_engine(name, engine):
    f, start = function(name), 1.5 if name == "acosh" else 0.6
    leaves = [Value(start) for _ in RULES[name].parameters]
    n = len(leaves)
    row = f if n == 1 else lambda xs: f(*xs)
    values = record(row, n, parameters=[], example=[start] * n).with_engine(engine)
    gradients = record(lambda: f(*leaves), parameters=leaves).with_engine(engine)
    for arguments, y in computed(name):
        for rows in (1, 9):
            found = values([arguments] * rows)
            assert same(found[0], y.data), arguments
            if not y.data and has_our_zero(name, engine):
                assert np.copysign(1, found[-1]) == np.copysign(1, y.data), arguments
        found = gradients.value_and_grad(at=arguments)[1]
        for number, wanted in zip(found, y.partials, strict=True):
            assert same(number, wanted, 1e-12), arguments


@pytest.mark.many
@every_engine
@pytest.mark.parametrize("f", [logsumexp, lambda xs: softmax(xs)[1]])
def test_infinities_in_a_logsumexp_and_a_softmax(f, engine):
    w = Value(1.0)
    numbers = [0.0, 1.5, -2.0, math.inf, -math.inf, math.nan]
    table = list(itertools.product(numbers, repeat=3))
    tape = record(lambda a, b, c: f([w * a, b, c]), 3).with_engine(engine)
    found = tape(table)
    for row, value in zip(table, found, strict=True):
        y = f([w * Value(row[0]), Value(row[1]), Value(row[2])])
        assert same(value, y.data), row
        assert same(tape.value_and_grad([row])[1][0], adjoints(y)[w], 1e-12), row


@pytest.mark.many
@every_engine
@pytest.mark.parametrize("size", [1.0, 1e3, 1e8, 1e15, 1e300, -1e8])
def test_the_shares_of_large_numbers_add_up_to_one(size, engine):
    w, v = Value(1.0), Value(1.0)
    tape = record(lambda x: logsumexp([w * x, v * x, x]), 1).with_engine(engine)
    for rows in (1, 40):
        gradient = tape.value_and_grad([[size]] * rows)[1]
        assert gradient == pytest.approx([size / 3, size / 3], rel=1e-13)


@every_engine
def test_the_broken_row_of_a_mini_batch_has_its_number_in_the_batch(engine):
    w = Value(1.0, "w")
    table = np.linspace(1, 2, 50)[:, None]
    table[37] = 0.0
    for seed in range(5):
        tape = record(lambda x: autograd.log(w * x), 1).with_engine(engine)
        with pytest.raises(DomainError, match=r"row 37 of the batch\), in iteration [1-7]$"):
            tape.train(table, Descent(1e-3), 7, batch_size=8, seed=seed)
        assert w.data > 0.9
        w.data = 1.0


@every_engine
def test_the_first_of_several_broken_rows_is_named_in_a_large_batch(engine):
    w = Value(1.0)
    table = np.ones((70_000, 1))
    table[[65_537, 69_000]] = 0.0
    tape = record(lambda x: autograd.log(w * x), 1).with_engine(engine)
    with pytest.raises(DomainError, match="row 65537 of"):
        tape.value_and_grad(table)


@every_engine
def test_a_logsumexp_keeps_terms_that_are_far_smaller(engine):
    generator = np.random.default_rng(3)
    tops = np.concatenate([np.zeros(40), generator.uniform(0, 30, 60)])
    table = np.stack([tops, tops - generator.uniform(1, 45, 100), tops - 40.0], axis=1)
    w = Value(1.0)
    tape = record(lambda *xs: logsumexp([w * x for x in xs]), 3).with_engine(engine)
    with mpmath.workdps(60):
        exact = [float(mpmath.log(mpmath.fsum([mpmath.exp(x) for x in row]))) for row in table]
    found = tape(table)
    assert max(abs(y - e) / np.spacing(e) for y, e in zip(found, exact, strict=True)) <= 4
    assert tape([[0.0, -40.0, -41.0]])[0] == pytest.approx(math.exp(-40) + math.exp(-41), rel=1e-15)
