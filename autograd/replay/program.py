"""What a tape is: a list of records over numbered slots, as plain arrays, and its checking.

A tape computes outputs from *leaves* (parameters first, then values that are only read) and from
the *columns* of a batch. It has two sections. The `shared` section works on *scalars*, one number
each, and runs once: scalars are the leaves, the constants, and what depends on these alone. The
`rows` section works on *slots*, one number for each row of the batch: slots are the columns, the
scalars that rows use (BROADCAST), and what depends on the columns. In both sections the operands
of a record come before its results.

A record is one row of eleven integers: kind, flags, n, m, out, a, b, c, weight, bias, sites. It
computes n results at each of its sites, from slot `out` on, one site after the other; only DENSE
and TAKE have more than one. An operand a, b or c is a run of slots that begins there where the
flags say so, and else the place in `index` where a list of slots begins.

| kind | results | operands |
|---|---|---|
| SQUARE ... WHERE | n, one by one f(a), f(a, b) or f(a, b, c) | n in each |
| BROADCAST | n copies of scalars | n scalars in a |
| DENSE | a site: n sums bias_j + Σ_i weight_ji x_i | a site: m in a; scalars weight, n·m; bias, n |
| INNER | n sums c_j + Σ_i a_ji b_ji | n·m in a and b, n in c |
| SUM | n sums Σ_i a_ji | n·m in a |
| PRODUCT | n·m running products of m factors | n·m in a |
| LOGSUMEXP | n | n·m in a |
| SOFTMAX | n·m | n·m in a |
| TAKE | a site: n numbers, a row of a table | a site: its place in c; scalars weight, m rows of n |
| PICK | n, each one of m numbers | n·m in a, their places in c |
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.errors import TapeError
from autograd.replay.arrays import as_index
from autograd.rules import RULES

_BY_COUNT = sorted([r for r in RULES.values() if r.elementwise], key=lambda r: len(r.parameters))
RULE_OF = {
    "SQUARE": "**",
    **{rule.record: rule.name for rule in _BY_COUNT},
    "BROADCAST": "identity",
    "DENSE": "dot",
    "INNER": "dot",
    "SUM": "total",
    "PRODUCT": "*",
    "LOGSUMEXP": "logsumexp",
    "SOFTMAX": "softmax",
    "TAKE": "take",
    "PICK": "take",
}
"""What a record does, and the operation of `autograd.rules` that this is.

The first ones work element by element: those of one operand, then of two, then of three. The
compiled interpreter has the same list.
"""

KINDS = list(RULE_OF)
KIND = {name: code for code, name in enumerate(KINDS)}

COLUMNS = ("kind", "flags", "n", "m", "out", "a", "b", "c", "weight", "bias", "sites")
RUN, WANT, SET = 1, 8, 64  # flags of operand a; those of b and c are twice and four times these
HELD = 512  # flag of a record whose results no derivative passes, by whatever it is

TWO, THREE = [
    KIND[next(r.record for r in _BY_COUNT if len(r.parameters) == count)] for count in (2, 3)
]  # the first kinds of two and of three operands
ADD, BROADCAST = KIND["ADD"], KIND["BROADCAST"]
DENSE, INNER, SUM, PRODUCT, LOGSUMEXP, SOFTMAX, TAKE, PICK = range(KIND["DENSE"], len(KINDS))
_SHORT = 100  # operations without their derivatives
_LONG = 20_000  # a longer program takes longer to be flattened than it gains
SIZE_LIMIT = 2**40  # of any count in a tape: far above what memory holds, far below overflow


@dataclass(frozen=True)
class Program:
    """The arrays of a tape; see the module's text. `check()` tells whether they fit together."""

    shared: NDArray[np.int64]
    rows: NDArray[np.int64]
    index: NDArray[np.int64]
    scalars: NDArray[np.float64]  # their first numbers; only constants have theirs already
    outputs: NDArray[np.int64]  # slots
    clear: NDArray[np.int64]  # slots whose adjoint is to be zero before the backward sweep
    place: NDArray[np.int64]  # for each leaf, in the caller's order, its scalar
    parameters: int  # so many of the leaves, the first ones, are differentiated by
    columns: int
    slots: int
    lanes: int  # rows in a full block of the compiled interpreter: 32 or 8

    def __post_init__(self) -> None:
        for name in ("shared", "rows", "index", "outputs", "clear", "place"):
            self._freeze(name, np.int64)
        self._freeze("scalars", np.float64)
        self.check()

    def _freeze(self, name: str, kind: Any) -> None:
        given = getattr(self, name)
        if not isinstance(given, np.ndarray) or given.dtype != kind:
            raise TapeError(f"the tape is damaged: {name} is no array of {kind.__name__}")
        array = np.array(given, order="C")  # a private copy: nobody changes it after the check
        array.setflags(write=False)
        object.__setattr__(self, name, array)

    def __getstate__(self) -> dict[str, Any]:
        state = {field.name: getattr(self, field.name) for field in fields(self)}
        return {**state, "kinds": " ".join(KINDS)}  # what the numbers in the records stand for

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Check what comes out of a pickle as strictly as what comes out of a recording."""
        names = {field.name for field in fields(self)}
        if not isinstance(state, dict) or set(state) - {"kinds"} != names:
            raise TapeError("the tape is damaged: it has not the fields of a tape")
        if state.get("kinds") != " ".join(KINDS):
            raise TapeError("the tape was pickled by another version of whygrad: record it again")
        for name in names:
            object.__setattr__(self, name, state[name])
        self.__post_init__()

    @property
    def nbytes(self) -> int:
        """The size of the arrays in bytes."""
        arrays = (self.shared, self.rows, self.index, self.scalars, self.clear, self.place)
        return sum(array.nbytes for array in arrays)

    # Checking

    def check(self) -> None:
        """Raise TapeError where anything refers to what is not there.

        Both interpreters rely on this, and the compiled one on nothing else: after it no index
        can leave its array, and no record reads what a later one writes.
        """
        for name in ("parameters", "columns", "slots", "lanes"):
            count = getattr(self, name)
            _demand(type(count) is int and 0 <= count < SIZE_LIMIT, f"{name} is no count")
        leaves, scalars = len(self.place), len(self.scalars)
        _demand(self.lanes in (8, 32), "lanes is neither 8 nor 32")
        _demand(self.parameters <= leaves <= scalars, "more leaves than scalars")
        _demand(self.columns <= self.slots, "more columns than slots")
        _demand(self.scalars.ndim == 1, "scalars is no vector")
        for name, limit, least in (
            ("index", SIZE_LIMIT, 0),
            ("outputs", self.slots, 1),
            ("clear", self.slots, 0),
            ("place", leaves, 0),
        ):
            array = getattr(self, name)
            _demand(array.ndim == 1 and len(array) >= least, f"{name} is no vector")
            _demand(bool(np.all((array >= 0) & (array < limit))), f"{name} leaves its range")
        _demand(bool((np.bincount(as_index(self.place)) < 2).all()), "two leaves in one place")
        _demand(bool(np.all(self.place[: self.parameters] < self.parameters)), "place is mixed")
        for name in ("shared", "rows"):
            records = getattr(self, name)
            _demand(records.ndim == 2 and records.shape[1] == len(COLUMNS), f"{name} is no table")
            self._check_section(name, records)

    def _check_section(self, name: str, records: NDArray[np.int64]) -> None:
        if not len(records):
            return
        kind, flags, n, m, out, a, b, c, weight, bias, sites = records.T
        inside = (records >= 0) & (records < SIZE_LIMIT)
        _demand(bool(inside.all()), f"a number in {name} is out of range")
        _demand(bool((kind < len(KINDS)).all()), f"a kind in {name} is unknown")
        _demand(bool((flags < 2 * HELD).all()), f"flags in {name} are unknown")
        some = (n > 0) & (m > 0) & (sites > 0)
        _demand(bool(some.all()), f"a record in {name} has no operands")
        dense, table, copied = kind == DENSE, kind == TAKE, kind == BROADCAST
        _demand(bool(((sites == 1) | dense | table).all()), f"a record in {name} has sites")
        # Each is below 2**40: their product may overflow, the sum of their logarithms cannot
        size = np.log2(n) + np.log2(m) + np.log2(sites)
        _demand(bool((size < 41).all()), f"a record in {name} is too large")
        limit = self.slots if name == "rows" else len(self.scalars)
        first = self.columns if name == "rows" else len(self.place)
        ends = out + result_sizes(records)
        _demand(bool((out >= first).all() and (ends <= limit).all()), f"results leave {name}")
        _demand(bool((out[1:] >= ends[:-1]).all()), f"records in {name} overlap")

        sizes = operand_sizes(records)
        spread = copied & (name == "rows")
        _demand(name == "rows" or not copied.any(), "a broadcast among the shared records")
        _demand(bool((copied[:-1] | ~copied[1:]).all()), "a broadcast after other records")
        for operand, (start, size) in enumerate(zip((a, b, c), sizes, strict=True)):
            self._check_operand(name, start, size, (flags & (RUN << operand)) > 0, out, spread)
        in_scalars = (weight + n * m <= len(self.scalars)) & (bias + n <= len(self.scalars))
        weighs = dense | table
        _demand(bool((in_scalars | ~weighs).all()), f"weights in {name} leave the scalars")
        if name == "shared":
            done = (weight + n * m <= out) & (bias + n <= out)
            _demand(bool((done | ~weighs).all()), "weights are used before they are computed")

    def _check_operand(
        self,
        name: str,
        start: NDArray[np.int64],
        size: NDArray[np.int64],
        run: NDArray[np.bool_],
        out: NDArray[np.int64],
        spread: NDArray[np.bool_],
    ) -> None:
        """Every slot of one operand of every record lies below the record's results."""
        limit = np.where(spread, len(self.scalars), out)
        fits = (start + size <= limit) | ~run | (size == 0)
        _demand(bool(fits.all()), f"an operand in {name} is used before it is computed")
        if name == "rows":  # the columns of a batch are kept apart from the other slots
            mixed = run & (start < self.columns) & (start + size > self.columns) & ~spread
            _demand(not mixed.any(), "an operand mixes columns and other slots in one run")
        listed = ~run & (size > 0)
        start, size, limit = start[listed], size[listed], limit[listed]
        _demand(bool((start + size <= len(self.index)).all()), f"a list in {name} leaves the index")
        if len(start):
            largest = _largest_of_each(self.index, start, size)
            fine = bool((largest < limit).all())
            _demand(fine, f"an operand in {name} is used before it is computed")


def is_short(program: Program) -> bool:
    """Whether single operations are the fastest for one row: some 200 of them, derivatives too."""
    layers, others, _ = _work(program)
    return layers + others < _SHORT


def is_of_single_operations(program: Program) -> bool:
    """Whether single operations are the fastest for many rows: few of them are in layers."""
    layers, others, _ = _work(program)
    return layers < others < _LONG


def is_narrow(program: Program) -> bool:
    """Whether single operations are the fastest for one row of a longer program too.

    Measured: a record of three or more of them takes less time than they do one by one.
    """
    layers, others, records = _work(program)
    return layers + others < 2.5 * records


def _work(program: Program) -> tuple[int, int, int]:
    """The operations in layers, the others, and the records that compute them."""
    records = np.concatenate([program.shared, program.rows])
    sizes = operand_sizes(records)
    work = np.maximum(result_sizes(records), np.where(records[:, 0] == BROADCAST, 0, sizes[0]))
    dense, computes = records[:, 0] == DENSE, records[:, 0] != BROADCAST
    layers = int((result_sizes(records) * records[:, 3])[dense].sum())
    return layers, int(work[~dense & computes].sum()), int(computes.sum())


def result_sizes(records: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many slots each record fills."""
    kind, n, m, sites = records[:, 0], records[:, 2], records[:, 3], records[:, -1]
    return np.where((kind == PRODUCT) | (kind == SOFTMAX), n * m, n * sites)


def operand_sizes(records: NDArray[np.int64]) -> tuple[NDArray[np.int64], ...]:
    """How many slots each record takes in a, in b, and in c."""
    kind, n, m, sites = records[:, 0], records[:, 2], records[:, 3], records[:, -1]
    single, table = kind <= BROADCAST, kind == TAKE
    one_each = (kind == INNER) | (kind == PICK) | ((kind >= THREE) & (kind < BROADCAST))
    return (
        np.where(single, n, np.where(kind == DENSE, m * sites, np.where(table, 0, n * m))),
        np.where(
            kind == INNER, n * m, np.where(single & (kind >= TWO) & (kind != BROADCAST), n, 0)
        ),
        np.where(table, sites, np.where(one_each, n, 0)),
    )


def _largest_of_each(
    array: NDArray[np.int64], start: NDArray[np.int64], size: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The largest of array[start:start + size], for each start and size."""
    padded = np.append(array, -1)  # reduceat takes no index past the last number
    edges = np.stack([start, start + size], axis=1).ravel()
    found: NDArray[np.int64] = np.maximum.reduceat(padded, as_index(edges))[::2]
    return found


def _demand(condition: bool, problem: str) -> None:
    if not condition:
        raise TapeError(f"the tape is damaged: {problem}; record it again")
