"""From a flattened program to the instructions of `machine/opcodes.h`.

An instruction takes its operands from memory, or the last result, which is still in registers.
So a sum takes in the product before it, the order of the code is chosen so that a result is used
next, and what is used only there is never stored. The other results share slots: one that is read
for the last time gives its own to the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

from autograd.replay.flat import OPERATIONS, SETTLED, Flat, swallowed
from autograd.replay.program import KIND

_DIRECT = {  # the operations that have an instruction of their own; the others are called
    "+": "add", "-": "sub", "*": "mul", "/": "div", "times": "mul", "over": "div", "neg": "neg",
    "sqrt": "sqrt", "exp": "exp", "log": "log", "sin": "sin", "cos": "cos", "tanh": "tanh",
    "sigmoid": "sigmoid", "abs": "abs", "less": "less", "less_equal": "less_equal",
    "equal": "equal", "maximum": "maximum", "minimum": "minimum", "where": "where",
    "complement": "complement", "tanh_slope": "tanh_slope",
}  # fmt: skip

_CHOOSING = frozenset(["where", "maximum", "minimum", "identity"])  # what was looked at before


@dataclass(frozen=True)
class Assembly:
    """What a `_machine.Code` is made of: instructions, six integers each, and the frame."""

    once: NDArray[np.int64]  # what depends on leaves alone
    rows: NDArray[np.int64]
    start: NDArray[np.float64]
    used: NDArray[np.int64]  # columns that are read
    spread: NDArray[np.int64]  # slots outside the rows that the rows' instructions read


def assemble(flat: Flat, outputs: Sequence[int], codes: dict[str, int]) -> Assembly:
    """The instructions that compute these slots of a flattened program, by the codes' numbers.

    Guards against an adjoint of 0 times an infinite partial are left out: where they matter, NaN
    comes out, and the program is run again by `evaluation`.
    """
    return _Assembler(flat, outputs, codes).assembly()


class _Assembler:
    def __init__(self, flat: Flat, outputs: Sequence[int], codes: dict[str, int]):
        self.flat, self.codes = flat, codes
        self.outputs = outputs
        self.inputs = flat.columns + flat.leaves
        self.first = flat.first_operation
        self.names: list[str] = [""] * self.first
        self.operands: list[tuple[int, ...]] = [()] * self.first
        for name, operands, _ in flat.operations:
            self.names.append(name)
            self.operands.append(operands)
        self._find_slopes()
        self.order_of_output: dict[int, int] = {}
        for k, slot in enumerate(outputs):
            self.order_of_output.setdefault(slot, k)
        self.on_rows = self._on_rows()
        self.checked = self._checked()
        self.uses = self._uses()
        self._fuse()
        self.demanded = self._demanded()
        self.rank = [-k for k in range(len(self.names))]
        for at, k in enumerate(self.demanded):
            self.rank[k] = at

    # What is done how

    def _find_slopes(self) -> None:
        """1 − σ(x) and 1 − tanh²(x) by what is there already, as they keep their digits."""
        names, operands = self.names, self.operands
        values = {(names[k], operands[k]): k for k in range(self.first, len(names))
                  if names[k] in ("sigmoid", "tanh")}  # fmt: skip
        for k in range(self.first, len(names)):
            if names[k] == "sigmoid" and names[operands[k][0]] == "neg":
                x = operands[operands[k][0]]
                y = values.get(("sigmoid", x))
                if y is not None and y < k:
                    names[k], operands[k] = "complement", (x[0], y)
            elif names[k] == "*":
                under = self._under_tanh_slope(k)
                y = values.get(("tanh", (under,)))
                if y is not None and y < k:
                    names[k], operands[k] = "tanh_slope", (under, y)

    def _under_tanh_slope(self, k: int) -> int:
        """x where k is (4 σ(2x)) σ(−2x); or -1."""
        for a, b in (self.operands[k], self.operands[k][::-1]):
            if self.names[a] == "*" and self.names[b] == "sigmoid":
                four, inner = self._split(a)
                if four == 4.0 and self.names[inner] == "sigmoid":
                    one, other = [self._split(self.operands[x][0]) for x in (inner, b)]
                    if (one[0], other[0]) == (2.0, -2.0) and one[1] == other[1]:
                        return one[1]
        return -1

    def _split(self, k: int) -> tuple[float, int]:
        """A product of a constant and something else, as these two; else 0 and the slot itself."""
        constants = self.flat.constants
        for constant, x in (
            (self.operands[k], self.operands[k][::-1]) if self.names[k] == "*" else ()
        ):
            if 0 <= constant - self.inputs < len(constants):
                return constants[constant - self.inputs], x
        return 0.0, k

    def _on_rows(self) -> bytearray:
        """For each slot, whether it depends on the columns of a batch.

        Without columns there is one row, and what it needs is done in one piece.
        """
        if not self.flat.columns:
            return bytearray(self.first) + b"\1" * (len(self.names) - self.first)
        found = bytearray(len(self.names))
        for k in range(self.flat.columns):
            found[k] = 1
        for k in range(self.first, len(found)):
            for x in self.operands[k]:
                if found[x]:
                    found[k] = 1
                    break
        return found

    def _checked(self) -> bytearray:
        """Which results to look at: those that may be swallowed, each once."""
        first, rest = self.first, range(self.first, len(self.names))
        found = swallowed(
            self.flat, list(zip(self.names[first:], self.operands[first:], rest, strict=True))
        )
        for x in rest:
            if found[x] and self.names[x] in _CHOOSING:
                found[x] = 0
        return found

    def _uses(self) -> list[int]:
        uses = [0] * len(self.names)
        for k in self.outputs:
            uses[k] += 1
        for k in range(len(uses) - 1, self.first - 1, -1):
            if uses[k]:
                for x in self.operands[k]:
                    uses[x] += 1
        return uses

    def _fuse(self) -> None:
        """Take products that are used once into the sum or product that uses them."""
        names, operands = self.names, self.operands
        for k in range(len(names) - 1, self.first - 1, -1):
            if not self.uses[k] or names[k] not in ("+", "-", "*", "times"):
                continue
            a, b = operands[k]
            if self._may_join(b, k) and a != b:
                name = {"+": "mul_add", "-": "sub_mul"}.get(names[k], "mul_mul")
                names[k], operands[k] = name, (*operands[b], a)
                self.uses[b] = 0
            elif self._may_join(a, k) and a != b:
                name = {"+": "mul_add", "-": "mul_sub"}.get(names[k], "mul_mul")
                names[k], operands[k] = name, (*operands[a], b)
                self.uses[a] = 0

    def _may_join(self, x: int, user: int) -> bool:
        return (
            x >= self.first
            and self.uses[x] == 1
            and self.names[x] in ("*", "times")
            and x not in self.order_of_output
            and self.on_rows[x] == self.on_rows[user]
            and not self.checked[x]
        )

    # In which order

    def _demanded(self) -> list[int]:
        """What the results need, as it is asked for: the last term of a sum first, and it alone."""
        seen = bytearray(len(self.names))
        found: list[int] = []
        todo = list(self.flat.results)
        while todo:
            k = todo[-1]
            waiting = () if seen[k] else [x for x in self.operands[k] if not seen[x]]
            if waiting:
                todo.extend(sorted(waiting))
                continue
            todo.pop()
            if not seen[k] and k >= self.first:
                found.append(k)
            seen[k] = 1
        return found

    def _ordered(self, nodes: list[int]) -> list[int]:
        """The nodes, operands first, each as far as can be followed by one that uses it.

        Where none can, derivatives come before what else is to be computed, so that few numbers
        wait.
        """
        inside = set(nodes)
        users: dict[int, list[int]] = {k: [] for k in nodes}
        left: dict[int, int] = {}
        for k in nodes:
            own = {x for x in self.operands[k] if x in inside}
            left[k] = len(own)
            for x in own:
                users[x].append(k)
        readers = {k: len(u) for k, u in users.items()}
        rank, demanded = self.rank, self.demanded
        ready = sorted([rank[k] for k in nodes if not left[k]])
        done: list[int] = []
        placed: set[int] = set()
        last = -1
        while len(done) < len(nodes):
            best, most = -1, -1
            for k in users[last] if last >= 0 else ():
                if not left[k] and k not in placed:
                    frees = sum(readers.get(x) == 1 for x in set(self.operands[k]))
                    if (frees, k) > (most, best):
                        best, most = k, frees
            while best < 0:
                at = heappop(ready)
                k = -at if at < 0 else demanded[at]
                if k not in placed:
                    best = k
            done.append(best)
            placed.add(best)
            for x in set(self.operands[best]):
                if x in readers:
                    readers[x] -= 1
            for k in users[best]:
                left[k] -= 1
                if not left[k]:
                    heappush(ready, rank[k])
            last = best
        return done

    # Writing

    def assembly(self) -> Assembly:
        """The instructions, and the frame that they run in."""
        needed = [k for k in range(self.first, len(self.names)) if self.uses[k]]
        once = self._ordered([k for k in needed if not self.on_rows[k]])
        rows = self._ordered([k for k in needed if self.on_rows[k]])
        kept = {x for k in rows for x in self.operands[k] if not self.on_rows[x]}
        kept.update(x for x in self.outputs if not self.on_rows[x])
        self.slot = list(range(self.first)) + [-1] * (len(self.names) - self.first)
        self.top = self.first
        first = self._written(once, kept)
        self.free: list[int] = []
        twice = {x for x in self.outputs if self.outputs.count(x) > 1}
        second = self._written(rows, twice, hands_over=True)
        start = np.zeros(self.top)
        start[self.inputs : self.first] = self.flat.constants
        read = {x for k in rows for x in self.operands[k]} | set(self.outputs)
        return Assembly(
            once=np.array(first, np.int64).reshape(-1),
            rows=np.array(second, np.int64).reshape(-1),
            start=start,
            used=np.array(sorted(x for x in read if x < self.flat.columns), np.int64),
            spread=np.array(sorted({self.slot[x] for x in kept}), np.int64),
        )

    def _written(
        self, order: list[int], kept: set[int], *, hands_over: bool = False
    ) -> list[tuple[int, ...]]:
        """Instructions for these nodes, those in `kept` in slots of their own."""
        self.free = []
        last_use: dict[int, int] = {}
        in_registers: list[bool] = []
        stored = set(kept)
        before = -1
        for at, k in enumerate(order):
            operands = self.operands[k]
            direct = before >= 0 and operands.count(before) == 1 and self._has_form(k, before)
            in_registers.append(direct)
            for x in operands:
                last_use[x] = at
                if not (direct and x == before):
                    stored.add(x)
            before = k
        written: list[tuple[int, ...]] = []
        for at, k in enumerate(order):
            before = order[at - 1] if at else -1
            written.extend(self._terms(k))
            written.append(self._instruction(k, before if in_registers[at] else -1))
            for x in set(self.operands[k]):
                mine = x >= self.first and self.on_rows[x] == self.on_rows[k]
                if mine and last_use[x] == at and x in stored and x not in kept:
                    self.free.append(self.slot[x])
            if k in stored or self._in_memory(k):
                self._store(written, k, k in kept, k in stored)
            if self.checked[k]:
                written.append((self.codes["check"], 0, 0, 0, 0, 0))
            if hands_over and k in self.order_of_output:
                code = self.codes["out_x"]
                written.append((code, self.order_of_output[k], 0, 0, 0, 0))
        if hands_over:
            written.extend(self._outputs_elsewhere())
        return written

    def _store(self, written: list[tuple[int, ...]], k: int, kept: bool, stored: bool) -> None:
        """Give the last instruction's result a slot."""
        if self.free and not kept:
            slot = self.free.pop()
        else:
            slot, self.top = self.top, self.top + 1
        code, _, *rest = written[-1]
        written[-1] = (code if self._in_memory(k) else code + 1, slot, *rest)
        if stored:
            self.slot[k] = slot
        else:
            self.free.append(slot)  # written in memory, though nobody reads it there

    def _outputs_elsewhere(self) -> list[tuple[int, ...]]:
        """Outputs that are no results of the rows' code, or that are asked for twice."""
        found: list[tuple[int, ...]] = []
        for k, slot in enumerate(self.outputs):
            if not self.on_rows[slot] or slot < self.first or self.order_of_output[slot] != k:
                found.append((self.codes["out_m"], k, self.slot[slot], 0, 0, 0))
        return found

    def _kind(self, k: int) -> int:
        """The kind of operations.h that a node is called by; -1 where it has an instruction."""
        name = self.names[k]
        if name in _DIRECT or name == SETTLED or name.startswith(("mul_", "sub_")):
            return -1
        return KIND[OPERATIONS[name].record]

    def _in_memory(self, k: int) -> bool:
        """Whether a node has its operands and its result in memory, in no other form."""
        return self._kind(k) >= 0 or self.names[k] == SETTLED

    def _terms(self, k: int) -> list[tuple[int, ...]]:
        """What stands before a "settle": the values that it is of, four in each instruction."""
        if self.names[k] != SETTLED:
            return []
        slots = [self.slot[x] for x in self.operands[k][2:]]
        slots += [0] * (-len(slots) % 4)
        return [(self.codes["terms"], *slots[n : n + 4], 0) for n in range(0, len(slots), 4)]

    def _has_form(self, k: int, before: int) -> bool:
        """Whether a node can take one of its operands from registers."""
        if self._in_memory(k):
            return False
        return self.names[k] != "where" or self.operands[k][0] == before

    def _instruction(self, k: int, before: int) -> tuple[int, ...]:
        """The instruction of a node whose operand `before`, if it is one, is in registers."""
        name, operands = self.names[k], self.operands[k]
        slot, codes = self.slot, self.codes
        kind = self._kind(k)
        if kind >= 0:
            places = [slot[x] for x in operands]
            places += [places[0]] * (3 - len(places))
            return codes["call"], 0, *places, kind
        if name == SETTLED:
            y, top, *values = operands
            return codes["settle"], 0, slot[y], slot[top], 0, len(values)
        name = _DIRECT.get(name, name)
        rest = [slot[x] for x in operands if x != before]
        if len(operands) == 1:
            form = "x" if before >= 0 else "m"
        elif len(operands) == 2:
            if operands[0] == operands[1] and name == "mul":
                name, rest = "square", rest[:1]
                form = "m"
            else:
                form = "mm" if before < 0 else "xm" if operands[0] == before else "mx"
        elif before < 0:
            form = "mmm"
        elif name == "where" or before == operands[2]:
            form = "xmm"
        else:
            form = "mxm"
        rest += [0] * (3 - len(rest))
        return codes[f"{name}_{form}"], 0, *rest, 0
