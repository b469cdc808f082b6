"""Vectors and matrices of numbers and Values."""

import operator

import pytest

from autograd import Value
from autograd.problems.arrays import Array, Neurons, elementwise, entry_name, product, shape_text

M = Array((2, 3), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
v = Array((3,), [1.0, 0.0, -1.0])


def test_rows_and_columns():
    assert M.rows() == [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
    assert M.transposed().rows() == [[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]]
    assert M.indices() == [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (2, 3)]
    assert v.indices() == [(1,), (2,), (3,)]


def test_a_number_stands_for_as_many_as_needed():
    assert elementwise(operator.add, v, 1.0).items == [2.0, 1.0, 0.0]
    assert elementwise(operator.add, 2.0, 1.0) == 3.0


def test_a_matrix_times_a_vector_waits_for_its_bias():
    waiting = product(M, v, operator.mul)
    assert isinstance(waiting, Neurons)
    assert [float(z) for z in waiting.summed(Array((2,), [10.0, 20.0])).items] == [8.0, 18.0]


def test_two_products_and_a_bias_are_one_node():
    w, x = Array((1, 1), [Value(2.0)]), Array((1,), [Value(3.0)])
    joined = product(w, x, operator.mul).joined(product(w, x, operator.mul))
    (z,) = joined.summed(Value(1.0)).items
    assert (z.op, z.data) == ("dot", 13.0)


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="3"):
        product(M, Array((2,), [1.0, 2.0]), operator.mul)


def test_names_and_shapes_in_words():
    assert entry_name("W", (1, 2)) == "W_12"
    assert entry_name("W", (1, 12)) == "W_1,12"
    assert "2" in shape_text(M)
    assert "3" in shape_text(M)
