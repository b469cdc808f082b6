"""Libraries that only some features need."""

import math

import pytest

from nn.optional import require


def test_a_library_that_is_there_is_given():
    assert require("math", None, "this") is math


@pytest.mark.parametrize(("extra", "wanted"), [("plot", r'"whygrad\[plot\]"'), (None, "nowhere")])
def test_one_that_is_not_is_named_with_its_remedy(extra, wanted):
    with pytest.raises(ImportError, match=f"this needs nowhere: pip install {wanted}"):
        require("nowhere.inside", extra, "this")


def test_what_it_misses_itself_is_not_hidden(tmp_path, monkeypatch):
    (tmp_path / "half_there.py").write_text("import nowhere\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="nowhere") as caught:
        require("half_there", "plot", "this")
    assert caught.value.name == "nowhere"
