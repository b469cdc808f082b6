"""The pages of an exercise."""

from autograd import problem
from autograd.problems.exercise import make_exercise
from autograd.problems.handout import FILES, write_exercise


def test_every_page_is_written_and_the_problem_reads_back(tmp_path):
    exercise = make_exercise("2-2-1", "tanh", seed=7)
    write_exercise(exercise, tmp_path / "new")
    assert {p.name for p in (tmp_path / "new").iterdir()} == set(FILES)
    text = (tmp_path / "new" / "problem.txt").read_text(encoding="utf-8")
    assert problem(text).graph.data == exercise.problem.graph.data


def test_a_student_is_named_and_hostile_names_do_no_harm(tmp_path):
    write_exercise(make_exercise("2-1", "sigmoid", seed=1), tmp_path, "Ada & $Bob_1")
    assert "Ada & $Bob" in (tmp_path / "handout.md").read_text(encoding="utf-8").replace("\\", "")
    assert r"Ada \& \$Bob\_1" in (tmp_path / "handout.tex").read_text(encoding="utf-8")


def test_the_answers_are_in_the_answers_alone(tmp_path):
    exercise = make_exercise("2-2-1", "tanh", seed=7)
    write_exercise(exercise, tmp_path)
    gradient = next(q for q in exercise.questions if q.part == "backward")
    shown = f"{abs(gradient.number):.4g}"[:5]
    assert shown in (tmp_path / "answers.md").read_text(encoding="utf-8")
    assert shown not in (tmp_path / "handout.md").read_text(encoding="utf-8")
