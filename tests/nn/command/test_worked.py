"""The `whygrad` command as a person runs it."""

import json
import re
import subprocess
import sys

import pytest

from nn.command import main


def run(*arguments, **more):
    command = [sys.executable, "-m", "nn", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, **more)


def test_the_main_job_prints_the_worked_example(capsys):
    assert main([]) == 0
    text = capsys.readouterr().out
    assert "∂E/∂w1     0.0004385677  0.00066                   differs" in text
    assert "followed one of 2 paths" in text
    assert max(map(len, text.splitlines())) <= 100
    assert "\033" not in text


@pytest.mark.parametrize("key", ["1", "2", "3a", "3b", "4", "5"])
def test_every_note_fits_a_page_and_has_json(key, capsys):
    assert main(["worked", key]) == 0
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 100
    assert main(["worked", key, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["note"] == key
    assert sum(len(section["lines"]) for section in data["sections"]) >= 12


def test_iterations(capsys):
    assert main(["--iterations", "1"]) == 0
    text = capsys.readouterr().out
    assert re.search(r"E in iteration 1 +0\.2983711088\n", text)
    assert main(["worked", "4", "--iterations", "5"]) == 2
    assert "trains note 5 only" in capsys.readouterr().err


@pytest.mark.parametrize("n", ["0", "-1", "ten", "1e3", "99999999999"])
def test_a_bad_number_of_iterations_is_named(n, capsys):
    with pytest.raises(SystemExit):
        main(["--iterations", n])
    assert "is no number of iterations" in capsys.readouterr().err


def test_an_unknown_note_lists_the_known(capsys):
    with pytest.raises(SystemExit):
        main(["worked", "6"])
    assert "'3a'" in capsys.readouterr().err


@pytest.mark.slow
def test_help_is_a_page_for_a_newcomer():
    found = run("--help")
    assert found.returncode == 0
    assert "examples:" in found.stdout
    assert 10 < len(found.stdout.splitlines()) < 60


def test_colours_on_a_terminal_only(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.delenv("NO_COLOR", raising=False)
    main([])
    assert "\033[31mdiffers\033[0m" in capsys.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    main([])
    assert "\033" not in capsys.readouterr().out


def test_a_reader_that_stops_early_is_no_error():
    found = subprocess.run(
        f"{sys.executable} -m nn | head -n 1",
        shell=True, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert found.stdout.startswith("Note 5")
    assert found.stderr == ""
