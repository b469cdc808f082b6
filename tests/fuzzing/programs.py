"""Straight-line programs over every operation of the table, as text that any library can run.

A program is lines such as `v1 = sin(v0)`. The functions in it are whatever a *space* gives the
names to: ours, PyTorch's, JAX's. A new row of the table is in the programs by itself.
"""

import random
from dataclasses import dataclass, replace

from autograd.rules import RULES

SPECIAL = [
    0.0, -0.0, 1.0, -1.0, 0.5, -2.0, 3.0, 20.0, -40.0, 709.8, -745.2, 1e-8, -1e-8, 1e16, 1e-160,
    1e160, -1e300, 1e300, 5e-324, -2.2250738585072014e-308,
    float("inf"), float("-inf"), float("nan"),
]  # fmt: skip
PLAIN = ["2", "3", "1", "0", "-1", "0.5", "-0.5", "1.5", "10"]  # numbers among the operands

_SIGNS = {
    "+": "{} + {}",
    "-": "{} - {}",
    "*": "{} * {}",
    "/": "{} / {}",
    "**": "{} ** {}",
    "neg": "-{}",
    "identity": "+{}",
}


@dataclass(frozen=True)
class Operation:
    """How an operation is called: a template with a pair of braces for each operand."""

    name: str
    template: str
    settings: frozenset[int] = frozenset()  # operands that are never differentiated by

    @property
    def operands(self):
        """How many there are."""
        return self.template.count("{}")


def _operations(rule):
    if rule.name in _SIGNS:
        yield Operation(rule.name, _SIGNS[rule.name])
        return
    function = rule.value.partition("(")[0]
    if rule.parameters == ("weights", "inputs", "bias"):
        yield Operation(rule.name, function + "([{}, {}], [{}, {}], {})")
        yield Operation(rule.name, function + "([{}, {}, {}], [{}, {}, {}], {})")
    elif rule.parameters == ("values",):
        yield Operation(rule.name, function + "([{}, {}])")
        yield Operation(rule.name, function + "([{}, {}, {}, {}])")
    elif rule.parameters == ("index", "values"):
        yield Operation(rule.name, function + "([{}, {}])[1]")
        yield Operation(rule.name, function + "([{}, {}, {}])[0]")
    elif rule.parameters == ("values", "place"):
        yield Operation(rule.name, function + "([{}, {}, {}], 1)")
    else:
        braces = ", ".join("{}" for _ in rule.parameters)
        fixed = frozenset(i for i, partial in enumerate(rule.partials) if partial is None)
        yield Operation(rule.name, f"{function}({braces})", fixed)


OPERATIONS = [operation for rule in RULES.values() for operation in _operations(rule)]


@dataclass(frozen=True)
class Step:
    """One line: an operation on values (by name) and plain numbers (as text)."""

    operation: Operation
    operands: tuple[str, ...]

    @property
    def text(self):
        """The right-hand side; a negative number in parentheses, because of powers."""
        written = [f"({x})" if x.startswith("-") else x for x in self.operands]
        return self.operation.template.format(*written)


@dataclass(frozen=True)
class Program:
    """Leaves x0, x1, … by their numbers, and steps v0, v1, …; the last one is the result."""

    leaves: tuple[float, ...]
    steps: tuple[Step, ...]

    def run(self, space, leaves, after=lambda value: value):
        """The values by name, up to where an error stopped it, and the error if there was one."""
        values = {f"x{i}": x for i, x in enumerate(leaves)}
        for i, step in enumerate(self.steps):
            try:
                value = eval(step.text, {**space, **values})
                if isinstance(value, complex):  # Python's own power of two plain numbers
                    raise ValueError(f"{step.text} is no real number")
                values[f"v{i}"] = after(value)
            except (ArithmeticError, ValueError) as error:
                return values, error
        return values, None

    @property
    def lines(self):
        """The text after the leaves."""
        return [f"v{i} = {step.text}" for i, step in enumerate(self.steps)]

    @property
    def result(self):
        """The name of the last value."""
        return f"v{len(self.steps) - 1}"

    @property
    def is_finite(self):
        """Whether all leaves are."""
        return all(abs(x) < float("inf") for x in self.leaves)

    def smaller(self):
        """Programs with less in them, to look for the smallest one that still fails."""
        n = len(self.steps)
        if n > 1:
            yield self._kept(range(n - 1))  # an earlier result
        used = self._used()
        if len(used) < n:
            yield self._kept(used)
        for i, step in enumerate(self.steps[:-1]):  # a step left out, an operand in its place
            for operand in dict.fromkeys(step.operands):
                if is_name(operand):
                    yield self._instead(i, operand)
        for i, x in enumerate(self.leaves):
            if x not in (1.0, 2.0):
                simple = (*self.leaves[:i], 2.0, *self.leaves[i + 1 :])
                yield replace(self, leaves=simple)

    def _used(self):
        wanted, used = {f"v{len(self.steps) - 1}"}, []
        for i in reversed(range(len(self.steps))):
            if f"v{i}" in wanted:
                used.append(i)
                wanted |= set(self.steps[i].operands)
        return used[::-1]

    def _kept(self, indices):
        new = {f"v{old}": f"v{i}" for i, old in enumerate(indices)}
        return replace(self, steps=tuple(_renamed(self.steps[old], new) for old in indices))

    def _instead(self, i, operand):
        new = {f"v{i}": operand}
        steps = [_renamed(step, new) for step in self.steps]
        return replace(self, steps=tuple(steps))._kept([k for k in range(len(steps)) if k != i])


def is_name(operand):
    """Whether an operand is a value, and no plain number."""
    return operand[0] in "xv"


def _renamed(step, new):
    return replace(step, operands=tuple(new.get(x, x) for x in step.operands))


def draw(rng: random.Random, special: float, longest: int) -> Program:
    """A random program; a leaf is a special number with that probability."""
    count = rng.randint(1, 4)
    leaves = [rng.choice(SPECIAL) if rng.random() < special else rng.uniform(-3, 3)
              for _ in range(count)]  # fmt: skip
    names = [f"x{i}" for i in range(count)]
    steps = []
    for i in range(rng.randint(1, longest)):
        operation = rng.choice(OPERATIONS)
        places = range(operation.operands)
        operands = [_operand(rng, names, k in operation.settings) for k in places]
        free = [k for k in places if k not in operation.settings]
        if not any(is_name(operands[k]) for k in free):
            operands[rng.choice(free)] = rng.choice(names)
        steps.append(Step(operation, tuple(operands)))
        names.append(f"v{i}")
    return Program(tuple(leaves), tuple(steps))


def _operand(rng, names, plain):
    if plain or rng.random() < 0.12:
        return rng.choice(PLAIN)
    return rng.choice(names[-3:]) if rng.random() < 0.6 else rng.choice(names)
