"""Names and numbers of a picture: formulas that mean what was computed, labels made harmless."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Value, dot, logsumexp, maximum, softmax
from autograd.drawing.captions import Captions
from autograd.drawing.diagram import diagram
from autograd.drawing.text import escaped, number, plain
from autograd.value import topological

UNARY = ["exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tanh"]
UNARY += ["sigmoid", "relu", "softplus"]


def trees(depth):
    leaf = st.sampled_from(["a", "b", "c", "2.0", "0.5"])
    if not depth:
        return leaf
    below = trees(depth - 1)
    return st.one_of(
        leaf,
        st.tuples(st.sampled_from(UNARY), below).map(lambda t: f"{t[0]}({t[1]})"),
        st.tuples(below, st.sampled_from(["+", "-", "*", "/"]), below).map(
            lambda t: f"({t[0]} {t[1]} {t[2]})"
        ),
        st.tuples(below, st.sampled_from(["2", "3", "0.5", "-1"])).map(
            lambda t: f"({t[0]}) ** {t[1]}"
        ),
        below.map(lambda t: f"(-{t})"),
    )


@given(trees(3))
def test_formulas_on_edges_have_the_number_of_the_edge(source):
    at = {"a": Value(0.75, "a"), "b": Value(1.5, "b"), "c": Value(2.25, "c")}
    try:
        root = eval(source, {**{f: getattr(autograd, f) for f in UNARY}, **at})
    except (ValueError, ArithmeticError, TypeError):  # off its domain, or complex
        return
    if not isinstance(root, Value) or not root.op:
        return
    beside = at["a"] * at["b"]
    beside.label = "beside"  # with one inner label, all values without a label are folded
    shown = diagram(root + beside)
    partials = Captions(shown).partials(shown.root)
    for edge in shown.below[shown.root]:
        if (edge.lower, edge.position) in partials:
            found = partials[edge.lower, edge.position].number
            same = math.isclose(found, edge.partial, rel_tol=1e-9, abs_tol=1e-12)
            assert same or (math.isnan(found) and math.isnan(edge.partial))


def names_of(root):
    return Captions(diagram(root, detail="all"))


def test_formulas_read_as_on_paper():
    w, x = Value(-2.0, "w"), Value(3.0, "x")
    y = (w * x - 1.0) ** 2
    names = names_of(y)
    assert names.expression(y) == "(w·x − 1)²"
    assert names.arithmetic(y.operands[0], 4) == "−6 − 1"
    assert names.arithmetic(y.operands[0].operands[0], 4) == "(−2)·3"


def test_two_values_of_one_label_do_not_cancel():
    difference = Value(3.0, "x") - Value(1.0, "x")
    assert names_of(difference).expression(difference) == "x − x"


def test_long_sums_are_cut_in_the_middle():
    z = dot([Value(1.0, f"w{i}") for i in range(9)], [2.0] * 9, Value(1.0, "b"))
    assert names_of(z).expression(z) == "2·w0 + 2·w1 + … + b"


def test_what_would_be_too_long_is_left_out():
    """Written out, such a formula would double with every step."""
    v = Value(0.5, "x")
    for _ in range(60):
        v = maximum(v.tanh(), logsumexp([v, v.sin(), v]))
    p = softmax([v, v * 2.0])[0]
    names = Captions(diagram(p, detail="all", limit=1000))
    assert "…" in names.expression(p)
    assert all(len(names.expression(u)) < 100 for u in topological(p) if u.op)


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (0.15, "0.15"),
        (0.0004385677, "0.0004386"),
        (-0.0226025405, "−0.0226"),
        (28224.0, "28224"),
        (123456.7, "123457"),
        (1e22, "1e22"),
        (5e-324, "5e−324"),
        (0.0, "0"),
        (-0.0, "0"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
        (math.nan, "NaN"),
        (9999.96, "10000"),
    ],
)
def test_numbers(x, text):
    assert number(x) == text


@given(st.floats(-1e307, 1e307), st.integers(1, 17))
def test_numbers_are_right_to_their_digits(x, digits):
    back = float(number(x, digits).replace("−", "-"))
    assert math.isclose(back, x, rel_tol=0.5001 * 10 ** (1 - digits), abs_tol=1e-320)


@given(st.text(alphabet=st.characters(), max_size=200), st.integers(2, 50))
def test_any_text_becomes_one_printable_line(text, width):
    line = plain(text, width)
    assert len(line) <= width
    assert "\n" not in line
    line.encode("utf-8")
    assert not set(escaped(line)) & set('<>"')
