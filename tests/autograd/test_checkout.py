"""Python started in a checkout says that it runs the slow source, if the compiled one is there."""

import os
import subprocess
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

import autograd

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(
    not (ROOT / "autograd/__init__.py").is_file()
    or any((ROOT / f"autograd/value{suffix}").exists() for suffix in EXTENSION_SUFFIXES),
    reason="not in a checkout that is not compiled",
)


def record(info, version, file):
    """What a build or pip leaves of the distribution: its name, its version, one of its files."""
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: whygrad\nVersion: {version}\n")
    (info / "RECORD").write_text(f"autograd/{file},,\n")
    return info.parent


def said(*paths, pure="0"):
    """What two imports say on the error output, where the checkout is found before the paths."""
    search = f"sys.path[:0] = {[str(p) for p in (ROOT, *paths)]!r}"
    code = f"import sys; {search}; import autograd, nn; print(autograd.__file__)"
    command = [sys.executable, "-S", "-c", code]  # without what is installed here
    environment = {**os.environ, "WHYGRAD_PURE": pure}
    for setting in ("PYTHONPATH", "PYTHONWARNINGS"):
        environment.pop(setting, None)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(ROOT / "autograd" / "__init__.py")
    return done.stderr


@pytest.fixture
def installed(tmp_path):
    """A folder in which this version is compiled."""
    suffix = "value.cpython-311-x86_64-linux-gnu.so" if os.name != "nt" else "value.pyd"
    return record(tmp_path / "site" / "whygrad.dist-info", autograd.__version__, suffix)


def test_a_compiled_install_is_pointed_to_once(installed):
    told = said(installed)
    assert told.count("imports whygrad's uncompiled source") == 1
    assert str(ROOT) in told
    for way_out in ("another folder", "python -P", "WHYGRAD_PURE=1"):
        assert way_out in told


def test_the_record_that_a_build_left_here_hides_nothing(installed, tmp_path):
    here = record(tmp_path / "built" / "whygrad.egg-info", autograd.__version__, "value.py")
    assert "uncompiled source" in said(here, installed)


@pytest.mark.parametrize(
    ("version", "file"), [("0.0.1", "value.so"), (autograd.__version__, "value.py")]
)
def test_nothing_is_said_where_nothing_quicker_is_there(tmp_path, version, file):
    assert said(record(tmp_path / "whygrad.dist-info", version, file)) == ""


def test_nothing_is_said_where_the_source_is_meant(installed):
    assert said(installed, pure="1") == ""
