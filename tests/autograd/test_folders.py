"""The folder of what can be made again."""

import os
import sys
from pathlib import Path

import pytest

from autograd.folders import cache_folder


def test_the_environment_names_it(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "whygrad"


@pytest.mark.skipif(os.name == "nt", reason="a home is found in another way")
@pytest.mark.parametrize(("system", "inside"), [("linux", ".cache"), ("darwin", "Library/Caches")])
def test_else_it_is_where_the_system_has_it(monkeypatch, tmp_path, system, inside):
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(sys, "platform", system)
    assert cache_folder() == Path(tmp_path, inside, "whygrad")
