"""The widget without a browser: the state that it shares, and what it answers."""

import json
import re

import pytest
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


@pytest.fixture
def asked():
    """A widget, what it is asked, and what it answers."""
    widget = explore(note5.graph()).widget
    answers = []
    widget.send = answers.append

    def ask(request):
        widget._handle_custom_msg(json.loads(json.dumps(request)), [])
        return answers.pop() if answers else None

    return widget, ask


def test_a_request_has_its_answer(asked):
    widget, ask = asked
    answer = ask({"id": ["a", 1], "numbers": {"w1": 0.9}, "wrt": "w1"})
    assert answer["id"] == ["a", 1]
    assert answer["parts"]["derivation"]["title"] == "∂E/∂w1"
    assert widget.get_state()["answer"] == answer  # where another view starts


def test_what_is_no_view_is_not_where_another_view_starts(asked):
    widget, ask = asked
    assert ask({"id": ["a", 1], "show": "expression", "wrt": "w5"})["ok"]
    assert not ask({"id": ["a", 2], "numbers": {"w1": "much"}})["ok"]
    assert widget.get_state()["answer"]["number"] == "0.298371"


def test_a_message_that_asks_nothing_has_no_answer(asked):
    _, ask = asked
    assert ask({}) is None


def test_an_explorer_has_one_widget():
    explorer = explore(note5.graph())
    assert explorer.widget is explorer.widget


def test_its_script_is_whole_and_asks_nothing_of_the_network():
    script = explore(note5.graph()).widget._esm
    assert "import {" not in script
    assert "export default" in script
    assert ".sliders {" in script
    assert not [
        word for word in ("http://", "https://") if word in script.replace("http://www.w3.org", "")
    ]


@needs("pygraphviz")  # to draw it
def test_every_colour_of_the_picture_has_one_in_a_dark_theme():
    widget = explore(note5.graph()).widget
    colours = set(re.findall(r' ((?:fill|stroke)="(?!none)[^"]+")', widget.picture["svg"]))
    assert colours
    rules = widget._esm.replace('\\"', '"')
    assert not [colour for colour in colours if f".picture [{colour}]" not in rules]


def test_where_no_widgets_are_shown_there_is_what_stands():
    data, _ = explore(note5.graph())._repr_mimebundle_()
    assert {"application/vnd.jupyter.widget-view+json", "text/html", "text/plain"} <= set(data)
    assert data["text/plain"].startswith("<Explorer of E = 0.298371: i1, i2, b1,")
