"""The widget without a browser: the state that it shares, and what it answers."""

import json

from extras import extra, needs

from autograd import explore
from nn.worked import note5

anywidget = extra("anywidget")
pytestmark = needs("anywidget")


def test_it_starts_with_an_answer_and_the_picture():
    widget = explore(note5.graph()).widget
    assert isinstance(widget, anywidget.AnyWidget)
    state = json.loads(json.dumps(widget.get_state(), allow_nan=False))
    assert state["answer"]["number"] == "0.298371"
    assert state["picture"]["svg"].startswith("<svg") or "Graphviz" in state["picture"]["error"]


def test_a_request_has_its_answer():
    explorer = explore(note5.graph())
    widget = explorer.widget
    assert widget is explorer.widget
    widget.request = {"id": "a 1", "numbers": {"w1": 0.9}, "wrt": "w1"}
    assert widget.answer["id"] == "a 1"
    assert widget.answer["parts"]["derivation"]["title"] == "∂E/∂w1"
    assert explorer.numbers["w1"] == 0.9


def test_its_script_is_whole_and_asks_nothing_of_the_network():
    script = explore(note5.graph()).widget._esm
    assert "import {" not in script
    assert "export default" in script
    assert ".sliders {" in script
    assert not [
        word for word in ("http://", "https://") if word in script.replace("http://www.w3.org", "")
    ]


def test_where_no_widgets_are_shown_there_is_what_stands():
    data, _ = explore(note5.graph())._repr_mimebundle_()
    assert {"application/vnd.jupyter.widget-view+json", "text/html", "text/plain"} <= set(data)
    assert data["text/plain"].startswith("<Explorer of E = 0.298371: i1, i2, b1,")
