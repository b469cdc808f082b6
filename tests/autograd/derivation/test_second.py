"""Second derivatives: the engine's numbers, other people's, and every printed line read back."""

import math
import re

import pytest
from helpers.formula_reader import LeftOutError, read_latex, read_text
from helpers.random_graphs import random_graph

from autograd import Value, adjoints, derive, exp, hessian, sigmoid, softmax, tanh, topological
from autograd.derivation import second
from autograd.errors import DerivationError, GraphError
from autograd.formulas.typeset import LATEX, TEXT
from nn import worked


@pytest.fixture
def error():
    return worked.load("5").graph()


def leaves_of(root):
    below = adjoints(root)
    return [v for v in topological(root) if not v.op and v.label and v in below and root.op]


def read_back(blocks, names, read):
    """Hold each line to the last of its block; returns how many were read."""
    count = 0
    for block in blocks:
        parts = re.split(r"\s+= ", block)[1:]
        last = read(parts[-1], {})
        for part in parts[:-1]:
            try:
                x = read(part, names)
            except (LeftOutError, ValueError):
                continue
            assert math.isclose(x, last, rel_tol=1e-8, abs_tol=1e-8), (block, part)
            count += 1
    return count


def texts_and_latexes(found, graph):
    """How many lines of both were read back and found right."""
    counts = []
    for style, reader in ((TEXT, read_text), (LATEX, read_latex)):
        names = {style.name(graph.names[v]): v.data for v in graph.names}
        names.update({style.formula(line.symbol): line.symbol.number for line in found.lines})
        text = str(found)
        blocks = text.split("\n\n")
        if style is LATEX:
            body = found.latex.removeprefix("\\begin{aligned}\n").removesuffix("\n\\end{aligned}")
            blocks = body.replace("&=", "\n=").replace("\\\\\n", "").split("\\\\[1ex]\n")
            blocks = [b for b in blocks if "cases" not in b]
        counts.append(read_back(blocks, names, reader))
    return counts


@pytest.mark.slow
def test_every_line_of_random_graphs_reads_back():
    texts = latexes = refused = 0
    for seed in range(120):
        root = random_graph(seed)
        leaves = leaves_of(root)
        for leaf in leaves:
            for by in {leaf, leaves[0]}:
                d = derive(root, leaf, digits=17)
                try:
                    found = d.second(by)
                except ValueError as error:
                    assert "too long to be read" in str(error)  # noqa: PT017
                    refused += 1
                    continue
                graph = second.Graph(root)
                second.settled_factors(graph, [leaf, by])
                counts = texts_and_latexes(found, graph)
                texts, latexes = texts + counts[0], latexes + counts[1]
    assert texts > 1000
    assert latexes > 1000
    assert refused < 50


@pytest.mark.many
@pytest.mark.parametrize(
    "key", ["1", "3b", "4", *[pytest.param(key, marks=pytest.mark.slow) for key in ("2", "5")]]
)
def test_the_notes_read_back_and_are_symmetric(key):
    root = worked.load(key).graph()
    weights = [v for v in leaves_of(root) if v.label[0] == "w"][:4]
    for a in weights:
        for b in weights:
            found = derive(root, a, digits=17).second(b)
            texts, latexes = texts_and_latexes(found, second.Graph(root))
            assert texts >= len(found.lines)
            assert latexes >= len(found.lines)
            turned = derive(root, b).second(a).value
            assert math.isclose(found.value, turned, rel_tol=1e-10, abs_tol=1e-15)


def test_against_differences_of_the_gradient():
    def gradient(w):
        weight, x, t = Value(w, "w"), Value(1.5, "x"), Value(0.2, "t")
        y = sigmoid(tanh(weight * x) * weight)
        y.label = "y"
        return derive((y - t) ** 2 + exp(weight) * softmax([weight, x])[0], weight)

    h = 1e-5
    slope = (gradient(0.4 + h).value - gradient(0.4 - h).value) / (2 * h)
    assert gradient(0.4).second().value == pytest.approx(slope, rel=1e-7)


def test_against_hessian():
    def loss(w, v):
        return (sigmoid(w * 0.5 + v) * v - 0.3) ** 2

    w, v = Value(0.7, "w"), Value(-1.2, "v")
    root = loss(w, v)
    found = [[derive(root, a).second(b).value for b in (w, v)] for a in (w, v)]
    assert found == [pytest.approx(row, rel=1e-12) for row in hessian(loss)(0.7, -1.2)]


W5 = """\
∂E/∂w5 = δ_y1·out_h1
       = 0.138499·0.593270
       = 0.0821670

∂²E/∂w5² = out_h1·∂δ_y1/∂w5
         = 0.593270·(−0.0206027)
         = −0.0122230"""


def test_as_it_is_written(error):
    found = derive(error, "w5").second()
    assert str(found).endswith(W5)
    assert r"\frac{\partial^{2} E}{\partial w_{5}^{2}} &= " in found.latex
    forms = {"text/plain", "text/html", "text/markdown", "text/latex"}
    assert set(found._repr_mimebundle_()) == forms
    mixed = derive(error, "w1", digits=3).second("w5")
    assert str(mixed).split("\n\n")[-1].startswith("∂²E/∂w5∂w1 = i1·∂δ_h1/∂w5\n")
    assert str(mixed).endswith("= 0.00157")
    upper = derive(worked.load("3b").graph(), "w_11^1").second()
    assert "∂²L/∂(w_11^1)² = " in str(upper)


def test_what_does_not_bend_and_the_root_itself():
    w, x = Value(3.0, "w"), Value(2.0, "x")
    assert str(derive(w * x, w).second()).endswith("∂²L/∂w² = 0")
    assert str(derive(w * x, w).second(x)).endswith("∂²L/∂x∂w = 1")
    root = w * x
    assert derive(root, root).second().value == 0.0


@pytest.mark.slow
def test_a_long_chain_has_none_that_can_be_read():
    w = Value(0.3, "w")
    chain = w
    for i in range(100):
        chain = sigmoid(chain * w)
        chain.label = f"a{i}"
    with pytest.raises(ValueError, match=r"too long to be read in formulas: autograd\.hessian"):
        derive(chain, w).second()


def test_what_has_none_is_refused_with_a_sentence(error):
    with pytest.raises(ValueError, match="depends on w1, so neither can change alone"):
        derive(error, "w1").second("h1")
    with pytest.raises(ValueError, match="labelled 'w55'; did you mean"):
        derive(error, "w1").second("w55")
    d = derive(error, "w5")
    d.wrt.data = 0.9
    with pytest.raises(GraphError):
        d.second()


def test_a_wrong_change_is_found_out(error, monkeypatch):
    monkeypatch.setattr(second, "change", lambda f, slopes: f)
    with pytest.raises(DerivationError, match=r"second derivative of E gives .* but the engine"):
        derive(error, "w5").second()
