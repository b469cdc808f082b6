"""Blocks set at their equals signs."""

from autograd import Value, derive
from autograd.formulas.blocks import Block, latex_blocks, text_blocks

BLOCK = Block("∂L/∂w", ("a·b", "6"))


def test_text_aligns_the_equals_signs():
    first, second = text_blocks([BLOCK]).splitlines()
    assert first == "∂L/∂w = a·b"
    assert second.index("=") == first.index("=")


def test_words_stand_between_blocks():
    assert text_blocks([BLOCK, "so much for that", BLOCK]).count("\n\n") == 2


def test_a_heading_has_no_sign():
    assert "=" not in text_blocks([Block("hidden", ("by the rule",), is_heading=True)])


def test_latex_is_one_block():
    latex = latex_blocks([BLOCK, BLOCK])
    assert latex.startswith("\\begin{aligned}\n")
    assert latex.count("&=") == 4


def test_a_notebook_gets_latex_and_text():
    d = derive(Value(2.0, "w") * 3.0, "w")
    bundle = d._repr_mimebundle_()
    assert bundle["text/plain"] == str(d)
    assert d.latex in bundle["text/latex"]
