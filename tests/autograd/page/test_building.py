"""The folder of the page, and the Python in it: CPython in WebAssembly answers as this one does."""

import json
import re
import subprocess
import zipfile
from importlib import resources
from pathlib import Path

import pytest

from autograd.page import building
from autograd.page.answer import answer
from autograd.page.building import PageError, build
from autograd.problems.examples import EXAMPLES, example

ASK = Path(__file__).with_name("ask.mjs")


def requests():
    """Every view but pictures, of every example."""
    found = [{"show": "examples"}]
    for name in EXAMPLES:
        row = 1 if "\nrows:" in example(name) else 0
        for show in ("values", "derivation", "sheet", "training"):
            found.append({"show": show, "text": example(name), "row": row, "steps": 3})
    return [*found, {"show": "values", "text": "y = w x; w = 1"}]


def rounded(data):
    """The data with its numbers to 12 digits: another machine's functions differ in the last."""
    if isinstance(data, float):
        return float(f"{data:.12g}")
    if isinstance(data, dict):
        return {key: rounded(x) for key, x in data.items()}
    return [rounded(x) for x in data] if isinstance(data, list) else data


def asked_in_node(site, asked):
    done = subprocess.run(
        ["node", ASK, site], input=json.dumps(asked), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
def test_python_in_webassembly_answers_the_same(site):
    asked = requests()
    found = asked_in_node(site, asked)
    assert found["python"].startswith("3.14")
    for request, there in zip(asked, found["answers"], strict=True):
        here = json.loads(json.dumps(answer(request)))
        assert rounded(there) == rounded(here), request


@pytest.mark.slow
def test_pictures_and_sympy_work_in_webassembly(site):
    views = ("graph", "sweep", "expression")
    asked = [{"show": show, "text": example("note5"), "wrt": "w5"} for show in views]
    graph, sweep, expression = asked_in_node(site, asked)["answers"]
    assert "out_h1" in graph["svg"]
    assert set(graph["keys"].values()) >= {"w1", "E"}
    assert len(sweep["frames"]) == len(sweep["steps"]) == 39
    assert "exp(" in expression["expression"]


@pytest.mark.slow
def test_the_folder_is_whole_small_and_the_same_again(site, tmp_path):
    listed = json.loads((site / "files.json").read_text())
    files = {p.relative_to(site).as_posix() for p in site.rglob("*") if p.is_file()}
    assert files == {*listed["files"], "files.json", "service-worker.js"}
    assert sum((site / name).stat().st_size for name in files) < 25e6
    again = build(tmp_path / "again")
    assert json.loads((again / "files.json").read_text())["version"] == listed["version"]


@pytest.mark.slow
def test_the_library_in_it_is_pure_and_without_tests(site):
    names = zipfile.ZipFile(site / "library.zip").namelist()
    assert "autograd/value.py" in names
    assert "autograd/problems/examples/note5.txt" in names
    assert not [n for n in names if n.endswith((".so", ".pyd", ".c")) or "/tests/" in n]


def test_the_page_asks_nothing_of_other_hosts():
    for file in (resources.files("autograd.page") / "site").iterdir():
        text = file.read_text(encoding="utf-8")
        addresses = set(re.findall(r"https?://[^\s\"'<>]+", text)) - {"http://www.w3.org/2000/svg"}
        assert not addresses, file


def test_pins_have_hashes_and_no_addresses():
    lock = json.loads((resources.files("autograd.page") / "packages/package-lock.json").read_text())
    packages = [data for name, data in lock["packages"].items() if name]
    assert len(packages) >= 2
    assert all("integrity" in data and "resolved" not in data for data in packages)


def test_without_npm_it_is_one_sentence(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    monkeypatch.setattr(building, "cache_folder", lambda: tmp_path)
    monkeypatch.setattr(building.shutil, "which", lambda name: None)
    with pytest.raises(PageError, match=r"there is no npm: install Node\.js"):
        build(tmp_path / "site")


def test_a_failing_npm_is_told_and_leaves_nothing(monkeypatch, tmp_path):
    monkeypatch.setattr(building, "cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(building.shutil, "which", lambda name: "/bin/false")
    with pytest.raises(PageError, match="npm could not fetch"):
        build(tmp_path / "site")
    assert not any((tmp_path / "cache").iterdir())
