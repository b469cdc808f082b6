"""A class's sheets marked: every student's score, and the class at a glance."""

from __future__ import annotations

import csv
import io
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from statistics import mean, median
from typing import TYPE_CHECKING, Any

from autograd.audit.scoring import RIGHT, Score
from autograd.cached import cached_property
from autograd.errors import ArgumentError
from autograd.grading.marking import Marker
from autograd.grading.sheets import ENDINGS, read_answers
from autograd.problems import problem

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["ClassMarks", "Student", "mark_class", "sheets_in"]

_ENOUGH = 12  # sheets, for which a second process pays
_COUNTED = ("right", "carried forward", "wrong", "missing")


@dataclass(frozen=True)
class Task:
    """What it takes to mark a sheet, in any process."""

    sheet: Path
    text: str
    numbers: tuple[tuple[str, float], ...]
    points: tuple[tuple[str, float], ...] | None
    carried: float
    digits: int
    learning_rate: float | None


@dataclass(frozen=True)
class Student:
    """A student's score, or why the sheet cannot be marked."""

    name: str
    score: Score | None
    fault: str = ""


def sheets_in(folder: Path) -> list[Path]:
    """The sheets in a folder, by name.

    Raises ValueError where there are none, or two of one student.
    """
    if not folder.is_dir():
        raise ArgumentError(f"there is no folder {folder}")
    sheets = [p for p in folder.iterdir() if p.suffix.lower() in ENDINGS and p.is_file()]
    sheets = [p for p in sheets if not p.name.startswith((".", "~$"))]
    if not sheets:
        raise ArgumentError(f"there is no sheet in {folder}: they are called NAME.csv or NAME.xlsx")
    for name, count in Counter([p.stem for p in sheets]).items():
        if count > 1:
            raise ArgumentError(f"there are {count} sheets of {name} in {folder}; keep one of them")
    return sorted(sheets, key=lambda p: p.stem)


def mark_class(
    sheets: Sequence[Path],
    texts: Mapping[str, str] | str,
    *,
    numbers: Mapping[str, float] | None = None,
    points: Mapping[str, float] | None = None,
    carried: float = 1.0,
    digits: int = 3,
    learning_rate: float | None = None,
    processes: int | None = None,
) -> ClassMarks:
    """Mark the sheets of a class.

    Args:
        sheets: the files; a file's name is the student's.
        texts: the text of the problem, or of each student's own by the student's name.
        numbers: other numbers for some of the problem's names.
        points: the points of each entry by its name; one each where not given.
        carried: the share that an entry earns which is right given an earlier wrong one.
        digits: how many significant digits it takes to earn points.
        learning_rate: that of the updates; the problem's η where not given.
        processes: how many mark at a time; as many as there are processors where not given.

    From 12 sheets on, processes share them. Where Python starts each process anew, as on Windows
    and macOS, each imports your script: what calls this stands below `if __name__ == "__main__":`
    there. `processes=1` does without.

    A sheet that cannot be marked is a student with a fault, and ends nothing. Raises the errors of
    a problem's text, and of `points` that name what it does not have.
    """
    given = tuple((numbers or {}).items())
    worth = None if points is None else tuple(points.items())
    tasks, faults = [], {}
    for sheet in sheets:
        text = texts if isinstance(texts, str) else texts.get(sheet.stem)
        if text is None:
            faults[sheet.stem] = "there is no exercise of this name"
        else:
            tasks.append(Task(sheet, text, given, worth, carried, digits, learning_rate))
    for task in tasks[:1]:
        _marker(task)  # what is wrong with the problem or the points is said at once
    workers = min(processes or os.cpu_count() or 1, len(tasks) // (_ENOUGH // 2) or 1)
    if workers > 1:
        with ProcessPoolExecutor(workers) as pool:
            marked = list(pool.map(_marked, tasks, chunksize=4))
    else:
        marked = [_marked(task) for task in tasks]
    students = [*marked, *[Student(name, None, why) for name, why in faults.items()]]
    return ClassMarks(tuple(sorted(students, key=lambda s: s.name)))


@lru_cache(maxsize=1)
def _shared(
    text: str,
    numbers: tuple[tuple[str, float], ...],
    points: tuple[tuple[str, float], ...] | None,
    carried: float,
    digits: int,
    learning_rate: float | None,
) -> Marker:
    worth = None if points is None else dict(points)
    return Marker(problem(text, dict(numbers)), worth, carried, digits, learning_rate)


def _marker(task: Task) -> Marker:
    return _shared(
        task.text, task.numbers, task.points, task.carried, task.digits, task.learning_rate
    )


def _marked(task: Task) -> Student:
    try:
        return Student(task.sheet.stem, _marker(task).mark(read_answers(task.sheet)))
    except Exception as error:  # whatever is in a file that somebody sent
        return Student(task.sheet.stem, None, str(error) or type(error).__name__)


@dataclass(frozen=True)
class ClassMarks:
    """The marks of a class: iterates over its students, `str()` is the class at a glance."""

    students: tuple[Student, ...]

    def __iter__(self) -> Iterator[Student]:
        return iter(self.students)

    @cached_property
    def scores(self) -> dict[str, Score]:
        """The scores of the sheets that could be marked, by the student's name."""
        return {s.name: s.score for s in self.students if s.score is not None}

    @property
    def faults(self) -> dict[str, str]:
        """Why the other sheets could not be marked."""
        return {s.name: s.fault for s in self.students if s.score is None}

    def to_csv(self) -> str:
        """One line a student: student,points,maximum,slips."""
        file = io.StringIO()
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["student", "points", "maximum", "slips"])
        for s in self.students:
            if s.score is None:
                writer.writerow([_cell(s.name), "", "", f"cannot be marked: {s.fault}"])
            else:
                slips = "; ".join(s.score.slips)
                points, maximum = f"{s.score.points:g}", f"{s.score.maximum:g}"
                writer.writerow([_cell(s.name), points, maximum, slips])
        return file.getvalue()

    @cached_property
    def entries(self) -> dict[str, Counter[str]]:
        """How often each entry is right, carried forward, wrong, missing."""
        counts: dict[str, Counter[str]] = {}
        for score in self.scores.values():
            for m in score.marks:
                told = "right" if m.verdict in RIGHT else m.verdict
                count = counts.setdefault(m.name, Counter())
                count[told if told in _COUNTED else "wrong"] += 1
        return counts

    @cached_property
    def slips(self) -> dict[str, list[str]]:
        """The slips that were made and by whom, the most frequent first."""
        who: dict[str, list[str]] = {}
        for name, score in self.scores.items():
            for kind in dict.fromkeys([m.slips[0] for m in score.marks if m.slips]):
                who.setdefault(kind, []).append(name)
        return dict(sorted(who.items(), key=lambda item: (-len(item[1]), item[0])))

    @cached_property
    def parting(self) -> str:
        """The entry that parts the class: where the share that made a slip is nearest to half."""

        def distance(name: str) -> float:
            count = self.entries[name]
            good = count["right"] + count["carried forward"]
            return abs(good / sum(count.values()) - 0.5)

        return min(self.entries, key=distance, default="")

    def __str__(self) -> str:
        n = len(self.students)
        blocks = [f"{n} {'sheet' if n == 1 else 'sheets'}, {len(self.scores)} marked."]
        blocks += [f"{name}: cannot be marked: {why}" for name, why in self.faults.items()]
        if not self.scores:
            return "\n".join(blocks)
        points = [score.points for score in self.scores.values()]
        maximum = max([score.maximum for score in self.scores.values()])
        blocks.append(
            f"Points of {maximum:g}: mean {mean(points):.1f}, median {median(points):g}, "
            f"from {min(points):g} to {max(points):g}."
        )
        rows = [["entry", *_COUNTED, ""]]
        for name, count in self.entries.items():
            said = "parts the class" if name == self.parting else ""
            rows.append([name, *[str(count[told]) for told in _COUNTED], said])
        slips = [(kind, str(len(who)), _some(who)) for kind, who in self.slips.items()]
        blocks += ["", _table(rows)]
        if slips:
            blocks += ["", _table([("slip", "students", "who"), *slips])]
        return "\n".join(blocks)

    def picture(self) -> Figure:
        """The same as a picture: for each entry how many have it right, carried, wrong, not at all.

        Raises ImportError where matplotlib is not installed.
        """
        from matplotlib.figure import Figure
        from matplotlib.ticker import MaxNLocator

        names = list(self.entries)
        figure = Figure(figsize=(8, 1.2 + 0.24 * len(names)), layout="constrained")
        axes = figure.add_subplot()
        left = [0] * len(names)
        for told, colour in zip(
            _COUNTED, ("#4c956c", "#f2c14e", "#d1495b", "#c9c9c9"), strict=True
        ):
            counts = [self.entries[name][told] for name in names]
            axes.barh(names, counts, left=left, color=colour, label=told)
            left = [a + b for a, b in zip(left, counts, strict=True)]
        axes.invert_yaxis()
        axes.margins(y=0.01)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlabel("sheets")
        axes.legend(ncols=4, loc="lower center", bbox_to_anchor=(0.5, 1.0), frameon=False)
        return figure

    def as_data(self) -> dict[str, Any]:
        """The marks as plain data, for JSON."""
        return {
            "students": [
                {"student": s.name, **(s.score.as_data() if s.score else {"fault": s.fault})}
                for s in self.students
            ],
            "entries": {name: dict(count) for name, count in self.entries.items()},
            "slips": self.slips,
            "parting": self.parting,
        }


def _cell(name: str) -> str:
    """A name that no spreadsheet takes for a formula."""
    return f"'{name}" if name.startswith(("=", "+", "-", "@")) else name


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (", …" if len(names) > 5 else "")


def _table(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join([c.ljust(w) for c, w in zip(row, widths, strict=True)]).rstrip() for row in rows
    ]
    return "\n".join(lines)
