"""Every boxed formula of notes N1-N4 comes out of derive(), in the notes' own form."""

import pytest
import sympy
from sympy import Symbol, simplify

import nn
from autograd import Value, derive, dot, exp, sigmoid, softmax, tanh, total
from autograd.formulas.symbolic import to_sympy
from autograd.formulas.typeset import TEXT
from autograd.value import topological
from nn import worked


def named(v, label):
    v.label = label
    return v


def by_factors(found):
    """The product of the printed factors, summed over the paths, as SymPy has it."""
    names = {name: Symbol(f"s_{i}") for i, name in enumerate(found.graph.names.texts())}
    paths = [sympy.Mul(*[to_sympy(f.formula, names) for f in p.factors]) for p in found.paths()]
    return sympy.Add(*paths), names


def check(root, label, note):
    """derive(root, label) equals the note's formula, given as a function of names."""
    found, names = by_factors(derive(root, label))
    assert simplify(found - note(lambda name: names[name])) == 0


# N1 and N2: output and hidden layers


def test_n1_output_layer():
    loss = worked.load("1").graph()
    for j in (1, 2):

        def delta(s, j=j):
            a, y = s(f"a_{j}^2"), s(f"y_{j}")
            return (a - y) * a * (1 - a)

        check(loss, f"a_{j}^2", lambda s, j=j: -(s(f"y_{j}") - s(f"a_{j}^2")))
        check(loss, f"z_{j}^2", delta)
        check(loss, f"b_{j}^2", delta)
        for i in (1, 2):
            check(loss, f"w_{i}{j}^2", lambda s, i=i, d=delta: d(s) * s(f"a_{i}^1"))


def one_output(loss, activation=sigmoid):
    x, w, b = Value(0.7, "x"), Value(-0.4, "w"), Value(0.2, "b")
    z = named(dot([w], [x], b), "z")
    return named(loss(named(activation(z), "a"), Value(1.0, "y")), "L")


def test_n1_the_delta_letter_by_letter():
    loss = one_output(nn.half_squared_error)
    shown = derive(loss, "w", primes=True).text("deltas").split("\n")
    assert shown[0] == "δ = ∂L/∂z = (a − y) · σ'(z)"
    assert "∂L/∂w = δ · x" in shown
    latex = derive(loss, "w", primes=True).to_latex("deltas")
    assert (
        r"\delta &= \frac{\partial L}{\partial z} = \left(a - y\right) \cdot "
        r"\sigma'\left(z\right) \\" in latex
    )
    assert "∂L/∂b = δ" in derive(loss, "b").text("deltas").split("\n")
    assert derive(one_output(nn.half_squared_error, tanh), "z", primes=True).text().count("tanh'")


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


# The derivative of the sigmoid, step by step

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


# N3 and N4: nine gradients each


def test_n3a_nine_gradients():
    loss = worked.load("3a").graph()

    def outer(s):
        return -2 * (s("y") - s("ŷ"))

    check(loss, "b_21", outer)
    for j in (1, 2):
        check(loss, f"w_{j}1^2", lambda s, j=j: outer(s) * s(f"o_{j}"))
        check(loss, f"b_1{j}", lambda s, j=j: outer(s) * s(f"w_{j}1^2"))
        for i in (1, 2):
            check(
                loss,
                f"w_{i}{j}^1",
                lambda s, i=i, j=j: outer(s) * s(f"w_{j}1^2") * s(f"x_{i}"),
            )
    found = derive(loss, "w_11^1")
    assert found.value == 26880.0
    assert "= −2(y − ŷ) · w_11^2 · x_1\n" in str(found)


def test_n3b_nine_gradients():
    loss = worked.load("3b").graph()

    def outer(s):
        return -(s("y") - s("ŷ"))

    check(loss, "z_f", outer)
    check(loss, "b_21", outer)
    for j in (1, 2):
        check(loss, f"w_{j}1^2", lambda s, j=j: outer(s) * s(f"o_{j}"))
        check(loss, f"b_1{j}", lambda s, j=j: outer(s) * s(f"w_{j}1^2"))
        for i in (1, 2):
            check(
                loss,
                f"w_{i}{j}^1",
                lambda s, i=i, j=j: outer(s) * s(f"w_{j}1^2") * s(f"x_{i}"),
            )
    text = str(derive(loss, "w_11^1"))
    assert "= (ŷ − y)/(ŷ(1 − ŷ)) · ŷ(1 − ŷ) · w_11^2 · x_1\n" in text
    assert "= (ŷ − y) · w_11^2 · x_1\n" in text


def test_n4_nine_gradients():
    loss = worked.load("4").graph()

    def outer(s):
        return 2 * (s("ŷ") - s("y"))

    def through(s, j):
        return outer(s) * s(f"w_{j}1^2") * s(f"O_{j}") * (1 - s(f"O_{j}"))

    check(loss, "ŷ", outer)
    check(loss, "b_21", outer)
    for j in (1, 2):
        check(loss, f"O_{j}", lambda s, j=j: outer(s) * s(f"w_{j}1^2"))
        check(loss, f"w_{j}1^2", lambda s, j=j: outer(s) * s(f"O_{j}"))
        check(loss, f"b_1{j}", lambda s, j=j: through(s, j))
        for i in (1, 2):
            check(loss, f"w_{i}{j}^1", lambda s, i=i, j=j: through(s, j) * s(f"i_{i}"))
    assert "= 2(ŷ − y) · w_11^2 · O_1(1 − O_1) · i_1\n" in str(derive(loss, "w_11^1"))


# One expression in the leaves


@pytest.mark.slow
@pytest.mark.parametrize("key", ["1", "2", "3a", "3b", "4", "5"])
def test_the_expression_is_sympys_own_derivative(key):
    root = worked.load(key).graph()
    leaves = [v for v in topological(root) if not v.operands and v.label]
    numbers = {Symbol(v.label, real=True): sympy.Float(v.data, 40) for v in leaves}
    for v in leaves:
        if v.label[0] in "wb":
            found = derive(root, v)
            assert {s.name for s in found.expression.free_symbols} <= {u.label for u in leaves}
            number = float(found.expression.xreplace(numbers).evalf(40))
            assert number == pytest.approx(found.value, rel=1e-12)


def test_the_expression_is_short():
    w, x = Value(3.0, "w"), Value(2.0, "x")
    e = derive((w * x - 1) ** 2, w).expression
    sw, sx = Symbol("w", real=True), Symbol("x", real=True)
    assert simplify(e - 2 * sx * (sw * sx - 1)) == 0
    assert derive(total([w, 5.0, w]), w).expression == 2
    assert derive(w**x, w).expression == sx * sw ** (sx - 1)
