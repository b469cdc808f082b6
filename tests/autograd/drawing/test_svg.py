"""SVG made fit for a page."""

import pytest

from autograd.drawing.svg import parse, refine, texts, write

SVG = """<svg width="200pt" height="50pt" xmlns="http://www.w3.org/2000/svg"
 xmlns:xlink="http://www.w3.org/1999/xlink"><g id="n1" class="node v1"><title>v1</title>
 <a xlink:title="w: data = 2.0"><text>w</text><text>2</text></a></g>
 <g id="e1" class="edge"><title>v1-&gt;v2</title></g></svg>"""


@pytest.fixture
def picture():
    return parse(SVG)


def test_no_id_is_left_and_the_tooltip_is_the_title(picture):
    refine(picture, "a graph")
    text = write(picture)
    assert "id=" not in text
    assert "<title>w: data = 2.0</title>" in text
    assert "v1-&gt;v2" not in text
    assert picture.get("aria-label") == "a graph"
    assert "max-width: 100%" in picture.get("style")


def test_texts_are_found_by_the_classes_of_their_group(picture):
    assert [t.text for t in texts(picture, "node", "v1")] == ["w", "2"]
    with pytest.raises(LookupError, match="v9"):
        texts(picture, "node", "v9")


def test_what_is_written_stands_in_html(picture):
    assert write(picture).startswith("<svg")


def test_an_index_is_smaller_than_what_it_belongs_to():
    picture = parse(SVG.replace("<text>2", '<text baseline-shift="sub" font-size="10.00">2'))
    refine(picture, "a graph")
    assert [t.get("font-size") for t in texts(picture, "node", "v1")] == [None, "7.00"]
