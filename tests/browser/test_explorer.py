"""What moves in JupyterLab: the widget of `explore`, and `fit(live=True)`."""

import json
import re

import pytest
from helpers.jupyter import put_notebook, run_all

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
    pytest.importorskip("nbformat")
    return put_notebook(jupyter, "explore.ipynb", SOURCE, TRAINING)


@pytest.fixture
def widget(page, notebook):
    run_all(page, notebook)
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


def test_of_many_moves_the_last_one_stays(page, widget):
    says(widget, "E = ")
    widget.evaluate(
        """explorer => {
            const [slider, field] = explorer.querySelectorAll("[data-leaf=w1]");
            const input = HTMLInputElement.prototype;
            const { get, set } = Object.getOwnPropertyDescriptor(input, "value");
            field.had = [];
            Object.defineProperty(field, "value", {
                get,
                set(number) { field.had.push(Number(number)); set.call(field, number); },
            });
            for (const number of [0.2, 0.3, 0.4, 0.5, 0.6]) {
                slider.value = number;
                slider.dispatchEvent(new InputEvent("input"));
            }
        }"""
    )
    widget.get_by_role("button", name="Derive the gradient of w1").click()
    says(widget, expected(w1=0.6))
    # No answer on the way takes the field back.
    had = widget.get_by_label("w1, number").evaluate("field => field.had")
    assert had == [0.2, 0.3, 0.4, 0.5, 0.6]


def test_what_stands_is_changed_in_its_place(page, widget):
    """So a list that is open stays open, and little is laid out anew."""
    widget.get_by_role("button", name="Derive the gradient of w1").click()
    says(widget, expected())
    kept = "select, .formulas math, .formulas mtr:first-child, .derivation button, td math, svg"
    widget.evaluate("(e, kept) => e.querySelectorAll(kept).forEach(x => x.kept = true)", kept)
    widget.get_by_label("w1, number").fill("-40")
    says(widget, expected(w1=-40.0))
    assert widget.evaluate("(e, kept) => [...e.querySelectorAll(kept)].every(x => x.kept)", kept)
    # Its buttons are about what stands there now.
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    widget.get_by_role("button", name="Copy as text").click()
    widget.get_by_text("copied", exact=True).wait_for()
    copy = Copy(note5.graph(), {"w1": -40.0})
    assert page.evaluate("navigator.clipboard.readText()") == copy.derive("w1").text()
    # And they say what they say when they are written anew.
    followed = widget.locator(".formulas").inner_html()
    for form in ("deltas", "auto"):
        widget.get_by_label("as", exact=True).select_option(form)
        widget.locator(f".formulas[data-of$={form}]").wait_for()
    assert widget.locator(".formulas").inner_html() == followed


def test_an_answer_does_not_wait_for_an_acknowledgement(page, notebook):
    """What the kernel says first is answered by a message, which lets the server go on."""
    sent = []

    def keep(frame):
        sent.append(frame)

    page.on("websocket", lambda socket: socket.on("framesent", keep))
    run_all(page, notebook)
    widget = page.locator(".explorer")
    says(widget, "E = ")
    page.locator(".jp-OutputArea-output", has_text="at last 0.").wait_for(timeout=60_000)
    sent.clear()
    widget.get_by_label("w5, number").fill("0.5")
    says(widget, number_text(Copy(note5.graph(), {"w5": 0.5}).graph.data))
    contents = [re.search(rb'"method":"custom","content":({.*?})}', bytes(m)) for m in sent]
    assert [bool(json.loads(found[1])) for found in contents if found] == [True, False]


def test_two_views_of_a_widget_stand_at_the_same_numbers(page, jupyter, notebook):
    run_all(page, put_notebook(jupyter, "views.ipynb", SOURCE, "explorer"))
    first, second = page.locator(".explorer").nth(0), page.locator(".explorer").nth(1)
    second.get_by_role("button", name="Derive the gradient of w1").click()
    says(first, expected())
    first.get_by_label("w1, number").fill("0.6")
    says(second, expected(w1=0.6))
    assert second.get_by_label("w1, slider").input_value() == "0.6"
    second.get_by_label("w2, number").fill("0.9")
    for view in (first, second):
        says(view, expected(w1=0.6, w2=0.9))
    second.get_by_role("button", name="The first numbers again").click()
    says(first, expected())


def test_what_has_no_answer_keeps_no_later_move_waiting(page, jupyter, notebook):
    interrupted = """
answered = explorer.widget._answered
def answer(request):
    if request["numbers"].get("w1") == 0.3:
        raise KeyboardInterrupt
    return answered(request)
explorer.widget._answered = answer"""
    run_all(page, put_notebook(jupyter, "interrupted.ipynb", SOURCE, interrupted))
    widget = page.locator(".explorer")
    widget.get_by_role("button", name="Derive the gradient of w1").click()
    says(widget, expected())
    for number in (0.3, 0.4, 0.3, 0.5, 0.6):
        widget.get_by_label("w1, number").fill(str(number))
    says(widget, expected(w1=0.6))


def test_checkers_of_accessibility_find_nothing(page, widget, axe):
    page.evaluate(axe)
    for theme, colour in (("light", "#fff"), ("dark", "#111")):
        for selector in (".jp-Notebook", ".jp-OutputArea-output", ".jp-RenderedHTMLCommon"):
            page.add_style_tag(content=f"{selector} {{ background: {colour} !important; }}")
        page.evaluate("theme => document.body.dataset.theme = theme", theme)  # as a theme tells
        page.wait_for_timeout(200)
        scheme = widget.evaluate("e => getComputedStyle(e.getRootNode().host).colorScheme")
        assert scheme == theme
        picture = widget.locator(".picture")
        paper = picture.evaluate("e => getComputedStyle(e).backgroundColor")
        ink = picture.locator("[data-cell]").first.evaluate("e => getComputedStyle(e).fill")
        assert (paper == "rgb(255, 255, 255)") == (ink == "rgb(31, 41, 51)") == (theme == "light")
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
