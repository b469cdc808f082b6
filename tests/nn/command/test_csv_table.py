"""Tables of people's own, read strictly."""

import pytest

from nn.command.csv_table import read_csv


@pytest.fixture
def file(tmp_path):
    def write(text, encoding="utf-8"):
        path = tmp_path / "table.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_columns_by_name(file, mark):
    table = read_csv(file(f"a{mark}b{mark}y\n1{mark}2{mark}0\n3{mark}4{mark}1\n"), "y")
    assert table.rows == [[1.0, 2.0], [3.0, 4.0]]
    assert table.labels == [0, 1]


def test_targets_that_are_not_all_numbers_are_texts(file):
    assert read_csv(file("a,y\n1,2\n2,two\n"), "y").labels == ["2", "two"]
    assert read_csv(file("a,y\n1,2.5\n2,3\n"), "y").labels == [2.5, 3.0]


def test_inputs_may_be_chosen_and_blank_lines_stand(file):
    table = read_csv(file("\ufeffa,b,y\n\n1,x,0\n"), "y", ["a"])
    assert table.rows == [[1.0]]


WRONG = [
    ("a,y\n1,\n", "line 2, column 'y': the cell is empty"),
    ("a,y\n,1\n", "line 2, column 'a': the cell is empty"),
    ("a,y\nx,1\n", "'x' is no finite number"),
    ("a,y\ninf,1\n", "no finite number"),
    ("a,y\n1\n", "line 2: 1 cells, but the first line names 2"),
    ("a,a,y\n1,2,3\n", "two columns have the name 'a'"),
    ("a,,y\n1,2,3\n", "column 2 has no name"),
    ("a,Y\n1,2\n", "has no column 'y'"),
    ("a,y\n", "no rows"),
    ("", "is empty"),
    ("y\n1\n", "inputs must be other columns"),
]


@pytest.mark.parametrize(("text", "told"), WRONG)
def test_what_is_wrong_is_told_with_its_place(file, text, told):
    with pytest.raises(ValueError, match=told):
        read_csv(file(text), "y")


def test_another_encoding_is_said(file):
    with pytest.raises(ValueError, match="UTF-8"):
        read_csv(file("ä,y\n1,2\n", "latin-1"), "y")
