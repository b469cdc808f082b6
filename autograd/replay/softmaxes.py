"""The softmax of user code, exp(vᵢ − m) / Σ exp(vⱼ − m), as what it is.

The m is a number that was only read, the largest as a rule, so that no derivative passes through
it; the result does not depend on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from autograd.replay.graph import DONE, Lists
from autograd.replay.program import ADD, KIND, SOFTMAX, SUM

if TYPE_CHECKING:
    from autograd.replay.graph import GraphTable

_EXP, _SUB, _DIV, _MAXIMUM = [KIND[name] for name in ("EXP", "SUB", "DIV", "MAXIMUM")]


def fold_softmaxes(graph: GraphTable) -> None:
    """Make every such quotient an output of a softmax; what was only for it is done."""
    kinds, a, b = graph.kinds, graph.a, graph.b
    quotients = np.flatnonzero(kinds == _DIV)
    quotients = quotients[kinds[a[quotients]] == _EXP]
    held = set(graph.held.tolist())
    if not len(quotients) or not held:
        return
    by_sum: dict[int, list[int]] = {}
    for node in quotients.tolist():
        by_sum.setdefault(int(b[node]), []).append(node)
    found = {}
    for whole, shares in by_sum.items():
        terms = _terms(graph, whole)
        if set(a[shares].tolist()) <= set(terms) and _are_shifted(graph, terms, held):
            found[whole] = terms
    operands = [a[a[terms]] for terms in found.values()]
    if not operands:
        return
    sizes = np.array([len(values) for values in operands], np.int64)
    numbers = graph.add_lists(Lists(np.concatenate(operands), sizes))
    uses = graph.uses()
    uses[np.concatenate(operands)] -= 1  # the new lists
    for number, (whole, terms) in zip(numbers.tolist(), found.items(), strict=True):
        place = {term: k for k, term in enumerate(terms)}
        for node in by_sum[whole]:
            graph.places[node] = place[int(a[node])]
            uses[a[node]] -= 1
            uses[whole] -= 1
            kinds[node], a[node], b[node] = SOFTMAX, number, -1
        _drop(graph, uses, whole, terms)


def _terms(graph: GraphTable, whole: int) -> list[int]:
    """What is added up; a sum of one is that one itself."""
    if graph.kinds[whole] == SUM:
        found: list[int] = graph.lists[graph.a[whole : whole + 1]].flat.tolist()
        return found
    if graph.kinds[whole] == ADD:
        return [int(graph.a[whole]), int(graph.b[whole])]
    return [whole]


def _are_shifted(graph: GraphTable, terms: list[int], held: set[int]) -> bool:
    """Whether these are different exponentials of v − m with one m that was read."""
    differences = graph.a[terms]
    if (graph.kinds[terms] != _EXP).any() or (graph.kinds[differences] != _SUB).any():
        return False
    shifts = set(graph.b[differences].tolist())
    return len(shifts) == 1 and shifts <= held and len(set(terms)) == len(terms)


def _drop(graph: GraphTable, uses: np.ndarray, whole: int, terms: list[int]) -> None:
    """Take out what nobody uses now: the sum, the exponentials, the differences, the largest."""
    waiting = [whole] if whole not in terms else []
    if waiting and uses[whole] == 0:
        graph.kinds[whole] = DONE
        uses[terms] -= 1
    elif waiting:
        return
    for term in terms:
        if uses[term]:
            continue
        difference = int(graph.a[term])
        graph.kinds[term] = DONE
        uses[difference] -= 1
        if uses[difference]:
            continue
        graph.kinds[difference] = DONE
        shift = int(graph.b[difference])
        uses[graph.a[difference]] -= 1
        uses[shift] -= 1
        while uses[shift] == 0 and graph.kinds[shift] == _MAXIMUM:
            graph.kinds[shift] = DONE
            before = int(graph.a[shift])
            uses[before] -= 1
            uses[graph.b[shift]] -= 1
            shift = before
