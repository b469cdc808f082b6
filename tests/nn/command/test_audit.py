"""`whygrad audit`: sheets judged on the command line."""

import json
import subprocess
import sys

import pytest

from autograd import adjoints
from nn.command import main
from nn.worked import load

SHEET = "name,value\nh1,0.3775\ny1,1.7059\ndE/dw1,0.00066\nw1',0.14967\n"


def run(*arguments, **more):
    command = [sys.executable, "-m", "nn", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, **more)


def test_audit_says_what_went_wrong_with_w1(tmp_path, capsys):
    path = tmp_path / "sheet.csv"
    path.write_text(SHEET)
    assert main(["audit", "5", str(path)]) == 0
    text = capsys.readouterr().out
    assert "4 entries: 1 right, 2 wrong, 1 carried forward." in text
    assert "First: y1 = 1.7059 is wrong: it is 1.1059" in text
    assert "Why: only the path through y1 is followed" in text
    assert max(map(len, text.splitlines())) <= 100
    assert main(["audit", "5", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["first_wrong"] == "y1"


def test_audit_reads_the_standard_input():
    found = run("audit", "5", "-", input=SHEET)
    assert (found.returncode, found.stderr) == (0, "")
    assert "w1' = 0.14967 is carried forward" in found.stdout


def test_audit_takes_a_learning_rate(tmp_path, capsys):
    path = tmp_path / "sheet.csv"
    path.write_text("w1',0.149956143\n")
    assert main(["audit", "5", str(path), "--learning-rate", "0.1"]) == 0
    assert "The entry is right." in capsys.readouterr().out
    path.write_text("w_11^1',1\n")
    assert main(["audit", "3a", str(path)]) == 2
    assert "give the learning rate" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "says"),
    [("", "empty"), ("h1,abc", "line 1: h1: 'abc' is no number"), ("zz,1", "line 1: 'zz'")],
)
def test_a_bad_sheet_is_one_line_on_the_error_stream(text, says, tmp_path, capsys):
    path = tmp_path / "sheet.csv"
    path.write_text(text)
    assert main(["audit", "5", str(path)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("whygrad: ")
    assert says in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("key", ["1", "2", "3a", "3b", "4", "5"])
def test_every_note_can_be_audited_against_its_own_numbers(key, tmp_path, capsys):
    root = load(key).graph()
    path = tmp_path / "sheet.csv"
    name = root.label or "L"
    rows = [f"{name},{root.data:.6f}"]
    for v, d in adjoints(root).items():
        if v.label and v is not root:
            rows += [f"{v.label},{v.data!r}", f"d{name}/d{v.label},{d:.5f}"]
    path.write_text("\n".join(rows))
    assert main(["audit", key, str(path)]) == 0
    assert f"All {len(rows)} entries are right." in capsys.readouterr().out
