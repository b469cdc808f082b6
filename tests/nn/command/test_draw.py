"""`whygrad draw`: a picture in a file."""

from nn.command import main


def test_the_source_of_the_picture(tmp_path, capsys):
    path = tmp_path / "graph.dot"
    assert main(["draw", "5", "-o", str(path), "--focus", "w1"]) == 0
    assert str(path) in capsys.readouterr().out
    source = path.read_text(encoding="utf-8")
    assert source.startswith("digraph")
    assert "out_h1" in source


def test_another_ending_is_an_error_of_one_line(tmp_path, capsys):
    assert main(["draw", "5", "-o", str(tmp_path / "graph.docx")]) == 2
    assert "docx" in capsys.readouterr().err
