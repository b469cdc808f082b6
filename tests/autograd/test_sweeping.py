"""The sweep in C beside the sweep in Python: the same order, gradients and errors."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import autograd
from autograd import GraphError, Value, dot

ROOT = Path(autograd.__file__).parent.parent

GRADIENTS = """
import math, random
from autograd import *

chance = random.Random(5)
edges = [0.0, -0.0, 5e-324, 1e-300, 0.5, -1.5, 3.0, 1e150]

def binary(a, b):
    return chance.choice([
        lambda: a + b, lambda: a * b, lambda: a - b, lambda: maximum(a, b), lambda: minimum(a, b),
        lambda: a / b, lambda: where(a > b, a, b), lambda: dot([a, b], [b, a], a),
        lambda: dot([a, b], [chance.choice(edges), 2.0]), lambda: logsumexp([a, b, 1.0]),
        lambda: softmax([a, b, a])[1], lambda: total([a, b, a]), lambda: mean([a, b]),
        lambda: sqrt(absolute(a)) * b, lambda: relu(a) * b, lambda: a * chance.choice(edges),
        lambda: 2.0 - a, lambda: tanh(a) ** 2,
    ])()

def program():
    leaves = [Value(chance.choice(edges)) for _ in range(4)]
    values = list(leaves)
    for _ in range(chance.randrange(1, 40)):
        try:
            values.append(binary(chance.choice(values), chance.choice(values)))
        except (ValueError, ArithmeticError):
            pass
    root = chance.choice(values[-3:])
    for again in range(2):
        root.backward()
        print([v.grad for v in values])
    print([(v.op, v.data) for v in topological(root)])
    changed = chance.choice(leaves)
    changed.data = chance.choice(edges)
    try:
        root.backward()
        print([v.grad for v in values])
    except GraphError as error:
        print(error)

for _ in range(400):
    program()
"""


def run(code, pure):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "WHYGRAD_PURE": str(int(pure))}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.skipif(not autograd.compiled, reason="of the extension")
@pytest.mark.slow
def test_both_give_the_same_gradients_to_the_last_bit():
    compiled, pure = run(GRADIENTS, False), run(GRADIENTS, True)
    assert len(pure) == 400 * 4
    assert any("nan" in line for line in pure)
    assert 20 < sum("after the forward pass" in line for line in pure) < 380
    assert [pair for pair in zip(compiled, pure, strict=True) if pair[0] != pair[1]] == []


@pytest.mark.parametrize("width", [10, 63, 64, 65, 1_000])
def test_a_row_of_any_width_gets_its_gradients(width):
    xs = [Value(float(k)) for k in range(width)]
    ws = [Value(1.0 + k) for k in range(width)]
    products = [w * 1.0 for w in ws]
    dot(products, xs).backward()
    assert [w.grad for w in ws] == [x.data for x in xs]
    assert [x.grad for x in xs] == [w.data for w in ws]


def test_a_wide_graph_and_a_deep_one_need_more_than_the_stack():
    x = Value(1.0)
    wide = [x * float(k) for k in range(5_000)]
    deep = x
    for _ in range(5_000):
        deep = deep + x
    dot(wide, [1.0] * 5_000, deep).backward()
    assert x.grad == sum(range(5_000)) + 5_001


def test_of_many_stale_values_the_first_is_told_and_no_gradient_touched():
    x, w = Value(2.0, "x"), Value(3.0, "w")
    first, second = x * w, x.exp()
    y = first + second
    y.backward()
    grads = x.grad, w.grad, first.grad
    x.data = 5.0
    with pytest.raises(GraphError, match="x was changed after the forward pass"):
        y.backward()
    assert (x.grad, w.grad, first.grad) == grads
    x.data = 2.0
    y.backward()
    assert x.grad == 2 * grads[0]
