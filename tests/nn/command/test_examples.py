"""`whygrad examples`: problem files to start from."""

from autograd import problem
from autograd.problems.examples import EXAMPLES, example
from nn.command import main


def test_a_list_with_what_each_is(capsys):
    assert main(["examples"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(EXAMPLES)
    assert all(len(line.split()) > 2 for line in lines)


def test_one_is_printed_as_it_reads(capsys):
    assert main(["examples", "lstm"]) == 0
    assert problem(capsys.readouterr().out).graph.data == problem(example("lstm")).graph.data


def test_all_of_them_are_written(tmp_path, capsys):
    assert main(["examples", "-o", str(tmp_path / "new")]) == 0
    assert {p.stem for p in (tmp_path / "new").iterdir()} == set(EXAMPLES)
    assert str(len(EXAMPLES)) in capsys.readouterr().out
