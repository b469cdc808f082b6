"""The tape's interpreter in NumPy: what each kind of record means, in as few words as possible.

It is always there, and it is what the compiled interpreter is tested against. Where a number
breaks, its word counts: it takes every row by itself, without padding.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from autograd import functions
from autograd.cached import cached_property
from autograd.errors import StepError
from autograd.replay.program import (
    BROADCAST,
    DENSE,
    HELD,
    INNER,
    KIND,
    KINDS,
    LOGSUMEXP,
    PICK,
    PRODUCT,
    RULE_OF,
    RUN,
    SOFTMAX,
    SUM,
    TAKE,
    WANT,
    Program,
    operand_sizes,
    result_sizes,
)
from autograd.rules import RULES, Rule, arrays
from autograd.value import Value

Floats = NDArray[np.float64]
HandBack: TypeAlias = "Callable[[Record, Floats, Floats, Floats, Floats], None]"
SQUARE, POWER = KIND["SQUARE"], KIND["POWER"]
_PART = 2**17  # so many numbers are computed at once: they fit the cache, and Ctrl-C gets through


@dataclass(frozen=True)
class Record:
    """A record of the program, unpacked: operands and results as slices or lists of slots."""

    kind: int
    rule: Rule
    value: Callable[..., Any]  # the rule's, on arrays
    partials: tuple[Callable[..., Any] | None, ...]  # by the operands that are wanted
    n: int
    m: int
    out: slice
    operands: tuple[Any, ...]
    wanted: tuple[bool, ...]
    repeated: tuple[bool, ...]  # whether a slot comes twice in the operand
    held: bool  # whether no derivative passes its results
    weight: slice
    bias: slice
    sites: int
    columns: int  # of the batch: the first slots


def unpack(program: Program, records: NDArray[np.int64]) -> list[Record]:
    """The records of a section of the program."""
    sizes, ends = operand_sizes(records), records[:, 4] + result_sizes(records)
    space, steps = arrays(), []
    for i, (kind, flags, n, m, out, *at, weight, bias, sites) in enumerate(records.tolist()):
        operands: list[Any] = []
        for which, start in enumerate(at):
            size = int(sizes[which][i])
            if size:
                run = slice(start, start + size)
                operands.append(run if flags & (RUN << which) else program.index[run])
        rule = RULES[RULE_OF[KINDS[kind]]]
        wanted = tuple([bool(flags & (WANT << which)) for which in range(3)])
        steps.append(
            Record(
                kind,
                rule,
                space.function(rule.parameters, rule.value),
                tuple(
                    [
                        space.function((*rule.parameters, "y"), text) if text and want else None
                        for text, want in zip(rule.array_partials, wanted, strict=False)
                    ]
                ),
                n,
                m,
                slice(out, int(ends[i])),
                tuple(operands),
                wanted,
                tuple([not isinstance(o, slice) and len(set(o)) < len(o) for o in operands]),
                bool(flags & HELD),
                slice(weight, weight + n * m),
                slice(bias, bias + n),
                sites,
                program.columns,
            )
        )
    return steps


@dataclass
class Result:
    """Outputs of every row, their weighted sums, and the gradient of one of them.

    Where not every number on the way is `finite`, the eager engine may have raised an error, also
    where the outputs are finite again: 1/(1 + e^800) is 0.
    """

    values: Floats
    totals: Floats
    gradient: Floats | None
    finite: bool


class Interpreter:
    """Runs a program; `steps` are kept, so one interpreter serves many calls and threads."""

    def __init__(self, program: Program):
        self.program = program

    @cached_property
    def shared(self) -> list[Record]:
        """The steps of the shared section; unpacked when first needed, as machine code is not."""
        return unpack(self.program, self.program.shared)

    @cached_property
    def rows(self) -> list[Record]:
        """The steps of the rows' section."""
        return unpack(self.program, self.program.rows)

    def evaluate(self, leaves: Floats, rows: Floats, seed: float, which: int | None) -> Result:
        """Outputs on rows (one row of columns each), and the gradient of output `which`.

        Every row weighs `seed` in the totals and in the gradient.
        """
        result = self._evaluate(leaves, rows, seed, which, pull)
        if result.gradient is not None and np.isnan(result.gradient).any():
            return self._evaluate(leaves, rows, seed, which, pull_carefully)  # perhaps 0 · ∞
        return result

    def _evaluate(
        self, leaves: Floats, rows: Floats, seed: float, which: int | None, hand_back: HandBack
    ) -> Result:
        """See `evaluate`; `hand_back` takes a record's part in the backward sweep."""
        program = self.program
        values = np.empty((len(rows), len(program.outputs)))
        totals = np.zeros(len(program.outputs))
        with np.errstate(all="ignore"):
            scalars = self._scalars(leaves)
            finite = _all_finite(scalars)
            scalar_adjoints = np.zeros(scalars.shape)
            for first, part in self._parts(rows):
                slots = self._slots(scalars, part)
                finite = finite and _all_finite(slots)
                outputs = slots[program.outputs]
                values[first : first + len(part)] = outputs.T
                totals += outputs.sum(axis=1) * seed
                if which is not None:
                    adjoints = np.zeros(slots.shape)
                    adjoints[program.outputs[which]] = seed
                    for step in reversed(self.rows):
                        hand_back(step, slots, adjoints, scalars, scalar_adjoints)
            if which is None:
                return Result(values, totals, None, finite)
            for step in reversed(self.shared):
                hand_back(step, scalars, scalar_adjoints, scalars, scalar_adjoints)
        gradient = scalar_adjoints[program.place[: program.parameters], 0]
        return Result(values, totals, gradient, finite)

    def broken_in(self, leaves: Floats, rows: Floats, seed: float) -> str:
        """The first operation that makes an adjoint infinite or NaN, in words; or nothing."""
        try:
            self._evaluate(leaves, rows, seed, 0, _pull_checked)
        except StepError as error:
            return str(error)
        return ""

    def _parts(self, rows: Floats) -> Iterator[tuple[int, Floats]]:
        """The rows some at a time, with the number of the first."""
        size = max(1, _PART // max(1, self.program.slots))
        for first in range(0, len(rows), size):
            yield first, rows[first : first + size]

    def _scalars(self, leaves: Floats) -> Floats:
        """The numbers of all scalars."""
        scalars: Floats = self.program.scalars[:, None].copy()
        scalars[self.program.place, 0] = leaves
        for step in self.shared:
            scalars[step.out] = push(step, scalars, scalars)
        return scalars

    def _slots(self, scalars: Floats, rows: Floats) -> Floats:
        """The numbers of all slots for every row."""
        slots = np.zeros((self.program.slots, len(rows)))
        slots[: self.program.columns] = rows.T
        for step in self.rows:
            slots[step.out] = push(step, slots, scalars)
        return slots

    def check_numbers(self, leaves: Floats, rows: Floats, names: Any = None) -> None:
        """Raise what the eager engine raises on the first row where it raises anything.

        `names` are what the error calls the rows: numbers in the order of another table.
        """
        names = range(len(rows)) if names is None else names
        with np.errstate(all="ignore"):
            scalars = self._scalars(leaves)
            _check_section(self.shared, scalars, scalars)
            for first, part in self._parts(rows):
                _check_section(self.rows, self._slots(scalars, part), scalars, names[first:])


def _all_finite(numbers: Floats) -> bool:
    return math.isfinite(numbers.sum()) or bool(np.isfinite(numbers).all())  # a sum may overflow


# What a record computes


def push(step: Record, slots: Floats, scalars: Floats) -> Floats:
    """The results of a record."""
    n, m, kind = step.n, step.m, step.kind
    a = slots[step.operands[0]] if kind != BROADCAST else scalars[step.operands[0]]
    if kind == SQUARE:
        y = a * a
    elif kind <= BROADCAST:
        y = step.value(a, *[slots[x] for x in step.operands[1:]])
    elif kind == DENSE:
        layer = scalars[step.weight].reshape(n, m) @ a.reshape(step.sites, m, -1)
        y = (layer + scalars[step.bias]).reshape(step.sites * n, -1)
    elif kind == TAKE:
        row, there = _rows_taken(step, slots[step.operands[0]])
        table = scalars[step.weight].reshape(m, n)
        y = np.where(there[:, None], table[row].transpose(0, 2, 1), np.nan)
        y = y.reshape(step.sites * n, -1)
    elif kind == PICK:
        row, there = _rows_taken(step, slots[step.operands[1]])
        y = np.take_along_axis(a.reshape(n, m, -1), row[:, None], axis=1)[:, 0]
        y = np.where(there, y, np.nan)
    elif kind == INNER:
        b, c = slots[step.operands[1]], slots[step.operands[2]]
        y = (a * b).reshape(n, m, -1).sum(axis=1) + c
    else:
        a = a.reshape(n, m, -1)
        if kind == SUM:
            y = a.sum(axis=1)
        elif kind == PRODUCT:
            y = np.multiply.accumulate(a, axis=1).reshape(n * m, -1)
        else:
            y = _logsumexp(a) if kind == LOGSUMEXP else _softmax(a)
            y = y.reshape(-1, a.shape[2])
    return np.asarray(y, np.float64)


def _rows_taken(step: Record, places: Floats) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """The places as an index, and where there is something; elsewhere the index is 0."""
    there = (places >= 0.0) & (places < step.m) & (places == np.floor(places))
    return np.where(there, places, 0.0).astype(np.intp), there


def _softmax(a: Floats) -> Floats:
    e = np.exp(a - a.max(axis=1, keepdims=True))
    shares: Floats = e / e.sum(axis=1, keepdims=True)
    return shares


def _logsumexp(a: Floats) -> Floats:
    """log Σ e^a. The largest term is kept apart from the rest, which may be far smaller."""
    top = a.max(axis=1, keepdims=True)
    top = np.where(np.isinf(top), 0.0, top)  # infinities stay what they are: no inf − inf
    shifted = a - top
    back = shifted - a
    lost = (a - (shifted - back)) - (top + back)  # what a − top is rounded by
    e = np.exp(shifted)
    e += np.where(np.isfinite(lost), e * lost, 0.0)
    own = a.argmax(axis=1)[:, None]
    largest = np.take_along_axis(e, own, axis=1)
    np.put_along_axis(e, own, 0.0, axis=1)
    rest = e.sum(axis=1, keepdims=True)
    found: Floats = np.where(largest == 1.0, top + np.log1p(rest), top + np.log(largest + rest))
    cancelling = (0.5 * top < found) & (found < -top)  # what is left has few digits
    for k, _, row in np.argwhere(cancelling).tolist():
        found[k, 0, row] = functions.logsumexp(a[k, :, row].tolist())
    return found[:, 0]


def pull(
    step: Record,
    slots: Floats,
    adjoints: Floats,
    scalars: Floats,
    scalar_adjoints: Floats,
    careful: bool = False,
) -> None:
    """Add to the adjoints of a record's operands: partial times the adjoint of the result.

    If this is not `careful` 0 · ∞ is NaN, also where `scalar.handed` has 0. A NaN comes through to
    the gradient, so that one without NaN is the same in both ways.
    """
    if not any(step.wanted):
        return
    n, m, kind, first = step.n, step.m, step.kind, step.operands[0]
    g, y = adjoints[step.out], slots[step.out]
    pulled: list[Floats] = []
    if kind == BROADCAST:
        scalar_adjoints[first] += g.sum(axis=1, keepdims=True)
        return
    values = [slots[x] for x in step.operands]
    a = values[0]
    if kind == SQUARE:
        pulled = [g * (2.0 * a)]
    elif kind < BROADCAST:
        selects = step.rule.selects
        pulled = [
            _handed(g, partial(*values, y), careful, selects) if partial is not None else g
            for partial in step.partials
        ]
    elif kind == DENSE:
        pulled = [_pull_layer(step, g, a, scalars, scalar_adjoints, careful)]
    elif kind == TAKE:
        row, there = _rows_taken(step, a)
        up = np.where(there[:, None], g.reshape(step.sites, n, -1), 0.0)
        np.add.at(scalar_adjoints[step.weight].reshape(m, n), row, up.transpose(0, 2, 1))
    elif kind == PICK:
        row, there = _rows_taken(step, values[1])
        spread = np.zeros((n, m, g.shape[1]))
        np.put_along_axis(spread, row[:, None], np.where(there, g, 0.0)[:, None], axis=1)
        pulled = [spread.reshape(n * m, -1)]
    elif kind == INNER:
        wide = np.repeat(g, m, axis=0)
        pulled = [_handed(wide, values[1], careful), _handed(wide, a, careful), g]
    elif kind == SUM:
        pulled = [np.repeat(g, m, axis=0)]
    elif kind == PRODUCT:
        g, y, a = (x.reshape(n, m, -1) for x in (g, y, a))
        pulled = [_pull_product(g, y, a, careful)]
    elif kind == LOGSUMEXP:
        pulled = [_handed(np.repeat(g, m, axis=0), _shares(a.reshape(n, m, -1), y), careful)]
    else:
        g, y = g.reshape(n, m, -1), y.reshape(n, m, -1)
        mixed = y * (g - (g * y).sum(axis=1, keepdims=True))
        if careful:
            mixed = np.where((g == 0.0).all(axis=1, keepdims=True), 0.0, mixed)
        pulled = [mixed.reshape(n * m, -1)]
    for which, amount in enumerate(pulled):
        if not step.wanted[which]:
            continue
        if step.repeated[which]:
            np.add.at(adjoints, step.operands[which], amount)
        else:
            adjoints[step.operands[which]] += amount


def _pull_layer(
    step: Record, g: Floats, a: Floats, scalars: Floats, scalar_adjoints: Floats, careful: bool
) -> Floats:
    """Add to the adjoints of weights and biases, site by site; the adjoints of the inputs."""
    n, m = step.n, step.m
    weights, pulled = scalars[step.weight].reshape(n, m).T, np.zeros_like(a)
    for k in range(step.sites):
        up, x = g[k * n : (k + 1) * n], a[k * m : (k + 1) * m]
        if step.wanted[1]:
            by_weight = _products(up, x.T, careful, up[:, :, None])
            scalar_adjoints[step.weight] += by_weight.reshape(-1, 1)
            scalar_adjoints[step.bias] += up.sum(axis=1, keepdims=True)
        if step.wanted[0]:
            pulled[k * m : (k + 1) * m] = _products(weights, up, careful, up[None])
    return pulled


def pull_carefully(
    step: Record, slots: Floats, adjoints: Floats, scalars: Floats, scalar_adjoints: Floats
) -> None:
    """As `pull`, with the zeros of `scalar.handed`."""
    pull(step, slots, adjoints, scalars, scalar_adjoints, careful=True)


def _pull_checked(
    step: Record, slots: Floats, adjoints: Floats, scalars: Floats, scalar_adjoints: Floats
) -> None:
    """As `pull_carefully`; raises StepError where an adjoint is then not finite."""
    pull_carefully(step, slots, adjoints, scalars, scalar_adjoints)
    for numbers, found in ((slots, adjoints), (scalars, scalar_adjoints)):
        for slot, row in np.argwhere(~np.isfinite(found))[:1].tolist():
            x, adjoint = float(numbers[slot, row]), float(found[slot, row])
            op = RULE_OF[KINDS[step.kind]]
            raise StepError(f"'{op}': the derivative by its operand {x!r} is {adjoint!r}")


def _handed(g: Floats, partial: Floats, careful: bool, selects: bool = False) -> Floats:
    """g · partial; where this is careful, with the zeros of `scalar.handed`."""
    found: Floats = g * partial
    if careful:
        zero = (g == 0.0) | (selects & (np.asarray(partial) == 0.0))
        found = np.where(zero, 0.0, found)
    return found


def _products(a: Floats, b: Floats, careful: bool, g: Floats) -> Floats:
    """a @ b, where one of them is the adjoints; g is these, as the factors of every product."""
    found: Floats = a @ b
    if careful and np.isnan(found).any():
        found = np.where(g == 0.0, 0.0, a[:, :, None] * b[None]).sum(axis=1)
    return found


def _shares(a: Floats, y: Floats) -> Floats:
    """The softmax of a, whose logsumexp is y: what y is rounded by is in all shares alike."""
    e = np.exp(a - y[:, None])
    shares: Floats = np.where(np.isfinite(y)[:, None], e / e.sum(axis=1, keepdims=True), e)
    return shares.reshape(-1, a.shape[2])


def _pull_product(g: Floats, y: Floats, a: Floats, careful: bool) -> Floats:
    """Adjoints of the factors; y are the running products, and only the last one was asked for."""
    pulled, up = np.empty_like(a), g[:, -1].copy()
    for k in range(a.shape[1] - 1, 0, -1):
        pulled[:, k] = _handed(up, y[:, k - 1], careful)
        up = _handed(up, a[:, k], careful)
    pulled[:, 0] = up
    return pulled.reshape(-1, a.shape[2])


# Errors as the eager engine gives them


def _check_section(
    steps: list[Record], numbers: Floats, scalars: Floats, names: Any = None
) -> None:
    """Raise for the first row where a step failed, with the row's name if rows have names."""
    failures = [(*_first_failure(step, numbers, scalars), step) for step in steps]
    failed = [failure for failure in failures if failure[0] >= 0]
    if failed:
        row, result, step = min(failed, key=lambda failure: failure[0])
        where = "" if names is None else f" (in row {names[row]} of the batch)"
        _raise_as_eager(step, row, result, numbers, scalars, where)


def _first_failure(step: Record, slots: Floats, scalars: Floats) -> tuple[int, int]:
    """The first row where finite operands gave a result that is not, and which result; or -1."""
    if step.kind == BROADCAST:
        return -1, -1
    broken = ~np.isfinite(slots[step.out])
    if not broken.any():
        return -1, -1
    if step.kind in (TAKE, PICK):  # which takes what is not finite as well
        there = _rows_taken(step, slots[step.operands[-1]])[1]
        broken = np.repeat(~there, step.n if step.kind == TAKE else 1, axis=0)
        each = []
    else:
        each = [_finite(step, slots[x], which) for which, x in enumerate(step.operands)]
    if step.kind == DENSE:
        weights = np.isfinite(scalars[step.weight]).reshape(step.n, step.m).all(axis=1)
        fine = weights & np.isfinite(scalars[step.bias][:, 0])
        each.append(np.tile(fine, step.sites)[:, None])
    for fine in each:
        broken = broken & (np.repeat(fine, step.m, axis=0) if _is_wide(step) else fine)
    rows = np.flatnonzero(broken.any(axis=0))
    if not len(rows):
        return -1, -1
    return int(rows[0]), int(np.flatnonzero(broken[:, rows[0]])[0])


def _is_wide(step: Record) -> bool:
    return step.kind in (PRODUCT, SOFTMAX)


def _finite(step: Record, operand: Floats, which: int) -> NDArray[np.bool_]:
    """For each result and row, whether its share of an operand is finite."""
    fine: NDArray[np.bool_] = np.isfinite(operand)
    if step.kind < BROADCAST or (step.kind == INNER and which == 2):
        return fine
    if step.kind == DENSE:
        sites = fine.reshape(step.sites, step.m, -1).all(axis=1)
        return np.asarray(np.repeat(sites, step.n, axis=0))
    return np.asarray(fine.reshape(step.n, step.m, -1).all(axis=1))


def _raise_as_eager(
    step: Record, row: int, result: int, slots: Floats, scalars: Floats, where: str
) -> None:
    """Do the one operation that failed with the eager engine, and add where that was."""
    operands = [slots[x][:, row].tolist() for x in step.operands]
    n, m = step.n, step.m
    try:
        if step.kind == SQUARE:
            Value(operands[0][result]) ** 2.0
        elif step.kind == POWER:  # the rule's own power raises nothing at a pole
            Value(operands[0][result]) ** Value(operands[1][result])
        elif step.kind < BROADCAST:
            step.rule.evaluate(tuple([Value(x[result]) for x in operands]))
        elif step.kind == DENSE:
            site, result = divmod(result, n)
            weights = scalars[step.weight].reshape(n, m)[result].tolist()
            bias = float(scalars[step.bias][result, 0])
            inputs = operands[0][site * m : (site + 1) * m]
            functions.dot([Value(w) for w in weights], inputs, bias)
        elif step.kind in (TAKE, PICK):
            which = result // n if step.kind == TAKE else result
            place = np.arange(len(slots))[step.operands[-1]][which]
            if where and place < step.columns:
                where = f"{where[:-1]}, column {place})"
            functions.take([0.0] * m, operands[-1][which])
        else:
            if _is_wide(step):
                result //= m
            mine = slice(result * m, (result + 1) * m)
            values = [Value(x) for x in operands[0][mine]]
            if step.kind == INNER:
                functions.dot(values, operands[1][mine], operands[2][result])
            elif step.kind == PRODUCT:
                product = values[0]
                for value in values[1:]:
                    product = product * value
            else:
                step.rule.evaluate((values,))
    except (ArithmeticError, ValueError) as error:
        raise type(error)(f"{error}{where}") from None
