"""Several gradients in one table: every cell read back and held against the engine."""

import math
import re

import pytest
from helpers.formula_reader import LeftOutError, read_latex, read_text
from helpers.random_graphs import random_graph

from autograd import Value, adjoints, derive, problem, topological
from autograd.formulas.typeset import LATEX, TEXT
from autograd.problems.examples import example
from nn import worked


def leaves_of(root):
    below = adjoints(root)
    return [v for v in topological(root) if not v.op and v.label and v in below and root.op]


def roots():
    yield from [random_graph(seed) for seed in range(100)]
    yield from [worked.load(key).graph() for key in ("1", "2", "3b", "4", "5")]


def cells_of(table, style):
    """The cells of each row; those of a wide table from the lines above it."""
    if style is TEXT:
        blocks = str(table).split("\n\n")
        (rows,) = [block for block in blocks if block.startswith(" ") and "gradient" in block]
        cells = [re.split(r" {2,}", line) for line in rows.split("\n")[1:]]
        if "in numbers" not in rows:
            for row, d in zip(cells, table.derivations, strict=True):
                left = TEXT.derivative(d.name(d.root), d.name(d.wrt))
                (block,) = [b for b in blocks if b.startswith(f"{left} = ")]
                steps = re.split(r"\s+= ", re.split(r", as ", block)[0])
                row[1:1] = [steps[1], steps[-1]]
        return cells
    rows = table.latex.split(r"\\ \hline" + "\n")[1].split("\n\\end{array}")[0]
    return [row.split(" & ") for row in rows.split(" \\\\\n")]


@pytest.mark.slow
@pytest.mark.parametrize(("style", "read"), [(TEXT, read_text), (LATEX, read_latex)])
def test_every_cell_reads_back(style, read):
    count = 0
    for root in roots():
        leaves = leaves_of(root)
        if not leaves:
            continue
        gradients = adjoints(root)
        table = derive(root, leaves, digits=17).update(0.25)
        names = {}
        for d in table.derivations:
            names.update({style.name(d.name(v)): d.graph.data[v] for v in d.graph.names})
            names.update({style.derivative(*f.names): f.value for f in d.factors})
        for d in table.derivations:
            names.update({style.name(x.symbol): x.value for x in d.deltas})
        for leaf, row in zip(leaves, cells_of(table, style), strict=True):
            name, formula, numbers, gradient, now, new = row
            assert name == style.name(leaf.label)
            assert float(read(gradient, {})) == pytest.approx(gradients[leaf], rel=1e-12)
            assert float(read(now, {})) == leaf.data
            moved = leaf.data - 0.25 * gradients[leaf]
            assert math.isclose(read(new, {}), moved, rel_tol=1e-12, abs_tol=1e-15)
            for cell, known in ((formula, names), (numbers, {})):
                try:
                    found = float(read(cell, known))
                except (LeftOutError, ValueError):
                    continue
                assert math.isclose(found, gradients[leaf], rel_tol=1e-8, abs_tol=1e-8), row
                count += 1
    assert count > 300


def test_each_delta_stands_once_and_above_the_table():
    text = str(derive(worked.load("5").graph(), ["w1", "w2", "w5", "b1"]))
    for symbol in ("δ_y1", "δ_y2", "δ_h1", "δ_h2"):
        assert len(re.findall(rf"^{symbol} = ", text, re.MULTILINE)) == 1
        assert text.index(f"{symbol} = ") < text.index("in numbers")


def test_values_and_the_step():
    root = worked.load("5").graph()
    table = derive(root, ("w5", "w7"))
    assert table.values == {k: derive(root, k).value for k in ("w5", "w7")}
    assert table.update(0.5).new_values["w7"] == derive(root, "w7").update(0.5).value
    assert repr(table) == "<DerivationTable of E by w5, w7>"
    assert "now −" not in str(table)
    assert "now − 0.5 · gradient" in str(table.update(0.5))
    with pytest.raises(ValueError, match="no learning rate"):
        _ = table.new_values
    with pytest.raises(ValueError, match="learning rate"):
        table.update(math.inf)


def test_lists_that_cannot_be_taken():
    root = worked.load("5").graph()
    with pytest.raises(ValueError, match="list is empty"):
        derive(root, [])
    with pytest.raises(ValueError, match="labelled 'w55'; did you mean"):
        derive(root, ["w5", "w55"])
    assert len(derive(root, ["w5", "w5"]).derivations) == 1
    assert derive(root, [root]).values == {"E": 1.0}


def test_rows_of_a_large_sum_share_the_names_that_are_given():
    xs = [Value(0.1 * i, f"x{i}") for i in range(40)]
    total = xs[0]
    for x in xs[1:]:
        total = (total * x + x).tanh()
    table = derive(total, [xs[3], xs[39]])
    numbered = [d.graph.names.numbered for d in table.derivations]
    assert numbered[0] == numbered[1]
    assert numbered[0]
    assert str(table).count("\n\nwhere v1 = ") == 1


def test_a_problem_makes_one_too():
    p = problem("L = (w*x + b)^2\nw = 2\nx = 3\nb = 1")
    assert p.derive(["w", "b"]).values == {"w": 42.0, "b": 14.0}


def test_a_wide_table_has_its_gradients_above():
    weights = [f"W_1{i}" for i in (1, 2)]
    table = problem(example("recurrent")).derive(weights).update(0.1)
    text = str(table)
    assert "\n\n∂L/∂W_11 = δ_" in text
    assert text.split("\n")[-3].split() == ["gradient", "now", "now", "−", "0.1", "·", "gradient"]
    assert "in numbers" in table.latex
