"""What an audit says of one entry."""

import pytest

from autograd import Value, audit
from autograd.audit.findings import Diagnosis, Finding


@pytest.fixture
def finding():
    w, x = Value(0.5, "w"), Value(3.0, "x")
    y = w * x
    y.label = "y"
    return audit((y - 1.0) ** 2, {"y": "1.50", "dL/dw": "-3.0"})["dL/dw"]


def test_the_sentence_says_what_is_right_and_why(finding):
    assert finding.sentence.startswith("∂L/∂w = -3.0 is wrong: it is 3.0. Why: ")
    assert finding.diagnoses[0].kind == "sign flipped"


def test_plain_data_has_all_of_it(finding):
    data = finding.as_data()
    assert data["figure"] == "-3.0"
    assert data["right"] == pytest.approx(3.0)
    assert data["diagnoses"][0] == {
        "kind": "sign flipped",
        "what": finding.diagnoses[0].what,
        "number": finding.diagnoses[0].number,
    }
    assert data["sentence"] == finding.sentence


def test_without_a_reading_it_says_so():
    told = Finding("y", "y", "9.9", "wrong", 1.5, "1.5", 1.5, (), (), "entry 1")
    assert "No slip that was tried gives this figure." in told.sentence
    one = Finding(
        "y", "y", "9.9", "wrong", 1.5, "1.5", 1.5, (), (Diagnosis("a", "b", 9.9),), "entry 1"
    )
    assert one.sentence.endswith("Why: b.")
