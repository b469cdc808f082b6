"""Every command line in the documentation, run as a shell would run it."""

import re
import shlex
from pathlib import Path

import pytest

import nn.command as command
from autograd.problems.exercise import make_exercise
from nn.command import main

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(
    not (ROOT / "README.md").is_file(), reason="the documentation is not beside these tests"
)


def texts():
    """README and the pages of the book."""
    pages = [ROOT / "README.md", *sorted((ROOT / "notebooks").rglob("*.md"))]
    return [page.read_text(encoding="utf-8") for page in pages if page.is_file()]


def documented():
    """The command lines of README, of the book and of the help."""
    lines = []
    for text in texts():
        lines += re.findall(r"`(whygrad(?: [^`…]*)?)`", text)
        for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
            joined = block.replace("\\\n", " ")
            lines += [line for line in joined.split("\n") if line.startswith("whygrad ")]
    lines += re.findall(r"^  (whygrad .*?)(?:   .*)?$", command.EPILOG, re.MULTILINE)
    return sorted({" ".join(line.split("#")[0].split()) for line in lines})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What the documentation takes to be there."""
    folder = tmp_path_factory.mktemp("documentation")
    note = re.search(r"```text\n(# note\.txt.*?)```", "\n".join(texts()), re.DOTALL)
    (folder / "note.txt").write_text(note[1], encoding="utf-8")
    (folder / "table.csv").write_text(
        "iq,cgpa,placed\n80,8,1\n70,7,1\n60,6,0\n50,5,0\n", encoding="utf-8"
    )
    (folder / "list.csv").write_text("name\nAda\n", encoding="utf-8")
    (folder / "points.csv").write_text("name,points\nE,2\n", encoding="utf-8")
    (folder / "sheets").mkdir()
    exercise = make_exercise("2-2-1", "tanh", seed="7/Ada")
    lines = "".join(f"{q.typed},{q.number:.4g}\n" for q in exercise.questions)
    (folder / "sheets" / "Ada.csv").write_text(lines, encoding="utf-8")
    return folder


NEEDS = {"--plot": "matplotlib", "--picture": "matplotlib"}
NEEDS |= {"graph.svg": "pygraphviz", "sweep.html": "pygraphviz"}
SLOW = "whygrad page"  # which fetches packages: tested in tests/autograd/page


@pytest.mark.many
@pytest.mark.parametrize("line", [line for line in documented() if not line.startswith(SLOW)])
def test_the_command_line_does_what_it_says(line, folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    program, *arguments = shlex.split(line)
    assert program == "whygrad"
    if "--iterations" in arguments:
        arguments[arguments.index("--iterations") + 1] = "3"  # it is the line that is tried
    if arguments[:1] == ["grade"]:
        main(["exercise", "2-2-1", "--activation", "tanh", "--seed", "7", "-o", "exercise",
              "--students", "list.csv"])  # fmt: skip
        capsys.readouterr()
    answer = "h1,0.3775\n" if "5" in arguments else "y,0.6979\n"
    (folder / "sheet.csv").write_text(answer, encoding="utf-8")
    for sign, library in NEEDS.items():
        if any(argument.endswith(sign) for argument in arguments):
            pytest.importorskip(library, reason=f"{library} is not installed")
    try:
        status = main(arguments)
    except SystemExit as stopped:  # --help
        status = stopped.code
    captured = capsys.readouterr()
    assert status == 0, captured.err
    assert captured.out
    if arguments[:1] == ["grade"]:
        assert "1 sheet, 1 marked." in captured.out
        assert (folder / "marks.csv").read_text(encoding="utf-8").split("\n")[1] == "Ada,2,2,"


def test_there_are_command_lines_to_try():
    assert len(documented()) >= 25


def test_what_readme_links_to_is_there():
    links = re.findall(r"\]\(([^)#:]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert len(links) >= 10
    assert [link for link in links if not (ROOT / link).is_file()] == []
