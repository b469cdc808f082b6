"""The notebooks run from the first cell to the last, and lie in the repository without outputs."""

import re
from pathlib import Path

import pytest
from extras import extra

pytestmark = pytest.mark.slow

nbformat, nbclient = extra("nbformat"), extra("nbclient")

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"), key=lambda path: int(path.name.split("_")[0]))


def test_there_is_one_for_each_subject():
    numbers = [int(path.name.split("_")[0]) for path in NOTEBOOKS]
    assert numbers[0] == 1
    assert len(set(numbers)) == len(numbers)
    assert len(numbers) >= 10


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_outputs_are_stripped(path):
    for cell in nbformat.read(path, 4).cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_opens_with_what_it_shows_and_ends_with_something_to_try(path):
    cells = nbformat.read(path, 4).cells
    assert cells[0].cell_type == "markdown"
    assert re.match(r"# \d+ · .+\n\n.{80}", cells[0].source, re.DOTALL)
    assert "## Try this" in cells[-1].source


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
