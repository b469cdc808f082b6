"""`whygrad sheet`: the blank sheet of a problem."""

from nn.command import main


def test_names_with_room_for_numbers(capsys):
    assert main(["sheet", "5"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "name,value"
    assert "dE/dw1," in lines


def test_tables_in_other_forms(capsys):
    assert main(["sheet", "5", "--markdown"]) == 0
    assert "| " in capsys.readouterr().out
    assert main(["sheet", "5", "--latex"]) == 0
    assert "longtable" in capsys.readouterr().out


def test_a_file_is_written_and_said(tmp_path, capsys):
    path = tmp_path / "sheet.csv"
    assert main(["sheet", "5", "--learning-rate", "0.5", "-o", str(path)]) == 0
    n = len(path.read_text(encoding="utf-8").splitlines()) - 1
    assert f"{n} numbers" in capsys.readouterr().out
    assert "w1'" in path.read_text(encoding="utf-8")
