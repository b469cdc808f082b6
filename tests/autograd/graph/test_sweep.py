"""The one reverse sweep, on numbers, sizes, polynomials and Values."""

import math
import random
from fractions import Fraction

import pytest
from extras import extra

from autograd import Value, adjoints, dot, topological
from autograd.graph import accumulate, local_partials

torch = extra("torch")


def polynomial(a, b, c):
    u = a * b + c * 2.0
    v = u * a - c
    return u * v * v + u


def test_adjoints_are_pytorchs():
    numbers = (0.7, -1.3, 2.1)
    ours = [Value(x) for x in numbers]
    theirs = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in numbers]
    found = adjoints(polynomial(*ours))
    polynomial(*theirs).backward()
    for v, t in zip(ours, theirs, strict=True):
        assert math.isclose(found[v], float(t.grad), rel_tol=1e-13)


def test_adjoints_are_what_backward_gives_and_touch_no_gradient():
    rng = random.Random(1)
    xs = [Value(rng.uniform(-1, 1)) for _ in range(4)]
    root = (dot(xs[:2], xs[2:], xs[0]).tanh() * xs[3] - xs[1] / 3.0).sigmoid()
    found = adjoints(root)
    assert all(v.grad == 0.0 for v in found)
    root.backward()
    assert found == {v: v.grad for v in topological(root)}
    assert list(found) == topological(root)


def test_any_seed_and_any_kind_of_number():
    x = Value(3.0)
    y, z = x * x, x * 4.0
    found = accumulate([x, y, z], {y: Fraction(1, 2), z: Fraction(1)}, exactly)
    assert found[x] == Fraction(7)
    sizes = accumulate([x, y], {y: 1.0}, local_partials, multiply=lambda p, g: abs(p) * g)
    assert sizes[x] == 6.0


def exactly(v):
    return [(x, Fraction(p)) for x, p in local_partials(v)]


def test_other_operations_than_sum_and_product():
    """The largest product along any path: the same sweep with max for +."""
    x = Value(0.5)
    a, b = x * 3.0, x * 2.0
    found = accumulate(topological(a + b * 10.0), {a + b: 1.0}, local_partials, max)
    assert x not in found  # another root than was swept from hands nothing on
    root = a + b * 10.0
    assert accumulate(topological(root), {root: 1.0}, local_partials, max)[x] == 20.0


def test_only_what_is_in_the_order_hands_on():
    x = Value(2.0)
    y = x * 3.0
    z = y * 5.0
    found = accumulate([z], {z: 1.0}, local_partials)
    assert found == {z: 1.0, y: 5.0}


@pytest.mark.parametrize("op", ["dot", "total"])
def test_an_operand_used_twice_gets_both_terms(op):
    x = Value(2.0)
    root = dot([x, x], [3.0, x], x) if op == "dot" else x + x
    assert adjoints(root)[x] == (3.0 + 2.0 + 2.0 + 1.0 if op == "dot" else 2.0)
