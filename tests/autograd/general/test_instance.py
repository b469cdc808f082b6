"""The general formula for one value."""

import pytest

from autograd import derive_general
from nn.worked import load


def test_the_number_is_the_engines():
    root = load("2").graph()
    found = derive_general(root, "w").instance("w_11^2")
    assert found.name == "w_11^2"
    assert found.derivation.value == pytest.approx(found.value, rel=1e-12)
    assert f"−{-found.value:.6g}" in str(found)


def test_an_update_starts_from_the_old_weight():
    found = derive_general(load("2").graph(), "w").instance("w_11^2")
    assert "−" in found.update(0.5)
    assert "0.5" in found.update(0.5)


def test_what_is_in_no_graph_is_refused():
    with pytest.raises(ValueError, match="w_99"):
        derive_general(load("2").graph(), "w").instance("w_99")
