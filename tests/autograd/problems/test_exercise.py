"""Exercises: friendly numbers, the same for a seed; the pages that are handed out."""

import csv
import re

import pytest

from autograd import problem
from autograd.problems.exercise import make_exercise
from autograd.problems.handout import FILES, write_exercise
from autograd.problems.questions import blank_markdown, questions, standard_name

SETTINGS = [
    ("2-2-1", "tanh"),
    ("2-2-2", "sigmoid"),
    ("3-3-2", "relu"),
    ("2-2-2-1", "tanh"),
    ("2-1", "sigmoid"),
    ("1-1", "linear"),
    ("2-3-1", "softplus"),
]


@pytest.mark.parametrize(("sizes", "activation"), SETTINGS)
@pytest.mark.parametrize("seed", range(5))
def test_the_numbers_are_friendly(sizes, activation, seed):
    exercise = make_exercise(sizes, activation, seed=seed)
    p = exercise.problem
    for name, role in p.roles.items():
        assert len(str(abs(p.values[name].data))) <= 4, name
        assert role in ("input", "target", "parameter")
    p.graph.backward()
    for name, v in p.values.items():
        if name.startswith("z_"):
            assert 0.05 <= abs(v.data) <= 1.9
        if p.roles.get(name) == "parameter":
            assert 2e-4 <= abs(v.grad) <= 3.0, name
    assert p.learning_rate == 0.5


def test_a_seed_decides_the_exercise():
    text = make_exercise("2-2-1", "tanh", seed=7).text
    assert text == make_exercise("2-2-1", "tanh", seed=7).text
    assert len({make_exercise("2-2-1", "tanh", seed=i).text for i in range(20)}) == 20


def test_all_seeds_are_of_equal_difficulty():
    """As many numbers, as many digits, as many minus signs, as many questions."""
    shapes = set()
    for seed in range(20):
        exercise = make_exercise("2-2-2", seed=seed)
        lines = exercise.text.split("\n")
        negative = sum(line.startswith("w_") and "= -" in line for line in lines)
        shapes.add((len(lines), negative, len(exercise.questions)))
    assert len(shapes) == 1


@pytest.mark.parametrize(
    ("sizes", "activation", "says"),
    [
        ("2", "tanh", "is no network"),
        ("2-2-0", "tanh", "is no network"),
        ("6-6-6", "tanh", "50 weights"),
        ("2-x", "tanh", "is no network"),
        ("2-2-1", "tahn", "did you mean tanh"),
    ],
)
def test_what_is_no_exercise_is_said(sizes, activation, says):
    with pytest.raises(ValueError, match=says):
        make_exercise(sizes, activation)


def test_the_sheet_asks_in_the_order_of_computation():
    p = problem("z = w x + b; y = tanh(z); E = 1/2 (t - y)^2; w = 0.5; x = 1 input; b = 0.1; t = 1")
    asked = questions(p.graph, p.roles, 0.5)
    assert [q.typed for q in asked] == [
        "z", "y", "E", "dE/dz", "dE/dw", "dE/db", "w'", "b'"
    ]  # fmt: skip
    p.graph.backward()
    numbers = {q.name: q.number for q in asked}
    assert numbers["∂E/∂z"] == p.values["z"].grad
    assert numbers["w'"] == 0.5 - 0.5 * p.values["w"].grad
    assert [q.typed for q in questions(p.graph, p.roles)][-1] == "dE/db"


def test_a_name_is_known_in_every_spelling():
    p = problem("z = w x; E = z^2; w = 0.5; x = 1 input")
    known = {q.name: q for q in questions(p.graph, p.roles, 0.5)}
    for spelling in ("∂E/∂z", "dE/dz", "δ_z", "delta_z", "δz", " dE / dz "):
        assert standard_name(spelling, known) == "∂E/∂z"
    assert standard_name("w′", known) == "w'"
    assert standard_name("dE/dx", known) is None


def test_the_right_answers_are_right():
    exercise = make_exercise("2-2-2", seed=3)
    sheet = {q.typed: f"{q.number:.4g}" for q in exercise.questions}
    found = exercise.problem.audit(sheet)
    assert found.right
    assert len(found) == len(exercise.questions)


def test_the_files_of_an_exercise(tmp_path):
    exercise = make_exercise("2-2-1", "tanh", seed=7)
    write_exercise(exercise, tmp_path / "new", "Ada & Bob_1")
    folder = tmp_path / "new"
    assert {path.name for path in folder.iterdir()} == set(FILES)
    assert problem(folder / "problem.txt").graph.data == exercise.problem.graph.data
    with open(folder / "sheet.csv", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["name", "value"]
    assert [row[0] for row in rows[1:]] == [q.typed for q in exercise.questions]
    assert all(row[1] == "" for row in rows[1:])
    handout = (folder / "handout.md").read_text(encoding="utf-8")
    assert "Give 4 significant digits" in handout
    answers = (folder / "answers.md").read_text(encoding="utf-8")
    for q in exercise.questions:
        if q.part == "backward":
            assert exercise.problem.derive(q.of).text("deltas") in answers
    for number in (q.number for q in exercise.questions if q.part == "forward"):
        assert f"{number:.5f}"[:6].rstrip("0") in answers.replace("−", "-")
    assert not any(f"{q.number:.5g}" in handout for q in exercise.questions if "E" in q.name)


@pytest.mark.parametrize("name", ["handout.tex", "answers.tex"])
def test_the_latex_files_are_balanced(name, tmp_path):
    write_exercise(make_exercise("2-2-1", seed=1), tmp_path, "Zoë_1 & 50%")
    text = (tmp_path / name).read_text(encoding="utf-8")
    assert r"Zoë\_1 \& 50\%" in text
    assert text.count("{") == text.count("}")
    assert text.count(r"\left") == text.count(r"\right")
    begun = re.findall(r"\\begin\{(.*?)\}", text)
    assert sorted(begun) == sorted(re.findall(r"\\end\{(.*?)\}", text))
    for c in set(text) - set("Zoë"):
        assert c.isascii(), c


def test_a_sheet_in_markdown_has_every_name():
    exercise = make_exercise("2-1", seed=1)
    text = blank_markdown(exercise.questions, 5)
    assert "5 significant digits" in text
    assert all(f"| {q.name} |  |" in text for q in exercise.questions)
