"""Which nodes one record computes together, before anything has a slot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from autograd.replay.arrays import as_index
from autograd.replay.graph import Graph, Lists
from autograd.replay.program import (
    BROADCAST,
    COLUMNS,
    DENSE,
    HELD,
    KINDS,
    PRODUCT,
    SOFTMAX,
    WANT,
)

if TYPE_CHECKING:
    from autograd.replay.graph import Ints, Mask


@dataclass
class Section:
    """The records of one section without their slots, and the nodes that they are about.

    `nodes` stand in the order of the records; each is the result `places` of the record `which`.
    `operands` are those of every record in a, in b and in c. Weights and biases must be in one
    piece: for every DENSE record, `weights` and `biases` tell which of the `pieces`.
    """

    records: Ints
    nodes: Ints
    which: Ints
    places: Ints
    operands: list[Lists]
    pieces: Lists
    weights: Ints
    biases: Ints

    @property
    def dense(self) -> Mask:
        """For each record, whether it is DENSE."""
        found: Mask = self.records[:, 0] == DENSE
        return found


def section(graph: Graph, on_rows: bool) -> Section:
    """Put nodes together that are of one level, kind, number of operands, and of like needs.

    Neurons and outputs of softmax stand together where they have the same list of operands.
    """
    nodes = np.flatnonzero((graph.kinds >= 0) & (graph.on_rows == on_rows))
    kinds = graph.kinds[nodes]
    listed, joint = kinds > BROADCAST, _joint(kinds)
    m = np.ones(len(nodes), np.int64)
    m[listed] = graph.lists.sizes[graph.a[nodes[listed]]]
    flags = _wants(graph, nodes)
    like = np.where(joint, graph.a[nodes], m)
    needs = np.where(kinds == DENSE, flags & WANT, flags)
    held = np.isin(nodes, graph.held)
    key = ((graph.levels[nodes] * len(KINDS) + kinds) * 2 + held) * 8 * WANT + needs
    key *= like.max(initial=0) + 1  # one integer for all: 2**63 is far above any memory
    key += like
    order = np.argsort(key, kind="stable")
    nodes, kinds, m, key = nodes[order], kinds[order], m[order], key[order]

    begins = np.ones(len(nodes), bool)
    begins[1:] = np.diff(key) != 0
    firsts, which = np.flatnonzero(begins), np.cumsum(begins) - 1
    counts = np.diff(np.append(firsts, len(nodes)))
    records = np.zeros((len(firsts), len(COLUMNS)), np.int64)
    records[:, 0] = kinds[firsts]
    records[:, 1] = np.bitwise_or.reduceat(flags[order], firsts) | HELD * held[order][firsts]
    records[:, 2] = np.where(kinds[firsts] == SOFTMAX, 1, counts)
    records[:, 3] = m[firsts]

    places = np.arange(len(nodes)) - firsts[which]
    places = np.where(kinds == PRODUCT, (places + 1) * m - 1, places)
    softmax = kinds == SOFTMAX
    places[softmax] = [graph.places[node] for node in nodes[softmax].tolist()]
    operands = _operands(graph, nodes, begins)
    neurons = kinds == DENSE
    counts = counts[kinds[firsts] == DENSE]
    pieces = _pieces(graph, Lists(graph.b[nodes[neurons]], counts),
                     Lists(graph.c[nodes[neurons]], counts))  # fmt: skip
    return Section(records, nodes, which, places, operands, *pieces)


def _joint(kinds: Ints) -> Mask:
    """Where nodes of one record share their operands."""
    found: Mask = (kinds == DENSE) | (kinds == SOFTMAX)
    return found


def _wants(graph: Graph, nodes: Ints) -> Ints:
    """For each node the flags of a record: which operands' adjoints are wanted."""
    active = graph.active
    lists = graph.lists.any(active[graph.lists.flat])
    flags = np.zeros(len(nodes), np.int64)
    for k, (operand, listed) in enumerate(graph.operands(nodes)):
        single = (operand >= 0) & ~listed
        flags[single] |= (WANT << k) * active[operand[single]]
        flags[listed] |= (WANT << k) * lists[operand[listed]]
    flags[~active[nodes]] = 0  # such as the largest of numbers that were only read
    trained = (flags & (WANT << 1 | WANT << 2)) > 0  # weights or biases: one flag for a neuron's
    return np.where(graph.kinds[nodes] == DENSE, flags & WANT | (WANT << 1) * trained, flags)


def _operands(graph: Graph, nodes: Ints, begins: Mask) -> list[Lists]:
    """The operands that have slots, in a, b and c, of each record; nodes are where one begins."""
    kinds = graph.kinds[nodes]
    found = []
    for k, (operand, listed) in enumerate(graph.operands(nodes)):
        here = (operand >= 0) & (begins | ~_joint(kinds))
        if k:
            here &= kinds != DENSE  # its weights and biases are scalars
        many = here & listed
        sizes = here.astype(np.int64)
        sizes[many] = graph.lists.sizes[operand[many]]
        flat = np.repeat(operand, as_index(sizes))
        flat[np.repeat(listed, as_index(sizes))] = graph.lists[operand[many]].flat
        found.append(Lists(flat, np.add.reduceat(sizes, np.flatnonzero(begins))))
    return found


def _pieces(graph: Graph, weights: Lists, biases: Lists) -> tuple[Lists, Ints, Ints]:
    """What must be in one piece, each once, in the order of use; the pieces of each record.

    `weights` are the records' lists of lists of nodes, `biases` their lists of nodes.
    """
    classes = [lists.alike() for lists in (weights, biases)]
    (_, first_weights), (_, first_biases) = classes
    rows = weights[first_weights]
    nodes = Lists(
        graph.lists[rows.flat].flat,
        np.add.reduceat(graph.lists.sizes[rows.flat], as_index(rows.starts)),
    )
    order = np.argsort(np.concatenate([first_weights, first_biases]), kind="stable")
    number = np.argsort(order)
    pieces = (nodes + biases[first_biases])[order]
    return pieces, number[classes[0][0]], number[len(nodes) + classes[1][0]]
