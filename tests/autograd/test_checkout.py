"""Python started in a checkout says that it runs the slow source, if the compiled one is there."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import autograd

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(
    not (ROOT / "pyproject.toml").is_file() or not (ROOT / "autograd").is_dir(),
    reason="not in a checkout",
)


def installed(folder, version, extension):
    """A folder as pip leaves one: the record of a wheel with a compiled module, or without."""
    info = folder / f"whygrad-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: whygrad\nVersion: {version}\n")
    (info / "RECORD").write_text(f"autograd/value{extension},,\n")
    return folder


def said(path, **environment):
    """What `import autograd` says in the checkout, with a folder of installed packages."""
    variables = {k: v for k, v in os.environ.items() if k != "WHYGRAD_PURE"}
    done = subprocess.run(
        [
            sys.executable,
            "-S",
            "-c",
            f"import sys; sys.path.append({str(path)!r}); import autograd",
        ],
        cwd=ROOT,
        env={**variables, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stderr


def test_a_compiled_install_of_this_version_is_pointed_to(tmp_path):
    told = said(installed(tmp_path, autograd.__version__, ".cpython-311.so"))
    assert "imports whygrad's uncompiled source" in told
    assert "Start it in another folder" in told


@pytest.mark.parametrize(
    ("version", "extension"), [("0.0.1", ".so"), (autograd.__version__, ".py")]
)
def test_nothing_is_said_where_nothing_quicker_is_there(tmp_path, version, extension):
    assert said(installed(tmp_path, version, extension)) == ""


def test_nothing_is_said_where_the_source_is_meant(tmp_path):
    folder = installed(tmp_path, autograd.__version__, ".so")
    assert said(folder, WHYGRAD_PURE="1") == ""
