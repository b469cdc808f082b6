"""`problem` and what it returns."""

import pytest

from autograd import ProblemError, adjoints, problem

TEXT = "x = 0.5 input; w = 0.4; t = 0.01 target; η = 0.5; E = (t - w x)^2"
TABLE = "w = 0.5\n| x | t |\n| 1 | 2 |\n| 3 | 4 |\nE = (t - w x)^2"


def test_names_lead_to_values_and_roles():
    p = problem(TEXT)
    assert p.values["w"].data == 0.4
    assert p.roles == {"x": "input", "w": "parameter", "t": "target"}
    assert p.learning_rate == 0.5


def test_numbers_may_be_set_from_outside():
    assert problem(TEXT, {"w": 2.0}).values["w"].data == 2.0


def test_what_it_shows_is_of_its_graph():
    p = problem(TEXT)
    assert p.derive("w").value == pytest.approx(adjoints(p.graph)[p.values["w"]])
    assert p.audit({"E": "0.0361"}).right
    assert "E" in p.draw().source
    assert problem(p.text()).graph.data == p.graph.data
    assert p.latex().startswith(r"\begin{aligned}")


def test_an_unknown_name_brings_the_nearest():
    with pytest.raises(KeyError, match="w"):
        problem(TEXT).values["W"]


def test_a_file_is_read_and_a_text_taken_as_it_is(tmp_path):
    path = tmp_path / "note.txt"
    path.write_text(TEXT, encoding="utf-8")
    assert problem(path).graph.data == problem(TEXT).graph.data


def test_what_is_no_problem_is_refused():
    with pytest.raises(ProblemError):
        problem("E = (")
