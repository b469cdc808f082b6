"""MathML is a claim like the text: it is read back, and gives the formula's number."""

import pytest
from helpers.formula_reader import LeftOutError, read_latex
from helpers.mathml_reader import as_latex, parse, rows_of
from helpers.random_formulas import NAMES, check, random_formulas

from autograd import derive, derive_general, problem
from autograd.formulas.mathml import STYLE, mathml
from autograd.formulas.symbolic import symbols_in
from autograd.formulas.typeset import LATEX
from autograd.graph import topological
from autograd.problems.examples import EXAMPLES, example
from nn import worked


def name_of(name):
    return as_latex(mathml(LATEX.name(name)))


@pytest.mark.many
@pytest.mark.parametrize("seed", range(2))
def test_random_formulas_read_back(seed):
    read = 0
    for f in random_formulas(seed, 400):
        numbers = {name_of(name): NAMES[name] for name in symbols_in(f)}
        try:
            found = float(read_latex(as_latex(mathml(LATEX.formula(f, 17))), numbers))
        except (LeftOutError, ArithmeticError, ValueError):
            continue  # rounding took an intermediate number outside its domain
        read += 1
        check(f, found)
    assert read > 370


@pytest.mark.parametrize("name", NAMES)
def test_names_are_told_apart(name):
    others = {name_of(other) for other in NAMES if other != name}
    assert name_of(name) not in others


def test_lines_of_a_derivation_are_equal_numbers():
    found = derive(worked.load("5").graph(), "w1")
    names = {name_of(v.label): v.data for v in topological(found.root) if v.label}
    for delta in found.deltas:
        names[name_of(delta.symbol)] = delta.value
    block = []
    checked = 0
    for left, right in rows_of(found.mathml):
        if left:
            block = []
        for part in right.split("="):
            if part.strip() and not any(said in part for said in (r"\quad", r"\frac{\partial")):
                block.append(float(read_latex(part.strip(), names)))
                assert block[-1] == pytest.approx(block[0], rel=1e-4)
                checked += 1
    assert checked > 20


@pytest.mark.many
@pytest.mark.parametrize("name", EXAMPLES)
def test_all_that_is_shown_has_mathml(name):
    p = problem(example(name))
    p = p.row(1) if p.rows else p
    leaf = next(v.label for v in topological(p.graph) if v.label and not v.operands)
    found = p.derive(leaf)
    for latex in (*map(found.to_latex, ("auto", "deltas", "steps")), found.update(0.1).latex):
        parse(mathml(latex))
    parse(mathml(p.derive([leaf]).latex))
    parse(mathml(p.latex()))


@pytest.mark.parametrize("name", ["1", "2", "4", "5"])
def test_the_general_formula_has_mathml(name):
    found = derive_general(worked.load(name).graph())
    assert len(rows_of(found.mathml)) >= 4
    assert not {"$", "\\"} & set("".join(parse(found.mathml).itertext()))
    parse(found.matrix.mathml)


def test_hostile_labels_are_only_text():
    p = problem("y = 2 x; x = 1")
    p.graph.label = "</math><script>alert(1)</script>"
    found = derive(p.graph, "x")
    assert "<script" not in found.mathml
    assert "script" in "".join(parse(found.mathml).itertext())


def test_what_it_does_not_know_is_refused():
    with pytest.raises(ValueError, match="unheardof"):
        mathml(r"a \unheardof{b}")
    with pytest.raises(ValueError, match="needed"):
        mathml(r"\frac{a}{b")


def test_a_notebook_has_it_with_the_text_as_a_fallback():
    found = derive(worked.load("5").graph(), "w5")
    html = found._repr_mimebundle_()["text/html"]
    assert found.mathml in html
    assert STYLE in html
    assert "∂E/∂w5 = ∂E/∂out_y1 · ∂out_y1/∂y1 · ∂y1/∂w5" in html


def test_an_argument_without_braces_is_one_digit_and_plain_brackets_do_not_grow():
    half = mathml(r"\tfrac12 \left(\frac{a}{b}\right) (x)")
    assert "<mfrac><mn>1</mn><mn>2</mn></mfrac>" in half
    assert half.count('stretchy="false"') == 2
    assert "<msup><mi>x</mi><mn>1</mn></msup>" in mathml("x^10")
