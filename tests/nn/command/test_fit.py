"""`whygrad fit` on files that people have."""

import csv
import re

import pytest
from extras import extra, needs

import nn
from nn.command import main

PLACED = "iq,cgpa,package,placed\n80,8,8,1\n70,7,7,1\n60,6,6,0\n50,5,5,0\n"


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text(PLACED)
    return path


def fails(capsys, *arguments):
    """The one line that a failing command writes."""
    assert main(["fit", *map(str, arguments)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    return line


@pytest.mark.slow
@needs("matplotlib")
def test_the_readme_command(table, tmp_path, capsys):
    model, plot = tmp_path / "model.safetensors", tmp_path / "loss.png"
    arguments = "--target placed --hidden 2 --loss binary_cross_entropy --standardize --epochs 500"
    files = ["--save", str(model), "--plot", str(plot), "--derive", "w_11"]
    assert main(["fit", str(table), *arguments.split(), *files]) == 0
    text = capsys.readouterr().out
    assert "inputs iq, cgpa, package; target placed (classes 0, 1)" in text
    assert "network  3-2-1 (tanh, sigmoid), 11 parameters" in text
    assert "accuracy 1 on the 4 rows trained on" in text
    assert re.search(r"true +0 +1\n0 +2 +0\n1 +0 +2\n", text)
    assert "∂L/∂w_11^1 = ∂L/∂a_1^2 · ∂a_1^2/∂z_1^2 · ∂z_1^2/∂a_1^1 · ∂a_1^1/∂z_1^1" in text
    assert "(a_1^2 − y) · w_11^2 · (1 − (a_1^1)²) · iq" in text
    assert plot.read_bytes().startswith(b"\x89PNG")

    again = nn.load(model)
    assert again.schema.columns == ("iq", "cgpa", "package")
    assert again.predict([[75, 7.5, 7.5], [55, 5.5, 5.5]]).tolist() == [1, 0]
    row = again.schema.encoded_rows([[80.0, 8.0, 8.0]])[0]
    nn.binary_cross_entropy(again(row), 1).backward()
    printed = re.findall(r"= (−?[\d.e−]+)$", text, re.MULTILINE)[-1].replace("−", "-")
    assert again.layers[0].neurons[0].weights[0].grad == pytest.approx(float(printed), rel=1e-5)


def test_numbers_are_a_regression(table, capsys):
    arguments = ["--target", "package", "--inputs", "iq", "cgpa", "--hidden", "--standardize"]
    assert main(["fit", str(table), *arguments, "--epochs", "500", "--learning-rate", "0.05"]) == 0
    text = capsys.readouterr().out
    assert "network  2-1 (linear), 3 parameters; loss mean_squared_error" in text
    assert "R² = 1 on the 4 rows trained on" in text


@pytest.mark.slow
def test_text_classes_and_held_out_rows(tmp_path, capsys):
    data = extra("sklearn.datasets").load_iris()
    path = tmp_path / "iris.csv"
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow([*data.feature_names, "kind"])
        for row, k in zip(data.data, data.target, strict=True):
            writer.writerow([*row, data.target_names[k]])
    arguments = "--target kind --standardize --validation 0.25 --epochs 20 --derive w_21"
    assert main(["fit", str(path), *arguments.split()]) == 0
    text = capsys.readouterr().out
    assert "112 rows, and 38 held out" in text
    assert "classes setosa, versicolor, virginica" in text
    assert "loss cross_entropy" in text
    assert "val_accuracy" in text
    share = float(re.search(r"accuracy ([\d.]+) on the 38 rows held out", text)[1])
    assert share >= 0.89
    assert "∂L/∂w_21^1" in text
    matrix = text[text.index("true") :].splitlines()[1:4]
    assert sum(int(n) for line in matrix for n in line.split()[1:]) == 38


def test_the_derived_weight_may_carry_its_layer(table, capsys):
    arguments = ["--target", "placed", "--hidden", "2", "--epochs", "2", "--standardize"]
    assert main(["fit", str(table), *arguments, "--derive", "b_1^2"]) == 0
    assert "∂L/∂b_1^2 for row 1, standardised" in capsys.readouterr().out
    line = fails(capsys, table, *arguments, "--derive", "w_99")
    assert "the network has no weight 'w_99': it has w_11^1, w_21^1" in line


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "table.csv is empty: its first line must name the columns"),
        ("\n \n", "table.csv is empty"),
        ("iq,placed\n", "no rows below"),
        ("iq,placed\n80,1\n70,x,0\n", "line 3: 3 cells, but the first line names 2"),
        ("iq,placed\n80,1\n\nn/a,0\n", "line 4, column 'iq': 'n/a' is no finite number"),
        ("iq,placed\n80,1\n,0\n", "line 3, column 'iq': the cell is empty"),
        ("iq,placed\n80,1\n70,\n", "line 3, column 'placed': the cell is empty"),
        ("iq,placed\n80,1\ninf,0\n", "line 3, column 'iq': 'inf' is no finite number"),
        ("iq,iq,placed\n1,2,3\n", "line 1: two columns have the name 'iq'"),
        ("iq,,placed\n1,2,3\n", "line 1: column 2 has no name"),
        ('iq,placed\n"80,1\n', "no CSV"),
        ("iq,plaved\n80,1\n", "no column 'placed': it has iq, plaved; did you mean 'plaved'?"),
        ("placed\n1\n", "the inputs must be other columns than the target"),
        (b"iq,placed\n\xff\xfe,1\n", "no text in UTF-8"),
    ],
)
def test_a_bad_file_is_one_clear_line(table, content, message, capsys):
    table.write_bytes(content if isinstance(content, bytes) else content.encode())
    line = fails(capsys, table, "--target", "placed")
    assert line.startswith("whygrad: ")
    assert message in line


def test_bad_settings_are_one_clear_line(table, tmp_path, capsys):
    target = ["--target", "placed"]
    cases = [
        (["--batch-size", "9"], "--batch-size 9 is more than the 4 rows"),
        (["--inputs", "iq", "town"], "no column 'town'"),
        (["--save", str(tmp_path / "none" / "m")], "there is no folder"),
        (["--save", str(tmp_path)], "is a folder: give the name of a file"),
        (["--plot", "loss.xls"], "--plot writes .png, .svg, .pdf files, not loss.xls"),
    ]
    for arguments, message in cases:
        assert message in fails(capsys, table, *target, *arguments)
    assert "No such file" in fails(capsys, tmp_path / "missing.csv", *target)


def test_a_table_that_diverges_says_what_to_do(table, capsys):
    arguments = ["--hidden", "2", "--activation", "linear", "--optimizer", "sgd"]
    more = ["--learning-rate", "0.1", "--target", "package"]
    line = fails(capsys, table, *more, *arguments)
    assert "training diverged in epoch" in line
    assert "standardize=True" in line


def test_large_inputs_bring_a_hint(table, capsys):
    for more, there in ((["--standardize"], False), ([], True)):
        assert main(["fit", str(table), "--target", "placed", "--epochs", "1", *more]) == 0
        found = "the inputs reach 80: with --standardize" in capsys.readouterr().out
        assert found == there


def test_byte_order_marks_tabs_and_quotes(tmp_path, capsys):
    path = tmp_path / "t.csv"
    path.write_bytes('\ufeff"the iq"\tplaced\n"80"\tyes\n 70 \tno\n'.encode())
    assert main(["fit", str(path), "--target", "placed", "--epochs", "1", "--standardize"]) == 0
    text = capsys.readouterr().out
    assert "inputs the iq; target placed (classes no, yes)" in text
