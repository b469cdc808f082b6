"""Every line of a derivation read back: what is printed equal is equal, and the engine's number."""

import math
import re

import pytest
from helpers.formula_reader import LeftOutError, read_latex, read_text
from helpers.random_graphs import random_graph

from autograd import Value, adjoints, cbrt, derive, log, relu, silu, sqrt, topological
from autograd.formulas.typeset import LATEX, TEXT

FORMS = ("paths", "deltas", "steps")


def derivations():
    for seed in range(150):
        root = random_graph(seed)
        below = adjoints(root)
        for leaf in [v for v in topological(root) if not v.op and v.label]:
            if leaf in below and root.op:
                yield derive(root, leaf, digits=17)


def numbers_of(d, style):
    """What each name in the derivation stands for; twice, as ∂L/∂x is also a factor on a path."""
    names = {style.name(d.name(v)): d.graph.data[v] for v in d.graph.names}
    names.update({style.name(delta.symbol): delta.value for delta in d.deltas})
    factors = {style.derivative(*f.names): f.value for f in d.factors}
    whole = adjoints(d.root)
    wholes = {style.derivative(d.name(d.root), d.name(v)): whole[v] for v in d.graph.names}
    return {**names, **wholes, **factors}, {**names, **factors, **wholes}


def equal_parts(block, equals):
    """The parts of a block that it says are equal; a heading and a left side of steps left out."""
    text = re.sub(r"^(by .*?|directly):\s", "", block)
    text = re.sub(r", as .*? = 1(?=\n|$)", "", text)
    return [part for part in re.split(equals, text) if "…" not in part]


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_every_line_of_text_has_the_number_of_its_last(form):
    read = 0
    for d in derivations():
        on_paths, of_all = numbers_of(d, TEXT)
        for block in d.text(form).split("\n\n"):
            is_factor = form == "steps" or block.startswith(("by ", "directly"))
            names = on_paths if is_factor else of_all
            parts = equal_parts(block.removeprefix("where "), r"\s+= ")
            last = read_text(parts[-1], names)
            for part in parts[:-1]:
                if form == "steps" and part is parts[0] and part not in names:
                    continue  # a derivative of what has no name
                try:
                    found = read_text(part, names)
                except (LeftOutError, ValueError):
                    continue
                assert math.isclose(found, last, rel_tol=1e-8, abs_tol=1e-8), (block, part)
                read += 1
    assert read > 500


@pytest.mark.slow
def test_every_line_of_latex_has_the_number_of_its_last():
    read = 0
    for d in derivations():
        _, names = numbers_of(d, LATEX)
        body = d.to_latex("deltas").removeprefix("\\begin{aligned}\n")
        for block in body.removesuffix("\n\\end{aligned}").split("\\\\[1ex]\n"):
            rows = block.removeprefix(r"\text{where } ").replace("&", "").split("\\\\\n")
            parts = [part for row in rows for part in row.split("= ") if part.strip()]
            parts = [p for p in parts if "dots" not in p and "cases" not in p]
            last = read_latex(parts[-1], names)
            for part in parts[:-1]:
                try:
                    found = read_latex(part, names)
                except (LeftOutError, ValueError):
                    continue
                assert math.isclose(found, last, rel_tol=1e-8, abs_tol=1e-8), (block, part)
                read += 1
    assert read > 500


@pytest.mark.slow
def test_the_last_line_is_the_engines_gradient():
    for d in derivations():
        for form in FORMS[:2]:
            last = re.split(r"\s+= ", re.split(r"\n\nwhere ", d.text(form))[0])[-1]
            assert math.isclose(read_text(last, {}), d.value, rel_tol=1e-12, abs_tol=1e-300)


def zeros_beside_infinities():
    x, w = Value(0.0, "x"), Value(0.0, "w")
    yield derive(sqrt(x) * w, x)
    h = sqrt(x)
    h.label = "h"
    yield derive(h * w, x)
    yield derive(h * w + x, x)
    below = Value(-1.0, "below")
    yield derive(sqrt(relu(below)), below)
    root, v = sqrt(x), Value(2.0, "v")
    yield derive(v * (root * root), x)  # v, as √x · 1/√x cancels
    root = sqrt(x)
    root.label = "r"
    yield derive(v * (root * root) + x, x)  # v + 1


@pytest.mark.parametrize("derivation", list(zeros_beside_infinities()), ids=str)
def test_a_zero_that_meets_an_infinity_is_said(derivation):
    for form in FORMS[:2]:
        text = derivation.text(form)
        assert "NaN" not in text
        assert float(re.split(r"\s+= ", text)[-1].split(", ")[0]) == derivation.value
    assert "0, as a derivative of 0 hands on 0" in derivation.text("paths")
    assert "hands on 0" in derivation.latex
    assert sum([p.value for p in derivation.paths()]) == derivation.value


@pytest.mark.parametrize(
    "f",
    [
        lambda x: sqrt(x * 0.0),
        lambda x: 3.0 * sqrt(x - x) + x,
        lambda x: sqrt(x * x),
        lambda x: cbrt(x * 0.0) + x,
        lambda x: log(1.0 + sqrt(x * 0.0)),
    ],
)
def test_a_formula_without_a_number_claims_none(f):
    x = Value(0.0, "x")
    d = derive(f(x), x)
    for form in ("paths", "deltas", "steps"):
        _, *sides = re.split(r"\s+= ", d.text(form).split("\n\n")[-1])
        assert form == "steps" or sides.pop() == "NaN"
        for side in [s for s in sides if "∂" not in s]:
            assert not math.isfinite(read_text(side.replace("∛", "√"), {"x": 0.0})), side


def test_multiplied_out_only_where_no_digit_is_lost():
    for number, names in ((2.0, "(1 + x − x·σ(x))"), (1e16, "(1 + x(1 − σ(x)))")):
        x = Value(number, "x")
        first, *_, last = derive(silu(x), x).text().split("\n")
        assert names in first
        assert float(last.partition("= ")[2]) == pytest.approx(x_slope(number), rel=1e-5)


def x_slope(x):
    return adjoints(silu(leaf := Value(x)))[leaf]
