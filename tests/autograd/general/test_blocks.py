"""Operations on blocks: their formula and their numbers at once."""

import numpy as np
import pytest

from autograd.formulas.pieces import ATOM
from autograd.general.blocks import Block, Blocks
from autograd.general.scripts import TEXT

A = Block("A", ATOM, "A", ATOM, [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], (3, 2))
B = Block("B", ATOM, "B", ATOM, [[1.0, -1.0], [0.5, 2.0], [3.0, 1.0]], (3, 2))
u = Block("u", ATOM, "u", ATOM, [1.0, 2.0], (2,))
v = Block("v", ATOM, "v", ATOM, [0.5, -1.0, 2.0], (3,))
make = Blocks(TEXT)
ARRAYS = {"A": np.array(A.numbers), "B": np.array(B.numbers), "u": np.array(u.numbers),
          "v": np.array(v.numbers), "np": np}  # fmt: skip
MADE = [
    (make.plus([A, B]), "A + B"),
    (make.product([A, B]), "A ⊙ B"),
    (make.matmul(A, u), "A u"),
    (make.inner(v, v), "vᵀ v"),
    (make.outer(v, u), "v uᵀ"),
    (make.transpose(A), "Aᵀ"),
    (make.matmul(make.transpose(A), v), "Aᵀ v"),
    (make.squared(u), "‖u‖²"),
    (make.row_sums(A), "A 𝟏"),
    (make.power(u, 2.0), "u^(⊙2)"),
]


@pytest.mark.parametrize(("block", "text"), MADE, ids=[text for _, text in MADE])
def test_the_code_gives_the_numbers(block, text):
    assert block.text == text
    found = eval(block.code, dict(ARRAYS))
    assert np.shape(found) == block.shape
    assert np.allclose(found, np.array(block.numbers), rtol=1e-15)


def test_a_product_of_sums_is_parenthesised():
    block = make.product([make.plus([A, B]), B])
    assert block.text == "(A + B) ⊙ B"
    assert np.allclose(eval(block.code, dict(ARRAYS)), np.array(block.numbers))
