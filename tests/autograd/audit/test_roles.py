"""Which leaves are weights: told by the graph, not by their names."""

from autograd import Value, dot, sigmoid
from autograd.audit.calculation import Calculation
from autograd.audit.roles import weights


def told(root, *asked):
    return {v.label for v in weights(Calculation(root, None), asked)}


def test_names_do_not_matter():
    a, b, c = Value(0.5, "a"), Value(0.25, "b"), Value(1.0, "c")
    assert told(sigmoid(a * b + c), a) == {"a", "c"}


def test_the_first_list_of_a_dot_product_are_weights():
    w, x = [Value(0.5, "p"), Value(0.1, "q")], [Value(1.0, "r"), Value(2.0, "s")]
    assert told(dot(w, x, Value(0.3, "t"))) == {"p", "q", "t"}


def test_what_multiplies_a_computed_value_is_a_weight():
    u, v, x = Value(0.5, "u"), Value(0.25, "v"), Value(1.0, "x")
    assert told(sigmoid(u * x) * v, u) == {"u", "v"}
