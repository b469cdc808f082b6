"""Lists of numbers in one piece."""

import numpy as np

from autograd.replay.graph import Lists


def lists(*items):
    flat = np.concatenate([np.array(i, np.int64) for i in items])
    return Lists(flat, np.array([len(i) for i in items]))


A = lists([3, 1], [5], [2, 2, 7])


def test_ends_and_largest_of_each():
    assert len(A) == 3
    assert A.starts.tolist() == [0, 2, 3]
    assert A.owners.tolist() == [0, 0, 1, 2, 2, 2]
    assert A.first.tolist() == [3, 5, 2]
    assert A.last.tolist() == [1, 5, 7]
    assert A.largest.tolist() == [3, 5, 7]


def test_some_of_them_and_more_of_them():
    chosen = A[np.array([2, 0])]
    assert (chosen.flat.tolist(), chosen.sizes.tolist()) == ([2, 2, 7, 3, 1], [3, 2])
    assert len(A + chosen) == 5
    assert A[np.array([False, True, False])].flat.tolist() == [5]


def test_what_is_true_of_their_numbers():
    mask = np.zeros(8, bool)
    mask[[2, 5, 7]] = True
    assert A.any(mask).tolist() == [False, True, True]
    assert A.count(mask).tolist() == [0, 1, 2]
    assert A.repeated().tolist() == [False, False, True]


def test_equal_lists_share_a_number():
    numbers, first = lists([1, 2], [2, 1], [1, 2], [1]).alike()
    assert numbers[0] == numbers[2]
    assert len(set(numbers.tolist())) == 3
    assert len(first) == 3
