"""The sweep, step by step: told right, and told as the engine does it."""

import json
import math
import re

import pytest
from extras import needs
from helpers.formula_reader import read_latex
from helpers.mathml_reader import as_latex

from autograd import Value, adjoints, exp, sweep, topological
from autograd.formulas.mathml import mathml
from autograd.formulas.typeset import LATEX
from nn.worked import load


def labelled(v, label):
    v.label = label
    return v


def texts(root, **options):
    return [step["text"] for step in sweep(root, **options).steps]


class TestWorkedExample:
    def test_says_what_happens_in_names_and_numbers(self, worked):
        error, _ = worked
        said = texts(error)
        assert "h1 = w1·i1 + w2·i2 + b1 = 0.15·0.05 + 0.2·0.1 + 0.35 = 0.3775" in said
        assert (
            "y1.grad += out_y1.grad · out_y1(1 − out_y1) = 0.741365 · 0.186816 = 0.138499" in said
        )
        (line,) = [text for text in said if text.startswith("out_h1.grad += δ_y1 · w5")]
        assert line == (
            "out_h1.grad += δ_y1 · w5 = 0.138499 · 0.4 = 0.0553994; "
            "with the −0.0190491 it had: 0.0363503"
        )

    def test_forward_then_backward_operands_before_what_they_make(self, worked):
        error, _ = worked
        steps = sweep(error).steps
        phases = [step["phase"] for step in steps]
        assert phases == ["start"] + ["forward"] * 9 + ["backward"] * 29
        made = [step["value"] for step in steps if step["phase"] == "forward"]
        assert made.index("h1") < made.index("out_h1") < made.index("y1") < made.index("E")

    def test_ends_with_the_engines_gradients(self, worked):
        error, _ = worked
        last = {s["value"]: s["grad"] for s in sweep(error).steps if s["grad"] is not None}
        for v, grad in adjoints(error).items():
            if v.label:
                assert math.isclose(last[v.label], grad, rel_tol=1e-12)

    @needs("pygraphviz")
    def test_touches_no_gradient(self, worked):
        error, _ = worked
        assert sweep(error).html
        assert all(v.grad == 0.0 for v in topological(error))

    def test_steps_are_plain_data(self, worked):
        error, _ = worked
        steps = sweep(error).steps
        assert json.loads(json.dumps(steps)) == steps


def test_a_value_used_twice_is_added_twice():
    x = Value(3.0, "x")
    assert texts(labelled(x * x, "L"))[-2:] == [
        "x.grad += L.grad · x = 1 · 3 = 3",
        "x.grad += L.grad · x = 1 · 3 = 3; with the 3 it had: 6",
    ]


def test_values_without_a_label_go_by_their_formula():
    a, b = Value(2.0, "a"), Value(3.0, "b")
    said = texts(exp(a + b) * b, detail="all", digits=4)
    assert "a + b = 2 + 3 = 5" in said
    assert any(text.startswith("(a + b).grad += (e^(a + b)).grad · e^(a + b)") for text in said)


def frames(page):
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', page)[1])


@needs("pygraphviz")
class TestElement:
    def test_is_one_element_that_loads_nothing(self, worked):
        error, _ = worked
        page = sweep(error).html
        assert page.lstrip().startswith("<whygrad-sweep-")
        assert not re.search(r'(src|href)="', page)
        links = set(re.findall(r"https?://[^\s\"'<]+", page))
        assert {link.rsplit("/", 1)[-1] for link in links} <= {"svg", "xlink", "MathML"}
        assert "fetch(" not in page

    def test_has_the_steps_as_a_list_and_named_controls(self, worked):
        error, _ = worked
        page = sweep(error).html
        assert page.count("<li>") == 39
        assert 'aria-live="polite"' in page
        for name in ("Previous step", "Next step", "Play", "Step"):
            assert f'aria-label="{name}"' in page

    def test_a_step_marks_what_is_in_hand_and_writes_what_changes(self, worked):
        error, _ = worked
        page = sweep(error).html
        steps = frames(page)
        assert steps[0]["marked"] == []
        told = re.findall(r"<li>(.*?)</li>", page)
        at = next(i for i, text in enumerate(told) if text.startswith("out_h1.grad += δ_y1"))
        value, edge = steps[at]["marked"]
        assert steps[at]["cells"] == {f"{value}.grad": "0.0363503"}
        assert f'data-cell="{value}.grad"' in page
        assert re.search(rf'class="edge partial {edge} v\d+in"', page)

    @pytest.mark.slow
    def test_300_steps_stay_small(self):
        v = Value(0.5, "x0")
        for i in range(100):
            v = labelled((v * 1.01 + Value(0.1, f"b{i}")).tanh(), f"x{i + 1}")
        element = sweep(v)
        assert len(element.steps) >= 300
        assert len(element.html) < 3_000_000

    def test_saves_a_page(self, tmp_path, worked):
        error, _ = worked
        path = sweep(error).save(tmp_path / "sweep.html")
        assert path.read_text(encoding="utf-8").startswith("<!doctype html>")
        with pytest.raises(ValueError, match=r"\.html"):
            sweep(error).save(tmp_path / "sweep.pdf")

    def test_a_notebook_gets_the_element_and_the_list(self, worked):
        error, _ = worked
        bundle = sweep(error)._repr_mimebundle_()
        assert bundle["text/html"] == sweep(error).html
        assert bundle["text/plain"].startswith("1. The leaves are given")


@pytest.mark.slow
def test_a_graph_of_a_hundred_thousand_values_without_a_label():
    v = x = Value(0.5, "x")
    for _ in range(50_000):
        v = (v + 1e-9).tanh()
    root = labelled(labelled(v, "end") * 2.0, "L")
    last = sweep(root).steps[-1]
    assert (last["value"], last["grad"]) == ("x", adjoints(root)[x])


@pytest.mark.parametrize("key", ["5", "3b", "4"])
def test_the_lines_in_mathml_are_the_lines_in_text(key):
    found = sweep(load(key).graph())
    names = {
        as_latex(mathml(LATEX.name(v.label))): v.data
        for v in topological(load(key).graph())
        if v.label
    }
    checked = 0
    for step, formula in zip(found.steps, found.formulas, strict=True):
        if step["phase"] == "forward" and "…" not in step["text"]:
            for part in as_latex(formula).split(" = " if " = " in as_latex(formula) else "="):
                number = float(read_latex(part.strip(), names))
                assert number == pytest.approx(step["data"], rel=1e-4)
                checked += 1
    assert checked > 10
