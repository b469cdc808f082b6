"""Which nodes one record computes together, before anything has a slot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from autograd.replay.arrays import as_index
from autograd.replay.graph import GraphTable, Lists
from autograd.replay.program import (
    BROADCAST,
    COLUMNS,
    DENSE,
    HELD,
    KINDS,
    PICK,
    PRODUCT,
    SOFTMAX,
    TAKE,
    WANT,
)

if TYPE_CHECKING:
    from autograd.replay.graph import Ints, Mask


@dataclass
class Grouping:
    """The records of one section without their slots, and the nodes that they are about.

    `nodes` stand in the order of the records; each is the result `places` of the record `which`.
    `operands` are those of every record in a, in b and in c. Weights and biases must be in one
    piece: for every record that has them, `weights` and `biases` tell which of the `pieces`.
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

    @property
    def weighs(self) -> Mask:
        """For each record, whether it has weights or a table."""
        return _weighs(self.records[:, 0])


def grouping(graph: GraphTable, on_rows: bool) -> Grouping:
    """Put nodes together that are of one level, kind, number of operands, and of like needs.

    Neurons, outputs of softmax and numbers looked up stand together in a layer where they have the
    same operands; and layers in one record where they have the same weights, as those of a network
    at every place of a sequence have.
    """
    nodes = np.flatnonzero((graph.kinds >= 0) & (graph.on_rows == on_rows))
    kinds = graph.kinds[nodes]
    m = np.ones(len(nodes), np.int64)
    listed = kinds > BROADCAST
    m[listed] = graph.lists.sizes[_first_list(graph, nodes[listed])]
    flags = _wants(graph, nodes)
    like = np.where(kinds == TAKE, graph.c[nodes], np.where(_joint(kinds), graph.a[nodes], m))
    needs = np.where(_weighs(kinds), flags & WANT, flags)
    held = np.isin(nodes, graph.held)
    key = ((graph.levels[nodes] * len(KINDS) + kinds) * 2 + held) * 8 * WANT + needs
    key *= like.max(initial=0) + 1  # one integer for all: 2**63 is far above any memory
    key += like
    # Neurons in the order in which their weights were met: the same at every place of a sequence.
    order = np.lexsort((np.where(_weighs(kinds), graph.b[nodes], 0), key))
    flags |= HELD * held
    layers = _Layers(graph, nodes[order], m[order], flags[order], key[order])
    order, record = layers.merged()
    return _grouping_of(graph, layers.at(order), record)


@dataclass
class _Layers:
    """Nodes that share their operands side by side, with what is known of each."""

    graph: GraphTable
    nodes: Ints
    m: Ints
    flags: Ints
    key: Ints

    @property
    def begins(self) -> Mask:
        """Where a layer begins."""
        begins = np.ones(len(self.nodes), bool)
        begins[1:] = np.diff(self.key) != 0
        return begins

    def at(self, order: Ints) -> _Layers:
        """The nodes in another order."""
        return _Layers(
            self.graph, self.nodes[order], self.m[order], self.flags[order], self.key[order]
        )

    def merged(self) -> tuple[Ints, Ints]:
        """An order in which the layers of one record follow each other; each node's record."""
        begins = self.begins
        firsts, layer = np.flatnonzero(begins), np.cumsum(begins) - 1
        sizes = np.diff(np.append(firsts, len(self.nodes)))
        graph, kinds = self.graph, self.graph.kinds[self.nodes]
        flags = np.bitwise_or.reduceat(self.flags, firsts) if len(firsts) else firsts
        like = np.column_stack(
            [graph.levels[self.nodes[firsts]], kinds[firsts], flags, sizes, self.m[firsts]]
        )
        weights, biases = np.full((2, len(firsts)), -1)
        weighs, dense = _weighs(kinds), kinds == DENSE
        for numbers, column, mask in ((weights, graph.b, weighs), (biases, graph.c, dense)):
            here = mask[firsts]
            lists = Lists(column[self.nodes[mask]], sizes[here])
            numbers[here] = lists.alike()[0]
        merges = weighs[firsts]
        softmax = kinds[firsts] == SOFTMAX
        like[softmax, 3] = 0  # how many outputs are used is no matter
        known: dict[object, int] = {}
        record = [
            known.setdefault((*entry, w, b) if merge else i, len(known))
            for i, (entry, w, b, merge) in enumerate(
                zip(
                    like.tolist(),
                    weights.tolist(),
                    biases.tolist(),
                    (merges | softmax).tolist(),
                    strict=True,
                )
            )
        ]
        of_node = np.array(record, np.int64)[layer]
        order = np.argsort(of_node, kind="stable")
        return order, of_node[order]


def _grouping_of(graph: GraphTable, layers: _Layers, record: Ints) -> Grouping:
    """The records of layers that stand in their order; `record` tells that of each node."""
    nodes, m, begins = layers.nodes, layers.m, layers.begins
    kinds = graph.kinds[nodes]
    starts = np.ones(len(nodes), bool)
    starts[1:] = np.diff(record) != 0
    firsts = np.flatnonzero(starts)
    counts = np.diff(np.append(firsts, len(nodes)))
    merged = np.add.reduceat(begins, firsts, dtype=np.int64) if len(firsts) else firsts
    kind = kinds[firsts]
    records = np.zeros((len(firsts), len(COLUMNS)), np.int64)
    records[:, 0] = kind
    records[:, 1] = np.bitwise_or.reduceat(layers.flags, firsts) if len(firsts) else 0
    records[:, -1] = sites = np.where(_weighs(kind), merged, 1)
    records[:, 2] = np.where(kind == SOFTMAX, merged, counts // sites)
    records[:, 3] = m[firsts]

    places = np.arange(len(nodes)) - firsts[record]
    places = np.where(kinds == PRODUCT, (places + 1) * m - 1, places)
    softmax = kinds == SOFTMAX
    group = np.cumsum(begins) - 1
    group -= group[firsts][record]
    chosen = [graph.places[node] for node in nodes[softmax].tolist()]
    places[softmax] = group[softmax] * m[softmax] + chosen
    operands = _operands(graph, nodes, begins, firsts)
    one_site = group == 0  # whose weights are those of all
    weighs, dense = _weighs(kinds) & one_site, (kinds == DENSE) & one_site
    sizes = records[:, 2]
    tables = Lists(graph.b[nodes[weighs]], sizes[_weighs(kind)])
    biases = Lists(graph.c[nodes[dense]], sizes[kind == DENSE])
    pieces = _pieces(graph, tables, kind[_weighs(kind)], biases)
    return Grouping(records, nodes, record, places, operands, *pieces)


def _first_list(graph: GraphTable, nodes: Ints) -> Ints:
    """The list in a of nodes of many operands, or in b."""
    return np.where(graph.a[nodes] >= 0, graph.a[nodes], graph.b[nodes])


def _joint(kinds: Ints) -> Mask:
    """Where nodes of one layer share their operands."""
    found: Mask = (kinds == DENSE) | (kinds == SOFTMAX) | (kinds == TAKE)
    return found


def _weighs(kinds: Ints) -> Mask:
    """Where an operand, the weights or a table, is a piece of the scalars."""
    found: Mask = (kinds == DENSE) | (kinds == TAKE)
    return found


def _wants(graph: GraphTable, nodes: Ints) -> Ints:
    """For each node the flags of a record: which operands' adjoints are wanted."""
    active = graph.active
    lists = graph.lists.any(active[graph.lists.flat])
    flags = np.zeros(len(nodes), np.int64)
    for k, (operand, listed) in enumerate(graph.operands(nodes)):
        single = (operand >= 0) & ~listed
        flags[single] |= (WANT << k) * active[operand[single]]
        flags[listed] |= (WANT << k) * lists[operand[listed]]
    flags[~active[nodes]] = 0  # such as the largest of numbers that were only read
    kinds = graph.kinds[nodes]
    flags[(kinds == TAKE) | (kinds == PICK)] &= ~(WANT << 2)  # nothing goes to the place
    trained = (flags & (WANT << 1 | WANT << 2)) > 0  # weights or biases: one flag for a neuron's
    return np.where(_weighs(kinds), flags & WANT | (WANT << 1) * trained, flags)


def _operands(graph: GraphTable, nodes: Ints, begins: Mask, firsts: Ints) -> list[Lists]:
    """The operands that have slots, in a, b and c, of each record.

    `begins` tells where a layer begins, `firsts` are the first nodes of the records.
    """
    kinds = graph.kinds[nodes]
    found = []
    for k, (operand, listed) in enumerate(graph.operands(nodes)):
        here = (operand >= 0) & (begins | ~_joint(kinds))
        if k:
            here &= kinds != DENSE  # its weights and biases are scalars
        if k == 1:
            here &= kinds != TAKE
        many = here & listed
        sizes = here.astype(np.int64)
        sizes[many] = graph.lists.sizes[operand[many]]
        flat = np.repeat(operand, as_index(sizes))
        flat[np.repeat(listed, as_index(sizes))] = graph.lists[operand[many]].flat
        found.append(Lists(flat, np.add.reduceat(sizes, firsts) if len(firsts) else firsts))
    return found


def _pieces(
    graph: GraphTable, weights: Lists, kinds: Ints, biases: Lists
) -> tuple[Lists, Ints, Ints]:
    """What must be in one piece, each once, in the order of use; the pieces of each record.

    `weights` are the records' lists of lists of nodes, `biases` their lists of nodes. A table is
    kept row by row, the numbers that one place takes side by side.
    """
    rows = [graph.lists[weights.flat[part]] for part in _parts(weights)]
    flat = [
        part.flat if kind == DENSE else part.flat.reshape(len(part), -1).T.ravel()
        for part, kind in zip(rows, kinds.tolist(), strict=True)
    ]
    blocks = Lists(
        np.concatenate([np.zeros(0, np.int64), *flat]), np.array([len(x) for x in flat], np.int64)
    )
    classes = [lists.alike() for lists in (blocks, biases)]
    (_, first_weights), (_, first_biases) = classes
    order = np.argsort(np.concatenate([first_weights, first_biases]), kind="stable")
    number = np.argsort(order)
    pieces = (blocks[first_weights] + biases[first_biases])[order]
    return pieces, number[classes[0][0]], number[len(first_weights) + classes[1][0]]


def _parts(lists: Lists) -> list[slice]:
    """Where each list is in `flat`."""
    return [
        slice(s, s + n) for s, n in zip(lists.starts.tolist(), lists.sizes.tolist(), strict=True)
    ]
