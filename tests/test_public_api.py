"""No public name or signature changes unnoticed: it is written down, and told in CHANGELOG."""

import difflib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from helpers import public_api

ROOT = Path(__file__).parents[1]


@pytest.mark.skipif(not (ROOT / "CHANGELOG.md").is_file(), reason="not in a checkout")
@pytest.mark.slow
def test_public_names_and_signatures_are_those_written_down():
    code = "from helpers.public_api import lines; print(*lines(), sep='\\n')"
    environment = {**os.environ, "WHYGRAD_PURE": "1", "PYTHONIOENCODING": "utf-8"}
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, check=True
    )
    now = done.stdout.decode().splitlines()
    before = public_api.SNAPSHOT.read_text(encoding="utf-8").splitlines()
    changed = "\n".join(difflib.unified_diff(before, now, "written down", "now", n=0, lineterm=""))
    assert not changed, (
        f"{changed}\nIf that is meant, tell it in CHANGELOG.md, and write it down: "
        "WHYGRAD_PURE=1 python tests/helpers/public_api.py"
    )


@pytest.mark.skipif(not (ROOT / "CHANGELOG.md").is_file(), reason="not in a checkout")
def test_what_changed_since_the_release_is_in_the_changelog():
    """By name; when a version is released, its names become those of `public_api_released.txt`."""
    now = set(public_api.SNAPSHOT.read_text(encoding="utf-8").splitlines())
    released = set(public_api.RELEASED.read_text(encoding="utf-8").splitlines())
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    told = set(re.findall(r"\w+", changes.split("## Unreleased")[1].split("\n## ")[0]))
    names = {line.split("(")[0] for line in now ^ released}
    assert not sorted(name for name in names if name.rpartition(".")[2] not in told)
