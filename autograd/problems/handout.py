"""The pages of an exercise: the student's hand-out, and the answers with their derivations."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from autograd.derivation import derive
from autograd.derivation.writing import Update
from autograd.formulas.labels import label_latex, number_latex, number_text
from autograd.formulas.typeset import LATEX, TEXT, Style
from autograd.formulas.values import Formulas
from autograd.graph import Graph
from autograd.problems.exercise import Exercise
from autograd.problems.questions import Question, blank_csv, blank_latex, blank_markdown

__all__ = ["FILES", "write_exercise"]

_PREAMBLE = r"""\documentclass[11pt]{article}
\usepackage[a4paper,margin=2cm]{geometry}
\usepackage{amsmath}
\usepackage{longtable}
\setlength{\parindent}{0pt}
\setlength{\parskip}{1ex}
\allowdisplaybreaks
\begin{document}
"""
_END = "\\end{document}\n"


def write_exercise(exercise: Exercise, folder: Path, student: str = "") -> None:
    """Write the files of an exercise into a folder, which is made where it is missing.

    Raises OSError where it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, made in FILES.items():
        (folder / name).write_text(made(exercise, student), encoding="utf-8")


def _title(exercise: Exercise, student: str) -> str:
    sizes = "-".join(map(str, exercise.sizes))
    return f"Backpropagation by hand: a {sizes} network" + (f", for {student}" if student else "")


def _formulas(exercise: Exercise, style: Style) -> list[tuple[str, str]]:
    """The computed values with their formulas."""
    graph = Graph(exercise.problem.graph)
    formulas = Formulas(graph)
    return [
        (style.name(graph.names[v]), style.formula(formulas.inside(v)))
        for v in graph.order
        if v.operands and v in graph.names
    ]


def _given(exercise: Exercise) -> dict[str, list[tuple[str, float]]]:
    """The numbers that are given, by their role."""
    given: dict[str, list[tuple[str, float]]] = {"input": [], "target": [], "parameter": []}
    for name, role in sorted(exercise.problem.roles.items()):
        given[role].append((name, exercise.problem.values[name].data))
    return given


_ROLES = {"input": "Inputs", "target": "Targets", "parameter": "Weights and biases"}


def _handout_markdown(exercise: Exercise, student: str) -> str:
    given = [
        f"{_ROLES[role]}: " + ", ".join([f"{name} = {number_text(x)}" for name, x in numbers])
        for role, numbers in _given(exercise).items()
    ]
    formulas = [f"{name} = {made}" for name, made in _formulas(exercise, TEXT)]
    rate = exercise.problem.learning_rate
    return "\n\n".join(
        [
            f"# {_title(exercise, student)}",
            *given,
            f"The learning rate is η = {number_text(rate or 0.0)}.",
            "```\n" + "\n".join(formulas) + "\n```",
            "Compute the forward pass; then the derivative of E by each quantity below, from the "
            "output backwards; then each weight and bias after one step, w − η ∂E/∂w (written w').",
            blank_markdown(exercise.questions, exercise.digits),
        ]
    )


def _handout_latex(exercise: Exercise, student: str) -> str:
    given = []
    for role, numbers in _given(exercise).items():
        shown = [f"${label_latex(name)} = {number_latex(x)}$" for name, x in numbers]
        given.append(f"{_ROLES[role]}: {', '.join(shown)}.\n")
    formulas = [f"{name} &= {made}" for name, made in _formulas(exercise, LATEX)]
    rate = number_latex(exercise.problem.learning_rate or 0.0)
    return "\n".join(
        [
            f"{_PREAMBLE}\\section*{{{_latex_text(_title(exercise, student))}}}\n",
            *given,
            rf"The learning rate is $\eta = {rate}$.",
            "\\begin{align*}\n" + " \\\\\n".join(formulas) + "\n\\end{align*}",
            "Compute the forward pass; then the derivative of $E$ by each quantity below, from the "
            "output backwards; then each weight and bias after one step, "
            r"$w - \eta\,\partial E/\partial w$."
            "\n",
            f"{blank_latex(exercise.questions, exercise.digits)}{_END}",
        ]
    )


def _answers_markdown(exercise: Exercise, student: str) -> str:
    blocks = [f"# Answers: {_title(exercise, student)}"]
    formulas = dict(_formulas(exercise, TEXT))
    forward = [q for q in exercise.questions if q.part == "forward"]
    lines = [f"{q.name} = {formulas[TEXT.name(q.name)]} = {number_text(q.number)}" for q in forward]
    blocks.append("## Forward pass\n\n```\n" + "\n".join(lines) + "\n```")
    blocks.append("## Backward pass")
    for q in exercise.questions:
        if q.part == "backward":
            d = derive(exercise.problem.graph, exercise.problem.values[q.of])
            blocks.append(f"### {q.name} = {number_text(q.number)}\n\n```\n{d.text('deltas')}\n```")
    blocks.append("## One step of gradient descent")
    steps = [str(_step(exercise, q)) for q in exercise.questions if q.part == "update"]
    blocks.append("```\n" + "\n\n".join(steps) + "\n```")
    return "\n\n".join(blocks) + "\n"


def _answers_latex(exercise: Exercise, student: str) -> str:
    blocks = [f"{_PREAMBLE}\\section*{{{_latex_text('Answers: ' + _title(exercise, student))}}}"]
    numbers = {LATEX.name(q.name): q.number for q in exercise.questions if q.part == "forward"}
    lines = [
        f"{name} &= {made} = {number_latex(numbers[name])}"
        for name, made in _formulas(exercise, LATEX)
    ]
    blocks.append("\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}")
    for q in exercise.questions:
        if q.part == "backward":
            d = derive(exercise.problem.graph, exercise.problem.values[q.of])
            blocks.append(f"\\[{d.to_latex('deltas')}\\]")
    blocks += [
        f"\\[{_step(exercise, q).latex}\\]" for q in exercise.questions if q.part == "update"
    ]
    return "\n".join([*blocks, _END])


def _step(exercise: Exercise, q: Question) -> Update:
    d = derive(exercise.problem.graph, exercise.problem.values[q.of])
    return d.update(exercise.problem.learning_rate or 0.0)


def _latex_text(text: str) -> str:
    special = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    return "".join([special.get(c) or ("\\" + c if c in "{}$&#%_" else c) for c in text])


FILES: dict[str, Callable[[Exercise, str], str]] = {
    "problem.txt": lambda exercise, student: exercise.text,
    "handout.md": _handout_markdown,
    "handout.tex": _handout_latex,
    "sheet.csv": lambda exercise, student: blank_csv(exercise.questions),
    "answers.md": _answers_markdown,
    "answers.tex": _answers_latex,
}
"""The files of an exercise, and what writes each."""
