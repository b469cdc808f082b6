"""`whygrad exercise`: an exercise in a folder."""

from autograd import problem
from nn.command import main


def test_a_seed_writes_the_same_exercise(tmp_path, capsys):
    for name in ("a", "b"):
        folder = str(tmp_path / name)
        assert main(["exercise", "2-2-1", "--activation", "tanh", "--seed", "7", "-o", folder]) == 0
    texts = [(tmp_path / n / "problem.txt").read_text(encoding="utf-8") for n in ("a", "b")]
    assert texts[0] == texts[1]
    assert problem(texts[0]).learning_rate == 0.5
    capsys.readouterr()


def test_what_is_no_network_is_one_line(tmp_path, capsys):
    assert main(["exercise", "2-x", "-o", str(tmp_path)]) == 2
    assert len(capsys.readouterr().err.splitlines()) <= 3
