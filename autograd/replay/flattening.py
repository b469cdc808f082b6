"""From a tape to single operations: its values, its gradients, its second derivatives."""

from __future__ import annotations

import math
from collections.abc import Sequence

from autograd.replay.draft import CONSTANT, INPUT, Draft, written_out
from autograd.replay.flat import Flat, Operation
from autograd.replay.interpreter import Record, unpack
from autograd.replay.program import (
    BROADCAST,
    DENSE,
    INNER,
    PICK,
    PRODUCT,
    SOFTMAX,
    SUM,
    TAKE,
    Program,
)

INPUTS, PARAMETERS = "inputs", "parameters"


def flatten(program: Program) -> Flat:
    """A tape's values by single operations."""
    return _Flattening(program).finish()


def flatten_with_gradients(program: Program, wrt: str, *, strict: bool = False) -> Flat:
    """The values, and every result's derivatives by the "inputs" or the "parameters".

    Unless `strict`, the derivatives count on inputs that are finite; see `Draft`.
    """
    flattening = _Flattening(program, strict)
    flattening.differentiate(wrt)
    return flattening.finish()


def flatten_with_hessians(program: Program, wrt: str, *, strict: bool = False) -> Flat:
    """The values, gradients and second derivatives by the "inputs" or the "parameters".

    The second derivatives are tangents of the gradients, found from each variable in turn along
    what depends on it alone: where few entries are not 0 they cost what these few cost.
    """
    flattening = _Flattening(program, strict)
    flattening.differentiate(wrt)
    flattening.differentiate_twice(wrt)
    return flattening.finish()


def flatten_with_products(program: Program, wrt: str, *, strict: bool = False) -> Flat:
    """The values, gradients, and Hessians times a vector, which comes as further leaves."""
    flattening = _Flattening(program, strict)
    flattening.differentiate(wrt)
    flattening.multiply_by_vector(wrt)
    return flattening.finish()


class _Flattening:
    """A draft of a program's operations, and where its results and their derivatives are."""

    def __init__(self, program: Program, strict: bool = False):
        self.program = program
        self.draft = draft = Draft(strict)
        self.columns = [draft.input(k) for k in range(program.columns)]
        self.leaves = [draft.input(program.columns + k) for k in range(len(program.place))]
        self.vector: list[int] = []
        scalars = [-1] * len(program.scalars)
        for at, leaf in zip(program.place.tolist(), self.leaves, strict=True):
            scalars[at] = leaf
        for at, x in enumerate(program.scalars.tolist()):
            if scalars[at] < 0:
                scalars[at] = draft.number(x)  # a shared result's place is written below
        self._run(unpack(program, program.shared), scalars, scalars)
        slots = self.columns + [-1] * (program.slots - program.columns)
        self._run(unpack(program, program.rows), slots, scalars)
        results = [slots[at] for at in program.outputs.tolist()]
        inputs = [*self.columns, *self.leaves]
        self.draft, number = draft.depth_first(inputs, results)
        self.columns, self.leaves = [[number[x] for x in xs] for xs in (self.columns, self.leaves)]
        self.results = [number[x] for x in results]
        self.gradients: list[list[int]] = []
        self.hessians: list[dict[tuple[int, int], int]] = []
        self.products: list[list[int]] = []

    def wrt(self, which: str) -> list[int]:
        """The nodes that are differentiated by."""
        return self.columns if which == INPUTS else self.leaves[: self.program.parameters]

    # The records

    def _run(self, steps: list[Record], slots: list[int], scalars: list[int]) -> None:
        """Write down what each record computes."""
        for step in steps:
            operands = [_taken(scalars if step.kind == BROADCAST else slots, o)
                        for o in step.operands]  # fmt: skip
            found = self._computed(step, operands, scalars)
            if step.held:
                found = [self.draft.hold(node) for node in found]
            for at, node in zip(range(step.out.start, step.out.stop), found, strict=True):
                slots[at] = node

    def _computed(self, step: Record, operands: list[list[int]], scalars: list[int]) -> list[int]:
        """The nodes that a record's results are."""
        write, n, m = self.draft.write, step.n, step.m
        if step.kind == BROADCAST:
            return operands[0]
        if step.rule.name == "**" and len(operands) == 1:
            two = self.draft.number(2.0)
            return [write("**", a, two) for a in operands[0]]
        if step.kind < BROADCAST:
            return [write(step.rule.name, *xs) for xs in zip(*operands, strict=True)]
        if step.kind == DENSE:
            weights, biases = scalars[step.weight], scalars[step.bias]
            return [
                self._dot(weights[j * m : (j + 1) * m], operands[0][k * m : (k + 1) * m], biases[j])
                for k in range(step.sites)
                for j in range(n)
            ]
        if step.kind == TAKE:
            table = scalars[step.weight]
            return [self._at(table[j::n], place) for place in operands[0] for j in range(n)]
        parts = [operands[0][j * m : (j + 1) * m] for j in range(n)]
        if step.kind == PICK:
            return [self._at(*xs) for xs in zip(parts, operands[1], strict=True)]
        if step.kind == INNER:
            others = [operands[1][j * m : (j + 1) * m] for j in range(n)]
            return [self._dot(*xs) for xs in zip(parts, others, operands[2], strict=True)]
        if step.kind == SOFTMAX:
            number = self.draft.number
            return [write("softmax", number(float(k)), *xs) for xs in parts for k in range(m)]
        if step.kind == SUM:  # from the end, as the adjoints come: few terms wait for others then
            return [self._running("+", xs[::-1])[-1] for xs in parts]
        if step.kind == PRODUCT:
            return [node for xs in parts for node in self._running("*", xs)]
        return [write("logsumexp", *xs) for xs in parts]

    def _dot(self, weights: Sequence[int], values: Sequence[int], bias: int) -> int:
        total = bias
        for w, x in zip(weights, values, strict=True):
            total = self.draft.write("+", total, self.draft.write("*", w, x))
        return total

    def _at(self, values: Sequence[int], place: int) -> int:
        """The value at a place, by one comparison after the other; NaN where there is none."""
        write, number = self.draft.write, self.draft.number
        found = number(math.nan)
        for k in reversed(range(len(values))):
            found = write("where", write("equal", place, number(float(k))), values[k], found)
        return found

    def _running(self, name: str, terms: Sequence[int]) -> list[int]:
        """Running sums or products."""
        found = [terms[0]]
        for term in terms[1:]:
            found.append(self.draft.write(name, found[-1], term))
        return found

    # Derivatives

    def differentiate(self, which: str) -> None:
        """Write down the gradients."""
        wrt = self.wrt(which)
        depends = self.draft.depending_on(wrt)
        self.gradients = [self.draft.gradient(root, wrt, depends) for root in self.results]

    def differentiate_twice(self, which: str) -> None:
        """Write down the second derivatives that may be other than 0."""
        draft, wrt = self.draft, self.wrt(which)
        users = draft.users([node for gradient in self.gradients for node in gradient])
        ends = len(draft.names)
        one = draft.number(1.0)
        self.hessians = [{} for _ in self.results]
        for i, x in enumerate(wrt):
            tangents = draft.tangent({x: one}, users, ends)
            for gradient, hessian in zip(self.gradients, self.hessians, strict=True):
                for j in range(i, len(wrt)):
                    if gradient[j] in tangents:
                        hessian[i, j] = tangents[gradient[j]]

    def multiply_by_vector(self, which: str) -> None:
        """Write down the Hessians times a vector."""
        draft, wrt = self.draft, self.wrt(which)
        first = len(self.columns) + len(self.leaves)
        users = draft.users([node for gradient in self.gradients for node in gradient])
        ends = len(draft.names)
        self.vector = [draft.input(first + k) for k in range(len(wrt))]
        zero = draft.number(0.0)
        tangents = draft.tangent(dict(zip(wrt, self.vector, strict=True)), users, ends)
        self.products = [[tangents.get(x, zero) for x in g] for g in self.gradients]

    # The end

    def finish(self) -> Flat:
        """What is needed, in single operations, in the order of a flattened program."""
        roots = [*self.results]
        for many in (*self.gradients, *[h.values() for h in self.hessians], *self.products):
            roots.extend(many)
        code, number = _in_single_operations(self.draft, roots)
        inputs = len(self.columns) + len(self.leaves) + len(self.vector)
        return _numbered(code, number, inputs, self)


def _taken(numbers: list[int], places: object) -> list[int]:
    if isinstance(places, slice):
        return numbers[places]
    return [numbers[at] for at in places.tolist()]  # type: ignore[attr-defined]


def _in_single_operations(draft: Draft, roots: Sequence[int]) -> tuple[Draft, dict[int, int]]:
    """What the roots need, written out, and the new numbers of the nodes."""
    code = Draft()
    number: dict[int, int] = {}
    for node in draft.needed(roots):
        name, operands = draft.names[node], draft.operands[node]
        if name == INPUT:
            number[node] = code.input(draft.places[node])
        elif name == CONSTANT:
            number[node] = code.number(draft.constants[node])
        elif name == "neg" and (factors := _with_known_opposite(draft, operands[0])):
            a, b = factors
            number[node] = code.written("*", (number[a], code.write("neg", number[b])))
        else:
            number[node] = written_out(code, name, tuple([number[x] for x in operands]))
    return code, number


def _with_known_opposite(draft: Draft, node: int) -> tuple[int, int] | None:
    """The factors of a product, the second one's opposite being wanted anyway; if it is such."""
    if draft.names[node] == "*":
        a, b = draft.operands[node]
        for one, other in ((a, b), (b, a)):
            if draft.find("neg", (other,)) is not None:
                return one, other
    return None


def _numbered(code: Draft, number: dict[int, int], inputs: int, made: _Flattening) -> Flat:
    """The code with its slots."""
    kept = [number[node] for node in made.results]
    for many in (*made.gradients, *[h.values() for h in made.hessians], *made.products):
        kept.extend([number[node] for node in many])
    slot: dict[int, int] = {}
    constants: list[float] = []
    inner: list[int] = []
    for node in code.needed(kept):
        if code.names[node] == INPUT:
            slot[node] = code.places[node]
        elif code.names[node] == CONSTANT:
            slot[node] = inputs + len(constants)
            constants.append(code.constants[node])
        else:
            inner.append(node)
    first = inputs + len(constants)
    operations: list[Operation] = []
    for node in inner:
        slot[node] = at = first + len(operations)
        operands = tuple([slot[x] for x in code.operands[node]])
        operations.append(Operation(code.names[node], operands, at))

    def slots(nodes: Sequence[int]) -> tuple[int, ...]:
        return tuple([slot[number[node]] for node in nodes])

    return Flat(
        columns=len(made.columns),
        leaves=inputs - len(made.columns),
        constants=tuple(constants),
        operations=tuple(operations),
        results=slots(made.results),
        gradients=tuple([slots(g) for g in made.gradients]),
        hessians=tuple([{at: slot[number[n]] for at, n in h.items()} for h in made.hessians]),
        products=tuple([slots(p) for p in made.products]),
    )
