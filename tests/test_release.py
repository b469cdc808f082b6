"""What a release says of itself: one version, the Pythons it is for, and where it is published."""

import re
import sys
from pathlib import Path

import pytest

import autograd

ROOT = Path(__file__).parents[1]
pytestmark = [
    pytest.mark.skipif(not (ROOT / ".github").is_dir(), reason="not in a checkout"),
    pytest.mark.skipif(sys.version_info < (3, 11), reason="tomllib came with Python 3.11"),
]


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def settings():
    import tomllib

    return tomllib.loads(read("pyproject.toml"))


def test_the_version_stands_in_one_place(settings):
    assert "version" in settings["project"]["dynamic"]
    assert settings["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "autograd.__version__"}
    assigned = [
        path
        for package in ("autograd", "nn")
        for path in (ROOT / package).rglob("*.py")
        if "__version__ =" in path.read_text(encoding="utf-8")
    ]
    assert assigned == [ROOT / "autograd/__init__.py"]


def test_what_repeats_the_version_is_the_same():
    """The citation and the newest release in the changelog."""
    cited = re.search(r"^version: (.*)$", read("CITATION.cff"), re.MULTILINE)[1]
    released = re.search(r"^## (\d\S*) \((.*)\)$", read("CHANGELOG.md"), re.MULTILINE)
    assert cited == released[1] == autograd.__version__
    assert f'date-released: "{released[2]}"' in read("CITATION.cff")


def test_wheels_are_built_for_every_python_that_is_promised(settings):
    told = [line.rpartition(" ")[2] for line in settings["project"]["classifiers"]]
    versions = [v for v in told if v.startswith("3.")]
    assert settings["project"]["requires-python"] == f">={versions[0]}"
    built = settings["tool"]["cibuildwheel"]["build"].split()
    assert built == [*(f"cp{v.replace('.', '')}-*" for v in versions), "cp314t-*"]


def test_the_workflow_publishes_what_it_built_from_a_tag():
    workflow = read(".github/workflows/ci.yml")
    publish = workflow.partition("\n  publish:")[2]
    needed = re.search(r"needs: \[(.*)\]", publish)[1].split(", ")
    assert needed == re.findall(r"^  (\w+):(?:  #.*)?$", workflow.partition("jobs:")[2], re.M)[:-1]
    assert "id-token: write" in publish
    assert "password" not in workflow
    assert "secrets." not in workflow
