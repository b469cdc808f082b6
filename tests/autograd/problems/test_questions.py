"""What a sheet asks for, in the order of computation."""

import csv

import pytest

from autograd import problem
from autograd.problems.questions import (
    blank_csv,
    blank_latex,
    blank_markdown,
    questions,
    standard_name,
)

TEXT = "x = 0.5 input; w = 0.4 parameter; b = 0.6 parameter; t = 0.01 target; η = 0.5\n"
TEXT += "z = w x + b; y = sigmoid(z); E = 1/2 (t - y)^2"


@pytest.fixture
def asked():
    p = problem(TEXT)
    return questions(p.graph, p.roles, p.learning_rate)


def test_forward_backward_and_the_new_weights(asked):
    assert [q.typed for q in asked] == [
        "z", "y", "E", "dE/dz", "dE/dw", "dE/db", "w'", "b'",
    ]  # fmt: skip


def test_the_numbers_are_the_engines(asked):
    p = problem(TEXT)
    p.graph.backward()
    number = {q.name: q.number for q in asked}
    assert number["∂E/∂w"] == pytest.approx(p.values["w"].grad, rel=1e-15)
    assert number["w'"] == pytest.approx(0.4 - 0.5 * p.values["w"].grad, rel=1e-15)


def test_no_updates_without_a_learning_rate():
    p = problem(TEXT)
    assert {q.part for q in questions(p.graph, p.roles)} == {"forward", "backward"}


def test_every_spelling_is_one_question(asked):
    known = {q.name: q for q in asked}
    assert standard_name("dE/dw", known) == standard_name("∂E/∂w", known) == "∂E/∂w"
    assert standard_name("dE/dv", known) is None


def test_blank_sheets_ask_for_all(asked):
    rows = list(csv.reader(blank_csv(asked).splitlines()))
    assert rows[0] == ["name", "value"]
    assert rows[1:] == [[q.typed, ""] for q in asked]
    assert all(q.name in blank_markdown(asked, 4) for q in asked)
    assert all(q.latex in blank_latex(asked, 4) for q in asked)
