"""Tracebacks through the extensions show the lines of the Python files."""

import subprocess
import sys
import types
from importlib.machinery import ModuleSpec

import autograd
from autograd._source import SourceLoader, show_source


def test_a_traceback_has_the_line_that_failed(tmp_path):
    code = "from autograd import Value\n(Value(1.0) / 0.0)"
    command = [sys.executable, "-c", code]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "ZeroDivisionError" in found.stderr or "PoleError" in found.stderr
    assert "value.py" in found.stderr
    after = found.stderr.partition("value.py")[2].splitlines()
    assert after[1].strip(), autograd.compiled  # the line itself


def test_the_text_is_that_of_the_file_beside(tmp_path):
    (tmp_path / "thing.py").write_text("x = 1\n")
    loader = SourceLoader("room.thing", str(tmp_path / "thing.so"))
    assert loader.get_source("room.thing") == "x = 1\n"


def test_a_module_of_python_keeps_its_loader(monkeypatch):
    module = types.ModuleType("plain")
    module.__spec__ = ModuleSpec("plain", None)
    monkeypatch.setitem(sys.modules, "plain", module)
    show_source("plain")
    assert module.__spec__.loader is None
