"""A flattened program made ready to run: all its outputs for each row, or summed over the rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from autograd.cached import cached_property
from autograd.replay.assembly import assemble
from autograd.replay.batch import Batch, aligned
from autograd.replay.compiled import CC, CODES, ENGINES, machine
from autograd.replay.evaluation import evaluate
from autograd.replay.flat import SETTLED, Flat

if TYPE_CHECKING:
    from autograd.replay.exports.native import NativeCode

Floats = NDArray[np.float64]
_PART = 2**17  # so many numbers are computed at once, as in `interpreter`


class Straight:
    """What runs a flattened program, and gives the numbers of its `outputs`, a list of slots.

    Machine code runs it, where `engine` is a target of it, or "cc". NumPy does else, and where a
    number that is not finite came up: then by the strict program, which `flatten` makes. What "cc"
    leaves, as a logsumexp that has to be settled, other machine code does first. `check`
    raises what the eager engine raises on these leaves and rows, if anything.
    """

    def __init__(
        self,
        flatten: Callable[..., Flat],
        outputs: Callable[[Flat], list[int]],
        check: Callable[[Floats, Batch], None],
        engine: str,
    ):
        self._flatten, self._outputs = flatten, outputs
        self._check = check
        self.flat = flatten(strict=engine == "numpy")
        self.outputs = outputs(self.flat)
        self.threads = 1
        self.code: Any = None
        self._native: NativeCode | None = None
        if engine == CC:
            from autograd.replay.exports.native import NativeCode

            self._native = NativeCode(self.flat, self.outputs, self._interpreted)
        elif engine != "numpy":
            self.code = _code_of(self.flat, self.outputs, engine)

    @cached_property
    def strict(self) -> Flat:
        """The program that is right also where inputs are infinite."""
        if self.code is None and self._native is None:
            return self.flat
        strict = self._flatten(strict=True)
        same = [list(h) for h in strict.hessians] == [list(h) for h in self.flat.hessians]
        return strict if same else self.flat

    def each(self, leaves: Floats, batch: Batch) -> Floats:
        """The outputs of each row: a table, outputs x rows."""
        if self._native is not None:
            whole = self._native.each(leaves, batch.packed, batch.table, batch.layout[1])
            return self._by_machine(self._settling, leaves, batch) if whole is None else whole
        return self._by_machine(self.code, leaves, batch)

    @cached_property
    def _settling(self) -> Any:
        """The machine code that settles what "cc" does not, where there are both."""
        engine = ENGINES[0]
        settles = any(operation.name == SETTLED for operation in self.flat.operations)
        return _code_of(self.flat, self.outputs, engine) if settles and engine != "numpy" else None

    def _by_machine(self, code: Any, leaves: Floats, batch: Batch) -> Floats:
        if code is None:
            return self.by_numpy(leaves, batch)
        places = 1 if batch.rows == 1 else -(-batch.rows // 32) * 32
        found = aligned(len(self.outputs) * places)
        if self._run(code, leaves, batch, found, None):
            return self.by_numpy(leaves, batch)
        return found.reshape(-1, places)[:, : batch.rows]

    def totals(self, leaves: Floats, batch: Batch, weight: float) -> Floats:
        """The sums of the outputs over the rows, each row times `weight`."""
        found = self.finite_totals(leaves, batch, weight)
        if found is not None:
            return found
        each = self.each if self.code is None else self.by_numpy
        totals: Floats = each(leaves, batch).sum(axis=1) * weight
        return totals

    def finite_totals(self, leaves: Floats, batch: Batch, weight: float) -> Floats | None:
        """The same by machine code; None without it, or where a number was not finite."""
        sums = np.empty(len(self.outputs))
        if self.code is None or self._run(self.code, leaves, batch, None, sums):
            return None
        if weight != 1.0:
            sums *= weight
        return sums

    def _run(
        self, code: Any, leaves: Floats, batch: Batch, each: Floats | None, sums: Floats | None
    ) -> bool:
        """Fill one of both; whether a number that is not finite came up."""
        if batch.rows == 1:
            return bool(code.row(leaves, batch.packed, sums if each is None else each))
        code.threads = self.threads
        lanes = batch.layout[1]
        return bool(code.run(leaves, batch.packed, lanes, batch.rows, each, sums))

    def _interpreted(self, leaves: Floats, table: Floats) -> Floats:
        return evaluate(self.flat, table, leaves, self.outputs)[0]

    def by_numpy(self, leaves: Floats, batch: Batch) -> Floats:
        """The outputs of each row, by NumPy; or the eager engine's error."""
        flat = self.strict
        outputs = self._outputs(flat)
        found = np.empty((len(outputs), batch.rows))
        size = max(1, _PART // max(1, flat.slots))
        finite = True
        for first in range(0, batch.rows, size):
            part = batch.table[first : first + size]
            numbers, fine = evaluate(flat, part, leaves, outputs)
            found[:, first : first + size] = numbers
            finite = finite and fine
        if not finite:
            self._check(leaves, batch)
        return found


def _code_of(flat: Flat, slots: list[int], engine: str) -> Any:
    """The compiled code that computes these slots."""
    made = assemble(flat, slots, CODES)
    return machine.Code(
        made.once, made.rows, made.start, made.used, made.spread,
        flat.columns, flat.leaves, len(slots), engine,
    )  # fmt: skip
