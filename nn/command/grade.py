"""`whygrad grade`: the sheets of a class, with points, feedback and the class at a glance."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from autograd.errors import ArgumentError
from autograd.grading import ClassMarks, mark_class, read_points, sheets_in
from nn.command.options import digits, rate, share
from nn.command.output import as_json
from nn.command.source import add_source, read_source

__all__ = ["add", "run"]

DESCRIPTION = """\
Mark the sheets of a class, each a file NAME.csv or NAME.xlsx with name,value on each line. SOURCE
is a problem, or the folder of an exercise; of one with a folder for each student, each sheet is
marked by the student's own.
"""


def add(commands: Any) -> None:
    """Add the subcommand."""
    command = commands.add_parser(
        "grade",
        help="the sheets of a class: points, feedback, the class at a glance",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_source(command)
    command.add_argument("sheets", help="the folder with the sheets")
    command.add_argument(
        "--points", metavar="FILE", help="name,points on each line (default: one point an entry)"
    )
    command.add_argument(
        "--carried",
        type=share,
        default=1.0,
        metavar="SHARE",
        help="what an entry earns that is right given an earlier wrong one (1)",
    )
    command.add_argument(
        "--digits", type=digits, default=3, metavar="N", help="it takes to earn points (3)"
    )
    command.add_argument("--learning-rate", type=rate, metavar="η", help="for updated weights")
    command.add_argument("-o", "--output", metavar="FILE", help="the marks, as CSV")
    command.add_argument(
        "--feedback", metavar="FOLDER", help="a text for each student (default: beside the marks)"
    )
    command.add_argument("--picture", metavar="FILE", help="the class as .png, .svg or .pdf")
    command.add_argument("--json", action="store_true", help="all of it as JSON")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> str:
    """The class at a glance; marks and feedback are written where they are asked for."""
    sheets = sheets_in(Path(options.sheets))
    texts, numbers, learning_rate = _exercise(options)
    marks = mark_class(
        sheets,
        texts,
        numbers=numbers,
        points=None if options.points is None else _points(options.points),
        carried=options.carried,
        digits=options.digits,
        learning_rate=options.learning_rate or learning_rate,
    )
    written = _write(marks, options)
    if options.json:
        return as_json(marks.as_data())
    return "\n".join([str(marks), *(["", f"written: {', '.join(written)}"] if written else [])])


def _points(path: str) -> dict[str, float]:
    try:
        return read_points(Path(path))
    except OSError as error:
        raise ArgumentError(f"--points {path}: {error.strerror}") from None


def _exercise(
    options: argparse.Namespace,
) -> tuple[dict[str, str] | str, dict[str, float], float | None]:
    """The text of the problem, or of each student's; the numbers set; the learning rate."""
    folder = Path(options.source)
    if not folder.is_dir():
        source = read_source(options)
        return source.text, source.numbers, source.learning_rate
    if (folder / "problem.txt").is_file():
        return (folder / "problem.txt").read_text(encoding="utf-8-sig"), {}, None
    texts = {
        path.parent.name: path.read_text(encoding="utf-8-sig")
        for path in sorted(folder.glob("*/problem.txt"))
    }
    if not texts:
        raise ArgumentError(f"{folder} is no exercise: there is no problem.txt in it")
    return texts, {}, None


def _write(marks: ClassMarks, options: argparse.Namespace) -> list[str]:
    written: list[str] = []
    feedback = options.feedback
    if options.output is not None:
        output = Path(options.output)
        output.write_text(marks.to_csv(), encoding="utf-8")
        written.append(str(output))
        feedback = feedback or output.parent / "feedback"
    if feedback is not None:
        folder = Path(feedback)
        folder.mkdir(parents=True, exist_ok=True)
        for name, score in marks.scores.items():
            (folder / f"{name}.txt").write_text(f"{name}: {score}\n", encoding="utf-8")
        written.append(f"{folder} ({len(marks.scores)} texts)")
    if options.picture is not None:
        marks.picture().savefig(options.picture)
        written.append(options.picture)
    return written
