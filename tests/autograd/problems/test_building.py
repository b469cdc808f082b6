"""From statements to a graph."""

import pytest

from autograd import ProblemError, problem


def test_names_may_be_used_before_they_are_defined():
    assert problem("E = a^2; a = b + 1; b = 2").graph.data == 9.0


def test_a_matrix_a_vector_and_a_bias_are_neurons():
    p = problem("W = [1 2; 3 4]; x = [1, 1] input; b = [0.5, 0.5]; z = W x + b; E = z[1] + z[2]")
    assert p.graph.data == 11.0
    assert p.values["z_1"].op == "dot"


def test_max_of_many_is_the_largest():
    assert problem("E = max(1, a, 3); a = 7").graph.data == 7.0


WRONG = [
    ("E = a + 1", "a"),
    ("E = a; a = b; b = a", "a"),
    ("E = W x; W = [1 2; 3 4]; x = [1, 2, 3]", "3"),
    ("E = 1 / a; a = 0", "0"),
    ("E = x[3]; x = [1, 2]", "3"),
]


@pytest.mark.parametrize(("text", "told"), WRONG)
def test_errors_name_the_place(text, told):
    with pytest.raises(ProblemError, match=told) as caught:
        problem(text).graph.backward()
    assert "^" in str(caught.value)
