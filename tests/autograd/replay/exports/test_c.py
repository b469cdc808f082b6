"""The C of a tape, compiled by gcc and clang without a warning: the eager engine's numbers."""

import math
import random
import re
import shutil
import subprocess

import mpmath
import numpy as np
import pytest
from helpers.exported import ELEMENTWISE, GRAPHS, NOTES, case

from autograd import Error, Value, dot, exp, record, sigmoid, silu, tanh
from autograd.replay.exports.c import C99
from autograd.replay.exports.writing import Helper

STRICT = ["-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror", "-O1"]


@pytest.fixture(params=["gcc", "clang"])
def compiler(request):
    if shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    return request.param


def program(compiler, source, name):
    """The source as a program that reads rows and prints numbers."""
    path = source.with_suffix(f".{compiler}")
    main = f"-D{name.upper()}_MAIN"
    subprocess.run(
        [compiler, *STRICT, main, source, "-o", path, "-lm"], check=True, cwd=source.parent
    )
    return path


def numbers(path, table):
    text = "\n".join([" ".join(map(repr, row)) for row in np.asarray(table).tolist()])
    done = subprocess.run([path], input=text, capture_output=True, text=True, check=True)
    return np.array([[float(x) for x in line.split()] for line in done.stdout.splitlines()])


def check(one, compiler, folder, wrt, tolerance):
    values, slopes = one.eager(wrt)
    found = numbers(program(compiler, one.tape.to_c("f", folder / "f.c", wrt=wrt), "f"), one.table)
    count = len(values)
    assert np.abs(found[:, :count].T - values).max() <= tolerance * one.scale
    by = found[:, count:].reshape(len(one.table), count, -1).swapaxes(0, 1)
    assert by.shape == slopes.shape
    assert np.abs(by - slopes).max(initial=0.0) <= tolerance * one.scale


@pytest.mark.slow
@pytest.mark.parametrize("name", [*GRAPHS, *NOTES])
def test_random_graphs_and_notes_agree(name, compiler, tmp_path):
    for wrt in ("inputs", "parameters"):
        check(case(name), compiler, tmp_path, wrt, 1e-14)


@pytest.mark.slow
def test_every_operation_agrees(compiler, tmp_path):
    """All of them as the results of one tape, on inputs of its own each."""
    cases = [case(name) for name in ELEMENTWISE]
    sizes = [one.table.shape[1] for one in cases]

    def f(*groups):
        groups = [g if isinstance(g, list) else [g] for g in groups]
        return [one.f(*group) for one, group in zip(cases, groups, strict=True)]

    rows = np.hstack([one.table for one in cases])
    tape = record(f, sizes, example=rows[0])
    found = numbers(program(compiler, tape.to_c("all", tmp_path / "all.c"), "all"), rows)
    for k, (name, one) in enumerate(zip(ELEMENTWISE, cases, strict=True)):
        values, slopes = one.eager("inputs")
        assert found[:, k] == pytest.approx(values[0], rel=1e-14, abs=1e-16), name
        first = len(cases) + k * sum(sizes) + sum(sizes[:k])
        by = found[:, first : first + sizes[k]]
        assert by == pytest.approx(slopes[0], rel=2e-13, abs=1e-15), name


def helpers_program(compiler, folder, names):
    """A program that prints the values of the helpers written out in C, a row for each number."""
    helper = Helper(C99)
    calls = ", ".join([f"{helper.name(name)}(x)" for name in names])
    tape = record(lambda x: tanh(exp(x).log()) + sigmoid(x), 1)
    text = tape.to_c("f", folder / "f.c").read_text()
    shown = f'printf("{" ".join(["%.17g"] * len(names))}\\n", {calls})'
    main = f'int main(void) {{ double x; while (scanf("%lf", &x) == 1) {shown}; return 0; }}'
    path = folder / "helpers.c"
    path.write_text(f"{text}\n#include <stdio.h>\n{main}\n")
    subprocess.run([compiler, *STRICT, path, "-o", folder / "helpers", "-lm"], check=True)
    return folder / "helpers"


def test_functions_written_out_are_exact(compiler, tmp_path):
    """exp, log, tanh, sigmoid, everywhere: within 4 units of mpmath, special values as in C."""
    names = ["exp", "log", "tanh", "sigmoid"]
    path = helpers_program(compiler, tmp_path, names)
    chance = random.Random(3)
    xs = [s * 10.0 ** chance.uniform(-320, 308) for s in (1, -1) for _ in range(300)]
    xs += [chance.uniform(-760, 760) for _ in range(600)] + [
        chance.uniform(-3, 3) for _ in range(300)
    ]
    xs += [1.0 + chance.uniform(-1e-3, 1e-3) for _ in range(100)]
    special = [0.0, -0.0, math.inf, -math.inf, math.nan, 5e-324, 710.0, -745.2, 1.0, -1.0]
    found = numbers(path, np.array([*xs, *special])[:, None])
    with mpmath.workdps(40):
        for x, row in zip(xs, found, strict=False):
            exact = [
                mpmath.exp(x),
                mpmath.log(x) if x > 0 else mpmath.nan,
                mpmath.tanh(x),
                1 / (1 + mpmath.exp(-x)) if x > -800 else mpmath.mpf(0),
            ]
            for name, mine, right in zip(names, row, exact, strict=True):
                wanted = float(right)
                if math.isfinite(wanted):
                    assert abs(mine - wanted) <= 4 * math.ulp(wanted), (name, x)
                else:
                    assert str(mine) == str(wanted), (name, x)
    rows = {repr(x): row for x, row in zip(special, found[len(xs) :].tolist(), strict=True)}
    assert rows["0.0"] == [1.0, -math.inf, 0.0, 0.5]
    assert str(rows["-0.0"]) == str([1.0, -math.inf, -0.0, 0.5])
    assert rows["inf"] == [math.inf, math.inf, 1.0, 1.0]
    assert str(rows["-inf"]) == str([0.0, math.nan, -1.0, 0.0])
    assert all(math.isnan(x) for x in rows["nan"])


def test_hostile_labels_are_harmless(compiler, tmp_path):
    labels = [
        "*/ int x; /*",
        "a\nb\\",
        "??/",
        "double",
        "exp",
        "exp_",
        "rows",
        "",
        "σ",
        "1",
        "%s",
        '"',
    ]
    labels += ["silu", "INT8_MAX", "linux", "times", "in1", "to2", "v1", "f_loop", "f"]
    ws = [Value(1.0 + i, label) for i, label in enumerate(labels)]

    def f(row, parameters):
        y = dot(ws, [row] * len(ws)) + exp(parameters) + silu(0.0 * row)
        y.label = "/* E"
        return y

    source = record(f, 2).to_c("f", tmp_path / "f.c")
    source.read_text(encoding="ascii")
    found = numbers(program(compiler, source, "f"), [[2.0, 0.0]])
    assert found[0, 0] == 1.0 + 2.0 * sum(w.data for w in ws)
    assert found[0, 1:].tolist() == [2.0] * len(ws)


def test_names_are_the_labels(tmp_path):
    w = Value(0.5, "w_1^2")
    source = record(lambda height: w * height + 1, 1).to_c("area", tmp_path / "a.c")
    text, header = source.read_text(), source.with_suffix(".h").read_text()
    assert '#include "a.h"' in text
    assert "const double w_1_2 = parameters[0];" in text
    assert "0.5, /* w_1^2 */" in text
    assert "inputs: height" in header
    assert "void area_gradient_rows(size_t rows, const double *const *inputs" in header


def test_rows_are_computed_over_columns(compiler, tmp_path):
    """A caller of the functions of many rows, and of more columns than a function's parameters."""
    one = record(lambda *x: [dot(x, x, 0.0), x[0] * 2.0], 70)
    one.to_c("many", tmp_path / "many.c")
    (tmp_path / "user.c").write_text(
        """#include "many.h"
#include <stdio.h>
int main(void)
{
  static double in[many_inputs][3], out[many_results][3], by[many_slopes][3];
  const double *inputs[many_inputs];
  double *results[many_results], *gradient[many_slopes];
  for (int k = 0; k < many_inputs; k++) {
    inputs[k] = in[k];
    for (int row = 0; row < 3; row++) in[k][row] = k + row;
  }
  for (int k = 0; k < many_results; k++) results[k] = out[k];
  for (int k = 0; k < many_slopes; k++) gradient[k] = by[k];
  many_gradient_rows(3, inputs, results, gradient);
  for (int row = 0; row < 3; row++) printf("%g %g\\n", out[0][row], by[5][row]);
  many_rows(3, inputs, results);
  printf("%g %g\\n", out[1][2], by[70][0]);
  return 0;
}
"""
    )
    command = [compiler, *STRICT, "user.c", "many.c", "-o", "user", "-lm"]
    subprocess.run(command, check=True, cwd=tmp_path)
    printed = subprocess.run([tmp_path / "user"], capture_output=True, text=True, check=True).stdout
    rows = [sum((k + row) ** 2 for k in range(70)) for row in range(3)]
    wanted = [[float(x), 2.0 * (5 + row)] for row, x in enumerate(rows)] + [[4.0, 2.0]]
    assert [[float(x) for x in line.split()] for line in printed.splitlines()] == wanted


def test_a_constant_result_compiles(compiler, tmp_path):
    w = Value(2.0)
    source = record(lambda x: [w * w, x * 0.0 + x], 1).to_c("f", tmp_path / "f.c", wrt="inputs")
    assert numbers(program(compiler, source, "f"), [[3.0]]).tolist() == [[4.0, 3.0, 0.0, 1.0]]


@pytest.mark.parametrize(
    ("name", "path", "says"),
    [
        ("double", "f.c", "the name is one of a function in C"),
        ("sqrt", "f.c", "the name is one of a function in C"),
        ("a b", "f.c", "the name is one of a function in C"),
        ("f", "f.cpp", "ends in .c"),
    ],
)
def test_bad_names_and_paths_are_refused(name, path, says, tmp_path):
    with pytest.raises(ValueError, match=says):
        case("exp").tape.to_c(name, tmp_path / path)


@pytest.mark.parametrize("kind", [Error, OSError])
def test_a_path_that_cannot_be_written_is_one_sentence(kind, tmp_path):
    path = tmp_path / "missing" / "f.c"
    says = f"^{re.escape(str(path))} and its header cannot be written: No such file or directory$"
    with pytest.raises(kind, match=says):
        case("exp").tape.to_c("f", path)
