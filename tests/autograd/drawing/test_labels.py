"""Labels are text from anywhere: none breaks a drawing, none reaches a page as markup."""

from xml.etree import ElementTree as ET

import pytest
from extras import extra, needs
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Value, draw, sweep

pygraphviz = extra("pygraphviz")

HOSTILE = [
    'say "hello"',
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<!-- not a comment",
    "]]>",
    "two\nlines\r\nand\ttabs",
    "back\\slash \\N \\G \\L \\\\",
    "ends with \\",
    "{a | b} [c] -> d; e",
    "x" * 10_000,
    "😀👩‍👩‍👧 emoji",
    r"\frac{\partial E}{\partial w_1} $x$ $$y$$",
    "&amp; &lt;b&gt; &#60; & alone",
    "<b>bold</b>",
    "<TABLE><TR><TD>",
    "\x00\x01\x1b[31m",
    "\ud800 lone surrogate",
    "\u202egnirts\u202c",
    "%s %(x)s {0} {name}",
    "' onmouseover='alert(1)",
    "   ",
    "σ′(z) ∂E/∂w₁",
]


def graph(label):
    x = Value(2.0, label)
    y = x * 3.0
    y.label = label
    z = y + x
    z.label = label
    return z


def assert_harmless(svg):
    tree = ET.fromstring(svg)
    for element in tree.iter():
        name = element.tag.split("}")[-1]
        assert name in {"svg", "g", "title", "path", "polygon", "ellipse", "text", "a", "polyline"}
        assert not any(key.lower().startswith("on") for key in element.attrib)
        for key, value in element.attrib.items():
            assert not (key.endswith("href") and value)


@pytest.mark.slow
@pytest.mark.parametrize("label", HOSTILE, ids=range(len(HOSTILE)))
def test_every_kind_of_picture_survives(label):
    root = graph(label)
    leaf = root.operands[1]
    for drawing in (draw(root, symbols=True), draw(root, focus=leaf), draw(root, detail="all")):
        parsed = pygraphviz.AGraph(string=drawing.source)
        assert len([n for n in parsed.nodes() if n[1:].isdigit()]) == 3
        assert_harmless(drawing.svg)
        assert len(drawing.source) < 20_000  # whatever the label's length


@needs("pygraphviz")
@pytest.mark.many
@pytest.mark.parametrize("label", HOSTILE, ids=range(len(HOSTILE)))
def test_a_sweep_keeps_labels_out_of_its_markup(label):
    page = sweep(graph(label)).html
    ours = page.count("<script")
    assert page.count("</script>") == ours == 2
    assert "<b>" not in page
    assert "alert(1)" not in page or "<script>alert" not in page
    assert_harmless(page[page.index("<svg") : page.index("</svg>") + 6])


@needs("pygraphviz")
def test_escapes_of_graphviz_are_mere_text():
    shown = [e.text for e in ET.fromstring(draw(graph(r"\N \G \L \\ \n")).svg).iter() if e.text]
    assert r"\N \G \L \\ \n" in shown
    assert r"\N \G \L \\ \n: data = 2.0" in shown  # the tooltip


@needs("pygraphviz")
@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(st.text(alphabet=st.characters(), max_size=60))
def test_any_text(label):
    assert_harmless(draw(graph(label), symbols=True).svg)
