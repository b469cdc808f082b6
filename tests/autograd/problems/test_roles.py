"""What the numbers of a graph are for, where the text does not say."""

from autograd import Value, dot, log, sigmoid
from autograd.problems.roles import roles_of


def told(root, stated=None, data=()):
    return {v.label: role for v, role in roles_of(root, stated or {}, data).items()}


def test_a_weighted_sum_tells_all_its_leaves():
    w, x, b = Value(0.5, "a"), Value(2.0, "p"), Value(0.1, "q")
    assert told(dot([w], [x], b)) == {"a": "parameter", "p": "input", "q": "parameter"}


def test_a_target_is_only_compared():
    y, t, u = sigmoid(Value(0.3, "w")), Value(1.0, "t"), Value(1.0, "u")
    assert told((t - y) ** 2 - u * log(y)) == {"w": "parameter", "t": "target", "u": "target"}


def test_what_multiplies_an_input_is_a_parameter():
    w, x = Value(0.5, "w"), Value(2.0, "x")
    assert told(w * x, {"x": "input"})["w"] == "parameter"
    assert told(w * x, {"w": "parameter"})["x"] == "input"


def test_what_is_stated_comes_first():
    w, t = Value(0.5, "w"), Value(2.0, "t")
    assert told((t - w) ** 2, {"t": "parameter", "w": "target"}) == {
        "t": "parameter",
        "w": "target",
    }


def test_a_column_that_is_no_target_is_an_input():
    assert told(Value(0.5, "w") + Value(2.0, "x"), data=["x"])["x"] == "input"
