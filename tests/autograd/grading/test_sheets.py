"""Sheets as people hand them in."""

import pytest
from extras import extra

from autograd import SheetError
from autograd.grading import read_answers, read_points, sheets_in

pd = extra("pandas")
openpyxl = extra("openpyxl")


@pytest.mark.parametrize(
    "content",
    [
        b"name,value\nh1,0.3775\ndE/dw1,0.00044\n",
        b"h1, 0.3775\n\n  dE/dw1 , 0.00044  \n",
        b"\xef\xbb\xbfname;value\r\nh1;0,3775\r\ndE/dw1;0,00044\r\n",
        b"name\tvalue\nh1\t0,3775\ndE/dw1\t0.00044\n",
        "h1,0.3775\ndE/dw1,0.00044".encode("utf-16"),
        b"name,value,remark\nh1,0.3775,easy\ndE/dw1,0.00044,\n",
        b"# my sheet\nh1 = 0.3775\ndE/dw1 = 0.00044\n",
        b"name,value\nh1,0.3775\ndE/dw1,0.00044\nw1',\nE,\n",
    ],
)
def test_a_sheet_in_any_dress(content, tmp_path):
    (tmp_path / "s.csv").write_bytes(content)
    assert read_answers(tmp_path / "s.csv") == {"h1": "0.3775", "dE/dw1": "0.00044"}


def test_signs_of_other_alphabets(tmp_path):
    (tmp_path / "s.csv").write_text("∂E/∂w1,−0.5\n", encoding="utf-8")
    assert read_answers(tmp_path / "s.csv") == {"∂E/∂w1": "−0.5"}
    (tmp_path / "s.csv").write_bytes("Zoë,0.5\n".encode("cp1252"))
    assert read_answers(tmp_path / "s.csv") == {"Zoë": "0.5"}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"h1,1\nh1,2\n", "line 2: h1 comes twice"),
        (b"\0\1\2", "no CSV text"),
        (b"x" * 1_000_001, "too large"),
    ],
)
def test_what_is_no_sheet_is_said(content, says, tmp_path):
    (tmp_path / "s.csv").write_bytes(content)
    with pytest.raises(SheetError, match=says):
        read_answers(tmp_path / "s.csv")


def test_a_spreadsheet(tmp_path):
    openpyxl.Workbook  # noqa: B018 - skips without it
    frame = pd.DataFrame([["name", "value"], ["h1", 0.3775], ["dE/dw1", "0.0820"], ["E", None]])
    frame.to_excel(tmp_path / "s.xlsx", header=False, index=False)
    assert read_answers(tmp_path / "s.xlsx") == {"h1": "0.3775", "dE/dw1": "0.0820"}
    (tmp_path / "t.xlsx").write_bytes(b"no spreadsheet")
    with pytest.raises(SheetError, match="no spreadsheet"):
        read_answers(tmp_path / "t.xlsx")


def test_points(tmp_path):
    path = tmp_path / "points.csv"
    path.write_text("name,points\nh1,1\ndE/dw1,2.5\n", encoding="utf-8")
    assert read_points(path) == {"h1": 1.0, "dE/dw1": 2.5}
    for content, says in (
        ("h1,x\n", "line 1: h1 has 'x' points"),
        ("h1,-1\n", "give a number of at least 0"),
        ("h1,1\nh1,1\n", "line 2: h1 comes twice"),
        ("h1,0\n", "gives no points"),
        ("", "gives no points"),
    ):
        path.write_text(content, encoding="utf-8")
        with pytest.raises(SheetError, match=says):
            read_points(path)


def test_the_sheets_of_a_folder(tmp_path):
    for name in ("b.csv", "a.CSV", "notes.txt", ".hidden.csv", "~$c.xlsx"):
        (tmp_path / name).write_text("h1,1\n")
    assert [path.name for path in sheets_in(tmp_path)] == ["a.CSV", "b.csv"]
    (tmp_path / "a.xlsx").write_text("")
    with pytest.raises(ValueError, match="2 sheets of a"):
        sheets_in(tmp_path)
    with pytest.raises(ValueError, match="there is no folder"):
        sheets_in(tmp_path / "none")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="there is no sheet in"):
        sheets_in(tmp_path / "empty")
