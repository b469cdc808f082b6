"""The language of problems: what a text means, and how one that means nothing is refused."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import ProblemError, problem
from autograd.problems.vocabulary import functions_by_name
from autograd.rules import RULES


def number(text, **numbers):
    return problem(text, numbers).graph.data


NOTE = """
# note.txt: a neuron
x = 0.5932        input
w = 0.40          parameter
b = 0.60
t = 0.01          target
y = sigmoid(w*x + b)
E = 1/2 (t - y)^2
"""


def test_the_issues_own_example():
    p = problem(NOTE)
    y = 1 / (1 + math.exp(-(0.4 * 0.5932 + 0.6)))
    assert p.graph.label == "E"
    assert p.graph.data == pytest.approx(0.5 * (0.01 - y) ** 2, rel=1e-15)
    assert p.derive("w").value == pytest.approx((y - 0.01) * y * (1 - y) * 0.5932, rel=1e-13)
    assert p.roles == {"x": "input", "w": "parameter", "b": "parameter", "t": "target"}


@pytest.mark.parametrize(
    ("formula", "right"),
    [
        ("1/2 (a - b)^2", 0.5 * (2 - 5) ** 2),
        ("2 (a + b)", 14),
        ("2a", 4),
        ("2(a + b)", 14),
        ("(a + b)(a - b)", -21),
        ("a b c", 30),
        ("a·b × c", 30),
        ("a b - c", 7),
        ("a −b", -3),
        ("a - b - c", -6),
        ("a / b * c", 6 / 5),
        ("a b / c", 10 / 3),
        ("a/b/c", 2 / 5 / 3),
        ("-a^2", -4),
        ("2^-a", 0.25),
        ("a^2^c", 256),
        ("a**b", 32),
        ("a² b", 20),
        ("a¹⁰", 1024),
        ("½ a", 1),
        ("⅓ a", 2 / 3),
        ("√(a + 2)", 2),
        ("√(a) b", math.sqrt(2) * 5),
        ("e^a", math.exp(2)),
        ("e^-a b", math.exp(-2) * 5),
        ("e a", math.e * 2),
        ("exp(a) - ln(b) + log(c)", math.exp(2) - math.log(5) + math.log(3)),
        ("σ(a)", 1 / (1 + math.exp(-2))),
        ("sin(π a)", math.sin(math.pi * 2)),
        ("max(a, b, c) + min(a, b)", 7),
        ("sum(a, b, c)", 10),
        ("mean(a, b)", 3.5),
        ("softmax(a, b, c)[1]", math.exp(2) / (math.exp(2) + math.exp(5) + math.exp(3))),
        ("where(a - b, a, c)", 3),
        ("abs(a - b)", 3),
        ("dot([a b], [c c], 1)", 22),
        ("1.5e1 a", 30),
        (".5 a", 1),
        ("--a", 2),
        ("a * -b", -10),
        ("(a\n + b)", 7),
    ],
)
def test_formulas_as_people_write_them(formula, right):
    assert number(f"y = {formula}\na = 2\nb = 5\nc = 3") == pytest.approx(right, rel=1e-15)


def test_a_number_stays_plain_and_a_name_is_a_leaf():
    p = problem("y = 0.5 x; x = 1/4")
    assert [v.label for v in p.graph.operands] == ["x"]
    assert p.values["x"].data == 0.25


def test_e_is_a_name_where_the_text_defines_it():
    assert number("y = e^2; e = 3") == 9
    assert number("y = e^x; x = 2") == math.exp(2)


@pytest.mark.parametrize("name", ["w_11^1", "δ_h1", "ŷ", "θ'", "x′", "ω", "w^(2)", "a_1^l", "w₁"])
def test_names_as_the_notes_have_them(name):
    p = problem(f"y = 3 {name} + {name}*k; {name} = 2; k = 5")
    assert p.graph.data == 16
    assert p.values[name].data == 2


def test_an_accent_may_come_after_its_letter():
    assert number("L = (ŷ - 1)^2; y\u0302 = 3") == 4


def test_a_raised_name_is_one_only_where_the_whole_stands_left():
    assert number("y = w^2; w = 3") == 9
    assert number("y = w^2 + k; w^2 = 4; k = 1") == 5
    assert number("y = w^10; w = 1.5; w^1 = 4") == 1.5**10
    with pytest.raises(ProblemError, match="two ways"):
        problem("y = w^2 + 1; w^2 = 4; w = 3")
    with pytest.raises(ProblemError, match="two ways"):
        problem("y = w^k + 1; w^k = 4; w = 3; k = 2")
    assert number("y = w^k + w; w^k = 4; w = 3") == 7


def test_statements_in_any_order_between_lines_and_semicolons():
    assert number("E = y^2; y = a + b\n\n  # nothing\nb = 1; a = 2 # two\n;;") == 9
    assert number("\ufeffy = x\r\nx = 3\r\n") == 3


def test_the_result_is_the_one_that_no_other_uses():
    assert number("a = 1; b = a + 1; c = b + 1") == 3
    with pytest.raises(ProblemError, match="--of b"):
        problem("a = 1; b = a + 1; c = a + 2")
    assert problem("a = 1; b = a + 1; c = a + 2", of="c").graph.data == 3
    with pytest.raises(ValueError, match="did you mean c"):
        problem("a = 1; b = a + 1; c = a + 2", of="C")


def test_a_formula_without_a_name():
    p = problem("(x+y)*z; x = -2; y = 5; z = -4")
    assert p.graph.data == -12
    assert p.derive("x").value == -4


def test_numbers_from_outside():
    assert number("y = w x; w = 1; x = 2", w=3) == 6
    with pytest.raises(ValueError, match="did you mean w"):
        number("y = w x; w = 1; x = 2", W=3)
    with pytest.raises(ValueError, match="computes it"):
        number("y = w x; w = 1; x = 2", y=3)
    assert number("y = sum(w); w = [1 2]", w_2=5) == 6
    assert number("(x+y)*z", x=-2, y=5, z=-4) == -12
    assert problem("y = w_1^2 + e^x", {"w_1^2": 3, "x": 0}).graph.data == 4
    assert number("y = w^2 + e", w=3, e=1) == 10


# Vectors, matrices, rows


def test_a_layer_as_matrices_is_the_same_as_by_hand():
    p = problem(
        """
        x = [0.05 0.10]           input
        W = [0.15 0.20; 0.25 0.30]
        h = σ(W x + b);  b = [0.35; 0.35]
        V = [0.40 0.45
             0.50 0.55]
        o = σ(V h + 0.60)
        E = 1/2 sum((t - o)^2)
        t = [0.01, 0.99]
        """
    )
    assert p.graph.data == pytest.approx(0.2983711088, abs=1e-10)
    assert p.derive("V_11").value == pytest.approx(0.0821670406, abs=1e-10)
    assert p.derive("W_11").value == pytest.approx(0.0004385677, abs=1e-10)
    assert p.values["h_2"].data == pytest.approx(0.5968843783, abs=1e-10)
    assert p.roles["W_12"] == "parameter"
    assert p.roles["x_1"] == "input"
    assert p.roles["b_2"] == "parameter"
    assert p.roles["t_1"] == "target"


def test_a_neuron_of_a_layer_is_one_node():
    p = problem("h = W x + U s + b; W=[1 2;3 4]; U=[5 6;7 8]; x=[1 1]; s=[1 0]; b=[1 2]; y=sum(h)")
    assert p.values["h_1"].op == "dot"
    assert [p.values[k].data for k in ("h_1", "h_2")] == [9, 16]


@pytest.mark.parametrize(
    ("formula", "right"),
    [
        ("sum(x W)", 1 * 1 + 2 * 3 + 1 * 2 + 2 * 4),
        ("sum(W Wᵀ)", 5 + 11 + 11 + 25),
        ("sum(W - W ⊙ W)", 10 - 30),
        ("sum(2 x / 4)", 1.5),
        ("x_1 + x[2] + W_21 + W[2, 2]", 1 + 2 + 3 + 4),
        ("sum(x^2)", 5),
        ("dot(x, x)", 5),
        ("max(x)", 2),
        ("mean(softmax(x))", 0.5),
        ("sum([x_1 -1])", 0),
        ("sum([x_1 - 1, 2])", 2),
        ("sum(maximum(x, 1.5))", 3.5),
        ("sum(tanh(x) ⊙ x)", math.tanh(1) + 2 * math.tanh(2)),
    ],
)
def test_vectors_and_matrices(formula, right):
    assert number(f"y = {formula}; x = [1 2]; W = [1 2; 3 4]") == pytest.approx(right, rel=1e-14)


def test_rows_have_the_mean_loss():
    text = "rows: x t\n1 2\n3, −1\n\nL = (w x + b - t)^2; w = 0.5; b = 0"
    p = problem(text)
    assert p.graph.data == pytest.approx(((0.5 - 2) ** 2 + (1.5 + 1) ** 2) / 2)
    assert p.rows == 2
    assert p.row(2).graph.data == 2.5**2
    assert p.values["x_2"].data == 3
    assert p.derive("w").value == pytest.approx((2 * -1.5 * 1 + 2 * 2.5 * 3) / 2)
    assert p.row(1).values["x"].data == 1
    with pytest.raises(ValueError, match="no row 3: the rows are 1 to 2"):
        p.row(3)


def test_what_depends_on_no_column_is_computed_once():
    p = problem("rows: x\n1\n2\n3\nR = w^2; L = (w x)^2 + R; w = 2")
    assert p.graph.data == pytest.approx(4 * 14 / 3 + 4)
    assert [k for k in p.values if k.startswith("R")] == ["R"]


def test_the_learning_rate_is_eta_that_no_formula_uses():
    assert problem("y = x; x = 1; η = 0.5").learning_rate == 0.5
    assert problem("y = η x; x = 1; η = 0.5").learning_rate is None


def library_functions():
    for name, f in vars(autograd.functions).items():
        ours = getattr(f, "__module__", "") == "autograd.functions" and not isinstance(f, type)
        if callable(f) and ours and not name.startswith("_"):
            yield name


@pytest.mark.parametrize("name", [*library_functions()])
def test_every_function_of_the_library_can_be_called(name):
    arguments = {"dot": "[x], [x]", "where": "x, x, x", "acosh": "x + 1", "take": "[x, x], 1"}.get(
        name, "x"
    )
    if functions_by_name()[name].fewest == 2 and name not in ("dot", "take"):
        arguments = "x, x"
    op = problem(f"y = {name}({arguments}){'[1]' * (name == 'softmax')}; x = 0.5").graph.op
    assert op in RULES


# Refused


REFUSED = [
    ("y = w x +; w = 1; x = 2", "expected a number, a name", 10),
    ("y = (a + b; a = 1; b = 2", "never closed", 5),
    ("y = a + b); a = 1; b = 2", "expected an operator or the end", 10),
    ("y = a/b c; a=1;b=2;c=3", r"two ways: write a/b \* c or a/\(b c\)", 9),
    ("y = a/2 c; a=1;c=3", "two ways", 9),
    ("y = 1/2x; x = 1", "two ways", 8),
    ("y = 1/2(x); x = 1", "two ways", 8),
    ("y = e^2x; x = 1", "belong to", 8),
    ("y = √x^2; x = 1", "two ways", 7),
    ("y = √2x; x = 1", "belong to", 7),
    ("y = 2 3 x; x = 1", "two numbers side by side", 7),
    ("y = w(x + 1); w = 1; x = 2", "is no function: for a product write w\\*", 5),
    ("y = sigmoi(x); x = 1", "did you mean sigmoid", 5),
    ("y = W1 x; w1 = 1; x = 2", "did you mean w1", 5),
    ("y = wx; w = 1; x = 2", "write w\\*x", 5),
    ("y = exp x; x = 2", "exp is a function", 5),
    ("sin = 3; y = sin(2) + sin", "rename it", 14),
    ("y = sigmoid(x, x); x = 1", "takes one value, but here are 2", 5),
    ("a = b; b = c; c = a", "needs itself: a ← b ← c ← a", 1),
    ("y = y + 1", "needs itself", 1),
    ("x = 1; x = 2; y = x", "given twice", 8),
    ("input = 3; y = input", "reserved word", 1),
    ("y = 2 x parameter; x = 1", "computed, so it is no parameter", 1),
    ("y = x $ 2; x = 1", "no meaning", 7),
    ("y = |x|; x = 1", "write abs", 5),
    ("x = 0,5; y = 2 x", "write a decimal point", 6),
    ("y = -[x log(x) + x]; x = 1", "write parentheses", 16),
    ("y = {x}; x = 1", "write parentheses", 5),
    ("y = sin x; x = 1", "sin is a function: write sin", 5),
    ("y = log_2(x); x = 1", "did you mean log2", 5),
    ("x = 3", "no formula", 1),
    ("", "no formula", 1),
    ("y = x = 2", "second =", 7),
    ("3 = x", "expected|second =|operator", 3),
    ("y = log(x); x = -1", "log needs a number greater than 0", 5),
    ("y = 1/x; x = 0", "division by zero|undefined|pole", 6),
    ("y = exp(x); x = 1000", "overflows", 5),
    ("x = 1e999; y = x", "too large", 5),
    ("y = softmax(a, b)[3]; a=1; b=2", "no entry 3", 18),
    ("y = softmax(a, b)[0]; a=1; b=2", "counted from 1", 19),
    ("y = h_3; h = [1 2]", "no entry 3", 5),
    ("y = sum(W); W = [1 2; 3]", "equally long", 23),
    ("y = sum([a - b c]); a=1; b=2; c=3", "separated by commas", 12),
    ("y = W x; W = [1 2; 3 4]; x = [1 2]", "a vector of 2", 1),
    ("y = sum(W x); W = [1 2; 3 4]; x = [1 2 3]", "inner lengths differ", 11),
    ("y = sum(a b); a = [1 2]; b = [1 2]", "two vectors", 11),
    ("y = sum(W^2); W = [1 2; 3 4]", "power of a matrix", 10),
    ("y = sum(a + b); a = [1 2]; b = [1 2 3]", "do not fit", 11),
    ("rows: x t\n1 2\n3\ny = x t", "a row of 1 numbers", 1),
    ("rows: x t\ny = x t", "without rows", 1),
    ("rows: x x\n1 2\ny = x", "twice", 9),
    ("rows: x\n1\nx = 3; y = x", "column of the table already", 1),
    ("y = x_1 + h; x = [1 2]; x_1 = 3; h = sum(x)", "would be called x_1", 14),
    ("y = " + "(" * 10_000 + "x", "nested more than", 56),
    ("y = " + "-" * 10_000 + "x; x = 1", "too many signs", 55),
    ("y = " + "2^" * 10_000 + "x; x = 1", "nested more than", 107),
    ("junk! " * 200_000, "too large a text", 1),
    ("; ".join(f"a{i}=1" for i in range(20_001)), "too large a text|names", None),
    ("y = " + "x" * 10_000, "a name of more than", 5),
    ("y = x\0", "U\\+0000", 6),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("text", "why", "column"), REFUSED, ids=range(len(REFUSED)))
def test_a_text_that_means_nothing_is_refused_with_its_place(text, why, column):
    with pytest.raises(ProblemError, match=why) as caught:
        problem(text)
    error = caught.value
    if column is not None:
        assert error.column == column
    first, line, mark = str(error).split("\n")[-3:]
    assert first.startswith(f"line {error.line}: ")
    assert set(mark) <= {" ", "^"}
    assert mark.endswith("^")
    if len(text) < 80:
        source = text.split("\n")[error.line - 1]
        assert line == f"    {source}".replace("\0", "�")
        assert mark == " " * (3 + error.column) + "^"


WORDS = """x y w_1^2 e σ sin( softmax( sum( ( ) [ ] , ; = + - * / ^ ** √ ½ ² 1 0.5 2e3 input rows:
# ' ᵀ ⊙ − π NaN ∞ w 3x"""
words = st.sampled_from([*WORDS.split(), "\n", "\t"])


@pytest.mark.slow
@settings(max_examples=600, deadline=None)
@given(st.one_of(st.text(max_size=40), st.lists(words, max_size=25).map(" ".join)))
def test_any_text_is_taken_or_refused_with_a_place(text):
    refused = None
    try:
        p = problem("x = 1; w = 2; L = x w\n" + text)
    except ProblemError as error:
        refused = error
    if refused is None:
        assert isinstance(p.graph.data, float)
    else:
        assert 1 <= refused.line <= 1 + len(text)
        assert str(refused).count("\n") == 2


def test_a_path_is_read_and_a_missing_file_is_said(tmp_path):
    path = tmp_path / "note.txt"
    path.write_text(NOTE, encoding="utf-8")
    assert problem(path).graph.data == problem(str(path)).graph.data == problem(NOTE).graph.data
    with pytest.raises(FileNotFoundError, match=r"there is no file nothing\.txt"):
        problem("nothing.txt")
    with pytest.raises(TypeError, match="not int"):
        problem(3)


def test_an_error_survives_a_pickle():
    import pickle

    with pytest.raises(ProblemError) as caught:
        problem("y = (")
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.line, again.column) == (str(caught.value), 1, caught.value.column)
