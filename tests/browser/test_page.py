"""The page of `whygrad page` as a learner uses it: by mouse, by keyboard alone, on a phone."""

import json
import threading

import pytest

from autograd.page.building import build
from autograd.page.serving import serve
from autograd.problems.examples import EXAMPLES

pytestmark = pytest.mark.slow

TABS = ("values", "derivation", "graph", "sweep", "sheet", "training")
SPOKEN = {"values": "Values", "derivation": "Derivation", "graph": "Graph", "sweep": "Sweep",
          "sheet": "Your numbers", "training": "Train"}  # fmt: skip


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    server = serve(build(tmp_path_factory.mktemp("site")))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def loaded(browser, address):
    """One page for all tests here: Python is loaded once. Nothing but this machine is reached."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.complaints, page.outside = [], []
    page.on("console", lambda m: page.complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("request", lambda r: None if address in r.url else page.outside.append(r.url))
    page.goto(address)
    ready(page)
    yield page
    context.close()


@pytest.fixture
def opened(loaded, address):
    """That page as it starts, with the first answer shown."""
    loaded.complaints.clear()
    loaded.goto(f"{address}#")
    loaded.locator("#result", has_text="E = 0.298371").wait_for()
    loaded.locator("#panel[data-shown=values]").wait_for()
    yield loaded
    assert not loaded.complaints
    assert not [url for url in loaded.outside if not url.startswith("blob:")]


def ready(page):
    page.locator("html[data-engine=ready]").wait_for(state="attached", timeout=60_000)
    page.locator("#panel table").wait_for(timeout=60_000)


def shows(page, tab):
    page.locator(f"#tab-{tab}").click()
    page.locator(f"#panel[data-shown={tab}]").wait_for()


def write(page, text):
    page.locator("#text").fill(text)


def test_note_5_shows_why_w1_has_two_paths(opened):
    opened.locator("#tab-derivation").click()  # the one click that it takes
    formulas = opened.locator(".formulas")
    formulas.wait_for()
    assert opened.locator("#choice-Where-does-the-gradient-come-from-of").input_value() == "w1"
    text = formulas.inner_text().replace("\n", "")
    for number in ("0.000668396", "0.000229828", "0.000438568"):
        assert number in text
    assert "2 paths lead to it" in opened.locator("#panel").inner_text()


def test_every_tab_shows_every_example(opened):
    for name in EXAMPLES:
        opened.locator("#example").select_option(name)
        for tab in TABS:
            shows(opened, tab)
            assert opened.locator("#problem-error").inner_text() == ""
            if tab in ("graph", "sweep"):
                assert opened.locator("#panel svg").count() == 1
            else:
                assert opened.locator("#panel").inner_text().strip()


def test_a_moved_number_moves_all_that_is_shown(opened):
    before = opened.locator("#result").inner_text()
    opened.get_by_label("w5, number").fill("0.9")
    opened.locator("#result", has_not_text=before).wait_for()
    assert opened.get_by_label("w5, slider").input_value() == "0.9"
    row = opened.locator("tr", has=opened.get_by_role("button", name="gradient of w5", exact=False))
    assert "0.9" in row.inner_text()
    opened.get_by_role("button", name="The text's numbers again").click()
    opened.locator("#result", has_text=before).wait_for()


def test_a_link_shows_the_same(opened, address):
    write(opened, "y = σ(w x); w = 0.5; x = 2; E = (1 - y)^2")
    opened.locator("#result", has_text="E = 0.07").wait_for()
    opened.get_by_label("w, number").fill("0.25")
    shows(opened, "derivation")
    opened.locator(".formulas").wait_for()
    opened.locator("#result", has_text="E = 0.142537").wait_for()
    shown = opened.locator(".formulas").inner_text()
    link = opened.url
    opened.goto("about:blank")
    opened.goto(link)
    opened.locator(".formulas").wait_for(timeout=60_000)
    opened.locator("#result", has_text="E = 0.142537").wait_for()
    assert opened.locator(".formulas").inner_text() == shown
    assert opened.get_by_label("w, number").input_value() == "0.25"
    assert opened.locator("#text").input_value().startswith("y = σ(w x)")


@pytest.mark.parametrize("fragment", ["#%%%", "#eyJ0ZXh0IjoxfQ", "#" + "A" * 5000])
def test_a_broken_link_shows_the_page_as_it_starts(opened, address, fragment):
    write(opened, "y = 2 x; x = 1")
    opened.locator("#result", has_text="y = 2").wait_for()
    opened.goto(address + fragment)
    opened.locator("#result", has_text="E = 0.298371").wait_for()


def test_a_mistake_is_told_at_its_line_and_mended(opened):
    write(opened, "x = 1\ny = x +* 2")
    opened.locator("#problem-error", has_text="line 2").wait_for()
    write(opened, "x = 1\ny = x + 2")
    opened.locator("#result", has_text="y = 3").wait_for()
    assert opened.locator("#problem-error").inner_text() == ""


def test_a_sheet_is_judged_as_one_types(opened):
    shows(opened, "sheet")
    opened.get_by_label("your number for h1", exact=True).fill("0.3775")
    opened.locator("[data-verdict=h1].exact").wait_for()
    opened.get_by_label("your number for ∂E/∂w5", exact=True).fill("-0.0822")
    wrong = opened.locator("[data-verdict='∂E/∂w5'].wrong")
    wrong.wait_for()
    assert "sign" in wrong.inner_text()
    assert opened.locator("[data-verdict=h1].exact").count() == 1
    assert "1 wrong" in opened.locator("#summary").inner_text()
    focused = opened.evaluate_handle("document.activeElement").get_attribute("data-entry")
    assert focused == "∂E/∂w5"


def test_a_click_in_the_picture_shows_its_paths(opened):
    shows(opened, "graph")
    opened.get_by_role("button", name="w1: show its paths").click()
    opened.get_by_text("Only the paths from w1.").wait_for()
    assert opened.locator("#panel svg g.value").count() < 23
    opened.get_by_role("button", name="The whole graph").click()
    opened.get_by_text("Choose a value in the picture").wait_for()


def test_the_sweep_steps_by_keys(opened):
    shows(opened, "sweep")
    place = opened.locator("#panel output")
    assert place.inner_text() == "start, step 1 of 39"
    opened.locator("whygrad-sweep-page").focus()
    opened.keyboard.press("End")
    assert place.inner_text() == "backward, step 39 of 39"
    assert opened.locator("#panel .line math").count() == 1


def test_training_goes_on_from_where_it_was(opened):
    shows(opened, "training")
    last = opened.locator("#panel tbody tr").last.inner_text().split()
    opened.get_by_role("button", name="Go on from the last numbers").click()
    opened.locator("#result", has_text=f"E = {last[1]}").wait_for()


def test_the_formula_is_written_out_by_sympy(opened):
    write(opened, "y = (w x)^2; w = 3; x = 2")
    opened.locator("#result", has_text="y = 36").wait_for()
    shows(opened, "derivation")
    opened.get_by_role("button", name="As one formula").click()
    opened.get_by_text("2*w*x**2").wait_for(timeout=120_000)


HOSTILE = [
    'y = 2 x; x = 1  # <img src=x onerror="window.hit=1">',
    "</script><script>window.hit=1</script> = 1",
    "javascript:window.hit=1 = 2",
    'y = <svg onload="window.hit=1"> x; x = 1',
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_only_text(opened, text):
    write(opened, text)
    opened.wait_for_timeout(600)
    for tab in TABS:
        opened.locator(f"#tab-{tab}").click()
        opened.wait_for_timeout(100)
    assert opened.evaluate("() => window.hit") is None
    assert opened.locator("img, body script:not([type='application/json'])").count() == 0


def test_a_megabyte_is_refused_at_once(opened):
    write(opened, "y = " + "x + " * 250_000 + "x; x = 1")
    opened.locator("#problem-error", has_text="more than 200,000 characters").wait_for()
    write(opened, "y = 2 x; x = 1")
    opened.locator("#result", has_text="y = 2").wait_for()


def test_what_takes_too_long_is_stopped_and_the_page_lives(opened):
    shows(opened, "training")
    write(opened, "y = " + " + ".join(["sin(w x)"] * 800) + "; w = 0.001; x = 2 input")
    opened.locator("#training-steps").fill("1000")
    opened.locator("#training-steps").press("Enter")
    opened.get_by_text("Stopped after 10 seconds").wait_for(timeout=60_000)
    opened.locator("html[data-engine=ready]").wait_for(state="attached", timeout=60_000)
    shows(opened, "values")
    write(opened, "y = 2 x; x = 1")
    opened.locator("#result", has_text="y = 2").wait_for(timeout=60_000)


def test_the_keyboard_alone_reaches_everything(opened):
    opened.locator("#text").focus()
    reached = []
    for _ in range(60):
        opened.keyboard.press("Tab")
        reached.append(
            opened.evaluate(
                "() => document.activeElement.id || document.activeElement.ariaLabel || ''"
            )
        )
    assert {"reset", "link", "print", "tab-values"} <= set(reached)
    assert "w1, slider" in reached
    opened.locator("#tab-values").focus()
    for tab in TABS[1:]:
        opened.keyboard.press("ArrowRight")
        opened.locator(f"#panel[data-shown={tab}]").wait_for()
        assert opened.evaluate("() => document.activeElement.id") == f"tab-{tab}"
    opened.keyboard.press("Home")
    opened.locator("#panel[data-shown=values]").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(opened, axe, scheme):
    opened.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    opened.evaluate(axe)
    for tab in TABS:
        shows(opened, tab)
        found = opened.evaluate(
            "() => axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'best-practice'] })"
        )
        told = [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found["violations"]]
        assert not told, f"{tab}: {json.dumps(told)}"
    opened.emulate_media(color_scheme="light")
    opened.complaints.clear()  # axe tries styles that the page's policy forbids


def test_a_phone_has_no_sideways_scroll(opened):
    opened.set_viewport_size({"width": 320, "height": 640})
    for tab in TABS:
        shows(opened, tab)
        assert opened.evaluate("() => document.documentElement.scrollWidth") <= 320, tab
    opened.set_viewport_size({"width": 1280, "height": 900})


def test_it_works_without_the_network_afterwards(opened, address):
    opened.wait_for_function("() => navigator.serviceWorker.controller !== null")
    opened.context.set_offline(True)
    opened.reload()
    opened.locator("#panel table").wait_for(timeout=60_000)
    shows(opened, "graph")
    assert opened.locator("#panel svg").count() == 1
    opened.context.set_offline(False)


def test_spoken_names_of_the_tabs(opened):
    for tab, name in SPOKEN.items():
        assert opened.get_by_role("tab", name=name).get_attribute("id") == f"tab-{tab}"
    assert opened.get_by_role("main").count() == 1
    assert opened.get_by_role("tabpanel").get_attribute("aria-labelledby") == "tab-values"
