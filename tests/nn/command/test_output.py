"""What the command prints where a terminal has few letters, a disk no room, a pipe no reader."""

import contextlib
import json
import os
import subprocess
import sys

import pytest

from nn.command import main
from nn.command.plain import escaped, plain

pytestmark = pytest.mark.slow


def run(*arguments, encoding="utf-8", **more):
    command = [sys.executable, "-m", "nn", *arguments]
    environment = os.environ | {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    more = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | more
    return subprocess.run(command, env=environment, check=False, **more)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
@pytest.mark.parametrize(
    "arguments",
    [
        ["derive", "5", "w1"],
        ["derive", "5", "w1", "--steps"],
        ["worked", "2"],
        ["rules"],
        ["--help"],
        ["audit", "--help"],
    ],
)
def test_a_terminal_of_few_letters_gets_plain_ones(encoding, arguments):
    found = run(*arguments, encoding=encoding)
    assert (found.returncode, found.stderr) == (0, b"")
    text = found.stdout.decode(encoding)
    assert text.isascii()
    assert "?" not in text.replace("[-h]", "")
    assert "Traceback" not in text


def test_plain_letters_on_demand(capsys):
    for arguments in (["--ascii", "derive", "5", "w1"], ["derive", "5", "w1", "--ascii"]):
        assert main(arguments) == 0
        text = capsys.readouterr().out
        assert text.isascii()
        assert "dE/dw1" in text
        assert "(out_y1 - t1) * out_y1(1 - out_y1) * w5" in text
    assert main(["derive", "5", "w1"]) == 0
    assert "∂E/∂w1" in capsys.readouterr().out


@pytest.mark.parametrize("how", ["--ascii", "ascii"])
def test_json_in_plain_letters_says_the_same(how, capsys):
    assert main(["derive", "5", "w1", "--json"]) == 0
    wanted = json.loads(capsys.readouterr().out)
    more, encoding = (["--ascii"], "utf-8") if how == "--ascii" else ([], "ascii")
    found = run("derive", "5", "w1", "--json", *more, encoding=encoding).stdout
    assert found.isascii()
    assert json.loads(found) == wanted


def test_complaints_are_in_plain_letters_too():
    found = run("derive", "5", "ŷ", encoding="ascii")
    assert found.returncode == 2
    assert b"yhat" in found.stderr
    assert b"Traceback" not in found.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_a_full_disk_is_one_sentence():
    with open("/dev/full", "wb") as full:
        found = run("worked", "5", stdout=full)
    assert found.returncode == 1
    assert found.stderr.decode().splitlines() == [
        "whygrad: the output cannot be written: No space left on device"
    ]


@pytest.mark.skipif(os.name == "nt", reason="of POSIX shells")
@pytest.mark.parametrize("closed", [">&-", ">&- 2>&-", "| true"])
def test_a_closed_output_is_silence(closed):
    found = subprocess.run(
        f"{sys.executable} -m nn worked 5 {closed}", shell=True, capture_output=True, check=False
    )
    assert (found.returncode, found.stderr) == (0, b"")


def shell(line):
    found = subprocess.run(
        f"{sys.executable} -m nn {line}", shell=True, capture_output=True, check=False
    )
    return found.returncode, found.stdout, found.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
@pytest.mark.parametrize("command", ["", "fit", "grade"])
def test_help_and_usage_know_closed_and_full_outputs(command):
    status, _, said = shell(f"{command} --help > /dev/full")
    assert status == 1
    assert said.decode() == "whygrad: the output cannot be written: No space left on device\n"
    assert shell(f"{command} --help >&-") == (0, b"", b"")
    assert shell(f"{command} --help | true")[2] == b""
    for closed in ("2>&-", "2> /dev/full"):
        assert shell(f"{command} --nonsense {closed}") == (2, b"", b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
@pytest.mark.parametrize("line", ["values none", "audit 5 none.csv"])
def test_a_complaint_that_nobody_reads_is_still_one(line):
    assert shell(f"{line} 2> /dev/full") == (2, b"", b"")
    assert shell(f"{line} 2>&-") == (2, b"", b"")


@pytest.mark.skipif(os.name == "nt", reason="of POSIX shells")
def test_a_fit_needs_no_error_output(tmp_path):
    table = tmp_path / "table.csv"
    table.write_text("x,y\n" + "".join(f"{i},{i % 2}\n" for i in range(8)), encoding="utf-8")
    status, said, _ = shell(f"fit {table} --target y --epochs 2 2>&-")
    assert status == 0
    assert said


@pytest.mark.parametrize(
    "arguments", [["exercise", "--help"], ["grade"], ["values", "none∂"], ["--help"]]
)
def test_plain_letters_on_demand_in_help_and_complaints(arguments, capsys):
    with contextlib.suppress(SystemExit):
        main([*arguments, "--ascii"])
    found = capsys.readouterr()
    assert found.out or found.err
    assert (found.out + found.err).isascii()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("∂E/∂w1 · δ_1^2 − σ'(z)", "dE/dw1 * delta_1^2 - sigma'(z)"),
        ("ŷ − y, ȳ", "yhat - y, ybar"),
        ("√(x) + √2", "sqrt(x) + sqrt 2"),
        ("e⁻ˣ, 10⁻⁶, xᵢ²", "e^-x, 10^-6, x_i^2"),
        ("½ Σ wᵀ → ∞ ≤ Δ…", "1/2 sum w^T -> inf <= Delta..."),
        ("é ☃", "e ?"),
    ],
)
def test_plain_letters(text, expected):
    assert plain(text) == expected


def test_escaped_json_is_the_same():
    data = {"∂E/∂w": ["δ", "\U0001f600", "é\n\"'"]}
    text = json.dumps(data, ensure_ascii=False)
    assert json.loads(escaped(text)) == data
    assert escaped(text).isascii()
