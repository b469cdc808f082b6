"""Points for a sheet: what is right, carried forward, trivial, unreadable."""

import pytest

from autograd import SheetError, problem
from autograd.grading import Marker, check, partial_scores, score
from autograd.problems.exercise import make_exercise

NEURON = """
x = 0.5932 input; w = 0.40 parameter; b = 0.60 parameter; t = 0.01 target; η = 0.5
z = w x + b; y = sigmoid(z); E = 1/2 (t - y)^2
"""
RIGHT = {
    "z": "0.8373", "y": "0.6979", "E": "0.2366", "dE/dz": "0.1450",
    "dE/dw": "0.08603", "dE/db": "0.1450", "w'": "0.3570", "b'": "0.5275",
}  # fmt: skip


@pytest.fixture
def marker():
    return Marker(problem(NEURON))


def points(found):
    return {m.name: m.points for m in found.marks}


def test_a_right_sheet_earns_all(marker):
    found = marker.mark(RIGHT)
    assert (found.points, found.maximum) == (8, 8)
    assert found.slips == ()
    assert str(found).startswith("8 of 8 points\n\nentry")


def test_a_slip_costs_its_entry_and_what_follows_is_credited():
    sheet = {**RIGHT, "dE/dz": "-0.1450", "dE/dw": "-0.08603", "dE/db": "-0.1450"}
    sheet |= {"w'": "0.4430", "b'": "0.6725"}
    for carried, expected in ((1.0, 7), (0.5, 5), (0.0, 3)):
        found = Marker(problem(NEURON), carried=carried).mark(sheet)
        assert found.points == expected
        assert points(found)["∂E/∂z"] == 0
    assert found.slips[0].startswith("∂E/∂z: ")
    assert "∂E/∂z = -0.1450 is wrong: it is 0.1450" in str(found)


def test_points_by_name_in_any_spelling():
    worth = {"delta_z": 3, "dE/dw": 2, "w′": 1, "dy/dz": 4}
    marker = Marker(problem(NEURON), worth)
    assert list(marker.points.items()) == [("∂E/∂z", 3), ("∂E/∂w", 2), ("w'", 1), ("∂y/∂z", 4)]
    found = marker.mark({**RIGHT, "dy/dz": "0.2108"})
    assert (found.points, found.maximum) == (10, 10)
    with pytest.raises(SheetError, match="points are given for dE/dW, which is unknown; did you"):
        Marker(problem(NEURON), {"dE/dW": 1})
    with pytest.raises(ValueError, match="carried is a share"):
        Marker(problem(NEURON), carried=2)


@pytest.mark.parametrize("zero", ["0", "0.0000", "-0.0", "0.00"])
@pytest.mark.parametrize("sizes", [pytest.param("2-2-2", marks=pytest.mark.slow), "2-2-1"])
def test_a_sheet_of_zeros_earns_nothing(zero, sizes):
    exercise = make_exercise(sizes, seed=3)
    marker = Marker(exercise.problem)
    assert marker.mark({q.typed: zero for q in exercise.questions}).points == 0


def test_a_zero_gradient_earns_no_unchanged_weight(marker):
    sheet = {"dE/dw": "0.0000", "w'": "0.4000"}
    found = marker.mark(sheet)
    assert points(found)["∂E/∂w"] == points(found)["w'"] == 0
    found = points(marker.mark({"y": "1.000", "w'": "0.4000"}))
    assert found["w'"] == 0
    sheet = {**RIGHT, "y": "1.000", "dE/dz": "0.000", "w'": "0.4000", "b'": "0.6000"}
    found = points(marker.mark(sheet))
    assert found["∂E/∂z"] == found["w'"] == found["b'"] == 0


def test_too_few_digits_earn_nothing():
    p = problem(NEURON)
    found = Marker(p, digits=3).mark({**RIGHT, "E": "0.24"})
    assert points(found)["E"] == 0
    assert "E = 0.24 has too few digits to be marked: give 3." in str(found)
    assert points(Marker(p, digits=1).mark({"y": "0.7"}))["y"] == 1


def test_dropped_zeros_are_digits(marker):
    """0.145 stands for 0.1450, and 0.07 for a number that is 0.07."""
    found = Marker(problem(NEURON), digits=4).mark({**RIGHT, "dE/dz": "0.145", "w'": "0.357"})
    assert found.points == 8
    p = problem("y = 0.1 x; x = 0.7")
    assert Marker(p, digits=4).mark({"y": "0.07"}).marks[0].points == 1


def test_what_is_missing_unreadable_twice_or_strange_is_said(marker):
    sheet = {**RIGHT, "y": "about 0.7", "dE/dq": "1", "δ_z": "0.1450"}
    del sheet["E"]
    found = marker.mark(sheet)
    verdicts = {m.name: m.verdict for m in found.marks}
    assert verdicts["y"] == "unreadable"
    assert verdicts["E"] == "missing"
    assert verdicts["∂E/∂z"] == "unreadable"
    text = str(found)
    assert "E is missing." in text
    assert "y: 'about 0.7' is no number." in text
    assert "∂E/∂z is on the sheet twice." in text
    assert "'dE/dq' is not asked for and was not marked." in text
    assert found.points == 5
    assert Marker(problem(NEURON)).mark({}).points == 0


def test_an_audit_has_a_score():
    audit = problem(NEURON).audit({**RIGHT, "E": "0.4732"})
    found = audit.score({"z": 1, "E": 2, "∂E/∂w": 3, "y": 1}, carried=0.5)
    assert (found.points, found.maximum) == (5, 7)
    assert float(audit.score()) == 7
    assert score(audit).as_data()["entries"][0]["name"] == "z"


def test_check_is_a_test_for_notebooks(tmp_path):
    (tmp_path / "neuron.txt").write_text(NEURON, encoding="utf-8")
    check(tmp_path / "neuron.txt", RIGHT)
    check(NEURON, {"dE/dw": 0.08603434148, "w'": 0.35698282926})  # computed by a program
    slip = {"dE/dz": "-0.1450", "dE/dw": "-0.08603"}
    with pytest.raises(AssertionError, match=r"∂E/∂z = -0\.1450 is wrong: it is 0\.1450 .*Why: "):
        check(problem(NEURON), slip)
    with pytest.raises(AssertionError, match="carried forward"):
        check(problem(NEURON), slip)
    with pytest.raises(AssertionError) as caught:
        check(problem(NEURON), slip, carried=True)
    assert "∂E/∂w" not in str(caught.value).split("Why")[0]
    with pytest.raises(AssertionError, match="is no number"):
        check(NEURON, {"y": "seven"})
    with pytest.raises(SheetError, match="unknown"):
        check(NEURON, {"q": "1.00"})


def test_partial_scores_are_prairielearns():
    answers = {"y": "0.6979", "dE/dz": "-0.1450", "dE/dw": "-0.08603"}
    found = partial_scores(NEURON, answers, carried=0.5)
    assert {k: v["score"] for k, v in found.items()} == {"y": 1.0, "dE/dz": 0.0, "dE/dw": 0.5}
    assert found["y"] == {"score": 1.0, "weight": 1.0, "feedback": ""}
    assert "is wrong" in found["dE/dz"]["feedback"]
    weighted = partial_scores(NEURON, answers, {"y": 2, "E": 3})
    assert weighted["E"] == {"score": 0.0, "weight": 3.0, "feedback": "E is missing."}
