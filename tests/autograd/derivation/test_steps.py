"""A derivation in elementary steps."""

from autograd import Value, derive, sigmoid


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
