"""What a user gets from `import`: light, typed, and never the namesake by mistake."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

import autograd
import nn

HEAVY = ["numpy", "sympy", "torch", "jax", "matplotlib", "pandas", "graphviz", "tqdm"]


def python(code, *path):
    search = "".join([f"sys.path.insert(0, {str(p)!r}); " for p in path])
    return subprocess.run(
        [sys.executable, "-c", f"import sys; {search}{code}"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_import_loads_only_the_standard_library():
    found = python(
        "before = set(sys.modules); import autograd, nn; "
        "print(*sorted({m.split('.')[0] for m in set(sys.modules) - before}))"
    )
    loaded = set(found.stdout.split())
    assert {"autograd", "nn"} <= loaded
    assert not loaded & set(HEAVY)
    of_cython = {name for name in loaded if name.startswith(("cython_runtime", "_cython_"))}
    assert loaded - of_cython - {"autograd", "nn"} <= set(sys.stdlib_module_names)


def test_nn_loads_formulas_and_pictures_where_they_are_used():
    found = python(
        "import nn; rooms = ('autograd.formulas', 'autograd.drawing'); "
        "print(*[m for m in sys.modules if m.startswith(rooms)], nn.draw_network.__name__)"
    )
    assert found.stdout.split() == ["draw_network"]


def test_a_tape_loads_what_writes_it_down_where_it_is_asked_to():
    found = python(
        "from autograd import record; tape = record(lambda x: x * 2.0, 1); "
        "print(tape([[1.0]])[0], *[m for m in sys.modules if '.exports.' in m])"
    )
    assert found.stdout.split() == ["2.0"]


def test_every_public_name_is_there_and_documented():
    for name in autograd.__all__:
        assert getattr(autograd, name).__doc__, name


def test_the_typing_markers_are_installed():
    for package in (autograd, nn):
        assert Path(package.__file__).with_name("py.typed").exists()


def test_nn_refuses_another_autograd(tmp_path):
    (tmp_path / "autograd").mkdir()
    (tmp_path / "autograd/__init__.py").write_text("def grad(f): ...\n")
    found = python("import nn", tmp_path)
    assert "ImportError: nn needs the autograd of whygrad" in found.stderr
    assert str(tmp_path) in found.stderr


def test_two_distributions_in_one_folder_are_refused(tmp_path):
    source = Path(importlib.util.find_spec("autograd").origin).read_text(encoding="utf-8")
    (tmp_path / "autograd").mkdir()
    (tmp_path / "autograd/__init__.py").write_text(source, encoding="utf-8")
    (tmp_path / "autograd/tracer.py").write_text("")
    found = python("import autograd", tmp_path)
    assert "ImportError: two distributions named autograd" in found.stderr


@pytest.mark.slow
def test_what_a_name_needs_is_said_where_it_is_missing():
    found = python("sys.modules['numpy'] = None; from autograd import *")
    assert "MissingLibraryError: autograd." in found.stderr
    assert "needs numpy, which is not installed: pip install numpy" in found.stderr
    without = (
        "sys.modules['numpy'] = None; from autograd import Value, derive, sigmoid; import nn; "
    )
    without += "model = nn.MLP(2, [30, 1], seed=0); model([1.0, 2.0]).backward(); "
    found = python(without + "nn.Adam(0.1).step(model.parameters() * 3); print('trained')")
    assert (found.stdout, found.stderr) == ("trained\n", "")
