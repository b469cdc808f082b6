"""logsumexp in straight-line code, where it cancels and near 0, on every engine."""

import random

import numpy as np
import pytest

from autograd import Value, logsumexp, record
from autograd.replay.tape import ENGINES
from tests.autograd.replay.machine.test_cancelling import exact, nearly_cancelling, off

MACHINES = ENGINES[:-1]


def near_zero(count, width):
    """The largest of anything from 1e-20 to 1 beside terms that are small."""
    rng = random.Random(f"{count} {width} near")
    for _ in range(count):
        row = [rng.uniform(-45.0, -1.0) for _ in range(width)]
        row[rng.randrange(width)] = rng.choice([-1.0, 1.0]) * 10.0 ** rng.uniform(-20.0, 0.0)
        yield row


def ordinary(count, width):
    rng = random.Random(f"{count} {width} ordinary")
    for _ in range(count):
        yield [rng.gauss(0.0, 2.0) for _ in range(width)]


def hard_rows(width):
    return [*nearly_cancelling(31, width), *near_zero(60, width), *ordinary(30, width)]


def softmax(row):
    shares = np.exp(np.array(row) - max(row))
    return shares / shares.sum()


@pytest.mark.many
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("width", [2, 3, 11])
def test_values_of_rows_keep_their_digits(engine, width):
    rows = hard_rows(width)
    wanted = [exact(row) for row in rows]
    tape = record(lambda *xs: logsumexp(xs), width).with_engine(engine)
    values, gradients = tape.value_and_grad(np.array(rows), reduction="none")
    assert off(values, wanted) <= 4.0
    assert np.abs(gradients - [softmax(row) for row in rows]).max() <= 1e-15
    assert off([tape.value_and_grad([row])[0] for row in rows], wanted) <= 4.0


@pytest.mark.parametrize("engine", ENGINES)
def test_values_at_leaves_and_of_bound_tapes_too(engine):
    leaves = [Value(x) for x in (0.1, 0.2, 0.3)]
    tape = record(lambda: logsumexp(leaves), parameters=leaves).with_engine(engine)
    call = tape.bind()
    rows = hard_rows(3)
    wanted = [exact(row) for row in rows]
    assert off([tape.value_and_grad(at=np.array(row))[0] for row in rows], wanted) <= 4.0
    found = []
    for row in rows:
        call.numbers[:] = row
        call()
        found.append(call.value[0])
    assert off(found, wanted) <= 4.0


@pytest.mark.parametrize("engine", ENGINES)
def test_it_is_settled_also_where_it_is_chosen_from(engine):
    """What is made of it, its derivatives among that, has the digits as well."""
    tape = record(lambda *xs: 1.0 / (logsumexp(xs) * 1e17), 2).with_engine(engine)
    row = [-0.6931471805599454, -0.6931471805599453]
    value = exact(row) * 1e17
    share = softmax(row)
    found, gradient = tape.value_and_grad([row])
    assert found == pytest.approx(1.0 / value, rel=1e-14)
    assert gradient == pytest.approx(-1e17 * share / value**2, rel=1e-14)
    assert tape.hessian([row])[0, 0] == pytest.approx(
        2e34 * share[0] ** 2 / value**3 - 1e17 * share[0] * share[1] / value**2, rel=1e-13
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_infinite_terms_and_constants(engine):
    tape = record(lambda x: logsumexp([x, -0.5, -1.0]) + logsumexp([-1.0, -0.5]), 1)
    tape = tape.with_engine(engine)
    wanted = exact([-0.5, -1.0])
    assert tape.value_and_grad([[-float("inf")]])[0] == pytest.approx(2.0 * wanted, rel=1e-15)
    assert np.isinf(tape.value_and_grad([[float("inf")]])[0])


@pytest.mark.parametrize("engine", MACHINES)
def test_instructions_without_their_terms_are_refused(engine):
    from autograd.replay.compiled import CODES, machine

    settle = [CODES["settle"], 1, 0, 0, 0, 4]
    terms = [CODES["terms"], 0, 0, 0, 0, 0]

    def code(*instructions):
        none, frame = np.zeros(0, np.int64), np.zeros(2)
        rows = np.array(instructions, np.int64).reshape(-1)
        return machine.Code(none, rows, frame, none, none, 1, 0, 1, engine)

    code(terms, settle)
    for wrong in ([settle], [settle, terms], [terms, [*settle[:-1], 5]]):
        with pytest.raises(ValueError, match="leaves the frame"):
            code(*wrong)
