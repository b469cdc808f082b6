"""Mathematics in plain letters."""

import json

import pytest

from nn.command.plain import escaped, plain

PLAIN = [
    ("∂E/∂w1 = δ_1 · ŷ² − ½", "dE/dw1 = delta_1 * yhat^2 - 1/2"),
    ("Σ w_i x_i", "sum w_i x_i"),
    ("√(x)", "sqrt(x)"),
    ("x₁₂ᵀ", "x_12^T"),
    ("plain", "plain"),
    ("σ(z)", "sigma(z)"),
]


@pytest.mark.parametrize(("text", "letters"), PLAIN)
def test_signs_become_words(text, letters):
    assert plain(text) == letters
    assert plain(text).isascii()


@pytest.mark.parametrize("text", ["∂E", "\N{BRAIN}", "plain", "\ud800"])
def test_json_says_the_same(text):
    written = escaped(f'"{text}"')
    assert written.isascii()
    assert json.loads(written) == text
