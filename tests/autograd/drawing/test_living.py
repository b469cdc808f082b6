"""A picture whose numbers change: laid out as `draw` has it, and the numbers are the engine's."""

import re

import pytest
from extras import needs

from autograd import Value, adjoints, draw
from autograd.drawing.living import LivingPicture
from autograd.drawing.text import number
from nn.worked import note5

POINTS = re.compile(r'class="(node value v\d+|edge partial e\d+ v\d+in)"')


@pytest.fixture(scope="module")
def shown():
    root = note5.graph()
    return root, LivingPicture(root)


@needs("pygraphviz")
def test_it_has_the_parts_of_the_drawing(shown):
    root, picture = shown
    assert POINTS.findall(picture.svg) == POINTS.findall(draw(root).svg)


@needs("pygraphviz")
def test_every_number_has_its_place(shown):
    root, picture = shown
    places = re.findall(r'data-cell="([^"]+)"', picture.svg)
    assert sorted(places) == sorted(picture.numbers(root))
    assert "8.888" not in picture.svg


@needs("pygraphviz")
@needs("pygraphviz")
def test_no_title_has_a_number_of_the_first_graph(shown):
    assert not re.search(r"<title>[^<]*= [−-]?\d", shown[1].svg)


def test_numbers_are_those_of_the_engine(shown):
    root, picture = shown
    cells = picture.numbers(root)
    gradients = adjoints(root)
    by_label = {v.label: v for v in gradients}
    assert len(picture.keys) == 23
    for key, label in picture.keys.items():
        assert cells[f"{key}.data"] == number(by_label[label].data)
        assert cells[f"{key}.grad"] == number(gradients[by_label[label]])


def test_another_graph_of_the_shape_takes_its_places():
    def made(x):
        x = Value(x, "x")
        y = (x * 2).exp()
        y.label = "y"
        return y * y

    picture = LivingPicture(made(0.0))
    assert picture.numbers(made(0.0))["v1.data"] == "1"
    assert picture.numbers(made(1.0))["v1.data"] == number(made(1.0).operands[0].data)


def test_the_way_is_all_that_depends_on_a_value(shown):
    root, picture = shown
    by_label = {v.label: v for v in adjoints(root)}
    names = {picture.keys[key] for key in picture.way(root, by_label["h2"]) if key in picture.keys}
    assert names == {"h2", "out_h2", "y1", "out_y1", "y2", "out_y2", "E"}
    edges = [key for key in picture.way(root, by_label["w5"]) if key.startswith("e")]
    assert len(edges) == 3  # to y1, out_y1 and E


def test_too_much_is_refused_as_by_draw():
    root = Value(1.0, "x0")
    for i in range(301):
        root = root + 1.0
        root.label = f"x{i + 1}"
    with pytest.raises(ValueError, match="too many to read"):
        LivingPicture(root)
