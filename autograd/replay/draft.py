"""Code under construction: operations by number, equal ones once, and their derivatives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from heapq import heappop, heappush
from math import copysign, frexp, inf, isfinite

from autograd import functions
from autograd.replay.flat import OPERATIONS, SETTLED
from autograd.replay.partials import NUMBER, OPERAND, VALUE, Partials, partials

INPUT, CONSTANT = "input", "constant"
# What is finite wherever its operands are, but for numbers near the largest.
_BOUNDED = frozenset(
    {"+", "-", "*", "neg", "abs", "maximum", "minimum", "where", "identity"}
    | {"sigmoid", "tanh", "relu", "softplus", "gelu", "silu", "leaky_relu", "elu", "softmax"}
    | {"sin", "cos", "atan", "asinh", "erf", "erfc", "cbrt", "log1p"}
    | {"less", "less_equal", "equal"}
)


class Draft:
    """Operations, each a name and its operands, which are numbers of earlier ones.

    `add` and its kin write an operation down, simplified where that changes no digit. While
    `primal` is set, what is written down belongs to the recorded function: where it has a value,
    all its numbers are finite. A `strict` draft does not count on it: where inputs are infinite, an
    adjoint of 0 hands on 0 through any partial, and quotients are not taken apart.
    """

    def __init__(self, strict: bool = False) -> None:
        self.strict = strict
        self.names: list[str] = []
        self.operands: list[tuple[int, ...]] = []
        self.constants: dict[int, float] = {}
        self.finite: list[bool] = []
        self.places: dict[int, int] = {}  # of each input
        self.held: set[int] = set()  # what no derivative passes through
        self.primal = True
        self._numbers: dict[object, int] = {}

    # Writing down

    def input(self, k: int) -> int:
        """A new node for input number k."""
        node = self._append(INPUT, (), True)
        self.places[node] = k
        return node

    def number(self, x: float) -> int:
        """The constant x; 0 and -0 are two, NaN is one."""
        key = (x, copysign(1.0, x)) if x == x else (NUMBER, NUMBER)
        node = self._numbers.get(key)
        if node is None:
            node = self._numbers[key] = self._append(CONSTANT, (), isfinite(x))
            self.constants[node] = x
        return node

    def write(self, name: str, *operands: int) -> int:
        """The operation on these operands, or what is equal to it."""
        simpler = _SIMPLER.get(name)
        if simpler is not None:
            found = simpler(self, *operands)
            if found is not None:
                return found
        constants = self.constants
        for x in operands:
            if x not in constants:
                break
        else:
            folded = self._folded(name, operands)
            if folded is not None:
                return folded
        if name in _COMMUTES and operands[0] > operands[1]:
            operands = operands[1], operands[0]
        return self.written(name, operands)

    def hold(self, node: int) -> int:
        """The same number, which no derivative passes."""
        held = self.written("identity", (node,))
        self.held.add(held)
        return held

    def _folded(self, name: str, operands: tuple[int, ...]) -> int | None:
        """The constant that an operation on constants is; None where it has no finite value."""
        if name not in OPERATIONS:
            return None
        try:
            y = float(OPERATIONS[name].evaluate(tuple([self.constants[x] for x in operands])))
        except (ArithmeticError, ValueError):
            return None
        return self.number(y) if isfinite(y) else None

    def written(self, name: str, operands: tuple[int, ...]) -> int:
        """The operation on these operands, as it stands."""
        key = name, operands
        node = self._numbers.get(key)
        if node is None:
            finite = self.primal or self._is_bounded(name, operands)
            node = self._numbers[key] = self._append(name, operands, finite)
        return node

    def find(self, name: str, operands: tuple[int, ...]) -> int | None:
        """An operation that was written down before."""
        return self._numbers.get((name, operands))

    def _is_bounded(self, name: str, operands: tuple[int, ...]) -> bool:
        if name == "**":
            power = self.constants.get(operands[1], -1.0)
            return self.finite[operands[0]] and power == abs(int(power))
        return name in _BOUNDED and all(self.finite[x] for x in operands)

    def _append(self, name: str, operands: tuple[int, ...], finite: bool) -> int:
        self.names.append(name)
        self.operands.append(operands)
        self.finite.append(finite)
        return len(self.names) - 1

    def depth_first(self, inputs: Sequence[int], roots: Sequence[int]) -> tuple[Draft, list[int]]:
        """The same for these roots in the order in which they need it, and the new numbers.

        A record computes its operation for all terms of a sum at once. Term by term, what one term
        needs stands together, and few numbers wait for others when the code is run.
        """
        new = Draft(self.strict)
        number = [-1] * len(self.names)
        for node in inputs:
            number[node] = new.input(self.places[node])
        todo = [*reversed(roots)]
        while todo:
            node = todo[-1]
            waiting = [x for x in self.operands[node] if number[x] < 0] if number[node] < 0 else ()
            if waiting:
                todo.extend(reversed(waiting))
                continue
            todo.pop()
            if number[node] < 0:
                number[node] = self._again(node, new, number)
        return new, number

    def _again(self, node: int, new: Draft, number: Sequence[int]) -> int:
        """A node written down in another draft, where its operands have these numbers."""
        if node in self.constants:
            return new.number(self.constants[node])
        name, operands = self.names[node], tuple([number[x] for x in self.operands[node]])
        if name in _COMMUTES and operands[0] > operands[1]:
            operands = operands[1], operands[0]
        return new.hold(operands[0]) if node in self.held else new.written(name, operands)

    def holds(self, node: int, x: float) -> bool:
        """Whether a node is the constant x."""
        return self.constants.get(node) == x

    # Derivatives

    def depending_on(self, wrt: Iterable[int]) -> bytearray:
        """For each node, whether it depends on one of these, along ways that derivatives take."""
        depends = bytearray(len(self.names))
        for x in wrt:
            depends[x] = 1
        first, held = min(wrt, default=0), self.held
        for node in range(first, len(depends)):
            for x in self.operands[node]:
                if depends[x] and node not in held:
                    depends[node] = 1
                    break
        return depends

    def gradient(self, root: int, wrt: Sequence[int], depends: bytearray) -> list[int]:
        """The derivatives of a node, by reverse accumulation: written down, not computed."""
        self.primal = False
        adjoints: dict[int, int] = {root: self.number(1.0)}
        ends = set(wrt)
        todo = [-root]  # the last node first
        while todo:
            node = -heappop(todo)
            if not depends[node] or node in ends:
                continue
            for x, share in self._shares(node, adjoints[node], depends):
                before = adjoints.get(x)
                if before is None:
                    adjoints[x] = share
                    heappush(todo, -x)
                else:
                    adjoints[x] = self.write("+", before, share)
        zero = self.number(0.0)
        return [adjoints.get(x, zero) if depends[x] else zero for x in wrt]

    def _shares(self, node: int, adjoint: int, depends: bytearray) -> Iterable[tuple[int, int]]:
        """What each operand gets of the adjoint of a node."""
        rule = self._partials(node)
        operands = self.operands[node]
        made: dict[int, int] = {}
        for k, x in enumerate(operands):
            step = rule.by[k]
            if step is not None and depends[x]:
                share = self._hand(rule, step, node, adjoint, made)
                if share >= 0:
                    yield x, share

    def tangent(
        self, seeds: dict[int, int], users: Sequence[Sequence[int]], ends: int
    ) -> dict[int, int]:
        """The tangents of all nodes below `ends` that depend on the seeds, which have theirs.

        `users` tell for each node which nodes have it as an operand: only these are looked at.
        """
        self.primal = False
        tangents = dict(seeds)
        todo: list[int] = []
        waiting: set[int] = set()
        for x in seeds:
            _wait(todo, waiting, users[x])
        while todo:
            node = heappop(todo)
            waiting.discard(node)
            if node >= ends or node in self.held:
                continue
            rule, total = self._partials(node), -1
            made: dict[int, int] = {}
            for k, x in enumerate(self.operands[node]):
                step = rule.by[k]
                if step is None or x not in tangents:
                    continue
                share = self._hand(rule, step, node, tangents[x], made)
                if share >= 0:
                    total = share if total < 0 else self.write("+", total, share)
            if total >= 0 and not self.holds(total, 0.0):
                tangents[node] = total
                _wait(todo, waiting, users[node])
        return tangents

    def users(self, roots: Iterable[int]) -> list[list[int]]:
        """For each node, the nodes with it as an operand of those that the roots need."""
        found: list[list[int]] = [[] for _ in self.names]
        for node in self.needed(roots):
            for x in dict.fromkeys(self.operands[node]):
                found[x].append(node)
        return found

    def needed(self, roots: Iterable[int]) -> list[int]:
        """The nodes that the roots need, operands first."""
        need = bytearray(len(self.names))
        for root in roots:
            need[root] = 1
        for node in range(len(need) - 1, -1, -1):
            if need[node]:
                for x in self.operands[node]:
                    need[x] = 1
        return [node for node, needed in enumerate(need) if needed]

    def _partials(self, node: int) -> Partials:
        name, count = self.names[node], len(self.operands[node])
        if name != "softmax":
            return partials(name, count)
        which = int(self.constants[self.operands[node][0]])
        rule = partials(name, count - 1, which)
        return rule._replace(by=[None, *rule.by])

    def _hand(
        self, rule: Partials, step: int, node: int, adjoint: int, made: dict[int, int]
    ) -> int:
        """adjoint · partial, as the eager engine has it; -1 where the partial is 0.

        A quotient's share is that of its numerator, the adjoint divided first: the two partials of
        a division have that division in common.
        """
        name, steps, number = rule.steps[step]
        if name == NUMBER:
            if number == 0.0:
                return -1
            return self.product(adjoint, self.number(number))
        if name == "neg":
            share = self._hand(rule, steps[0], node, adjoint, made)
            return share if share < 0 else self.write("neg", share)
        if name == "/" and not self.strict:
            below = self._instance(rule, steps[1], node, made)
            return self._hand(rule, steps[0], node, self.write("over", adjoint, below), made)
        if name == "where" and rule.selects:
            c = self._instance(rule, steps[0], node, made)
            a, b = [self._hand(rule, s, node, adjoint, made) for s in steps[1:]]
            if a < 0 and b < 0:
                return -1
            zero = self.number(0.0)
            return self.write("where", c, zero if a < 0 else a, zero if b < 0 else b)
        return self.product(adjoint, self._instance(rule, step, node, made))

    def product(self, adjoint: int, partial: int) -> int:
        """adjoint · partial: 0 where the adjoint is 0, also where the partial is infinite."""
        plain = self.finite[partial] and not self.strict
        return self.write("*" if plain else "times", adjoint, partial)

    def _instance(self, rule: Partials, step: int, node: int, made: dict[int, int]) -> int:
        """The node that a step is for this node."""
        name, steps, number = rule.steps[step]
        if name == VALUE:
            return node
        if name == OPERAND:
            shift = 1 if self.names[node] == "softmax" else 0
            return self.operands[node][steps[0] + shift]
        found = made.get(step)
        if found is None:
            if name == NUMBER:
                found = self.number(number)
            elif (
                name == "where"
                and (condition := self._instance(rule, steps[0], node, made)) in self.constants
            ):
                taken = steps[1 if self.constants[condition] > 0.0 else 2]
                found = self._instance(rule, taken, node, made)
            else:
                operands = [self._instance(rule, s, node, made) for s in steps]
                if name == "softmax":
                    found = self._softmax_partial(node, int(number), operands)
                else:
                    found = self.write(name, *operands)
            made[step] = found
        return found

    def _softmax_partial(self, node: int, which: int, values: list[int]) -> int:
        """The softmax that a partial has; of an infinite logsumexp y it is e^(v − y)."""
        plain = self.write("softmax", self.number(float(which)), *values)
        if not self.strict or self.names[node] != "logsumexp":
            return plain
        infinite = self.write("equal", self.write("abs", node), self.number(inf))
        own = self.write("exp", self.write("-", values[which], node))
        return self.write("where", infinite, own, plain)


def _wait(todo: list[int], waiting: set[int], nodes: Sequence[int]) -> None:
    for node in nodes:
        if node not in waiting:
            waiting.add(node)
            heappush(todo, node)


# What changes no digit

_COMMUTES = frozenset(["+", "*", "equal"])
_TRUTHS = frozenset(["less", "less_equal", "equal"])
_TINIEST = 2.0**-1022  # below it numbers lose digits


def _add(draft: Draft, a: int, b: int) -> int | None:
    if draft.names[b] == "neg":
        return draft.write("-", a, draft.operands[b][0])
    if draft.names[a] == "neg":
        return draft.write("-", b, draft.operands[a][0])
    if a == b:
        return draft.write("*", draft.number(2.0), a)
    return None


def _subtract(draft: Draft, a: int, b: int) -> int | None:
    if draft.names[b] == "neg":
        return draft.write("+", a, draft.operands[b][0])
    if draft.names[a] == "neg" and not draft.primal:  # but for the sign of a zero
        return draft.write("neg", draft.write("+", draft.operands[a][0], b))
    return None


def _negate(draft: Draft, a: int) -> int | None:
    name, operands = draft.names[a], draft.operands[a]
    if name == "neg":
        return operands[0]
    if name == "-" and not draft.primal:  # but for the sign of a zero
        return draft.write("-", operands[1], operands[0])
    return None


def _multiply(draft: Draft, a: int, b: int) -> int | None:
    for x, y in ((a, b), (b, a)):
        if draft.holds(x, 1.0):
            return y
        if draft.holds(x, -1.0):
            return draft.write("neg", y)
        if draft.names[x] == "neg":
            return draft.write("neg", draft.write("*", draft.operands[x][0], y))
        if draft.holds(x, 0.0) and draft.names[y] in _TRUTHS:
            return x
        if x in draft.constants and not draft.primal:  # what is recorded stays as it stands
            folded = _scaled(draft, draft.constants[x], y)
            if folded is not None:
                return folded
    if a == b:
        return draft.write("**", a, draft.number(2.0))
    return None


def _scaled(draft: Draft, factor: float, node: int) -> int | None:
    """A factor times a product with a constant, by one constant, where that changes no digit."""
    if draft.names[node] != "*":
        return None
    for x, y in (draft.operands[node], draft.operands[node][::-1]):
        constant = draft.constants.get(x, 0.0)
        if _is_power_of_two(constant) or (_is_power_of_two(factor) and constant):
            product = factor * constant
            if _TINIEST <= abs(product) < inf:
                return draft.write("*", draft.number(product), y)
    return None


def _is_power_of_two(x: float) -> bool:
    return isfinite(x) and abs(frexp(x)[0]) == 0.5


def _times(draft: Draft, g: int, d: int) -> int | None:
    if draft.holds(g, 1.0):
        return d
    for x, y in ((g, d), (d, g)):
        if draft.names[x] == "neg":
            operands = (draft.operands[x][0], y) if x == g else (y, draft.operands[x][0])
            return draft.write("neg", draft.write("times", *operands))
    return draft.write("*", g, d) if g in draft.constants and not draft.holds(g, 0.0) else None


def _over(draft: Draft, g: int, d: int) -> int | None:
    if draft.names[g] == "neg":
        return draft.write("neg", draft.write("over", draft.operands[g][0], d))
    inverse = draft.find("/", (draft.number(1.0), d))
    if inverse is not None and not draft.strict:  # a division less, for a rounding more
        return draft.product(g, inverse)
    return draft.write("/", g, d) if g in draft.constants and not draft.holds(g, 0.0) else None


def _divide(draft: Draft, a: int, b: int) -> int | None:
    if draft.holds(b, 1.0):
        return a
    if draft.names[a] == "neg":  # and b is left as it is, which may be the same number
        return draft.write("neg", draft.write("/", draft.operands[a][0], b))
    if draft.names[b] == "neg":
        return draft.write("neg", draft.write("/", a, draft.operands[b][0]))
    divisor = draft.constants.get(b, 0.0)
    if _is_power_of_two(divisor) and isfinite(1.0 / divisor):
        return draft.write("*", a, draft.number(1.0 / divisor))
    return None


def _power(draft: Draft, a: int, b: int) -> int | None:
    if draft.holds(b, 0.0):
        return draft.number(1.0)
    if draft.holds(b, 1.0):
        return a
    if draft.holds(b, 0.5):
        return draft.write("sqrt", a)
    if draft.holds(b, 2.0) and draft.names[a] == "neg":
        return draft.write("**", draft.operands[a][0], b)
    return None


def _identity(draft: Draft, a: int) -> int | None:
    return a


def _where(draft: Draft, c: int, a: int, b: int) -> int | None:
    if c in draft.constants:
        return a if draft.constants[c] > 0.0 else b
    if a == b:
        return a
    if draft.names[c] == "less" and draft.holds(draft.operands[c][0], 0.0):
        return draft.write("where", draft.operands[c][1], a, b)
    if draft.names[c] == "less_equal":
        x, y = draft.operands[c]
        if draft.holds(y, 0.0) and draft.finite[x] and not draft.strict:  # so it is no NaN
            return draft.write("where", x, b, a)
    return None


_SIMPLER: dict[str, Callable[..., int | None]] = {
    "+": _add, "-": _subtract, "neg": _negate, "*": _multiply, "times": _times, "over": _over,
    "/": _divide, "**": _power, "where": _where, "identity": _identity,
}  # fmt: skip


# What is made of single operations


def written_out(draft: Draft, name: str, operands: tuple[int, ...]) -> int:
    """An operation as the single operations that a flattened program has."""
    if name == "**":
        return _power_by_products(draft, *operands)
    if name == "logsumexp":
        return _logsumexp(draft, operands)
    if name == "softmax":
        return _softmax(draft, operands[1:], int(draft.constants[operands[0]]))
    return draft.write(name, *operands)


def _power_by_products(draft: Draft, a: int, b: int) -> int:
    """Small whole powers by multiplications; negative ones of 1/a, which cannot underflow."""
    n = draft.constants.get(b, 0.0)
    if a in draft.constants or n not in (2.0, 3.0, 4.0, -1.0, -2.0):
        return draft.write("**", a, b)
    if n < 0.0:
        a = draft.write("/", draft.number(1.0), a)
    if n == -1.0:
        return a
    square = draft.written("*", (a, a))
    if n == 3.0:
        return draft.write("*", square, a)
    return draft.written("*", (square, square)) if n == 4.0 else square


def _chain(draft: Draft, name: str, terms: Sequence[int]) -> int:
    total = terms[0]
    for term in terms[1:]:
        total = draft.write(name, total, term)
    return total


def _softmax(draft: Draft, values: Sequence[int], which: int) -> int:
    top = _chain(draft, "maximum", values)
    powers = [draft.write("exp", draft.write("-", v, top)) for v in values]
    return draft.write("/", powers[which], _chain(draft, "+", powers))


def _logsumexp(draft: Draft, values: Sequence[int]) -> int:
    """log Σ e^v. The largest terms are kept apart from the rest, which may be far smaller."""
    numbers = [draft.constants.get(v, inf) for v in values]
    if all(isfinite(x) for x in numbers):
        return draft.number(functions.logsumexp(numbers))
    top = _chain(draft, "maximum", values)
    infinite = draft.write("equal", draft.write("abs", top), draft.number(inf))
    top = draft.write("where", infinite, draft.number(0.0), top)  # no inf − inf
    zero, rest, ties = draft.number(0.0), [], []
    for v in values:
        tie = draft.write("equal", v, top)
        ties.append(tie)
        rest.append(draft.write("where", tie, zero, draft.write("exp", draft.write("-", v, top))))
    more = draft.write("-", _chain(draft, "+", ties), draft.number(1.0))
    sum_ = draft.write("+", _chain(draft, "+", rest), more)
    y = draft.write("+", top, draft.write("log1p", sum_))
    return draft.written(SETTLED, (y, top, *values)) if len(values) > 1 else y
