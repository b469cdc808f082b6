"""What moves in JupyterLab: the widget of `explore`, and `fit(live=True)`."""

import json
import urllib.request

import pytest

from autograd import adjoints
from autograd.explorer.copies import Copy
from autograd.formulas.labels import number_text
from nn.worked import note5

pytestmark = pytest.mark.slow

SOURCE = """\
from autograd import explore
from nn.worked import note5
root = note5.graph()
explorer = explore(root)
explorer"""
TRAINING = """\
import nn
X = [[i % 5, i % 3] for i in range(30)]
history = nn.fit(nn.MLP(2, [3, 1], seed=0), X, [a > b for a, b in X], seed=0, epochs=50, live=True,
                 loss="binary_cross_entropy_with_logits")
print("at last", round(history["loss"][-1], 4))"""


def expected(**numbers):
    """The result line that such numbers must have."""
    copy = Copy(note5.graph(), numbers)
    gradient = adjoints(copy.graph)[copy.values["w1"]]
    return f"E = {number_text(copy.graph.data)}, ∂E/∂w1 = {number_text(gradient)}"


@pytest.fixture(scope="module")
def notebook(jupyter):
    """The address of a notebook, which explores the worked example and then trains."""
    pytest.importorskip("anywidget")
    nbformat = pytest.importorskip("nbformat")
    address, token = jupyter
    cells = [nbformat.v4.new_code_cell(source) for source in (SOURCE, TRAINING)]
    made = nbformat.v4.new_notebook(cells=cells)
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    urllib.request.urlopen(
        urllib.request.Request(
            f"{address}/api/contents/explore.ipynb?token={token}",
            json.dumps({"type": "notebook", "content": made}).encode(),
            method="PUT",
        )
    ).close()
    return f"{address}/lab/tree/explore.ipynb?reset&token={token}"


@pytest.fixture
def widget(page, notebook):
    page.goto(notebook)
    page.get_by_text("| Idle").wait_for(timeout=60_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    shown = page.locator(".explorer")
    shown.wait_for(timeout=60_000)
    return shown


def says(widget, line):
    widget.locator(".result", has_text=line).wait_for(timeout=10_000)


def test_everything_follows_a_slider(page, widget):
    assert widget.get_by_role("slider").count() == 14
    widget.get_by_role("button", name="Derive the gradient of w1").click()
    says(widget, expected())
    widget.get_by_label("w1, slider").fill("0.6")
    says(widget, expected(w1=0.6))
    assert widget.get_by_label("w1, number").input_value() == "0.6"
    assert widget.locator("tr", has_text="w1").first.inner_text().split()[1] == "0.6"
    assert number_text(0.6) in widget.locator("[data-cell$='.data']").all_text_contents()
    formula = widget.locator(".formulas").inner_text().replace("\n", "")
    assert expected(w1=0.6).split("= ")[-1] in formula
    assert widget.locator("g.marked.partial").count() == 8
    # By keyboard: the arrows are the slider's, not the notebook's.
    slider = widget.get_by_label("w1, slider")
    slider.focus()
    page.keyboard.press("ArrowRight")
    moved = float(slider.input_value())
    assert moved > 0.6
    says(widget, expected(w1=float(f"{moved:.4g}")))
    assert page.locator(".jp-Cell.jp-mod-active .explorer").count() == 1
    # A number far outside of the slider's range is typed, and the first ones come back.
    widget.get_by_label("w1, number").fill("-40")
    says(widget, expected(w1=-40.0))
    widget.get_by_role("button", name="The first numbers again").click()
    says(widget, expected())
    assert widget.get_by_label("w1, number").input_value() == "0.15"
    # In the picture, by keyboard too.
    widget.get_by_role("button", name="h2: show its paths", exact=True).focus()
    page.keyboard.press("Enter")
    says(widget, "∂E/∂h2 = ")
    assert not page.outside


def test_checkers_of_accessibility_find_nothing(page, widget, axe):
    page.evaluate(axe)
    for theme, colour in (("light", "#fff"), ("dark", "#111")):
        for selector in (".jp-Notebook", ".jp-OutputArea-output", ".jp-RenderedHTMLCommon"):
            page.add_style_tag(content=f"{selector} {{ background: {colour} !important; }}")
        page.evaluate("theme => document.body.dataset.theme = theme", theme)  # as a theme tells
        page.wait_for_timeout(200)
        scheme = widget.evaluate("e => getComputedStyle(e.getRootNode().host).colorScheme")
        assert scheme == theme
        found = widget.evaluate(
            "e => axe.run(e.getRootNode().host, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa'] })"
        )
        told = [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found["violations"]]
        assert not told, json.dumps(told)


def test_a_training_draws_itself(page, widget):
    page.locator(".jp-OutputArea-output", has_text="at last 0.").wait_for(timeout=60_000)
    told = page.locator(".jp-OutputArea-output", has_text="at last 0.").inner_text()
    picture = page.locator(".jp-OutputArea-output img")  # one, which was changed
    assert picture.count() == 1
    assert picture.get_attribute("alt").startswith("after epoch 50 the loss is 0.")
    assert float(picture.get_attribute("alt").split()[-1]) == pytest.approx(
        float(told.split()[-1]), abs=1e-3
    )
    assert picture.evaluate("image => image.naturalWidth") > 500
    assert "50/50" in page.locator(".jp-OutputArea-output", has_text="epoch").first.inner_text()
    assert not page.locator(".jp-RenderedText[data-mime-type*=error]").count()
