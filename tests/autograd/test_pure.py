"""WHYGRAD_PURE=1: the library runs from its Python files."""

import os
import subprocess
import sys

CODE = """
import autograd, autograd.value, nn
from autograd import record
print(autograd.compiled, autograd.value.__file__.endswith(".py"), record(lambda x: x * x, 1).engine)
"""


def test_nothing_compiled_is_loaded():
    found = subprocess.run(
        [sys.executable, "-c", CODE], env={**os.environ, "WHYGRAD_PURE": "1"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert found.stdout.split() == ["False", "True", "numpy"]


def test_modules_of_others_are_not_touched():
    code = "import autograd._pure as p; print(p.SourceFinder().find_spec('json.decoder', ['/']))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "None"
