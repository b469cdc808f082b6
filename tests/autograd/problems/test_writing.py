"""What a problem writes: text that is read back to the bit, a Python program, LaTeX."""

import math
import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import autograd
from autograd import Value, problem
from autograd.problems.writing import as_python, as_text
from autograd.rules import RULES
from autograd.value import topological


def bits(x):
    return "NaN" if math.isnan(x) else struct.pack("<d", x)


def numbers(root):
    """The numbers and gradients of all named values, to the bit; and the result's."""
    adjoints = autograd.adjoints(root)
    found = {v.label: (bits(v.data), bits(adjoints[v])) for v in topological(root) if v.label}
    return found, bits(root.data)


def run(program):
    names = {}
    exec(compile(program, "program", "exec"), {"print": lambda *_: None}, names)
    return names


def called(rule):
    """The rule's function on as many values as it takes."""
    f, n = getattr(autograd.functions, rule.function), len(rule.parameters)
    return lambda xs: f(*(xs * n)[:n])


FUNCTIONS = [
    (rule.name, called(rule))
    for rule in RULES.values()
    if rule.elementwise and hasattr(autograd.functions, rule.function or "+")
]
TWO = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "**": lambda a, b: a**b,
    "k+": lambda a, b: 0.1 + a,
    "+k": lambda a, b: a + (-2.5),
    "k-": lambda a, b: 3 - a,
    "-k": lambda a, b: a - 1e-7,
    "k*": lambda a, b: -0.3 * a,
    "*k": lambda a, b: a * 7,
    "k/": lambda a, b: 1 / a,
    "/k": lambda a, b: a / -3.0,
    "**k": lambda a, b: a**2,
    "**-k": lambda a, b: a**-1.5,
    "k**": lambda a, b: 1.7**a,
    "-1**": lambda a, b: (-a) ** 2,
    "max": autograd.maximum,
    "min": autograd.minimum,
    "max k": lambda a, b: autograd.maximum(a, -0.0),
    "where": lambda a, b: autograd.where(a, b, 2.0),
    "neg": lambda a, b: -a,
    "abs": lambda a, b: abs(a),
    "identity": lambda a, b: autograd.value.node(a.data, "identity", a, 1.0),
}
MANY = {
    "dot": lambda xs: autograd.dot(xs, xs[::-1], xs[0]),
    "dot of numbers": lambda xs: autograd.dot(xs, [0.5, -0.0, 3][: len(xs)], -1.0),
    "dot without bias": lambda xs: autograd.dot(xs, [*xs[1:], 2.0]),
    "total": autograd.total,
    "total with a number": lambda xs: autograd.total([*xs, 0.1]),
    "mean": autograd.mean,
    "logsumexp": autograd.logsumexp,
    "softmax": lambda xs: autograd.softmax(xs)[-1],
    "take": lambda xs: autograd.take(xs, Value(1.0)),
}
TABLE = [
    *FUNCTIONS,
    *[(n, lambda xs, f=f: f(xs[0], xs[-1])) for n, f in TWO.items()],
    *MANY.items(),
]
LABELS = ["w_11^1", "w_11", "w", "w^2", "ŷ", "θ'", "σ", "exp", "input", "e", "a b", "", "lambda",
          "x_1,10", "∂E", "Value", "x", "x", "v1", "NaN", "rows", "π", "½x", "δ_h1"]  # fmt: skip

steps = st.lists(
    st.tuples(
        st.sampled_from(TABLE),
        st.lists(st.integers(0, 60), min_size=3, max_size=3),
        st.one_of(st.none(), st.sampled_from(LABELS)),
    ),
    min_size=1,
    max_size=30,
)
leaves = st.lists(
    st.tuples(st.floats(allow_subnormal=True), st.one_of(st.none(), st.sampled_from(LABELS))),
    min_size=1,
    max_size=4,
)


@st.composite
def graphs(draw):
    """Graphs over every operation, with shared parts, odd labels and odd numbers."""
    nodes = [Value(x, label) for x, label in draw(leaves)]
    for (_, f), picks, label in draw(steps):
        try:
            v = f([nodes[-1 - p % len(nodes)] for p in picks])  # the newest first
        except (ValueError, ArithmeticError):
            continue
        v.label = label
        nodes.append(v)
    return nodes[-1]


@pytest.mark.slow
@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(graphs())
def test_any_graph_is_read_back_to_the_bit(root):
    if not root.operands:
        return
    text = as_text(root, {})
    again = problem(text)
    assert bits(again.graph.data) == bits(root.data), text
    assert again.text() == text


@pytest.mark.slow
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(graphs())
def test_any_graph_runs_as_a_python_program_to_the_bit(root):
    if not root.operands:
        return
    program = as_python(root)
    names = run(program)
    last = next(line for line in program.split("\n") if ".backward()" in line)
    again = names[last.removesuffix(".backward()")]
    assert bits(again.data) == bits(root.data), program


@pytest.mark.parametrize("outer", ["+", "-", "*", "/", "**"])
@pytest.mark.parametrize("inner", ["+", "-", "*", "/", "**", "neg", "k*", "-k", "k/", "**k", "k**"])
def test_every_nesting_keeps_its_parentheses(outer, inner):
    a, b, c = Value(1.1, "a"), Value(0.7, "b"), Value(3.0, "c")
    for root in (TWO[outer](TWO[inner](a, b), c), TWO[outer](c, TWO[inner](a, b))):
        again = problem(as_text(root, {})).graph
        ops = [[v.op for v in topological(r)] for r in (again, root)]
        assert ops[0] == ops[1], as_text(root, {})
        assert bits(again.data) == bits(root.data), as_text(root, {})
        program = run(as_python(root))["L"]
        assert bits(program.data) == bits(root.data), as_python(root)


def test_the_table_of_operations_is_complete():
    made = set()
    for name, f in TABLE:
        x = Value(1.5 if name == "acosh" else 0.5, "x")
        made |= {v.op for v in topological(f([x, x * 2, x]))}
    assert set(RULES) <= made


NEURON = """
x = 0.5932 input; w_11^1 = 0.4 parameter; b = 0.60; t = 0.01
z = w_11^1 x + b; y = σ(z); E = 1/2 (t - y)^2 + softplus(b)^2; η = 0.5
"""


def test_names_gradients_and_roles_come_back():
    p = problem(NEURON)
    again = problem(p.text())
    assert numbers(again.graph) == numbers(p.graph)
    assert again.roles == p.roles
    assert again.learning_rate == 0.5


def test_a_table_of_rows_is_written_out():
    p = problem("rows: x1 x2 t target\n1 2 3\n4 5 6\nL = (w1 x1 + w2 x2 - t)^2; w1 = 1; w2 = 2")
    again = problem(p.text())
    assert numbers(again.graph) == numbers(p.graph)
    assert again.roles == p.roles
    assert again.roles["t_2"] == "target"


def test_the_python_program_prints_the_gradients(capsys):
    p = problem(NEURON)
    exec(compile(p.python(), "program", "exec"), {})
    printed = dict(line.split(" = ") for line in capsys.readouterr().out.splitlines())
    p.graph.backward()
    assert float(printed["E"]) == p.graph.data
    assert float(printed["∂E/∂w_11_1"]) == p.values["w_11^1"].grad


def test_latex_has_every_formula():
    text = problem(NEURON).latex()
    assert r"w_{11}^{1} &= 0.4" in text
    assert r"z &= w_{11}^{1} x + b" in text
    assert r"y &= \sigma\left(z\right)" in text or r"y &= \sigma(z)" in text


def test_changed_numbers_are_refused():
    p = problem("y = w x; w = 1; x = 2")
    p.values["w"].data = 5.0
    with pytest.raises(autograd.GraphError, match="changed"):
        p.text()
