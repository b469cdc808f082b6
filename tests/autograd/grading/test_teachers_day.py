"""One full day of a teacher: exercises for 30 students, their sheets, the marks.

The students are simulated apart from the library: they compute with plain floats, round every step
to four digits and carry on with what they wrote; some make a slip.
"""

import csv
import json
import math
from collections import Counter

import pytest
from extras import needs

from autograd import problem
from autograd.grading import mark_class, sheets_in
from nn.command import main

pytestmark = pytest.mark.slow

SIZES = (2, 2, 2)
N = 30


def rounded(x):
    return float(f"{x:.4g}")


def numbers_of(text):
    """The numbers that a problem file gives."""
    found = {}
    for line in text.split("\n"):
        name, _, number = line.partition(" = ")
        try:
            found[name] = float(number.split()[0])
        except (IndexError, ValueError):
            continue
    return found


def sigmoid(z):
    return 1 / (1 + math.exp(-z))


def fill(text, slip=""):
    """The sheet of a student who rounds every step; `slip` says what goes wrong."""
    n = numbers_of(text)
    sheet = {}

    def write(name, x):
        sheet[name] = f"{x:.4g}"
        return rounded(x)

    a = {("1", 0): n["x_1"], ("2", 0): n["x_2"]}
    for m in (1, 2):
        for j in "12":
            z = sum(n[f"w_{i}{j}^{m}"] * a[i, m - 1] for i in "12") + n[f"b_{j}^{m}"]
            if slip == "bias" and (j, m) == ("1", 1):
                z -= n["b_1^1"]
            z = write(f"z_{j}^{m}", z)
            a[j, m] = write(f"a_{j}^{m}", sigmoid(z))
    write("E", sum((n[f"t_{k}"] - a[k, 2]) ** 2 for k in "12") / 2)
    delta = {}
    for k in "12":
        error = a[k, 2] - n[f"t_{k}"]
        if slip == "sign" and k == "2":
            error = -error
        slope = a[k, 2] if slip == "slope" and k == "1" else a[k, 2] * (1 - a[k, 2])
        delta[k, 2] = write(f"dE/dz_{k}^2", error * slope)
    for j in "12":
        paths = [delta[k, 2] * n[f"w_{j}{k}^2"] for k in "12"]
        through = paths[0] if slip == "path" and j == "1" else sum(paths)
        delta[j, 1] = write(f"dE/dz_{j}^1", through * a[j, 1] * (1 - a[j, 1]))
    gradients = {}
    for m in (2, 1):
        for j in "12":
            for i in "12":
                name = f"w_{i}{j}^{m}"
                gradients[name] = write(f"dE/d{name}", delta[j, m] * a[i, m - 1])
            gradients[f"b_{j}^{m}"] = write(f"dE/db_{j}^{m}", delta[j, m])
    for name, gradient in gradients.items():
        step = 0.5 * gradient
        if slip == "ascent" and name == "w_11^1":
            step = -step
        write(f"{name}'", n[name] - step)
    return sheet


SLIPS = {  # what each costs: its own entry, as all that follows is carried forward
    "": 0, "bias": 1, "sign": 1, "slope": 1, "path": 1, "ascent": 1,
}  # fmt: skip


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """The exercises made, handed out, handed in; two sheets are broken."""
    folder = tmp_path_factory.mktemp("day")
    names = [f"Student {i:02}" for i in range(N)]
    (folder / "class.csv").write_text(
        "name\n" + "\n".join([*names, "Broken"]) + "\n", encoding="utf-8"
    )
    assert main(["exercise", "2-2-2", "--seed", "2026", "-o", str(folder / "exercise"),
                 "--students", str(folder / "class.csv")]) == 0  # fmt: skip
    (folder / "sheets").mkdir()
    slips = {}
    for i, name in enumerate(names):
        slips[name] = slip = list(SLIPS)[i % len(SLIPS)]
        text = (folder / "exercise" / name / "problem.txt").read_text(encoding="utf-8")
        with open(folder / "exercise" / name / "sheet.csv", encoding="utf-8", newline="") as file:
            asked = [row[0] for row in csv.reader(file)][1:]
        sheet = fill(text, slip)
        assert set(sheet) == set(asked)
        lines = "".join(f"{entry},{sheet[entry]}\n" for entry in asked)
        (folder / "sheets" / f"{name}.csv").write_text("name,value\n" + lines, encoding="utf-8")
    (folder / "sheets" / "Broken.csv").write_bytes(b"\x00\x01\x02")
    (folder / "sheets" / "Stranger.csv").write_text("z_1^1,0.5\n", encoding="utf-8")
    return folder, slips


def test_the_marks_are_what_they_should_be(day, capsys):
    folder, slips = day
    marks = folder / "marks.csv"
    status = main(["grade", str(folder / "exercise"), str(folder / "sheets"), "-o", str(marks)])
    assert status == 0
    out = capsys.readouterr().out
    with open(marks, encoding="utf-8", newline="") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert len(rows) == N + 2
    assert list(next(iter(rows.values()))) == ["student", "points", "maximum", "slips"]
    for name, slip in slips.items():
        row = rows[name]
        expected = 37 - SLIPS[slip]
        assert float(row["maximum"]) == 37
        assert float(row["points"]) == expected, (name, slip, row)
        assert bool(row["slips"]) == bool(slip)
    assert rows["Broken"]["points"] == ""
    assert rows["Broken"]["slips"] == "cannot be marked: this is no CSV text"
    assert "there is no exercise of this name" in rows["Stranger"]["slips"]
    assert out.startswith("32 sheets, 30 marked.\nBroken: cannot be marked")
    assert "parts the class" in out


def test_the_feedback_says_the_slip(day):
    folder, slips = day
    main(["grade", str(folder / "exercise"), str(folder / "sheets"), "-o", str(folder / "m.csv")])
    says = {
        "bias": "z_1^1", "sign": "∂E/∂z_2^2", "slope": "∂E/∂z_1^2", "path": "∂E/∂z_1^1",
        "ascent": "w_11^1'",
    }  # fmt: skip
    for name, slip in slips.items():
        text = (folder / "feedback" / f"{name}.txt").read_text(encoding="utf-8")
        assert text.startswith(f"{name}: {37 - SLIPS[slip]} of 37 points")
        wrong = [line for line in text.split("\n") if " is wrong: " in line]
        assert [line.split(" = ")[0] for line in wrong] == ([says[slip]] if slip else [])


def test_the_class_at_a_glance_counts_the_slips(day, tmp_path, capsys):
    folder, slips = day
    arguments = ["grade", str(folder / "exercise"), str(folder / "sheets"), "--json"]
    assert main(arguments) == 0
    data = json.loads(capsys.readouterr().out)
    made = Counter(slip for slip in slips.values() if slip)
    assert sum(map(len, data["slips"].values())) == sum(made.values())
    assert data["entries"]["z_1^1"] == {"right": N - made["bias"], "wrong": made["bias"]}
    wrong = {entry for entry, count in data["entries"].items() if count.get("wrong")}
    assert wrong == {"z_1^1", "∂E/∂z_2^2", "∂E/∂z_1^2", "∂E/∂z_1^1", "w_11^1'"}


def test_points_and_the_share_of_what_is_carried(day, tmp_path, capsys):
    folder, slips = day
    points = tmp_path / "points.csv"
    points.write_text("name,points\nE,2\ndE/dz_1^1,3\nw_11^1',1\n", encoding="utf-8")
    marks = tmp_path / "marks.csv"
    main(["grade", str(folder / "exercise"), str(folder / "sheets"), "--points", str(points),
          "--carried", "0.5", "-o", str(marks)])  # fmt: skip
    with open(marks, encoding="utf-8", newline="") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    expected = {"": 6.0, "path": 2 + 0 + 0.5, "ascent": 5.0}
    for name, slip in slips.items():
        if slip in expected:
            assert float(rows[name]["points"]) == expected[slip], (name, slip)


@needs("matplotlib")
def test_one_exercise_for_all_and_a_picture(tmp_path, capsys):
    main(["exercise", "2-2-2", "-o", str(tmp_path / "ex")])
    text = (tmp_path / "ex" / "problem.txt").read_text(encoding="utf-8")
    (tmp_path / "sheets").mkdir()
    for i, slip in enumerate(SLIPS):
        lines = "".join(f"{k},{v}\n" for k, v in fill(text, slip).items())
        (tmp_path / "sheets" / f"s{i}.csv").write_text(lines, encoding="utf-8")
    main(["grade", str(tmp_path / "ex"), str(tmp_path / "sheets"),
          "--picture", str(tmp_path / "class.svg")])  # fmt: skip
    assert "6 sheets, 6 marked." in capsys.readouterr().out
    assert (
        "w_11^1" in (tmp_path / "class.svg").read_text(encoding="utf-8")
        or (tmp_path / "class.svg").stat().st_size > 10_000
    )
    by_file = mark_class(sheets_in(tmp_path / "sheets"), text, processes=1)
    assert by_file.scores["s0"].points == 37


def test_processes_change_nothing(day):
    folder, _ = day
    texts = {
        path.parent.name: path.read_text(encoding="utf-8")
        for path in (folder / "exercise").glob("*/problem.txt")
    }
    sheets = sheets_in(folder / "sheets")
    assert mark_class(sheets, texts, processes=1) == mark_class(sheets, texts, processes=2)


def test_what_cannot_be_graded_is_said(day, capsys):
    folder, _ = day
    for arguments, says in (
        ([str(folder / "sheets"), str(folder / "sheets")], "there is no problem.txt in it"),
        ([str(folder / "exercise"), str(folder / "none")], "there is no folder"),
        ([str(folder / "exercise"), str(folder / "sheets"), "--points", "none.csv"],
         "--points none.csv: No such file"),
    ):  # fmt: skip
        assert main(["grade", *arguments]) == 2
        assert says in capsys.readouterr().err
    assert problem(folder / "exercise" / "Student 00" / "problem.txt").learning_rate == 0.5
