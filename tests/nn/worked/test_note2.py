"""N2: hidden layers, cross-entropy, softmax, saturation."""

import pytest
from helpers.by_sympy import check

import nn
from autograd import Value, derive, exp, sigmoid, softmax
from autograd.formulas.typeset import TEXT
from nn import worked
from nn.worked import note2


def named(v, label):
    v.label = label
    return v


def test_n2_hidden_layer():
    loss = worked.load("2").graph()

    def delta(s, j):
        hidden = s(f"a_{j}^1")
        routes = 0
        for k in (1, 2):
            a = s(f"a_{k}^2")
            routes += (a - s(f"y_{k}")) * a * (1 - a) * s(f"w_{j}{k}^2")
        return hidden * (1 - hidden) * routes

    for j in (1, 2):
        check(loss, f"z_{j}^1", lambda s, j=j: delta(s, j))
        check(loss, f"b_{j}^1", lambda s, j=j: delta(s, j))
        for i in (1, 2):
            check(loss, f"w_{i}{j}^1", lambda s, i=i, j=j: delta(s, j) * s(f"a_{i}^0"))


def test_n2_the_hidden_delta_letter_by_letter():
    found = derive(worked.load("2").graph(), "w_11^1", primes=True)
    lines = found.text("deltas").split("\n")
    assert "δ_1^1 = (δ_1^2·w_11^2 + δ_2^2·w_12^2) · σ'(z_1^1)" in lines
    assert "∂L/∂w_11^1 = δ_1^1 · a_1^0" in lines
    assert (
        r"\delta_{1}^{1} &= \left(\delta_{1}^{2} w_{11}^{2} + \delta_{2}^{2} w_{12}^{2}\right) "
        r"\cdot \sigma'\left(z_{1}^{1}\right) \\" in found.to_latex("deltas")
    )


def test_n2_cross_entropy_cancels_the_sigmoid():
    z = Value(0.3, "z")
    p = named(sigmoid(z), "ŷ")
    found = derive(named(nn.binary_cross_entropy(p, Value(1.0, "y")), "L"), z)
    assert [TEXT.formula(f.formula) for f in found.factors] == [
        "(ŷ − y)/(ŷ(1 − ŷ))",
        "ŷ(1 − ŷ)",
    ]
    assert found.text("deltas").split("\n")[:2] == [
        "∂L/∂z = (ŷ − y)/(ŷ(1 − ŷ)) · ŷ(1 − ŷ)",
        "      = ŷ − y",
    ]
    assert (
        r"\frac{\hat{y} - y}{\hat{y} \left(1 - \hat{y}\right)} \cdot "
        r"\hat{y} \left(1 - \hat{y}\right) \\" + "\n" + r"&= \hat{y} - y \\" in found.latex
    )
    logits = derive(nn.binary_cross_entropy_with_logits(z, Value(1.0, "y")), z)
    assert str(logits).startswith("∂L/∂z = σ(z) − y")


def test_n2_cross_entropy_over_many_examples():
    p = [Value(x, f"ŷ_{i}") for i, x in enumerate([0.2, 0.9], 1)]
    y = [Value(x, f"y_{i}") for i, x in enumerate([0.0, 1.0], 1)]
    loss = nn.binary_cross_entropy(p, y, "sum")
    check(loss, "ŷ_2", lambda s: -s("y_2") / s("ŷ_2") + (1 - s("y_2")) / (1 - s("ŷ_2")))


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_n2_softmax_with_cross_entropy(classes):
    z = [Value(0.3 * i - 0.5, f"z_{i}") for i in range(1, classes + 1)]
    p = [named(a, f"ŷ_{i}") for i, a in enumerate(softmax(z), 1)]
    y = [Value(float(i == 2), f"y_{i}") for i in range(1, classes + 1)]
    loss = named(nn.cross_entropy(p, y), "L")
    ys = " + ".join([v.label for v in y])
    for k in range(1, classes + 1):
        lines = [x.strip() for x in derive(loss, f"z_{k}").text("deltas").split("\n")]
        assert f"= ŷ_{k} − y_{k}, as {ys} = 1" in lines
        check(
            loss,
            f"z_{k}",
            lambda s, k=k: s(f"ŷ_{k}") * sum([s(v.label) for v in y]) - s(f"y_{k}"),
        )
    by_class = str(derive(nn.cross_entropy_with_logits(z, 1), "z_2"))
    assert by_class.startswith("∂L/∂z_2 = softmax_2(")
    assert by_class.split("\n", maxsplit=1)[0].endswith(") − 1")


SIGMA = """\
∂[1/(1 + e^(−z))]/∂[1 + e^(−z)] = −1/(1 + e^(−z))²

∂[1 + e^(−z)]/∂[e^(−z)] = 1

∂[e^(−z)]/∂[−z] = e^(−z)

∂[−z]/∂z = −1

∂L/∂z = −1/(1 + e^(−z))² · 1 · e^(−z) · (−1)
      = e^(−z)/(1 + e^(−z))²
      = 1/(1 + e^(−z)) · e^(−z)/(1 + e^(−z))
      = 1/(1 + e^(−z)) · (1 − 1/(1 + e^(−z)))
      = σ(z)(1 − σ(z))"""


@pytest.mark.slow
def test_n2_the_slope_of_sigma_step_by_step():
    z = Value(0.3, "z")
    assert derive((1 + exp(-z)) ** -1, z).text("steps") == SIGMA
    assert r"&= \sigma\left(z\right) \left(1 - \sigma\left(z\right)\right)" in derive(
        (1 + exp(-z)) ** -1, z
    ).to_latex("steps")
    almost = derive((2 + exp(-z)) ** -1, z).text("steps")
    assert "σ" not in almost
    e, f = exp(z), exp(-z)
    assert derive((e - f) / (e + f), z).text("steps").endswith("= 1 − tanh(z)²")


def lines_of(key, title):
    """The lines of the note's section of this title, by name, and its remarks as one text."""
    section = next(s for s in worked.load(key).note().sections if s.title.startswith(title))
    return section.lines, " ".join(section.remarks)


def test_note_2_updates_its_biases_and_takes_the_slope_step_by_step():
    lines, _ = lines_of("2", "Bias updates")
    assert [line.name for line in lines] == ["new b_1^1", "new b_2^1", "new b_1^2", "new b_2^2"]
    assert all(line.exact != b for line, b in zip(lines, sum(note2.BIASES, ()), strict=True))
    lines, remarks = lines_of("2", "σ' step by step")
    assert [line.verdicts for line in lines] == [("agrees",)] * 4
    assert "= 1/(1 + e^(−z)) · (1 − 1/(1 + e^(−z)))" in remarks
