"""What the indices of a derivation run over."""

import pytest

from autograd import Value, derive_general, dot, mean
from autograd.general.scripts import TEXT
from nn.command import main
from nn.worked import load


def line(root, of=None):
    return ", ".join(map(str, derive_general(root, of).index_sets))


NOTE_2 = "i = 1..2 inputs, j = 1..2 neurons, k = 1..2 neurons, l = 1..2 layers"
SETS = [
    ("linear regression", "i = 1..2 inputs, r = 1..3 rows"),
    ("convolution", "i = 1..3 or 1..6 inputs, r = 1..4 places"),
    ("embeddings", "i = 1..2 inputs, j = 1..3 entries, r = 1..4 rows"),
    ("lstm", "i = 1..2 inputs, j = 1..2 neurons, k = 1..2 neurons, t = 1..3 time steps"),
    (
        "class rows",
        "i = 1..3 inputs for l = 1, 1..4 for l = 2, j = 1..4 neurons for l = 1, 1..3 for l = 2, "
        "k = 1..3 classes, r = 1..4 rows, l = 1..2 layers",
    ),
]


@pytest.mark.parametrize(("name", "said"), SETS)
def test_index_sets_have_names_and_sizes(networks, name, said):
    assert line(networks(name)) == said


def test_the_notes():
    assert line(load("2").graph(), "w") == NOTE_2
    assert line(load("3a").graph()) == "i = 1..2 inputs, j = 1..2 neurons"


def test_the_size_is_the_largest(networks):
    sets = {s.letter: s for s in derive_general(networks("mlp2")).index_sets}
    assert {letter: s.size for letter, s in sets.items()} == {"i": 4, "j": 4, "k": 2, "l": 2}
    assert sets["j"].ranges == {(1, 4): (1,), (1, 2): (2,)}


def test_labels_that_count_from_0():
    w = [Value(0.1 * i, f"w_{i}") for i in range(3)]
    rows = [[1.0, 2.0, 3.0], [0.5, 0.1, 0.2]]
    b = Value(0.3, "b")
    root = mean([(dot(w, row, b) - 1.0) ** 2 for row in rows])
    assert line(root, "w").startswith("i = 0..2 inputs")


@pytest.mark.many
def test_every_index_of_every_line_is_in_a_set(derivation):
    ranges = {s.letter: list(s.ranges) for s in derivation.index_sets}
    alphabet, lines = derivation.network.alphabet, derivation._board(TEXT)[0].lines
    for case in derivation.checked:
        scope = lines.scope(case)
        for k, x in enumerate(case.equation.variables):
            name = scope.names[x]
            numbers = {
                n.at[k] + alphabet.names[case.family.number].offsets[k] for n in case.family.nodes
            }
            if not name.isdecimal():
                assert (min(numbers), max(numbers)) in ranges[name]


def test_they_are_said_line_by_line_but_not_on_the_board(capsys):
    found = derive_general(load("2").graph(), "w")
    assert found.line_by_line().splitlines()[-2] == f"with {NOTE_2}"
    assert "neurons" not in found.text()
    assert main(["formula", "2", "w", "--steps"]) == 0
    assert capsys.readouterr().out.splitlines()[-2] == f"with {NOTE_2}"


def test_a_formula_without_indices_says_nothing_of_them():
    w, x = Value(0.5, "w"), Value(2.0, "x")
    found = derive_general((w * x - Value(1.0, "y")) ** 2, "w")
    assert found.index_sets == ()
    assert "with " not in found.line_by_line().splitlines()[-2]
