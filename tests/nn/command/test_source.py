"""The command on problems: files, formulas, examples, the standard input."""

import io
import json

import pytest

from autograd import problem
from autograd.problems.examples import EXAMPLES, example
from nn.command import main

NOTE = """# note.txt: a neuron
x = 0.5932        input
w = 0.40          parameter
b = 0.60
t = 0.01          target
y = sigmoid(w*x + b)
E = 1/2 (t - y)^2
"""


@pytest.fixture
def note(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "note.txt").write_text(NOTE, encoding="utf-8")
    return "note.txt"


@pytest.fixture
def run(capsys):
    def run(*arguments):
        try:
            status = main(arguments)
        except SystemExit as stopped:  # argparse
            status = stopped.code
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


def test_derive_a_formula_with_its_numbers_on_the_line(run):
    status, out, _ = run("derive", "(x+y)*z", "x", "x=-2", "y=5", "z=-4")
    assert status == 0
    assert out == "∂L/∂x = z\n      = −4\n"


def test_derive_a_file(run, note):
    _, out, _ = run("derive", note, "w", "--json")
    assert json.loads(out)["value"] == problem(NOTE).derive("w").value
    _, changed, _ = run("derive", note, "--json", "w", "w=0.5", "--deltas", "x=1")
    assert json.loads(changed)["value"] == problem(NOTE, {"w": 0.5, "x": 1}).derive("w").value


def test_derive_takes_the_step(run, note):
    _, out, _ = run("derive", note, "w", "--update", "0.5")
    assert out.endswith("w_new = w − η ∂E/∂w\n      = 0.4 − 0.5 · 0.0860343\n      = 0.356983\n")
    _, out, _ = run("derive", note, "w", "--update", "0.5", "--json")
    assert json.loads(out)["update"]["value"] == pytest.approx(0.4 - 0.5 * 0.08603434148)


def test_derive_one_row_of_a_table(run):
    text = "rows: x t\n1 2\n3 1\nL = (w x - t)^2; w = 0.5"
    _, out, _ = run("derive", text, "w", "--row", "2", "--update", "0.1", "--json")
    assert json.loads(out)["value"] == 3.0
    status, _, err = run("derive", text, "w", "--row", "3")
    assert (status, err) == (2, "whygrad: the problem has no row 3: the rows are 1 to 2\n")


def test_a_notes_numbers_can_be_set(run):
    _, out, _ = run("derive", "5", "w1", "w1=0.3", "--json")
    assert json.loads(out)["value"] == problem(example("note5"), {"w1": 0.3}).derive("w1").value
    _, out, _ = run("derive", "3a", "b_21", "--row", "4", "--json")
    assert json.loads(out)["value"] == problem(example("note3a")).row(4).derive("b_21").value


def test_the_standard_input(run, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(NOTE))
    _, out, _ = run("values", "-", "--json")
    assert [line["name"] for line in json.loads(out)] == ["t", "w", "x", "b", "y", "E"]


def test_values_are_the_engines(run, note):
    p = problem(NOTE)
    p.graph.backward()
    _, out, _ = run("values", note, "--json")
    for line in json.loads(out):
        v = p.values[line["name"]]
        assert (line["value"], line["gradient"]) == (v.data, v.grad)
    _, out, _ = run("values", note)
    assert "y      σ(w·x + b)   0.697892  0.687892\n" in out
    assert "t      target " in out


def test_check_holds_every_leaf_against_differences(run, note):
    status, out, _ = run("check", note)
    assert status == 0
    assert out.endswith("All 4 gradients agree with differences.\n")
    _, out, _ = run("check", "y = relu(x); x = 0")
    assert "x: backward() and differences part; at a kink" in out


def test_draw_and_sweep_write_files(run, note, tmp_path):
    _, out, _ = run("draw", note, "-o", "graph.dot", "--focus", "w")
    assert out == "drawn: graph.dot\n"
    assert "sigmoid" in (tmp_path / "graph.dot").read_text(encoding="utf-8") or "σ" in (
        tmp_path / "graph.dot"
    ).read_text(encoding="utf-8")
    _, out, _ = run("sweep", note)
    assert "E = 0.5" in out or "grad" in out


def test_audit_a_file(run, note, tmp_path):
    (tmp_path / "sheet.csv").write_text("y,0.6979\ndE/dw,0.0860\nw',0.357\n", encoding="utf-8")
    _, out, _ = run("audit", note, "sheet.csv", "--learning-rate", "0.5")
    assert out.startswith("All 3 entries are right.")
    (tmp_path / "note.txt").write_text(NOTE + "η = 0.5\n", encoding="utf-8")
    _, out, _ = run("audit", note, "sheet.csv")
    assert out.startswith("All 3 entries are right.")


def test_examples(run, tmp_path):
    _, out, _ = run("examples")
    assert [line.split()[0] for line in out.splitlines()] == list(EXAMPLES)
    _, out, _ = run("examples", "lstm")
    assert out == example("lstm")
    run("examples", "-o", str(tmp_path / "mine"))
    assert problem(tmp_path / "mine" / "lstm.txt").graph.data == problem(out).graph.data
    _, out, _ = run("derive", "lstm", "Wi_11", "--json")
    assert json.loads(out)["value"] == problem(example("lstm")).derive("Wi_11").value


@pytest.mark.many
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("derive note.txt W", "did you mean w?"),
        ("derive nott.txt w", "there is no file, example or note 'nott.txt'; did you mean note"),
        ("derive lstn w", "did you mean lstm?"),
        ("derive note.txt w w=x", "w=x: 'x' is no number"),
        ("derive note.txt w W=1", "a number is set for W"),
        ("derive note.txt w y=1", "the problem computes it"),
        ("derive note.txt w --of Y", "did you mean y"),
        ("derive note.txt w --row 1", "it has no table"),
        ("derive note.txt w foo", "no value in the graph is labelled 'foo'"),
        ("values note.txt foo", "unrecognized arguments: foo"),
        ("rules x=1", "unrecognized arguments: x=1"),
        (
            "derive note.txt w --digits 0",
            "argument --digits: '0' is no number of digits; give 1 to 17",
        ),
        ("derive note.txt w --update -1", "argument --update: '-1' is no learning rate"),
        ("audit note.txt s.csv --learning-rate -1", "--learning-rate: '-1' is no learning rate"),
        ("audit note.txt s.csv --learning-rate nan", "--learning-rate: 'nan' is no learning rate"),
        ("audit - -", "only one of the problem and the sheet"),
        ("fit t.csv --target y --learning-rate 0", "argument --learning-rate: '0' is no"),
        ("fit t.csv --target y --epochs 0", "argument --epochs: '0' is no number of epochs"),
        ("fit t.csv --target y --batch-size x", "argument --batch-size: 'x' is no number of rows"),
        ("fit t.csv --target y --l2 -1", "argument --l2: '-1' is no number of at least 0"),
        ("fit t.csv --target y --validation 2", "argument --validation: '2' is no share"),
        ("fit t.csv --target y --hidden 0", "argument --hidden: '0' is no number of neurons"),
        ("worked 5 --iterations 0", "argument --iterations: '0' is no number of iterations"),
        ("draw note.txt", "-o/--output"),
        ("draw note.txt -o graph.gif", "gif"),
        ("examples lstn", "did you mean lstm?"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(run, note, arguments, says):
    status, out, err = run(*arguments.split(" "))
    assert status == 2
    assert out == ""
    assert says in err


def test_a_fault_in_a_text_is_shown_at_its_place(run, note, tmp_path):
    (tmp_path / "bad.txt").write_text("w = 1\ny = w x +\n", encoding="utf-8")
    _, _, err = run("derive", "bad.txt", "w")
    assert err.split("\n")[:3] == [
        'whygrad: bad.txt: line 2: expected a number, a name or a parenthesis after "+", found '
        "the end of the line",
        "    y = w x +",
        "             ^",
    ]
    _, _, err = run("derive", "(x+y)*z", "x")
    assert "On the command line, add x=0.5 or so at the end." in err


def test_completion_knows_the_names_of_the_problem(note):
    from types import SimpleNamespace

    from nn.command.source import completed_names, completed_sources

    options = SimpleNamespace(source=note, numbers=[], of=None, row=None)
    assert set(completed_names(options)) == {"t", "w", "x", "b", "y", "E"}
    assert {"5", "lstm", "note.txt"} <= set(completed_sources(""))


# Exercises and sheets


def test_the_blank_sheet_of_a_problem(run, note, tmp_path):
    _, out, _ = run("sheet", note)
    assert out == "name,value\ny,\nE,\ndE/dy,\ndE/dw,\ndE/db,\n"
    _, out, _ = run("sheet", note, "--learning-rate", "0.5", "--markdown", "--digits", "3")
    assert "Give 3 significant digits" in out
    assert "| w' |  |" in out
    _, out, _ = run("sheet", "5", "--latex", "-o", "sheet.tex")
    assert out == "written: sheet.tex, 33 numbers to fill in\n"
    assert r"\frac{\partial E}{\partial w_{5}}" in (tmp_path / "sheet.tex").read_text()


def test_an_exercise_for_each_student(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "list.csv").write_text("student,class\nAda Lovelace,1\nEmmy,1\n", encoding="utf-8")
    _, out, _ = run("exercise", "2-2-1", "--seed", "7", "-o", "ex", "--students", "list.csv")
    assert "a folder for each of 2 students" in out
    texts = {p.parent.name: p.read_text() for p in (tmp_path / "ex").glob("*/problem.txt")}
    assert set(texts) == {"Ada Lovelace", "Emmy"}
    assert texts["Emmy"] != texts["Ada Lovelace"]
    run("exercise", "2-2-1", "--seed", "7", "-o", "again", "--students", "list.csv")
    assert (tmp_path / "again/Emmy/problem.txt").read_text() == texts["Emmy"]
    assert "for Emmy" in (tmp_path / "ex/Emmy/handout.md").read_text()


@pytest.mark.parametrize(
    ("names", "says"),
    [
        ("", "the list is empty"),
        ("name\n", "no name below the heading"),
        ("a/b\na:b\n", "would share a folder"),
        ("...\n", "is no name for a folder"),
    ],
)
def test_a_list_of_students_that_cannot_be_used(run, tmp_path, names, says):
    (tmp_path / "list.csv").write_text(names, encoding="utf-8")
    arguments = ("exercise", "2-1", "-o", str(tmp_path / "ex"))
    status, _, err = run(*arguments, "--students", str(tmp_path / "list.csv"))
    assert status == 2
    assert says in err


def test_pdf_without_a_latex_says_what_is_missing(run, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    status, _, err = run("exercise", "2-1", "-o", str(tmp_path / "ex"), "--pdf")
    assert status == 2
    assert "--pdf needs a LaTeX (latexmk," in err
