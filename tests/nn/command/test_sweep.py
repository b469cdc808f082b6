"""`whygrad sweep`: the passes step by step, in a page."""

from extras import needs

from nn.command import main


@needs("pygraphviz")
def test_a_page_by_itself(tmp_path, capsys):
    path = tmp_path / "sweep.html"
    assert main(["sweep", "1", "-o", str(path)]) == 0
    assert str(path) in capsys.readouterr().out
    assert path.read_text(encoding="utf-8").count("<svg") >= 1
