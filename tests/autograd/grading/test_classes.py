"""A class's sheets marked."""

import csv

import pytest

from autograd.grading.classes import mark_class, sheets_in

TEXT = "x = 3 input; w = 0.5 parameter; t = 1.1 target; y = w x; E = (t - y)^2"


@pytest.fixture
def marked(tmp_path):
    sheets = {
        "ada": "y,1.50\nE,0.160\ndE/dw,2.40\n",
        "bob": "y,1.50\nE,0.160\ndE/dw,-2.40\n",
        "cem": "\x00",
    }
    for name, text in sheets.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    points = {"y": 1, "E": 1, "dE/dw": 1}
    return mark_class(sheets_in(tmp_path), TEXT, points=points, processes=1)


def test_scores_and_faults_by_student(marked):
    assert {name: s.points for name, s in marked.scores.items() if name != "cem"} == {
        "ada": 3,
        "bob": 2,
    }
    assert len(list(marked)) == 3


def test_slips_say_who_made_them(marked):
    assert marked.slips["sign flipped"] == ["bob"]


def test_one_line_a_student(marked):
    rows = list(csv.DictReader(marked.to_csv().splitlines()))
    assert rows[0]["student"] == "ada"
    assert float(rows[0]["points"]) == 3


def test_the_entry_that_parts_the_class(marked):
    assert marked.parting in ("∂E/∂w", "dE/dw")


def test_no_spreadsheet_takes_a_name_for_a_formula(tmp_path):
    (tmp_path / "=1+1.csv").write_text("y,1.50\n", encoding="utf-8")
    text = mark_class(sheets_in(tmp_path), TEXT, processes=1).to_csv()
    assert not any(line.startswith("=") for line in text.splitlines())
