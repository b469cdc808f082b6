"""The notebooks run from the first cell to the last, and lie in the repository without outputs."""

import re
from pathlib import Path

import pytest
from extras import extra

nbformat, nbclient = extra("nbformat"), extra("nbclient")

FOLDER = Path(__file__).parents[1] / "notebooks"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the notebooks do not lie beside these tests"),
]
LESSONS = sorted(FOLDER.glob("[0-9]*.ipynb"), key=lambda path: int(path.name.split("_")[0]))
NOTEBOOKS = [*LESSONS, FOLDER / "gallery.ipynb"]


def test_there_is_one_for_each_subject():
    numbers = [int(path.name.split("_")[0]) for path in LESSONS]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= 14


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_outputs_are_stripped(path):
    for cell in nbformat.read(path, 4).cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_opens_with_what_it_shows(path):
    cells = nbformat.read(path, 4).cells
    assert cells[0].cell_type == "markdown"
    assert re.match(r"# \d+ · .+\n\n.{80}", cells[0].source, re.DOTALL)


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_ends_with_something_to_try_and_its_answers_folded(path):
    tasks, answers, computed = nbformat.read(path, 4).cells[-3:]
    assert tasks.source.startswith("## Try this")
    assert answers.source.startswith("<details>\n<summary>Answers</summary>")
    assert answers.source.endswith("</details>")
    numbers = re.findall(r"^(\d+)\. ", answers.source, re.MULTILINE)
    assert len(numbers) == len(re.findall(r"^- ", tasks.source, re.MULTILINE)) > 0
    assert "assert " in computed.source  # the answers' numbers: the notebook runs below
    assert "hide-cell" in computed.metadata.tags  # folded in the book
    assert computed.metadata.jupyter == {"source_hidden": True}  # and in JupyterLab


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_runs_and_shows_pictures_and_formulas(path, tmp_path):
    notebook = nbformat.read(path, 4)
    resources = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources=resources
    ).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert not [o for o in outputs if o.get("name") == "stderr"]
    assert any({"image/svg+xml", "image/png"} & set(o.get("data", {})) for o in outputs)
    if path in LESSONS:
        assert not notebook.cells[-1].outputs  # JupyterLab would unfold them
