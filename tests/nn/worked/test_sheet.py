"""A worked note as data, and whether what it prints is so."""

import math

import pytest

from autograd import Value
from nn.worked.sheet import Line, Note, Section, nodes, verdict


def test_a_line_is_held_to_its_formula():
    assert Line("a", 0.5, ("0.5",), "x/2", 0.5).verdicts == ("agrees", "agrees")
    assert Line("a", 0.5, (), "x/2", 0.51).verdicts == ("differs",)


def test_a_note_is_plain_data():
    note = Note("9", "Subject", [Section("one", [Line("a", 0.5, ("0.5",))], ["so"])])
    data = note.as_data()
    assert data["sections"][0]["lines"] == [
        {"name": "a", "exact": 0.5, "printed": ["0.5"], "verdicts": ["agrees"]}
    ]
    assert [line.name for line in note.lines] == ["a"]


def test_values_by_their_labels():
    a = Value(1.0, "a")
    assert nodes([a, Value(2.0)]) == {"a": a}


@pytest.mark.parametrize(
    ("exact", "printed", "expected"),
    [
        (0.3775, "0.3775", "agrees"),
        (0.37749999999999995, "0.3775", "agrees"),
        (28224.0, "28224", "agrees"),
        (0.5932699921, "0.5932", "rounded"),
        (0.5932699921, "0.5933", "rounded"),
        (0.5932699921, "0.5934", "differs"),
        (-0.0226, "0.0226", "differs"),
        (0.2995022873, "0.29950", "rounded"),
        (math.nan, "0.1", "differs"),
    ],
)
def test_verdicts(exact, printed, expected):
    assert verdict(exact, printed) == expected
