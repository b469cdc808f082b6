"""Notebook 1 as a new user opens it: in JupyterLab, and as a page exported from it."""

from pathlib import Path

import pytest
from helpers.jupyter import run_all

pytestmark = pytest.mark.slow

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "1_worked_example.ipynb"
SWEEP = "[data-lm-suppress-shortcuts]"


def assert_steps(page):
    """The sweep steps by button, slider and arrow keys, and its picture stays where it is."""
    sweep = page.locator(SWEEP).first
    sweep.scroll_into_view_if_needed()
    place, line = sweep.locator("output"), sweep.locator(".line")
    now = sweep.locator("li[aria-current]")
    picture = sweep.locator(".picture svg")
    # What is off the screen has no text until JupyterLab has drawn it.
    page.wait_for_function("place => place.innerText", arg=place.element_handle())
    before = picture.bounding_box()
    assert place.inner_text() == "start, step 1 of 39"
    sweep.get_by_label("Next step").click()
    assert line.locator("math").count() == 1
    assert now.text_content() == "h1 = w1·i1 + w2·i2 + b1 = 0.15·0.05 + 0.2·0.1 + 0.35 = 0.3775"
    page.keyboard.press("ArrowRight")
    assert place.inner_text() == "forward, step 3 of 39"
    sweep.get_by_label("Previous step").click()
    assert place.inner_text() == "forward, step 2 of 39"
    sweep.get_by_label("Step", exact=True).fill("24")
    assert now.text_content().startswith("out_h1.grad += δ_y1 · w5 = 0.138499 · 0.4 = 0.0553994")
    grads = sweep.locator("[data-cell$='.grad']")
    assert grads.all_text_contents().count("0.0363503") == 1
    assert grads.all_text_contents().count("—") == 9
    assert sweep.locator(".now.value").count() == 1
    page.keyboard.press("End")
    assert place.inner_text() == "backward, step 39 of 39"
    assert "—" not in grads.all_text_contents()
    after = picture.bounding_box()
    assert {k: after[k] - before[k] for k in ("width", "height")} == {"width": 0, "height": 0}
    controls = sweep.locator(".controls").bounding_box()
    page.keyboard.press("Home")
    assert place.inner_text() == "start, step 1 of 39"
    assert sweep.locator(".controls").bounding_box() == controls
    assert picture.bounding_box() == after
    sweep.locator("summary").click()
    assert sweep.locator("li").count() == 39
    sweep.locator("li button").nth(10).click()
    assert place.inner_text() == "backward, step 11 of 39"
    sweep.get_by_label("Play").click()
    page.wait_for_timeout(1500)
    assert place.inner_text() == "backward, step 12 of 39"
    sweep.get_by_label("Pause").click()


def assert_graphs(page):
    """The pictures are there, as wide as they can be read and no wider than their column."""
    graphs = page.locator(".jp-OutputArea-output div > svg[aria-label^='the graph of E =']")
    assert graphs.count() == 4
    for graph in graphs.all():
        graph.scroll_into_view_if_needed()
        box, column = graph.bounding_box(), graph.locator("..").bounding_box()
        assert 400 < box["width"] <= column["width"] + 1
        assert box["height"] > 60


def assert_answers_are_folded(page):
    """They are there to be opened: the words by a click, what computes them by another."""
    answers = page.locator("details", has_text="Answers").last
    answers.scroll_into_view_if_needed()
    assert not answers.locator("li").first.is_visible()
    answers.locator("summary").click()
    assert answers.locator("li").first.is_visible()
    computed = page.locator(".jp-CodeCell").last
    assert computed.locator(".jp-InputPlaceholder").count() == 1
    assert not computed.locator(".jp-OutputArea-output").count()


def test_jupyterlab(page, jupyter, tmp_path):
    address, token = jupyter
    run_all(page, f"{address}/lab/tree/{NOTEBOOK.name}?reset&token={token}")
    page.get_by_text("iteration 300: E =").wait_for(timeout=30_000)
    assert not page.locator(".jp-RenderedText[data-mime-type*=error]").count()
    assert_graphs(page)
    formulas = page.locator(".whygrad-typeset math")
    formulas.first.wait_for(timeout=30_000)
    assert formulas.count() >= 3
    assert not page.locator(".whygrad-plain").first.is_visible()
    assert_answers_are_folded(page)
    assert_steps(page)
    # The arrow keys were the sweep's alone: JupyterLab would have gone to another cell.
    assert page.locator(".jp-Cell.jp-mod-active").locator(SWEEP).count() == 1
    assert not page.outside


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """The notebook, executed and exported to one HTML file."""
    mathjax = pytest.importorskip("jupyter_server_mathjax")
    nbclient = pytest.importorskip("nbclient")
    nbconvert = pytest.importorskip("nbconvert")
    nbformat = pytest.importorskip("nbformat")
    notebook = nbformat.read(NOTEBOOK, 4)
    nbclient.NotebookClient(notebook, kernel_name="python3").execute()
    static = Path(mathjax.__file__).parent / "static"
    typesetter = f"{static.as_uri()}/MathJax.js?config=TeX-AMS-MML_HTMLorMML-full,Safe"
    html, _ = nbconvert.HTMLExporter(mathjax_url=typesetter).from_notebook_node(notebook)
    path = tmp_path_factory.mktemp("exported") / "1.html"
    path.write_text(html, encoding="utf-8")
    return path


def test_exported_page(page, exported):
    page.goto(exported.as_uri())
    assert_graphs(page)
    page.locator(".jp-OutputArea-output .MathJax").first.wait_for(timeout=30_000)
    assert_steps(page)


def test_sweep_alone_needs_nothing(page, tmp_path):
    from autograd import sweep
    from nn.worked import note5

    page.goto(sweep(note5.graph()).save(tmp_path / "sweep.html").as_uri())
    assert_steps(page)
    assert not page.outside


def test_300_steps_respond_at_once(page, tmp_path):
    from autograd import Value, sweep

    v = Value(0.5, "x0")
    for i in range(100):
        v = (v * 1.01 + Value(0.1, f"b{i}")).tanh()
        v.label = f"x{i + 1}"
    page.goto(sweep(v).save(tmp_path / "sweep.html").as_uri())
    spent = page.evaluate(
        """selector => {
            const sweep = document.querySelector(selector), start = performance.now();
            for (let i = 0; i < sweep.steps.length; i++) sweep.show(i);
            return (performance.now() - start) / sweep.steps.length;
        }""",
        SWEEP,
    )
    assert spent < 50  # milliseconds a step: far above what it takes, far below what is felt


def test_two_sweeps_on_one_page_do_not_meet(page, tmp_path):
    from autograd import Value, sweep

    pages = [sweep(Value(x, "x") * 2.0).html for x in (1.5, 2.5)]
    path = tmp_path / "two.html"
    path.write_text(f"<!doctype html><meta charset='utf-8'>{''.join(pages)}", encoding="utf-8")
    page.goto(path.as_uri())
    first, second = page.locator(SWEEP).all()
    first.get_by_label("Next step").click()
    assert first.locator("output").inner_text() == "forward, step 2 of 4"
    assert second.locator("output").inner_text() == "start, step 1 of 4"


def test_hostile_labels_run_nothing(page, tmp_path):
    from autograd import Value, draw, sweep

    label = "</script><script>document.title='broken'</script><img src=x onerror=alert(1)>"
    root = Value(2.0, label) * 3.0
    root.label = label
    path = tmp_path / "labels.html"
    path.write_text(f"<!doctype html><title>fine</title>{sweep(root).html}{draw(root).svg}")
    dialogs = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    page.goto(path.as_uri())
    page.locator(SWEEP).get_by_label("Next step").click()
    assert page.title() == "fine"
    assert not dialogs
    assert not page.locator("img").count()


def test_without_scripts_the_steps_are_a_list(browser, tmp_path):
    from autograd import sweep
    from nn.worked import note5

    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(sweep(note5.graph()).save(tmp_path / "sweep.html").as_uri())
    assert page.locator("li").count() == 39
    assert page.locator("li").first.is_visible()
    assert page.locator("svg").is_visible()
    assert not page.locator("input").is_visible()
    context.close()
