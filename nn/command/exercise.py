"""`whygrad exercise`: a network with friendly numbers, its hand-out, sheet and answers."""

from __future__ import annotations

import argparse
import csv
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from autograd.errors import ArgumentError
from autograd.problems.exercise import make_exercise
from autograd.problems.handout import FILES, write_exercise
from nn.command.options import digits, rate

__all__ = ["add", "run"]

_ENGINES = ("latexmk", "tectonic", "lualatex", "xelatex", "pdflatex")


def add(commands: Any) -> None:
    """Add the subcommand."""
    command = commands.add_parser(
        "exercise", help="a network with friendly numbers: hand-out, sheet and answers"
    )
    command.add_argument("sizes", help="inputs, hidden neurons and outputs, as 2-2-1")
    command.add_argument("--activation", default="sigmoid", help="of the hidden layers (sigmoid)")
    command.add_argument("--output-activation", help="of the last layer (sigmoid, or else linear)")
    command.add_argument(
        "--seed", type=int, default=0, metavar="N", help="another one for each (0)"
    )
    command.add_argument(
        "--learning-rate", type=rate, default=0.5, metavar="η", help="of the step (0.5)"
    )
    command.add_argument("--digits", type=digits, default=4, metavar="N", help="asked for (4)")
    command.add_argument("-o", "--output", required=True, metavar="FOLDER", help="where to write")
    command.add_argument(
        "--students", metavar="FILE", help="a list of names: one exercise each, a folder each"
    )
    command.add_argument(
        "--pdf", action="store_true", help="hand-out and answers as PDF too; needs a LaTeX"
    )
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> str:
    """Write the exercise, or one for each student; say what was written."""
    if options.pdf:
        _engine()
    folder = Path(options.output)
    students = [""] if options.students is None else _students(options.students)
    for student in students:
        exercise = make_exercise(
            options.sizes,
            options.activation,
            options.output_activation,
            seed=f"{options.seed}/{student}" if student else options.seed,
            learning_rate=options.learning_rate,
            digits=options.digits,
        )
        place = folder / folder_name(student) if student else folder
        write_exercise(exercise, place, student)
        if options.pdf:
            for name in ("handout.tex", "answers.tex"):
                _typeset(place, name)
    written = ", ".join(FILES)
    if options.students is None:
        return f"written to {folder}: {written}"
    return f"written to {folder}: a folder for each of {len(students)} students, with {written}"


def folder_name(student: str) -> str:
    """The student's name as the name of a folder."""
    return re.sub(r'[\\/:*?"<>|\x00-\x1f]', "_", student).strip(" .")


def _students(path: str) -> list[str]:
    """The names in a list: the first cell of each line, or the column called name or student."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = [[c.strip() for c in row] for row in csv.reader(file) if any(c.strip() for c in row)]
    if not rows:
        raise ArgumentError(f"--students {path}: the list is empty")
    head = [cell.lower() for cell in rows[0]]
    titles = [i for i, cell in enumerate(head) if cell in ("name", "student", "students")]
    column = titles[0] if titles else 0
    names = [row[column] if column < len(row) else "" for row in (rows[1:] if titles else rows)]
    folders: dict[str, str] = {}
    for name in names:
        folder = folder_name(name)
        if not folder:
            raise ArgumentError(f"--students {path}: {name!r} is no name for a folder")
        if folder.lower() in folders:
            raise ArgumentError(
                f"--students {path}: {name!r} and {folders[folder.lower()]!r} would share a folder"
            )
        folders[folder.lower()] = name
    if not names:
        raise ArgumentError(f"--students {path}: there is no name below the heading")
    return names


# PDF


def _engine() -> str:
    for name in _ENGINES:
        if shutil.which(name):
            return name
    raise ArgumentError(
        f"--pdf needs a LaTeX ({', '.join(_ENGINES)}) on the path; without it the .tex files are "
        "there to be typeset elsewhere"
    )


def _typeset(folder: Path, name: str) -> None:
    engine = _engine()
    settings = {"latexmk": ["-pdf", "-interaction=nonstopmode", "-no-shell-escape"], "tectonic": []}
    flags = settings.get(engine, ["-interaction=nonstopmode", "-no-shell-escape"])
    done = subprocess.run(
        [engine, *flags, name],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode:
        last = "\n".join((done.stdout or done.stderr).strip().split("\n")[-5:])
        raise ArgumentError(f"--pdf: {engine} could not typeset {folder / name}:\n{last}")
