"""Sheets as people write them: names, figures, and what cannot be read."""

import pytest

from autograd import SheetError
from autograd.audit.sheet import Figure, Problems, cells_of, read_sheet


def read(sheet):
    problems = Problems()
    entries = read_sheet(sheet, problems)
    problems.check()
    return [(e.name, e.figure.text) for e in entries]


MATCHES = [
    ("0.2984", 0.2983711088, "rounded"),
    ("0.2983", 0.2983711088, "truncated"),
    ("0.2985", 0.2983711088, None),
    ("-0.25", -0.25, "exact"),
    ("1/3", 1 / 3, "exact"),
    ("0", 0.004, "rounded"),
]


@pytest.mark.parametrize(("text", "x", "match"), MATCHES)
def test_how_a_figure_stands_for_a_number(text, x, match):
    assert Figure(text).match(x) == match


def test_digits_are_counted_as_written():
    figure = Figure("0.0820")
    assert (figure.decimals, figure.significant, figure.unit) == (4, 3, 0.0001)
    assert figure.as_exact().unit == 0.0
    assert Figure("0.00").significant == 0


def test_a_mapping_keeps_the_digits_of_text():
    assert read({"h1": "0.3770", "E": 0.25}) == [("h1", "0.3770"), ("E", "0.25")]


@pytest.mark.parametrize("line", ["h1,0.3775", "h1;0.3775", "h1\t0.3775", "h1 = 0.3775"])
def test_lines_of_a_file(line, tmp_path):
    path = tmp_path / "sheet.csv"
    path.write_text(f"name,value\n{line}\n", encoding="utf-8")
    assert read(path) == [("h1", "0.3775")]


def test_what_cannot_be_read_is_told_with_its_line(tmp_path):
    path = tmp_path / "sheet.csv"
    path.write_text("h1,0.3775\nh2,about a half\n", encoding="utf-8")
    with pytest.raises(SheetError, match="line 2"):
        read(path)


def test_a_colon_or_an_equals_sign_between_name_and_number():
    assert cells_of("h1: 0,3775") == cells_of("h1 = 0.3775") == ["h1", "0.3775"]
    assert cells_of("layer:1,0.5") == ["layer:1", "0.5"]
