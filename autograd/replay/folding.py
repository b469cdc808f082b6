"""What is done in one piece: a neuron, also one written with + and *, a long sum, a softmax."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from autograd.replay.graph import ACTIVE, LEAF, ON_ROWS, Graph, Many
from autograd.replay.program import (
    ADD,
    DENSE,
    INNER,
    KIND,
    LOGSUMEXP,
    PRODUCT,
    SOFTMAX,
    SUM,
)

_MUL = KIND["MUL"]
_LEAST_PRODUCT = 4  # shorter chains of * are done two by two
DONE = -3  # the kind of a node that is part of another's record


@dataclass
class Group:
    """Nodes whose records become one: their numbers in `results` (-1: nobody's), and operands."""

    kind: int
    level: int
    on_rows: bool
    results: list[int] = field(default_factory=list)
    operands: tuple[list[int], list[int], list[int]] = field(default_factory=lambda: ([], [], []))
    weights: list[int] = field(default_factory=list)
    biases: list[int] = field(default_factory=list)
    n: int = 0


def fold(graph: Graph) -> list[Group]:
    """The groups of a graph; their nodes, and those that they swallow, become DONE."""
    groups: dict[object, Group] = {}
    for kind in (ADD, _MUL):
        for head, terms in _chains(graph, kind):
            if kind == ADD:
                _fold_sum(graph, groups, head, terms)
            elif len(terms) >= _LEAST_PRODUCT:
                _swallow(graph, head, terms, kind)
                _join(graph, groups, PRODUCT, head, terms)
    for node, many in graph.many.items():
        _fold_many(graph, groups, node, many)
    return list(groups.values())


# Chains: ((a + b) + c) + d


def _chains(graph: Graph, kind: int) -> Iterable[tuple[int, list[int]]]:
    """The chains of one operation that lean to the left: the last node, and the terms in order."""
    kinds, uses, flags = graph.kinds, graph.uses, graph.flags
    left, right = graph.operands[0], graph.operands[1]
    inside = bytearray(len(kinds))
    nodes = [i for i, k in enumerate(kinds) if k == kind]
    for node in nodes:
        before = left[node]
        alike = kinds[before] == kind and not (flags[before] ^ flags[node]) & ON_ROWS
        if alike and uses[before] == 1:
            inside[before] = 1
    for node in nodes:
        if not inside[node]:
            terms, at = [right[node]], left[node]
            while inside[at] and kinds[at] == kind:
                terms.append(right[at])
                at = left[at]
            terms.append(at)
            terms.reverse()
            yield node, terms


def _swallow(graph: Graph, head: int, terms: list[int], kind: int) -> None:
    """Mark the nodes of a chain, but for its head, as done."""
    at = graph.operands[0][head]
    for _ in range(len(terms) - 2):
        graph.kinds[at] = DONE
        at = graph.operands[0][at]


def _fold_sum(graph: Graph, groups: dict[object, Group], head: int, terms: list[int]) -> None:
    """A chain of + as a neuron's sum of products, a sum, or (two terms) as it stands."""
    products = _products(graph, head, terms)
    if products:
        taken = {term for term, _, _ in products}
        rest = [term for term in terms if term not in taken]
        _swallow(graph, head, terms, ADD)
        for term in taken:
            graph.kinds[term] = DONE
        weights, values = [w for _, w, _ in products], [x for _, _, x in products]
        plain = not rest or (len(rest) == 1 and not graph.flags[rest[0]] & ON_ROWS)
        bias = rest[0] if plain and rest else graph.number(0.0)
        many = Many("dot", values, weights, bias)
        if plain:
            graph.many[head] = many
            graph.kinds[head] = DONE
            return
        neuron = graph.add_many(many)
        graph.kinds[neuron] = DONE
        terms = [neuron, *rest]
        if len(terms) == 2:
            graph.operands[0][head], graph.operands[1][head] = terms
            return
        _join(graph, groups, SUM, head, terms)
    elif len(terms) > 2:
        _swallow(graph, head, terms, ADD)
        _join(graph, groups, SUM, head, terms)


def _products(graph: Graph, head: int, terms: list[int]) -> list[tuple[int, int, int]]:
    """The terms w * x with a scalar w and an x of the rows, as (term, w, x), if they are worth it.

    An x that comes twice would make two adjoints of one slot: such a chain stays a sum.
    """
    flags, kinds = graph.flags, graph.kinds
    if not flags[head] & ON_ROWS:
        return []
    found, trained = [], False
    for term in terms:
        if kinds[term] == _MUL and graph.uses[term] == 1:
            w, x = graph.operands[0][term], graph.operands[1][term]
            if flags[w] & ON_ROWS:
                w, x = x, w
            if not flags[w] & ON_ROWS and flags[x] & ON_ROWS:
                found.append((term, w, x))
                trained = trained or bool(flags[w] & ACTIVE)
    distinct = len({x for _, _, x in found}) == len(found)
    return found if trained and distinct else []


# Nodes of many operands


def _fold_many(graph: Graph, groups: dict[object, Group], node: int, many: Many) -> None:
    graph.kinds[node] = DONE
    if many.op == "dot":
        _fold_dot(graph, groups, node, many)
    elif many.op == "softmax":
        key = (SOFTMAX, *many.values)
        group = groups.get(key)
        if group is None:
            on_rows = bool(graph.flags[node] & ON_ROWS)
            group = groups[key] = Group(SOFTMAX, graph.levels[node], on_rows, n=1)
            group.operands[0].extend(many.values)
            group.results = [-1] * len(many.values)
        if group.results[many.index] >= 0:  # the same output again
            graph.kinds[node] = KIND["IDENTITY"]
            graph.operands[0][node] = group.results[many.index]
            graph.levels[node] = group.level + 1
        else:
            group.results[many.index] = node
    else:
        kind = SUM if many.op == "total" else LOGSUMEXP
        _join(graph, groups, kind, node, many.values)


def _fold_dot(graph: Graph, groups: dict[object, Group], node: int, many: Many) -> None:
    flags, weights, values = graph.flags, many.weights or [], many.values
    if any(flags[w] & ON_ROWS for w in weights):
        weights, values = values, weights
    on_rows = bool(flags[node] & ON_ROWS)
    scalar = not flags[many.bias] & ON_ROWS and not any(flags[w] & ON_ROWS for w in weights)
    if not on_rows:  # weights are copied before the section begins: leaves only
        scalar = all(graph.kinds[w] == LEAF for w in [*weights, many.bias])
    if not scalar or len(set(values)) < len(values):
        _join(graph, groups, INNER, node, values, weights, [many.bias])
        return
    key = (DENSE, on_rows, graph.levels[node], *values)
    group = groups.get(key)
    if group is None:
        group = groups[key] = Group(DENSE, graph.levels[node], on_rows)
        group.operands[0].extend(values)
    group.results.append(node)
    group.weights.extend(weights)
    group.biases.append(many.bias)
    group.n += 1


def _join(
    graph: Graph, groups: dict[object, Group], kind: int, node: int, *operands: list[int]
) -> None:
    """Put a node with others of its kind, level, number of operands and needs."""
    graph.kinds[node] = DONE
    on_rows = bool(graph.flags[node] & ON_ROWS)
    level = 1 + max(graph.levels[x] for column in operands for x in column)
    graph.levels[node] = max(level, graph.levels[node])
    wants = [any(graph.flags[x] & ACTIVE for x in column) for column in operands]
    key = (kind, graph.levels[node], on_rows, len(operands[0]), *wants)
    group = groups.get(key)
    if group is None:
        group = groups[key] = Group(kind, graph.levels[node], on_rows)
    for column, more in zip(group.operands, operands, strict=False):
        column.extend(more)
    width = len(operands[0]) if kind == PRODUCT else 1
    group.results.extend([-1] * (width - 1) + [node])
    group.n += 1
