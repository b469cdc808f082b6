"""On which level a node stands once chains are folded: as low as its operands allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from autograd.replay.arrays import as_index, distinct

if TYPE_CHECKING:
    from autograd.replay.graph import GraphTable, Ints

_DEEPEST = 2_000  # levels: deeper graphs keep those that they have, which are right if not lowest


def level(graph: GraphTable) -> None:
    """Give every node the lowest level that its operands allow.

    Then nodes that do the same at several places of a sequence stand on one level, though sums
    before them were of different lengths.
    """
    if graph.levels.max(initial=0) > _DEEPEST:
        return
    nodes = np.flatnonzero(graph.kinds >= 0)
    first_list = len(graph.kinds)
    sources, targets = _edges(graph, nodes)
    waiting = _Waiting(sources, targets, first_list + len(graph.lists))
    used = distinct(sources[sources >= first_list])
    ready = waiting.without_sources(np.concatenate([nodes, used]))
    levels = np.zeros(first_list, np.int64)
    depth = 0
    while len(ready):
        lists = ready[ready >= first_list]  # which are ready on the level of their last number
        ready = np.concatenate([ready[ready < first_list], waiting.done(lists)])
        depth += 1
        levels[ready] = depth
        ready = waiting.done(ready)
    graph.levels = levels


class _Waiting:
    """How many sources every target still waits for."""

    def __init__(self, sources: Ints, targets: Ints, count: int):
        self.counts = np.bincount(as_index(targets), minlength=count)
        self.targets = targets[np.argsort(sources, kind="stable")]
        self.sizes = np.bincount(as_index(sources), minlength=count)
        self.starts = np.cumsum(self.sizes) - self.sizes

    def without_sources(self, some: Ints) -> Ints:
        """Those of some that wait for nothing."""
        found: Ints = some[self.counts[some] == 0]
        return found

    def done(self, sources: Ints) -> Ints:
        """What waits for nothing once these are done."""
        many = self.sizes[sources]
        first = self.starts[sources] - (np.cumsum(many) - many)
        met = self.targets[np.repeat(first, as_index(many)) + np.arange(many.sum())]
        np.subtract.at(self.counts, met, 1)
        return distinct(self.without_sources(met))


def _edges(graph: GraphTable, nodes: Ints) -> tuple[Ints, Ints]:
    """From operands that are computed to what takes them, and from lists to what takes those."""
    computed = graph.kinds >= 0
    sources, targets = [], []
    for operand, listed in graph.operands(nodes):
        single = (operand >= 0) & ~listed
        single[single] = computed[operand[single]]
        sources += [operand[single], len(graph.kinds) + operand[listed]]
        targets += [nodes[single], nodes[listed]]
    used = np.zeros(len(graph.lists), bool)
    for operand, listed in graph.operands(nodes):
        used[operand[listed]] = True
    inside = used[graph.lists.owners] & computed[graph.lists.flat]
    sources.append(graph.lists.flat[inside])
    targets.append(len(graph.kinds) + graph.lists.owners[inside])
    return np.concatenate(sources), np.concatenate(targets)
