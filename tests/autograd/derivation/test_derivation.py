"""derive(): the worked example letter by letter, paths, deltas, errors, sizes."""

import math
import random
import subprocess
import sys

import pytest
import sympy
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import autograd
from autograd import (
    DerivationError,
    GraphError,
    Value,
    adjoints,
    derive,
    dot,
    exp,
    mean,
    sigmoid,
    tanh,
    topological,
    total,
)
from autograd.formulas.symbolic import to_sympy
from autograd.formulas.typeset import TEXT
from autograd.graph import Fold
from autograd.rules import RULES, Rule
from autograd.value import node
from nn import MLP, cross_entropy, half_squared_error, worked


def named(v, label):
    v.label = label
    return v


@pytest.fixture
def error():
    return worked.load("5").graph()


# The worked example, letter by letter

W5 = """\
∂E/∂w5 = ∂E/∂out_y1 · ∂out_y1/∂y1 · ∂y1/∂w5
       = (out_y1 − t1) · out_y1(1 − out_y1) · out_h1
       = (0.751365 − 0.01) · 0.751365(1 − 0.751365) · 0.593270
       = 0.741365 · 0.186816 · 0.593270
       = 0.0821670"""

W1_PATHS = """\
by y1:   ∂E/∂out_y1 · ∂out_y1/∂y1 · ∂y1/∂out_h1 · ∂out_h1/∂h1 · ∂h1/∂w1
       = (out_y1 − t1) · out_y1(1 − out_y1) · w5 · out_h1(1 − out_h1) · i1
       = (0.751365 − 0.01) · 0.751365(1 − 0.751365) · 0.4 · 0.593270(1 − 0.593270) · 0.05
       = 0.741365 · 0.186816 · 0.4 · 0.241301 · 0.05
       = 0.000668396

by y2:   ∂E/∂out_y2 · ∂out_y2/∂y2 · ∂y2/∂out_h1 · ∂out_h1/∂h1 · ∂h1/∂w1
       = (out_y2 − t2) · out_y2(1 − out_y2) · w7 · out_h1(1 − out_h1) · i1
       = (0.772928 − 0.99) · 0.772928(1 − 0.772928) · 0.5 · 0.593270(1 − 0.593270) · 0.05
       = −0.217072 · 0.175510 · 0.5 · 0.241301 · 0.05
       = −0.000229828

∂E/∂w1 = 0.000668396 − 0.000229828
       = 0.000438568"""

W1_DELTAS = """\
δ_y1 = ∂E/∂y1 = (out_y1 − t1) · out_y1(1 − out_y1)
     = (0.751365 − 0.01) · 0.751365(1 − 0.751365)
     = 0.741365 · 0.186816
     = 0.138499

δ_y2 = ∂E/∂y2 = (out_y2 − t2) · out_y2(1 − out_y2)
     = (0.772928 − 0.99) · 0.772928(1 − 0.772928)
     = −0.217072 · 0.175510
     = −0.0380982

δ_h1 = (δ_y1·w5 + δ_y2·w7) · out_h1(1 − out_h1)
     = (0.138499·0.4 + (−0.0380982)·0.5) · 0.593270(1 − 0.593270)
     = (0.138499 · 0.4 − 0.0380982 · 0.5) · 0.241301
     = 0.00877135

∂E/∂w1 = δ_h1 · i1
       = 0.00877135 · 0.05
       = 0.000438568"""

W5_LATEX = "\n".join(
    [
        r"\begin{aligned}",
        r"\frac{\partial E}{\partial w_{5}} &= \frac{\partial E}{\partial \mathrm{out}_{y1}} \cdot "
        r"\frac{\partial \mathrm{out}_{y1}}{\partial y_{1}} \cdot "
        r"\frac{\partial y_{1}}{\partial w_{5}} \\",
        r"&= \left(\mathrm{out}_{y1} - t_{1}\right) \cdot "
        r"\mathrm{out}_{y1} \left(1 - \mathrm{out}_{y1}\right) \cdot \mathrm{out}_{h1} \\",
        r"&= \left(0.751365 - 0.01\right) \cdot "
        r"0.751365 \left(1 - 0.751365\right) \cdot 0.593270 \\",
        r"&= 0.741365 \cdot 0.186816 \cdot 0.593270 \\",
        r"&= 0.0821670",
        r"\end{aligned}",
    ]
)


def test_w5_has_one_path(error):
    assert str(derive(error, "w5")) == W5
    assert derive(error, "w5").latex == W5_LATEX


def test_w1_has_two_paths_and_then_the_deltas(error):
    found = derive(error, "w1")
    assert str(found) == f"{W1_PATHS}\n\n{W1_DELTAS}"
    assert found.text("paths") == W1_PATHS
    assert found.text("deltas") == W1_DELTAS


def test_many_paths_are_written_as_deltas_unless_asked_for():
    model = MLP(1, [1, 5], "sigmoid", "sigmoid", seed=3)
    loss = half_squared_error(model([0.5]), [1.0] * 5)
    found = derive(loss, "w_11^1")
    assert "by " not in found.text()
    assert found.text().startswith("δ_1^2 = ∂L/∂z_1^2 = (a_1^2 − 1) · a_1^2(1 − a_1^2)")
    assert found.text("paths").count("by ") == found.path_count == 5
    with pytest.raises(ValueError, match="form is one of auto, paths, deltas, steps"):
        found.text("verse")


def find(root, label):
    return next(v for v in topological(root) if v.label == label)


def test_every_number_of_the_worked_example(error):
    error.backward()
    for k in ["b1", "b2", *[f"w{i}" for i in range(1, 9)]]:
        found = derive(error, k)
        assert found.value == find(error, k).grad
        assert math.fsum([p.value for p in found.paths()]) == pytest.approx(found.value, rel=1e-12)
    assert derive(error, "w1").value == pytest.approx(0.0004385677, abs=5e-11)
    first, second = derive(error, "w1").paths()
    assert first.names == ("E", "out_y1", "y1", "out_h1", "h1", "w1")
    assert first.value == pytest.approx(0.0006683960, abs=5e-11)
    assert second.value == pytest.approx(-0.0002298283, abs=5e-11)
    assert [d.symbol for d in derive(error, "w1").deltas] == ["δ_y1", "δ_y2", "δ_h1"]
    assert derive(error, "b1").path_count == 4


def test_a_factor_says_which_rules_gave_it(error):
    first, second, third = derive(error, "w5").factors
    assert first.names == ("E", "out_y1")
    assert first.rules == ("+", "*", "**", "-")
    assert (second.rules, third.rules) == (("sigmoid",), ("dot",))


def test_a_factor_in_all_its_forms(error):
    slope = derive(error, "w5").factors[1]
    assert str(slope) == "∂out_y1/∂y1 = out_y1(1 − out_y1) = 0.186816"
    assert (slope.symbol, repr(slope.formula)) == ("∂out_y1/∂y1", "out_y1(1 − out_y1)")
    assert slope.latex == r"\mathrm{out}_{y1} \left(1 - \mathrm{out}_{y1}\right)"
    out = sympy.Symbol("out_y1", real=True)
    assert slope.expression == out * (1 - out)


def test_a_derivation_stays_true_after_an_update(error):
    found = derive(error, "w5")
    w5 = find(error, "w5")
    w5.data = found.update(0.5).value
    assert str(found) == W5
    assert str(found.update(0.5)).endswith("= 0.358916")


def test_sympy_is_loaded_only_when_asked_for():
    program = (
        "import sys; from nn import worked; from autograd import derive\n"
        "d = derive(worked.load('5').graph(), 'w1'); str(d), d.latex\n"
        "assert 'sympy' not in sys.modules and 'numpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_the_update(error):
    update = derive(error, "w7").update(0.5)
    assert update.value == pytest.approx(0.5113012702, abs=5e-11)
    assert str(update) == (
        "w7_new = w7 − η ∂E/∂w7\n       = 0.5 − 0.5 · (−0.0226025)\n       = 0.511301"
    )
    assert r"\eta \frac{\partial E}{\partial w_{7}}" in update.latex
    for rate in (math.nan, math.inf):
        with pytest.raises(ValueError, match="learning rate"):
            derive(error, "w7").update(rate)
    with pytest.raises(TypeError):
        derive(error, "w7").update("0.5")


def test_digits(error):
    assert derive(error, "w5", digits=3).text().endswith("= 0.741 · 0.187 · 0.593\n       = 0.0822")
    assert "0.741365069552" in derive(error, "w5", digits=12).text()
    for digits in (0, 18, 2.5):
        with pytest.raises(ValueError, match="digits is a whole number from 1 to 17"):
            derive(error, "w5", digits=digits)


def test_it_shows_itself_in_notebooks(error):
    found = derive(error, "w5")
    shown = found._repr_mimebundle_()
    assert shown["text/plain"] == W5
    assert shown["text/latex"] == shown["text/markdown"] == f"$$\n{W5_LATEX}\n$$"
    assert repr(found) == "<Derivation of E by w5: 0.08216704056423078, 1 path>"
    assert "text/markdown" in found.update(0.1)._repr_mimebundle_()


def test_no_gradient_is_touched_and_backward_need_not_run(error):
    nodes = topological(error)
    before = derive(error, "w1").text()
    assert all(v.grad == 0.0 for v in nodes)
    error.backward()
    grads = [v.grad for v in nodes]
    assert derive(error, "w1").text() == before
    assert [v.grad for v in nodes] == grads


# Forms


@pytest.mark.parametrize(
    ("make", "shown"),
    [
        (lambda x, b: x * x, "2·x"),
        (lambda x, b: x**3, "3·x²"),
        (lambda x, b: x**b, "b·x^(b − 1)"),
        (lambda x, b: b**x, "b^x·log(b)"),
        (lambda x, b: b / x, "−b/x²"),
        (lambda x, b: x.sqrt(), "1/(2·√x)"),
        (lambda x, b: x.tanh(), "1 − tanh(x)²"),
        (lambda x, b: sigmoid(x), "σ(x)(1 − σ(x))"),
        (lambda x, b: x.relu(), "[x > 0]"),
        (lambda x, b: (x * b).log(), "1/x"),
        (lambda x, b: mean([x, b, x * b]), "1/3 + b/3"),
        (lambda x, b: 0.5 * (b - x) ** 2, "x − b"),
        (lambda x, b: (b - x) ** 2, "−2(b − x)"),
        (lambda x, b: 1 / (x * x + b), "−2·x/(x² + b)²"),
        (lambda x, b: exp(-x), "−e^(−x)"),
        (lambda x, b: b.softplus() + x.log1p() ** 2, "2·log(1 + x)/(1 + x)"),
    ],
)
def test_a_formula_keeps_the_form_it_is_written_in(make, shown):
    found = derive(make(Value(2.0, "x"), Value(3.0, "b")), "x")
    assert str(found).split("\n")[0] == f"∂L/∂x = {shown}"


def test_a_path_that_goes_directly():
    w = Value(2.0, "w")
    text = str(derive(named(named(w * w, "s") * 3, "t") + 5 * w, w))
    assert "directly:   ∂L/∂w\n          = 5" in text
    assert r"\text{directly}\colon" in derive(named(w * w, "s") + w, w).latex


def test_primes(error):
    found = derive(error, "w5", primes=True).text("deltas")
    assert found.startswith(
        "δ_y1 = ∂E/∂y1 = (out_y1 − t1) · σ'(y1)\n"
        "     = (0.751365 − 0.01) · σ'(1.10591)\n"
        "     = 0.741365 · 0.186816"
    )


def test_an_inner_value_can_be_asked_for(error):
    assert "∂E/∂h1 = (δ_y1·w5 + δ_y2·w7) · out_h1(1 − out_h1)" in str(derive(error, "h1"))
    itself = derive(error, "E")
    assert (itself.value, itself.path_count, itself.deltas) == (1.0, 1, ())
    assert str(itself) == "∂E/∂E = 1"
    assert itself.text("deltas") == "∂E/∂E = 1"


def test_unlabelled_root_and_wrt_get_names():
    w = Value(3.0)
    assert str(derive(w * Value(2.0, "x"), w)) == "∂L/∂x′ = x\n       = 2"
    assert str(derive(w * w, w)) == "∂L/∂x = 2·x\n      = 2·3\n      = 6"
    assert str(derive(named(w * Value(1.5, "L"), None), w)).startswith("∂L′/∂x = L")


def test_a_value_used_twice_counts_once_for_each_way():
    a = Value(3.0, "a")
    b = named(a + a, "b")
    found = derive(named(b * b, "c"), a)
    assert (found.value, found.path_count) == (24.0, 1)
    assert [TEXT.formula(f.formula) for f in found.factors] == ["2·b", "2"]


# Labels


def test_labels_may_be_any_text():
    for label in ["a b", "50%", "x_{1}$", "\\alpha", "<b>&amp;", "#~^_", "ŷ_1", "größe", "w\n1"]:
        x = Value(2.0, label)
        found = derive(x * x, x)
        assert found.text().count("\n") == 2
        latex = found.latex
        assert balanced(latex)
        assert not set("<#$%&~\n") & set(
            latex.split("\n")[1]
            .replace("&=", "")
            .replace(r"\&", "")
            .replace(r"\$", "")
            .replace(r"\%", "")
            .replace(r"\#", "")
        )


def balanced(latex):
    depth = 0
    bare = latex.replace("\\\\", "").replace("\\{", "").replace("\\}", "")
    for c in bare:
        depth += (c == "{") - (c == "}")
        assert depth >= 0
    return depth == 0 and latex.count(r"\left") == latex.count(r"\right")


# Errors


def test_two_values_of_one_name():
    with pytest.raises(ValueError, match=r"two values are labelled 'a' \(1.0 and 2.0\)"):
        derive(Value(1.0, "a") * Value(2.0, "a"), "a")
    x = Value(1.0, "x")
    with pytest.raises(ValueError, match="of a batch, derive the loss of one example"):
        derive(named(x * 2, "z") + named(x * 3, "z"), x)


def test_what_the_root_does_not_depend_on(error):
    with pytest.raises(ValueError, match=r"E does not depend on .*stranger"):
        derive(error, Value(1.0, "stranger"))
    with pytest.raises(ValueError, match="no value in the graph is labelled 'w7'"):
        derive(find(error, "out_y1"), "w7")
    with pytest.raises(ValueError, match=r"out_y1 does not depend on .*w7"):
        derive(find(error, "out_y1"), find(error, "w7"))
    with pytest.raises(ValueError, match=r"labelled 'w55'; did you mean w5"):
        derive(error, "w55")
    with pytest.raises(ValueError, match=r"labelled 'zzz'; there are"):
        derive(error, "zzz")
    with pytest.raises(TypeError, match="only a Value has a derivation, not float"):
        derive(1.0, "x")
    with pytest.raises(TypeError, match="wrt is a Value or a label, not int"):
        derive(error, 5)


def test_data_changed_after_the_forward_pass(error):
    find(error, "w1").data += 0.1
    with pytest.raises(GraphError, match=r"h1 is 0.377.*changed after the forward pass"):
        derive(error, "w5")
    x = Value(2.0, "x")
    y = x * 3 + 1
    x.data = 5.0
    with pytest.raises(GraphError, match=r"the result of '\*' is 6.0, but .* now give 15.0"):
        derive(y, x)


def test_a_wrong_rule_is_found_out(error, monkeypatch):
    wrong = Rule("sigmoid", "σ", ("x",), "sigmoid(x)", ("y * (1 - 1.000000001 * y)",))
    monkeypatch.setitem(RULES, "sigmoid", wrong)
    with pytest.raises(DerivationError, match="∂out_y1/∂y1: the formula found gives"):
        str(derive(error, "w1"))


def test_a_lost_path_is_found_out(error, monkeypatch):
    walk = Fold.__init__

    def forgetful(self, upper, *rest):
        walk(self, upper, *rest)
        if upper is error:
            del self.lowers[1:]

    monkeypatch.setattr(Fold, "__init__", forgetful)
    with pytest.raises(DerivationError, match=r"give 0\.00066.*, but the engine's gradient"):
        derive(error, "w1")


def test_paths_past_the_limit(error):
    found = derive(error, "b1")
    assert len(found.paths(limit=4)) == 4
    with pytest.raises(ValueError, match=r"sum of 4 paths, more than limit=3: read the delta form"):
        found.paths(limit=3)
    with pytest.raises(ValueError, match="4 paths"):
        found.text("paths", limit=3)


# Size


def ladder(n):
    """2**n paths."""
    x = v = Value(1.0, "x")
    for i in range(n):
        v = named(named(v * 0.25, f"a{i}") + named(v * 0.75, f"b{i}"), f"v{i}")
    return v, x


def test_the_number_of_paths_is_exact_at_any_size():
    assert derive(*ladder(6)).path_count == len(derive(*ladder(6)).paths()) == 64
    found = derive(*ladder(400))
    assert found.path_count == 2**400
    assert "about 2.6·10^120 paths" in repr(found)
    with pytest.raises(
        ValueError, match="about 2.6·10^120 paths, more than limit=1000".replace("^", r"\^")
    ):
        found.paths()
    assert "more deltas, made likewise" in found.text()


@pytest.mark.slow
def test_very_deep_graphs():
    limit = sys.getrecursionlimit()
    for labelled in (False, True):
        v = x = Value(0.5, "x")
        for i in range(20_000):
            v = tanh(v) if i % 100 == 0 else v * 1.0
            v.label = f"n{i}" if labelled else None
        found = derive(v, x)
        assert found.value == adjoints(v)[x]
        assert len(found.text()) < 20_000
        assert balanced(found.latex)
    assert sys.getrecursionlimit() == limit


def test_steps_grow_with_the_chain_and_not_faster():
    """They doubled with every value without a label: five nested tanh took 23 s."""
    lengths = []
    for n in (100, 200):
        v = x = Value(0.5, "x")
        for _ in range(n):
            v = tanh(v)
        text = derive(v, x).text("steps")
        lengths.append(len(text))
        assert max(map(len, text.splitlines())) < 1_000
    assert lengths[1] < 2.5 * lengths[0]


def test_what_is_too_large_to_fold_is_divided_and_explained():
    model = MLP(3, [4, 4, 1], activation="tanh", seed=1)
    loss = mean([(model([0.1 * i, -1.0, 2.0]) - 1.0) ** 2 for i in range(4)])
    for v in topological(loss):
        if v.operands:
            v.label = None
    found = derive(loss, "w_11^1")
    text = found.text()
    assert max(map(len, text.splitlines())) < 400
    assert "where v1 = " in text
    assert found.value == adjoints(loss)[model.layers[0].neurons[0].weights[0]]
    assert all(f.formula is not None for f in found.factors)


def test_one_weight_of_a_network_for_digits():
    model = MLP(64, [32, 10], activation="tanh", output="softmax", seed=0)
    rng = random.Random(0)
    x = [rng.random() for _ in range(64)]
    loss = cross_entropy(model(x), [Value(float(k == 3), f"y_{k + 1}") for k in range(10)])
    found = derive(loss, "w_61^1")
    text = found.text()
    assert found.path_count == 100
    assert "δ_4^2 = " in text
    assert "= a_4^2 − y_4, as y_1 + y_2 + " in text
    assert text.split("\n\n")[-1].startswith("∂L/∂w_61^1 = δ_1^1 · ")
    with pytest.raises(ValueError, match=r"symbols, more than the 1,000"):
        print(found.expression)


# Random graphs

ONE = {
    **{n: getattr(autograd, n) for n in ["sin", "cos", "tanh", "sigmoid", "relu", "softplus"]},
    "abs": abs,
    "neg": lambda x: -x,
    "identity": lambda x: node(x.data, "identity", x, 1.0),
    "exp": lambda x: autograd.exp(tanh(x)),
    "expm1": lambda x: autograd.expm1(autograd.sin(x)),
    "log": lambda x: autograd.log(x * x + 0.5),
    "log1p": lambda x: autograd.log1p(x * x),
    "sqrt": lambda x: autograd.sqrt(x * x + 1),
    **{n: getattr(autograd, n) for n in ["atan", "asinh", "erf", "erfc", "gelu", "silu"]},
    **{n: getattr(autograd, n) for n in ["leaky_relu", "elu"]},
    "tan": lambda x: autograd.tan(tanh(x)),
    "asin": lambda x: autograd.asin(tanh(x) * 0.9),
    "acos": lambda x: autograd.acos(tanh(x) * 0.9),
    "sinh": lambda x: autograd.sinh(tanh(x)),
    "cosh": lambda x: autograd.cosh(tanh(x)),
    "acosh": lambda x: autograd.acosh(x * x + 1.5),
    "atanh": lambda x: autograd.atanh(tanh(x) * 0.9),
    "cbrt": lambda x: autograd.cbrt(x * x + 0.5),
    "log2": lambda x: autograd.log2(x * x + 0.5),
    "log10": lambda x: autograd.log10(x * x + 0.5),
    "exp2": lambda x: autograd.exp2(tanh(x)),
}
TWO = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / (b * b + 1),
    "**": lambda a, b: (autograd.softplus(a) + 0.1) ** tanh(b),
    "maximum": autograd.maximum,
    "minimum": autograd.minimum,
    "where": lambda a, b: autograd.where(a - b, a, b * 2),
    "atan2": lambda a, b: autograd.atan2(a, b * b + 1),
    "hypot": autograd.hypot,
}
MANY = {
    "dot": lambda xs: dot(xs, xs[::-1], xs[0]),
    "total": total,
    "mean": mean,
    "logsumexp": autograd.logsumexp,
    "softmax": lambda xs: autograd.softmax(xs)[0],
    "take": lambda xs: autograd.take(xs, autograd.where(xs[0] - xs[-1], 1.0, 0.0)),
}
TABLE = [
    *[(1, f) for f in ONE.values()],
    *[(2, f) for f in TWO.values()],
    *[(3, f) for f in MANY.values()],
]

programs = st.tuples(
    st.lists(st.floats(-3, 3).filter(lambda x: abs(x) > 1e-3), min_size=2, max_size=4),
    st.lists(
        st.tuples(st.sampled_from(TABLE), st.lists(st.integers(0, 99), min_size=4, max_size=4)),
        min_size=1,
        max_size=15,
    ),
)


def run(steps, leaves):
    nodes = list(leaves)
    for (arity, f), picks in steps:
        chosen = [nodes[p % len(nodes)] for p in picks]
        nodes.append(f(chosen) if arity == 3 else f(*chosen[:arity]))
    return nodes


def test_the_programs_hold_every_operation():
    assert {*ONE, *TWO, *MANY} == set(RULES)


@pytest.mark.slow
@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs, st.integers(0, 2**30), st.integers(0, 3))
def test_printed_factors_by_sympy_equal_the_numbers(program, labels, leaf):
    xs, steps = program
    leaves = [Value(x, f"x{i}") for i, x in enumerate(xs)]
    nodes = run(steps, leaves)
    assume(all(abs(v.data) < 1e4 for v in nodes))
    for i, v in enumerate(nodes[len(xs) :]):
        if labels >> (i % 30) & 1 and v.label is None:
            v.label = f"n{i}"
    root, wrt = nodes[-1], leaves[leaf % len(leaves)]
    assume(wrt in adjoints(root))
    found = derive(root, wrt)
    assert found.value == adjoints(root)[wrt]
    for factor in found.factors:
        f = factor.formula
        if f is not None and f.size < 80:
            by_sympy = value_by_sympy(f, found)
            scale = found.all_factors.below(factor.upper).scales[factor.lower]
            assert abs(by_sympy - factor.value) <= 1e-12 * scale + 8 * f.error
    if found.path_count <= 64:
        paths = [p.value for p in found.paths()]
        size = math.fsum(map(abs, paths)) + 1e-300
        assert abs(math.fsum(paths) - found.value) <= 1e-9 * size
    for delta in found.deltas:
        assert delta.value == adjoints(root)[delta.node]
    assert found.text()
    assert balanced(found.latex)


def value_by_sympy(f, found):
    names = {name: sympy.Symbol(f"s{i}") for i, name in enumerate(found.graph.names.texts())}
    numbers = {s: sympy.Float(found.graph.names.find(name).data, 40) for name, s in names.items()}
    return float(to_sympy(f, names).xreplace(numbers).evalf(40))


def test_a_saturated_unit_is_derived_all_the_same():
    for z0 in (-745.0, -40.0, 20.0, 40.0, 800.0):
        z = Value(z0, "z")
        for make in (sigmoid, tanh):
            a = named(make(z), "a")
            found = derive((a - Value(1.0, "y")) ** 2, z)
            assert "a(1 − a)" in str(found) or "1 − a²" in str(found)


def test_graphs_with_infinities_are_derived_without_a_check():
    x = Value(0.0, "x")
    found = derive(named(x.sqrt(), "r") * 2, x)
    assert found.value == math.inf
    assert "∞" in str(found)


def test_derivations_of_totals_with_constants():
    w = Value(2.0, "w")
    found = derive(total([w * 3, 5.0, dot([w], [4.0], 1.0)]), w)
    assert str(found) == "∂L/∂w = 7"
