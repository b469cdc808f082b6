"""The copy of a graph: every operation follows, and nothing of the user's is touched."""

import math

import pytest
from helpers.random_graphs import random_graph

import autograd
from autograd import GraphError, UnknownNameError, Value, adjoints, custom, dot, softmax, solve
from autograd.explorer.copies import Copy
from autograd.graph import reading_order
from autograd.rules import RULES
from autograd.value import node

AT, ELSEWHERE = (0.6, 0.35), (0.45, 0.7)


def made_by(name, a, b):
    """A value that the operation of this name made of a and b."""
    match name:
        case "dot":
            return dot([a, b], [b, 2.0], a)
        case "softmax":
            return softmax([a, b, 1.0])[1]
        case "where":
            return autograd.where(a - b, a * 3, b)
        case "take":
            return autograd.take([a, b, a * b], autograd.where(a - b, b * 0, b * 0 + 1))
        case "identity":
            return node(a.data, "identity", a, 1.0)
        case "total" | "mean" | "logsumexp":
            return getattr(autograd, name)([a, b, 0.5])
        case "acosh":
            return autograd.acosh(a + 1)
    rule = RULES[name]
    return rule.evaluate((a, b)[: len(rule.parameters)])


@pytest.mark.parametrize("name", RULES)
def test_every_operation_is_that_of_the_engine(name):
    leaves = [Value(x, label) for x, label in zip(AT, "ab", strict=True)]
    root = made_by(name, *leaves)
    assert name in {v.op for v in reading_order(root)}
    there = {v.label for v in reading_order(root) if v.label}
    numbers = {k: x for k, x in zip("ab", ELSEWHERE, strict=True) if k in there}
    copy = Copy(root, numbers)
    others = [Value(x, label) for x, label in zip(ELSEWHERE, "ab", strict=True)]
    wanted = made_by(name, *others)
    assert copy.graph.data == wanted.data
    gradients, expected = adjoints(copy.graph), adjoints(wanted)
    for leaf in others:
        if leaf.label in there:
            found = gradients.get(copy.values[leaf.label], 0.0)
            assert found == expected.get(leaf, 0.0)
    assert [v.op for v in reading_order(copy.graph) if v.op != "constant"] == [
        v.op for v in reading_order(root) if v.op != "constant"
    ]


@pytest.mark.parametrize("seed", range(30))
def test_nothing_of_the_users_is_touched(seed):
    root = random_graph(seed)
    root.backward()
    before = {v: (v.data, v.grad, v.label, v.op) for v in reading_order(root)}
    copy = Copy(root).at({"x0": 0.3}) if "x0" in Copy(root).values else Copy(root)
    copy.graph.backward()
    assert {v: (v.data, v.grad, v.label, v.op) for v in reading_order(root)} == before
    assert not set(before) & set(reading_order(copy.graph))


def test_operations_of_the_users_own_follow():
    bell = custom(lambda x: math.exp(-x * x), [lambda x: -2 * x * math.exp(-x * x)], name="bell")
    a = Value(4.0, "a")
    assert Copy(bell(a * 0.1), {"a": 5.0}).graph.data == math.exp(-0.25)
    r = solve(lambda x: x * x - a, 1.5)
    moved = Copy(r * 1.0, {"a": 9.0})
    assert moved.graph.data == pytest.approx(3.0, rel=1e-14)
    assert adjoints(moved.graph)[moved.values["a"]] == pytest.approx(1 / 6, rel=1e-13)


def test_a_branch_of_python_code_is_frozen():
    x = Value(2.0, "x")
    root = x * 3 if x > 0 else x * 5
    assert Copy(root, {"x": -1.0}).graph.data == -3.0
    followed = autograd.where(x, x * 3, x * 5)
    assert Copy(followed, {"x": -1.0}).graph.data == -5.0


def test_every_leaf_has_a_name_of_its_own():
    root = (Value(1.0, "w") + Value(2.0, "w")) * (Value(3.0) - Value(4.0, "v1")) + Value(5.0)
    root.label = "w"
    copy = Copy(root)
    found = {name: v.data for name, v in copy.values.items()}
    assert found == {"w": 1.0, "w′": 2.0, "v2": 3.0, "v1": 4.0, "v3": 5.0, "w′′": 2.0}
    assert copy.derive("w′").value == -1.0


def test_numbers_add_up_from_the_copy_they_are_asked_of():
    copy = Copy(Value(1.0, "a") * Value(2.0, "b"))
    assert copy.at({"a": 5.0}).at({"b": 3.0}).graph.data == 15.0
    assert copy.graph.data == 2.0


def test_roles_are_told_by_the_graph():
    root = (
        dot([Value(1.0, "w")], [Value(2.0, "x")], Value(0.0, "b")).tanh() - Value(1.0, "t")
    ) ** 2
    assert Copy(root).roles == {"w": "parameter", "x": "input", "b": "parameter", "t": "target"}


def test_an_unknown_leaf_is_named_with_the_nearest():
    with pytest.raises(UnknownNameError, match="w1") as raised:
        Copy(Value(1.0, "w1") * 2, {"w_1": 3.0})
    assert "w_1" in str(raised.value)


def test_a_number_where_an_operation_has_no_value_is_said():
    with pytest.raises(ValueError, match="log"):
        Copy(Value(1.0, "x").log(), {"x": -1.0})


def test_a_graph_whose_data_was_changed_is_refused():
    x = Value(1.0, "x")
    root = x * 2
    x.data = 5.0
    with pytest.raises(GraphError):
        Copy(root)
