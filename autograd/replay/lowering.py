"""From a graph to a tape, in time linear in the size of the graph.

After `folding` and `grouping` one record computes many nodes. Here they get slots, and the
records are written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from autograd.replay.arrays import as_index
from autograd.replay.folding import fold
from autograd.replay.graph import GraphTable, Lists
from autograd.replay.grouping import Grouping, grouping
from autograd.replay.program import (
    BROADCAST,
    COLUMNS,
    DENSE,
    KIND,
    RUN,
    SET,
    TAKE,
    WANT,
    Program,
    operand_sizes,
    result_sizes,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from autograd.replay.graph import Ints, Mask

_WIDE_SLOTS = 4096  # a tape of more slots takes rows by 8, not 32: its blocks fill the cache
_A, _WEIGHT, _BIAS = [COLUMNS.index(name) for name in ("a", "weight", "bias")]


def lower(graph: GraphTable, parameters: int, places: Ints | None = None) -> Program:
    """The tape of a graph of which the first leaves, so many, are parameters.

    `places` says which scalar each of them is, as it is in another tape; by default they stand as
    layers use them.
    """
    layout = _Layout(fold(graph), parameters, places)
    shared = layout.shared_section()
    rows = layout.row_section()
    outputs = layout.row_slot[graph.outputs]
    index = np.concatenate([np.zeros(0, np.int64), *layout.index])
    rows, clear = _first_writers(rows, index, outputs, len(graph.inputs), layout.slots)
    return Program(
        shared=shared,
        rows=rows,
        index=index,
        scalars=layout.scalars,
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

    def __init__(self, graph: GraphTable, parameters: int, places: Ints | None):
        count = len(graph.kinds)
        self.graph = graph
        self.shared, self.rows = grouping(graph, False), grouping(graph, True)
        self.scalar_slot = np.full(count, -1, np.int64)
        self.row_slot = np.full(count, -1, np.int64)
        self.slots = 0
        self.border = 0  # the first slot after the columns, once rows are laid out
        self.index: list[Ints] = []
        self.indexed = 0
        if places is None:
            self._place_leaves(parameters)
        else:
            self.scalar_slot[graph.leaves[:parameters]] = places
            self.scalar_slot[graph.leaves[parameters:]] = np.arange(parameters, len(graph.leaves))
        constants = np.fromiter(graph.constants, np.int64)
        self.scalar_slot[constants] = len(graph.leaves) + np.arange(len(constants))
        numbers = np.fromiter(graph.constants.values(), np.float64)
        self.scalars = np.append(np.zeros(len(graph.leaves)), numbers)
        self.fixed = np.zeros(count, bool)
        self.fixed[constants] = True

    def _place_leaves(self, parameters: int) -> None:
        """Give slots in a row to parameters that are read in one piece, the first piece first."""
        leaves = self.graph.leaves
        trained = np.zeros(len(self.scalar_slot), bool)
        trained[leaves[:parameters]] = True
        pieces = self.rows.pieces + self.shared.pieces
        pieces = pieces[~pieces.any(~trained[pieces.flat])]
        pieces = pieces[~pieces.any(~_first_of_each(pieces.flat))]
        order = np.append(pieces.flat, leaves)
        self.scalar_slot[order[_first_of_each(order)]] = np.arange(len(leaves))

    # The two sections

    def shared_section(self) -> Ints:
        """The records of what does not depend on the batch, with copies for the rows' layers."""
        before = self._bring_together(self.shared)
        self._line_up_constants(self.shared)
        records, end = self._write(self.shared, self.scalar_slot, len(self.scalars))
        self._extend_scalars(np.zeros(end - len(self.scalars)))
        after = self._bring_together(self.rows)
        return np.concatenate([before, records, after])

    def row_section(self) -> Ints:
        """The records of what depends on the batch, first the scalars that they use."""
        graph = self.graph
        used = np.zeros(len(graph.kinds), bool)
        used[graph.outputs] = True
        for operands in self.rows.operands:
            used[operands.flat] = True
        scalars = np.flatnonzero(used & ~graph.on_rows)
        scalars = scalars[np.argsort(self.scalar_slot[scalars])]
        wanted = graph.active[scalars]
        start = len(graph.inputs)
        self.row_slot[graph.inputs] = np.arange(start)
        records = []
        for part, flags in ((scalars[wanted], WANT), (scalars[~wanted], 0)):
            if len(part):
                self.row_slot[part] = np.arange(start, start + len(part))
                record = np.zeros((1, len(COLUMNS)), np.int64)
                record[0, :5] = BROADCAST, flags, len(part), 1, start
                record[0, -1] = 1
                self._write_operands(record, 0, self.scalar_slot[part], np.array([len(part)]))
                records.append(record)
                start += len(part)
        self.border = len(graph.inputs)
        body, self.slots = self._write(self.rows, self.row_slot, start)
        return np.concatenate([*records, body])

    def _write(self, part: Grouping, slot: Ints, start: int) -> tuple[Ints, int]:
        """The records of a section, results from slot `start` on, and where these end.

        `slot` is filled in.
        """
        records = part.records
        ends = start + np.cumsum(result_sizes(records))
        records[:, 4] = ends - result_sizes(records)
        slot[part.nodes] = records[part.which, 4] + part.places
        for k, operands in enumerate(part.operands):
            self._write_operands(records, k, slot[operands.flat], operands.sizes)
        return records, int(ends[-1]) if len(ends) else start

    def _write_operands(self, records: Ints, k: int, slots: Ints, counts: Ints) -> None:
        """Write operand k of every record that has one: a run where slots follow each other.

        `slots` has `counts` slots for each record, one record after another.
        """
        there = np.flatnonzero(counts)
        operands = Lists(slots, counts[there])
        follows = np.append(True, np.diff(slots) == 1)[: len(slots)]
        follows[slots == self.border] = False  # columns are kept apart from other slots
        follows[operands.starts] = True
        run = ~operands.any(~follows)
        records[there[run], 1] |= RUN << k
        records[there[run], _A + k] = operands.first[run]
        listed = operands[~run]
        records[there[~run], _A + k] = self.indexed + listed.starts
        self.index.append(listed.flat)
        self.indexed += len(listed.flat)

    # Weights and biases

    def _bring_together(self, part: Grouping) -> Ints:
        """Write where the weights and biases of layers are; the records that copy them, if any."""
        pieces = part.pieces
        slots = Lists(self.scalar_slot[pieces.flat], pieces.sizes)
        follows = np.append(True, np.diff(slots.flat) == 1)[: len(slots.flat)]
        follows[slots.starts] = True
        apart = slots.any(~follows)
        starts = slots.first
        copies = pieces[apart]
        starts[apart] = len(self.scalars) + copies.starts
        numbers = np.zeros(len(copies.flat))
        fixed = self.fixed[copies.flat]
        numbers[fixed] = self.scalars[self.scalar_slot[copies.flat[fixed]]]
        self._extend_scalars(numbers)
        part.records[part.weighs, _WEIGHT] = starts[part.weights]
        part.records[part.dense, _BIAS] = starts[part.biases]

        moving = copies.any(~fixed)  # constants have their slots already
        copies = copies[moving]
        records = np.zeros((len(copies), len(COLUMNS)), np.int64)
        records[:, 0], records[:, 2] = KIND["IDENTITY"], copies.sizes
        records[:, 3] = records[:, -1] = 1
        records[:, 1] = WANT * copies.any(self.graph.active[copies.flat])
        records[:, 4] = starts[apart][moving]
        self._write_operands(records, 0, self.scalar_slot[copies.flat], copies.sizes)
        return records

    def _line_up_constants(self, part: Grouping) -> None:
        """Copy constants that are an operand of one record into a run, which is read fastest."""
        for operands in part.operands:
            owners = operands.owners
            of_fixed = as_index(owners[self.fixed[operands.flat]])
            fixed = np.bincount(of_fixed, minlength=len(operands))
            lined = ((fixed == operands.sizes) & (fixed > 1))[owners]
            copied = self.scalar_slot[operands.flat[lined]]
            places = np.arange(len(copied))
            operands.flat[lined] = len(self.scalar_slot) + places
            self.scalar_slot = np.append(self.scalar_slot, len(self.scalars) + places)
            self._extend_scalars(self.scalars[copied])

    def _extend_scalars(self, numbers: NDArray[np.float64]) -> None:
        self.scalars = np.append(self.scalars, numbers)


def _first_of_each(numbers: Ints) -> Mask:
    """A mask of the places where a number stands for the first time."""
    first = np.zeros(len(numbers), bool)
    first[np.unique(numbers, return_index=True)[1]] = True
    return first


def _first_writers(
    records: Ints, index: Ints, outputs: Ints, columns: int, slots: int
) -> tuple[Ints, Ints]:
    """The records, flagged where they may store adjoints instead of adding, and slots to clear.

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
    first[slot[order]] = who[order]  # the last write wins: the backward sweep begins there
    first[outputs] = first[:start] = len(records)
    storable = first[slot] == who
    storable &= np.bincount(as_index(slot[storable]), minlength=slots)[slot] == 1
    storable &= (kind[who] < BROADCAST) | (kind[who] == DENSE)
    fails = np.bincount(as_index(3 * who + which), weights=~storable, minlength=3 * len(records))
    stored = (fails == 0).reshape(-1, 3)
    for operand in range(3):
        wanted = (flags & (WANT << operand)) > 0
        if operand:
            wanted &= (kind != DENSE) & (kind != TAKE)  # theirs are about weights
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
    who = np.repeat(np.arange(len(records)), as_index(size))
    within = np.arange(len(who)) - np.repeat(np.cumsum(size) - size, as_index(size))
    at = records[who, _A + which] + within
    run = (records[who, 1] & (RUN << which)) > 0
    slot = at.copy()
    slot[~run] = index[at[~run]]
    return who, slot
