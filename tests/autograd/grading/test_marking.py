"""One sheet marked."""

import pytest

from autograd import SheetError, problem
from autograd.grading.marking import Marker

TEXT = "x = 3 input; w = 0.5 parameter; t = 1.1 target; y = w x; E = (t - y)^2; η = 0.1"


def marks(marker, answers):
    return {m.name: (m.points, m.verdict) for m in marker.mark(answers).marks}


def test_every_spelling_of_a_name_earns_its_points():
    marker = Marker(problem(TEXT), {"dE/dw": 2, "y": 1})
    assert marks(marker, {"∂E/∂w": "2.40", "y": "1.50"}) == {
        "∂E/∂w": (2.0, "exact"),
        "y": (1.0, "exact"),
    }


def test_what_is_missing_or_no_number_earns_nothing():
    found = marks(Marker(problem(TEXT)), {"y": "one and a half"})
    assert found["y"][0] == 0
    assert found["E"] == (0.0, "missing")


def test_more_than_is_asked_is_not_refused():
    score = Marker(problem(TEXT), {"y": 1}).mark({"y": "1.50", "dy/dw": "3.00", "zz": "1"})
    assert score.points == 1
    assert any("zz" in remark for remark in score.remarks)


def test_settings_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="share"):
        Marker(problem(TEXT), carried=1.5)
    with pytest.raises(SheetError, match="did you mean"):
        Marker(problem(TEXT), {"dE/dww": 1})
