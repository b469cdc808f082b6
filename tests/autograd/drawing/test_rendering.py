"""The three situations: `dot` on the path, only the packaged Graphviz, and neither."""

import os
import stat
import sys
from xml.etree import ElementTree as ET

import pytest
from extras import needs

from autograd import DrawingError, Value, draw
from autograd.drawing import rendering

SOURCE = 'digraph { a -> b [label="∂"] }'
needs_package = needs("pygraphviz")


@pytest.fixture
def no_program(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def program(folder, text):
    """Put a program called dot into a folder."""
    path = folder / "dot"
    path.write_text(f"#!{sys.executable}\n{text}")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@needs_package
@pytest.mark.many
@pytest.mark.parametrize(
    ("format", "start"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF")]
)
def test_packaged_engine_draws_every_format(no_program, format, start):
    assert rendering.render(SOURCE, format).startswith(start)


@needs_package
def test_packaged_engine_is_quiet(no_program, capfd):
    rendering.render(SOURCE)
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(os.name == "nt", reason="a script is no program there")
def test_the_program_on_the_path_comes_first(no_program):
    program(no_program, "import sys\nprint('dot was called with', *sys.argv[1:])")
    assert rendering.render(SOURCE, "svg", "neato") == b"dot was called with -Kneato -Tsvg\n"


@pytest.mark.skipif(os.name == "nt", reason="a script is no program there")
def test_a_failing_program_is_reported_in_its_words(no_program):
    program(no_program, "import sys\nsys.exit('Error: out of memory')")
    with pytest.raises(DrawingError, match="out of memory"):
        rendering.render(SOURCE)


@pytest.mark.skipif(os.name == "nt", reason="a script is no program there")
def test_an_endless_program_is_stopped(no_program, monkeypatch):
    program(no_program, "import time\ntime.sleep(60)")
    monkeypatch.setattr(rendering, "_TIME_LIMIT", 0.2)
    with pytest.raises(DrawingError, match="draw less"):
        rendering.render(SOURCE)


def test_neither_is_one_error_that_names_both_remedies(no_program, monkeypatch):
    monkeypatch.setattr(rendering.importlib.util, "find_spec", lambda name: None)
    picture = draw(Value(1.0, "x") * 2)
    assert picture.source  # DOT needs neither
    for show in (picture._repr_mimebundle_, lambda: picture.save("never.svg")):
        with pytest.raises(DrawingError) as error:
            show()
        assert "pip install 'whygrad[pictures]'" in str(error.value)
        assert "apt install graphviz" in str(error.value)
    assert not os.path.exists("never.svg")


@needs_package
class TestDrawing:
    def test_saves_what_the_ending_names(self, tmp_path):
        picture = draw(Value(1.0, "x") * 2)
        starts = {"svg": b"<svg", "png": b"\x89PNG", "pdf": b"%PDF", "dot": b"digraph"}
        for ending, start in starts.items():
            path = picture.save(tmp_path / f"graph.{ending}")
            assert path.read_bytes().startswith(start)

    def test_another_ending_is_refused(self, tmp_path):
        with pytest.raises(ValueError, match=r"\.svg, \.png, \.pdf or \.dot"):
            draw(Value(1.0) * 2).save(tmp_path / "graph.jpeg")

    def test_a_notebook_gets_svg_that_describes_itself(self):
        bundle = draw(Value(1.5, "x") * 2)._repr_mimebundle_()
        picture = ET.fromstring(bundle["image/svg+xml"])
        assert picture.get("role") == "img"
        assert picture.get("aria-label") == "the graph of L = 3, 2 values"
        assert not [e for e in picture.iter() if e.get("id")]
        assert "text/plain" in bundle


def test_another_renderer_draws_until_it_is_taken_back(no_program):
    asked = []
    rendering.use_renderer(
        lambda source, format, layout: asked.append((format, layout)) or b"<svg/>"
    )
    try:
        assert rendering.render(SOURCE) == b"<svg/>"
    finally:
        rendering.use_renderer(None)
    assert asked == [("svg", "dot")]
    with pytest.raises((DrawingError, AssertionError)):
        assert rendering.render(SOURCE) == b"<svg/>"
