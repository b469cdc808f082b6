"""Benchmarks measure the library that is installed, from whatever folder they are started in."""

import importlib
import os
import subprocess
from argparse import Namespace
from pathlib import Path

BENCHMARKS = Path(__file__).parent / "benchmarks"


def test_a_child_of_eager_does_not_search_the_working_folder(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["", str(tmp_path), ""]))
    given = []

    def run(command, env, **_):
        given.append(env["PYTHONPATH"])
        return subprocess.CompletedProcess(command, 0, stdout="{}")

    eager = importlib.import_module("eager")
    monkeypatch.setattr(subprocess, "run", run)
    eager.run("network", "whygrad", "on", Namespace(names="names.txt", repeats=1))
    assert given == [os.pathsep.join([str(BENCHMARKS), str(tmp_path)])]
