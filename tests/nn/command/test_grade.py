"""`whygrad grade`: sheets of a class marked."""

import csv

from nn.command import main


def test_marks_of_each_student(tmp_path, capsys):
    folder, sheets = tmp_path / "exercise", tmp_path / "sheets"
    assert (
        main(["exercise", "2-2-1", "--activation", "tanh", "--seed", "7", "-o", str(folder)]) == 0
    )
    sheets.mkdir()
    (sheets / "ada.csv").write_text("y,9.99\n", encoding="utf-8")
    marks = tmp_path / "marks.csv"
    assert main(["grade", str(folder), str(sheets), "-o", str(marks)]) == 0
    assert "1 sheet" in capsys.readouterr().out
    (row,) = csv.DictReader(marks.read_text(encoding="utf-8").splitlines())
    assert (row["student"], float(row["points"])) == ("ada", 0.0)
