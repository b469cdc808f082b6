"""Every formula of a sweep and of a picture read back: it has the number that stands beside it."""

import math

import pytest
from helpers.formula_reader import LeftOutError, read_text
from helpers.random_graphs import random_graph

from autograd import adjoints
from autograd.drawing.captions import Captions
from autograd.drawing.diagram import diagram
from autograd.drawing.steps import StepWriter
from autograd.formulas.tree import Number
from autograd.formulas.typeset import TEXT

DETAILS = ("labelled", "all")


def shown(detail):
    for seed in range(200):
        root = random_graph(seed)
        if root.op:
            yield diagram(root, detail=detail)


def numbers_of(picture):
    """What each name in the picture stands for."""
    captions, whole = Captions(picture), adjoints(picture.root)
    names = {TEXT.name(captions.label(v)): v.data for v in picture.values if captions.label(v)}
    bound = [captions.bound(v) for v in picture.values]
    alone = [v for v in picture.values if bound.count(captions.bound(v)) == 1]
    grads = {f"{captions.bound(v)}.grad": whole[v] for v in alone}
    grads.update({f"δ_{captions.bound(v)}": whole[v] for v in alone})
    return names, grads


def is_close(x, y):
    return math.isclose(x, y, rel_tol=1e-9, abs_tol=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("detail", DETAILS)
def test_the_parts_of_a_step_are_equal(detail):
    read = 0
    for picture in shown(detail):
        names, grads = numbers_of(picture)
        for step in list(StepWriter(picture, 17).steps())[1:]:
            said = step.text.partition("; ")[0].partition("it had: ")[0].split(" += ")[-1]
            if said.startswith("Backward starts"):
                continue
            *parts, last = said.split(" = ")
            for part in parts:
                if "…" in part or "∂" in part:
                    continue
                first, dot, rest = part.partition(" · ")
                if first in grads:
                    first = TEXT.factor(Number(grads[first]), False, 17)
                elif first.endswith(".grad") or first.startswith("δ_"):
                    continue  # two values without a label that are written alike
                try:
                    found = read_text(first + dot + rest, names)
                except (LeftOutError, ValueError):
                    continue
                assert is_close(found, read_text(last, {})), (step.text, part)
                read += 1
    assert read > 3_000


@pytest.mark.parametrize("detail", [DETAILS[0], pytest.param(DETAILS[1], marks=pytest.mark.slow)])
def test_formulas_of_a_picture_have_the_numbers_of_its_boxes_and_edges(detail):
    read = 0
    for picture in shown(detail):
        (names, _), captions = numbers_of(picture), Captions(picture)
        for v in picture.values:
            claims = [(captions.expression(v), v.data)] if v.op else []
            partials = captions.partials(v)
            for edge in picture.below[v]:
                term = partials.get((edge.lower, edge.position))
                if term is not None:
                    claims.append((TEXT.formula(term, 17), edge.partial))
            for text, number in claims:
                if "…" not in text:
                    try:
                        found = read_text(text, names)
                    except (LeftOutError, ValueError):
                        continue
                    assert is_close(found, number), (text, number)
                    read += 1
    assert read > 1_500
