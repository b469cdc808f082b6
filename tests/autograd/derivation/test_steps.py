"""A derivation in elementary steps."""

from autograd import Value, derive, sigmoid, tanh


def test_each_rule_has_its_line_then_the_product():
    w, x = Value(0.4, "w"), Value(0.5, "x")
    y = sigmoid(w * x + 0.25)
    y.label = "y"
    text = derive(y, "w").text("steps")
    assert text.split("\n\n") == [
        "∂y/∂[w·x + 0.25] = y(1 − y)",
        "∂[w·x + 0.25]/∂[w·x] = 1",
        "∂[w·x]/∂w = x",
        "∂y/∂w = y(1 − y) · 1 · x\n      = y(1 − y)·x",
    ]


def test_steps_are_linear_in_the_chain():
    v = Value(0.5, "w")
    for _ in range(200):
        v = v.tanh()
    assert len(derive(v, "w").text("steps").splitlines()) < 200 * 10


def test_an_operand_that_comes_twice_is_one():
    x, w = Value(0.3, "x"), Value(2.0, "w")
    t = tanh(x)
    for square in (t * t, tanh(x) * tanh(x)):
        y = square * w
        y.label = "y"
        blocks = derive(y, x).text("steps").split("\n\n")
        assert blocks[:3] == [
            "∂y/∂[tanh(x)²] = w",
            "∂[tanh(x)²]/∂tanh(x) = 2·tanh(x)",
            "∂tanh(x)/∂x = 1 − tanh(x)²",
        ]
        assert blocks[3].endswith("= 2·w·tanh(x)(1 − tanh(x)²)")


def test_a_value_that_is_written_as_its_operand_is_no_step():
    x, w = Value(0.3, "x"), Value(2.0, "w")
    y = x * 1.0 * w + x
    y.label = "y"
    assert derive(y, x).text("steps").split("\n\n") == [
        "∂y/∂[x·w] = 1",
        "∂y/∂x directly = 1",
        "∂[x·w]/∂x = w",
        "∂y/∂x = 1 + w",
    ]


def test_a_root_without_a_label_is_not_called_by_the_name_of_another_value():
    x, w = Value(0.3, "x"), Value(2.0, "w")
    h = x * w
    h.label = "h"
    assert derive(h - (h - h), x).text("steps").split("\n\n") == [
        "∂L/∂h directly = 1",
        "∂L/∂0 = −1",
        "∂0/∂h = 0",
        "∂L/∂h = 1",
        "∂h/∂x = w",
    ]
