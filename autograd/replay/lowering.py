"""From a graph to a tape, in time linear in the size of the graph.

After `folding`, nodes of one level and one kind stand side by side, so that one record computes
them all. Here they get slots, and the records are written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from autograd.replay.folding import Group, fold
from autograd.replay.graph import ACTIVE, ON_ROWS, Graph
from autograd.replay.program import (
    BROADCAST,
    COLUMNS,
    DENSE,
    KIND,
    RUN,
    SET,
    WANT,
    Program,
    operand_sizes,
    result_sizes,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

_WIDE_SLOTS = 4096  # a tape of more slots takes rows by 8, not 32: its blocks fill the cache
_A = COLUMNS.index("a")


def lower(graph: Graph, parameters: int) -> Program:
    """The tape of a graph of which the first leaves, so many, are parameters."""
    groups = sorted(fold(graph), key=lambda g: (g.level, g.kind))
    layout = _Layout(graph, groups, parameters)
    shared = layout.shared_section()
    rows = layout.row_section()
    outputs = layout.row_slot[graph.outputs]
    index = np.concatenate([np.zeros(0, np.int64), *layout.index])
    rows, clear = _first_writers(rows, index, outputs, len(graph.inputs), layout.slots)
    return Program(
        shared=shared,
        rows=rows,
        index=index,
        scalars=np.array(layout.scalars, np.float64),
        outputs=outputs,
        clear=clear,
        place=layout.scalar_slot[graph.leaves],
        parameters=parameters,
        columns=len(graph.inputs),
        slots=layout.slots,
        lanes=32 if layout.slots <= _WIDE_SLOTS else 8,
    )


class _Layout:
    """Where every node's number is kept: `scalar_slot` and `row_slot`, -1 where it is in neither.

    Scalars stand in this order: leaves (parameters as layers use them, so that most weights are in
    one piece already), constants, pieces made for layers, shared results.
    """

    def __init__(self, graph: Graph, groups: list[Group], parameters: int):
        count = len(graph.kinds)
        self.graph = graph
        self.kinds = np.array(graph.kinds, np.int64)
        self.levels = np.array(graph.levels, np.int64)
        self.flags = np.array(graph.flags, np.int64)
        self.columns = [np.array(column, np.int64) for column in graph.operands]
        self.groups = {
            on_rows: [group for group in groups if group.on_rows == on_rows]
            for on_rows in (False, True)
        }
        self.scalar_slot = np.full(count, -1, np.int64)
        self.row_slot = np.full(count, -1, np.int64)
        self.slots = 0
        self.border = 0  # the first slot after the columns, once slots are those of rows
        self.index: list[Ints] = []
        self.indexed = 0
        self.pieces: dict[tuple[int, ...], int] = {}  # weights in one piece: where they begin
        self._place_leaves(groups, parameters)
        constants = graph.constants
        self.scalars: list[float] = [0.0] * len(graph.leaves) + list(constants.values())
        self.scalar_slot[list(constants)] = np.arange(len(graph.leaves), len(self.scalars))

    def _place_leaves(self, groups: list[Group], parameters: int) -> None:
        trained = set(self.graph.leaves[:parameters])
        placed: dict[int, int] = {}
        for group in groups:
            for piece in (group.weights, group.biases):
                fresh = all(x in trained and x not in placed for x in piece)
                if piece and fresh and len(set(piece)) == len(piece):
                    for x in piece:
                        placed[x] = len(placed)
        for x in self.graph.leaves:
            placed.setdefault(x, len(placed))
        self.scalar_slot[list(placed)] = list(placed.values())

    # The two sections

    def shared_section(self) -> Ints:
        """The records of what does not depend on the batch, with copies for the rows' layers."""
        before = self._copies(self.groups[False])
        records = self._section(False, self.scalar_slot, len(self.scalars))
        self.scalars.extend([0.0] * self.extent)
        after = self._copies(self.groups[True])
        return np.concatenate([before, records, after])

    def row_section(self) -> Ints:
        """The records of what depends on the batch, first the scalars that they use."""
        graph = self.graph
        here = (self.kinds >= 0) & ((self.flags & ON_ROWS) > 0)
        used = np.zeros(len(self.kinds) + 1, bool)  # one more, for the operands that are not there
        for column in self.columns:
            used[column[here]] = True
        used[graph.outputs] = True
        for group in self.groups[True]:
            for operand in group.operands:
                used[operand] = True
        scalars = np.flatnonzero(used[:-1] & ((self.flags & ON_ROWS) == 0))
        scalars = scalars[np.argsort(self.scalar_slot[scalars])]
        wanted = (self.flags[scalars] & ACTIVE) > 0
        start = len(graph.inputs)
        self.row_slot[graph.inputs] = np.arange(start)
        records = []
        for part, flags in ((scalars[wanted], WANT), (scalars[~wanted], 0)):
            if len(part):
                self.row_slot[part] = np.arange(start, start + len(part))
                record = _record(BROADCAST, flags, len(part), start)
                self._operands(record, np.array([len(part)]), 0, self.scalar_slot[part])
                records.append(record)
                start += len(part)
        self.border = len(graph.inputs)
        records.append(self._section(True, self.row_slot, start))
        self.slots = start + self.extent
        return np.concatenate(records)

    def _section(self, on_rows: bool, slot: Ints, start: int) -> Ints:
        """The records of one section, results from slot `start` on; `slot` is filled in."""
        groups = self.groups[on_rows]
        nodes, wants, firsts = self._bundles(on_rows)
        counts = np.diff(np.append(firsts, len(nodes)))
        records = np.zeros((len(firsts) + len(groups), len(COLUMNS)), np.int64)
        kind, flags, n, m, out = records.T[:5]
        split = len(firsts)
        level = np.zeros(len(records), np.int64)
        kind[:split], flags[:split] = self.kinds[nodes[firsts]], wants[firsts]
        n[:split], m[:split] = counts, 1
        level[:split] = self.levels[nodes[firsts]]
        for k, group in enumerate(groups, split):
            level[k], kind[k], n[k] = group.level, group.kind, group.n
            m[k] = len(group.operands[0]) // (1 if group.kind == DENSE else group.n)
        order = np.lexsort((kind, level))
        size = result_sizes(records)
        out[order] = start + np.cumsum(size[order]) - size[order]
        self.extent = int(size.sum())

        slot[nodes] = np.repeat(out[:split] - firsts, counts) + np.arange(len(nodes))
        for k, group in enumerate(groups, split):
            results = np.array(group.results, np.int64)
            named = results >= 0
            slot[results[named]] = out[k] + np.flatnonzero(named)
        for which, column in enumerate(self.columns):
            operand = column[nodes]
            operand = np.where(operand >= 0, slot[operand], -1)
            self._operands(records[:split], counts, which, operand)
        for k, group in enumerate(groups, split):
            self._write_group(records[k], group, slot)
        return records[order]

    def _bundles(self, on_rows: bool) -> tuple[Ints, Ints, Ints]:
        """Elementwise nodes in the order of their records, their flags, where records begin."""
        here = (self.flags & ON_ROWS) == (ON_ROWS if on_rows else 0)
        nodes = np.flatnonzero((self.kinds >= 0) & here)
        wants = np.zeros(len(nodes), np.int64)
        for which, column in enumerate(self.columns):
            operand = column[nodes]
            active = (operand >= 0) & ((self.flags[operand] & ACTIVE) > 0)
            wants |= np.where(active, WANT << which, 0)
        key = (self.levels[nodes] * len(KIND) + self.kinds[nodes]) * WANT * 8 + wants
        order = np.argsort(key, kind="stable")
        nodes, wants, key = nodes[order], wants[order], key[order]
        firsts = np.flatnonzero(np.append(True, key[1:] != key[:-1])[: len(key)])
        return nodes, wants, firsts

    # Operands

    def _operands(self, records: Ints, counts: Ints, which: int, slots: Ints) -> None:
        """Write operand `which` of records: a run of slots where they follow each other.

        `slots` has `counts` slots for each record one after another, -1 for no operand.
        """
        if not len(slots):
            return
        firsts = np.cumsum(counts) - counts
        follows = np.append(True, np.diff(slots) == 1)
        follows[slots == self.border] = False  # columns are kept apart from other slots
        follows[firsts] = True
        run = np.logical_and.reduceat(follows, firsts)
        there = slots[firsts] >= 0
        listed = there & ~run
        records[run & there, 1] |= RUN << which
        records[run & there, _A + which] = slots[firsts][run & there]
        sizes = counts[listed]
        records[listed, _A + which] = self.indexed + np.cumsum(sizes) - sizes
        self.index.append(slots[np.repeat(listed, counts)])
        self.indexed += int(sizes.sum())

    def _write_group(self, record: Ints, group: Group, slot: Ints) -> None:
        """The operands of a group's record, a view that is filled in."""
        for which, column in enumerate(group.operands):
            if column:
                self._operands(record[None], np.array([len(column)]), which, slot[column])
                record[1] |= (WANT << which) * bool((self.flags[column] & ACTIVE).any())
        if group.kind == DENSE:
            trained = (self.flags[group.weights + group.biases] & ACTIVE).any()
            record[1] |= (WANT << 1) * bool(trained)
            record[8:] = self.pieces[tuple(group.weights)], self.pieces[tuple(group.biases)]

    def _copies(self, groups: list[Group]) -> Ints:
        """Bring the weights of layers into one piece each; the records that copy, if any must."""
        records = [np.zeros((0, len(COLUMNS)), np.int64)]
        constants = self.graph.constants
        for piece in (p for group in groups for p in (group.weights, group.biases) if p):
            slots = self.scalar_slot[piece]
            start = int(slots[0])
            if tuple(piece) in self.pieces:
                continue
            if not np.array_equal(slots, np.arange(start, start + len(slots))):
                start = len(self.scalars)
                self.scalars.extend([constants.get(x, 0.0) for x in piece])
                if any(x not in constants for x in piece):
                    wanted = WANT * bool((self.flags[piece] & ACTIVE).any())
                    record = _record(KIND["IDENTITY"], wanted, len(piece), start)
                    self._operands(record, np.array([len(piece)]), 0, slots)
                    records.append(record)
            self.pieces[tuple(piece)] = start
        return np.concatenate(records)


def _record(kind: int, flags: int, n: int, out: int) -> Ints:
    record = np.zeros((1, len(COLUMNS)), np.int64)
    record[0, :5] = kind, flags, n, 1, out
    return record


def _first_writers(
    records: Ints, index: Ints, outputs: Ints, columns: int, slots: int
) -> tuple[Ints, Ints]:
    """The records, flagged where they can store adjoints instead of adding; what to clear.

    The backward sweep meets the last record first. An operand's adjoints can be stored where the
    record is the first to meet each of its slots, and meets each once. Every other slot must be
    clear before. Adjoints of broadcast scalars add up over all blocks of rows.
    """
    records = records.copy()
    kind, flags = records[:, 0], records[:, 1]
    copied = kind == BROADCAST
    start = int((records[copied, 4] + records[copied, 2]).max(initial=columns))
    met = [_wanted_slots(records, index, which) for which in range(3)]
    at = np.concatenate([np.stack([who, slot]) for who, slot in met], axis=1)
    which = np.repeat(np.arange(3), [len(who) for who, _ in met])
    who, slot = at
    first = np.full(slots, -1)
    order = np.argsort(who, kind="stable")
    first[slot[order]] = who[order]  # the last one stays: the backward sweep's first
    first[outputs] = first[:start] = len(records)
    _, inverse, counts = np.unique(who * slots + slot, return_inverse=True, return_counts=True)
    storable = (first[slot] == who) & (counts[inverse.ravel()] == 1)
    storable &= (kind[who] < BROADCAST) | (kind[who] == DENSE)
    fails = np.bincount(3 * who + which, weights=~storable, minlength=3 * len(records))
    stored = (fails == 0).reshape(-1, 3)
    for operand in range(3):
        wanted = (flags & (WANT << operand)) > 0
        if operand:
            wanted &= kind != DENSE  # there it speaks of the weights
        records[wanted & stored[:, operand] & ~copied, 1] |= SET << operand

    clear = np.zeros(slots + 1, np.int64)
    active = (flags & (WANT | WANT << 1 | WANT << 2)) > 0
    np.add.at(clear, records[active, 4], 1)
    np.add.at(clear, records[active, 4] + result_sizes(records)[active], -1)
    need = np.cumsum(clear)[:-1] > 0
    need[slot] = need[outputs] = True
    need[slot[stored[who, which]]] = False
    need[:start] = False
    return records, np.flatnonzero(need)


def _wanted_slots(records: Ints, index: Ints, which: int) -> tuple[Ints, Ints]:
    """The slots of operand `which` whose adjoint a record writes, and the number of the record."""
    size = operand_sizes(records)[which]
    wanted = ((records[:, 1] & (WANT << which)) > 0) & (records[:, 0] != BROADCAST)
    size = np.where(wanted, size, 0)
    who = np.repeat(np.arange(len(records)), size)
    within = np.arange(len(who)) - np.repeat(np.cumsum(size) - size, size)
    at = records[who, _A + which] + within
    run = (records[who, 1] & (RUN << which)) > 0
    slot = at.copy()
    slot[~run] = index[at[~run]]
    return who, slot
