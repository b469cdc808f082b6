"""Graphs whose numbers were changed after the forward pass."""

import copy
import math
import pickle

import pytest

from autograd import (
    GraphError,
    Value,
    absolute,
    adjoints,
    check_gradients,
    cos,
    dot,
    exp,
    expm1,
    log,
    log1p,
    logsumexp,
    maximum,
    mean,
    minimum,
    relu,
    sigmoid,
    sin,
    softmax,
    softplus,
    sqrt,
    tanh,
    total,
    where,
)

ARGUMENTS = {1: [0.5], 2: [0.5, 0.5]}  # a tie, so that each operand counts
OPERATIONS = [
    (1, lambda x: x + 2),
    (1, lambda x: 2 - x),
    (1, lambda x: x * x),
    (1, lambda x: x / 4),
    (1, lambda x: 4 / x),
    (1, lambda x: x**3),
    (1, lambda x: 3**x),
    (1, lambda x: -x),
    *[(1, lambda x, f=f: f(x)) for f in (exp, log, sqrt, sin, tanh, sigmoid, relu, absolute)],
    (1, lambda x: where(x, x, 0.0)),
    *[(1, lambda x, f=f: f(x)) for f in (cos, expm1, log1p, softplus)],
    (2, lambda x, y: x * y),
    (2, lambda x, y: x / y),
    (2, lambda x, y: x**y),
    (2, maximum),
    (2, minimum),
    (2, lambda x, y: dot([x], [y])),
    (2, lambda x, y: dot([x], [2.0], y)),
    *[(2, lambda x, y, f=f: f([x, y])) for f in (total, mean, logsumexp)],
    (2, lambda x, y: softmax([x, y])[1]),
]


@pytest.mark.parametrize(("count", "operation"), OPERATIONS)
def test_every_operation_tells_that_its_operands_were_changed(count, operation):
    for i in range(count):
        leaves = [Value(x, f"x{i}") for i, x in enumerate(ARGUMENTS[count])]
        y = operation(*leaves)
        root = y * 2 + leaves[0]
        before, leaves[i].data = leaves[i].data, leaves[i].data + 1.0
        for read in (Value.backward, adjoints, lambda v: v.operands[0].operands[0].partials):
            with pytest.raises(GraphError, match=rf"x{i} was changed .* run the forward pass"):
                read(root)
        assert {v.grad for v in leaves} == {0.0}
        leaves[i].data = before  # put back: computing again gives the same numbers
        root.backward()
        assert y.grad == 2.0


@pytest.mark.parametrize(("before", "after"), [(2.0, 2.0), (math.nan, math.nan), (0.0, 0.0)])
def test_the_same_number_is_no_change(before, after):
    x = Value(before)
    y = x * 3.0
    x.data = after
    y.backward()
    assert x.grad == 3.0


def test_another_zero_is_a_change_where_it_counts():
    x = Value(0.0, "x")
    same, other = x + 1.0, x * 2.0
    x.data = -0.0
    same.backward()
    with pytest.raises(GraphError, match="x was changed"):
        other.backward()


def test_a_stale_graph_is_told_below_a_number_set_by_hand():
    x = Value(2.0, "x")
    y = x * 3.0
    y.label = "y"
    older = y + 1.0
    x.data = 5.0
    y.data = 15.0  # right now, but its sum with 1 was made before
    y.backward()
    with pytest.raises(GraphError, match="y was changed"):
        older.backward()
    y.data = 16.0
    with pytest.raises(
        GraphError, match=r"y is 16\.0, but its operands now give 15\.0: it was set"
    ):
        (y * 2.0).backward()


def test_partials_by_swapped_numbers_are_stale():
    a, b = Value(2.0, "a"), Value(3.0, "b")
    y = a * b
    a.data, b.data = b.data, a.data
    with pytest.raises(GraphError, match="now give other partials"):
        y.backward()


def test_updates_between_graphs_are_fine_the_old_stays_stale():
    w = Value(1.0, "w")
    old = w * w
    for _ in range(3):
        loss = (w - 3.0) ** 2
        w.grad = 0.0
        loss.backward()
        w.data -= 0.1 * w.grad
    with pytest.raises(GraphError, match="w was changed"):
        old.backward()


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))])
def test_a_copy_of_a_stale_graph_is_stale(copied):
    x = Value(2.0, "x")
    y = x * x + 1.0
    copied(y).backward()
    x.data = 3.0
    z = copied(y)
    with pytest.raises(GraphError, match="run the forward pass again"):
        z.backward()
    x.data = 2.0
    copied(y).backward()


def test_differences_leave_older_graphs_as_fresh_as_they_were():
    w = Value(0.5, "w")
    kept = []

    def loss():
        kept.append(w * w)
        return kept[-1]

    y = loss()
    check_gradients(loss, [w])
    y.backward()
    assert w.grad == 1.0
    with pytest.raises(GraphError, match="w was changed"):
        kept[2].backward()


def test_changed_data_is_found_before_any_gradient_is_touched():
    w, x, b = Value(0.5, "w"), Value(2.0), Value(1.0)
    loss = dot([w], [x], b) * 2 + w
    w.data = 0.7
    with pytest.raises(GraphError, match="run the forward pass again"):
        loss.backward()
    assert (w.grad, x.grad, b.grad) == (0.0, 0.0, 0.0)
    with pytest.raises(GraphError, match="changed"):
        _ = loss.operands[0].operands[0].partials
