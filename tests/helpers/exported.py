"""Recorded functions that every export is tried on, with what the eager engine finds of them."""

import random
from functools import cache

import numpy as np

import autograd
from autograd import Value, record
from autograd.graph import adjoints
from autograd.rules import RULES
from nn.worked import KEYS, load
from tests.autograd.replay.test_against_eager import TABLE, run

INPUTS = 3
GRAPHS = [f"graph {i}" for i in range(20)]
NOTES = [f"note {key}" for key in KEYS]
ELEMENTWISE = sorted(name for name, rule in RULES.items() if rule.elementwise)


class Case:
    """A tape, rows to run it on, and its function's values and derivatives, by the eager engine."""

    def __init__(self, f, inputs, parameters, table):
        self.f, self.parameters, self.table = f, parameters, np.array(table)
        example = self.table[0] if inputs else None
        self.tape = record(f, inputs=inputs, parameters=parameters, example=example)
        self.scale = 1.0

    @property
    def numbers(self):
        return [v.data for v in self.parameters]

    @cache  # noqa: B019 - as long as the case
    def eager(self, wrt):
        """Values, results by rows, and derivatives, results by rows by what they are by."""
        values, slopes = [], []
        for row in self.table.tolist():
            xs = [Value(x) for x in row]
            found = self.f(*xs)
            found = found if isinstance(found, list) else [found]
            values.append([y.data for y in found])
            slopes.append([])
            for y in found:
                by = adjoints(y)
                numbers = [*[v.data for v in by], *by.values()]
                self.scale = max(self.scale, np.abs(numbers).max())
                slopes[-1].append(
                    [by.get(v, 0.0) for v in (xs if wrt == "inputs" else self.tape.parameters)]
                )
        return np.array(values).T, np.array(slopes).swapaxes(0, 1)


@cache
def case(name):
    """The case of a name: a random graph, a note, or one operation."""
    kind, _, which = name.partition(" ")
    if kind == "graph":
        return _random(int(which))
    if kind == "note":
        root = load(which).graph()
        leaves = [v for v in autograd.topological(root) if v.op == ""]
        return Case(lambda: root, 0, leaves, np.zeros((1, 0)))
    return _operation(name)


def _random(seed):
    """A graph of up to 25 operations whose numbers stay in bounds."""
    chance = random.Random(seed)
    while True:
        program = [
            (chance.choice(TABLE), [chance.randrange(100) for _ in range(4)])
            for _ in range(chance.randint(4, 25))
        ]
        parameters = [Value(chance.uniform(-2, 2), f"w_{i}") for i in range(4)]
        outputs = chance.randint(1, 3)

        def f(*xs, program=program, parameters=parameters, outputs=outputs):
            found = run(program, [*xs, *parameters])[-outputs:]
            return found if outputs > 1 else found[0]

        table = [[chance.uniform(-2, 2) for _ in range(INPUTS)] for _ in range(5)]
        made = Case(f, INPUTS, parameters, table)
        made.eager("inputs"), made.eager("parameters")
        if made.scale < 1e3:
            return made


def _operation(name):
    """One operation at points of its domain."""
    rule = RULES[name]
    chance = random.Random(name)
    low, high = {"asin": (-0.9, 0.9), "acos": (-0.9, 0.9), "atanh": (-0.9, 0.9),
                 "acosh": (1.1, 9.0)}.get(name, (0.2, 2.5))  # fmt: skip
    signed = name in SIGNED
    table = [
        [chance.uniform(low, high) * (chance.choice([1, -1]) if signed else 1)
         for _ in rule.parameters]
        for _ in range(40)
    ]  # fmt: skip

    def f(*xs):
        return autograd.where(*xs) if name == "where" else rule.evaluate(xs)

    return Case(f, len(rule.parameters), [], table)


SIGNED = {"exp", "expm1", "tanh", "sigmoid", "softplus", "relu", "gelu", "silu", "elu", "abs",
          "sin", "leaky_relu", "cos", "tan", "sinh", "cosh", "asinh", "atan", "erf", "erfc", "cbrt",
          "where", "maximum", "minimum", "+", "-", "*", "/", "neg", "identity"}  # fmt: skip
