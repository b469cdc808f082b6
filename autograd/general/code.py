"""The formula as NumPy code: forward pass, deltas and gradients, as a student would implement it.

A line that has a matrix form is written in matrices; any other as a sum over its indices. The code
is run and held to the engine before it is handed out.
"""

from __future__ import annotations

import keyword
import re
from typing import Any

from autograd.errors import DerivationError
from autograd.formulas.relations import RELATIONS
from autograd.general.equation import Equation
from autograd.general.matrices import CODES, Matrices
from autograd.general.network import Network
from autograd.general.nodes import Family
from autograd.general.numbers import TOLERANCE
from autograd.general.scripts import TEXT
from autograd.general.terms import (
    Adjoint,
    Call,
    Constant,
    Entry,
    Index,
    Kronecker,
    LogSumExp,
    Lookup,
    Part,
    Product,
    Softmax,
    Sum,
    Summation,
    Term,
    index,
    variables_of,
    walk,
)
from autograd.general.writing import Scope, Writer

__all__ = ["NumPyCode"]

_HELPERS = {
    "sigmoid": "def sigmoid(z):\n    return 1 / (1 + np.exp(-z))\n",
    "softmax": (
        "def softmax(z):\n"
        "    e = np.exp(z - np.max(z, axis=-1, keepdims=True))\n"
        "    return e / e.sum(axis=-1, keepdims=True)\n"
    ),
}
_RESERVED = frozenset([*keyword.kwlist, *_HELPERS, "np", "float", "range", "sum", "max", "min"])


class NumPyCode:
    """A function `gradients` in NumPy, and the arrays to call it with.

    `text` is the program: the function takes `arguments` and returns the root and a dictionary of
    the gradients. `names` tells which array is which family.
    """

    def __init__(self, network: Network, families: list[Family]):
        self.network = network
        self.families = families
        self._writer = Writer(network.calculus, network.alphabet, TEXT)
        self._matrices = Matrices(network.calculus, network.numbers, self._writer)
        self._names = self._matrices.names = self._all_names()
        self._tables: dict[str, Any] = {}
        self.text = self._program()

    @property
    def arguments(self) -> dict[str, Any]:
        """The inputs of the graph, as nested lists."""
        return {
            self._names[f.number]: self._matrices.array(f, False)
            for f in self.network.families
            if f.named and f.is_input
        }

    def run(self) -> tuple[float, dict[str, Any]]:
        """What the function gives on the graph's numbers: the root, and gradients by name.

        Raises ModuleNotFoundError where NumPy is not installed.
        """
        import numpy as np

        space: dict[str, Any] = {}
        exec(compile(self.text, "<the formula as NumPy>", "exec"), space)
        arguments = {k: np.array(v, dtype=float) for k, v in self.arguments.items()}
        root, gradients = space["gradients"](**arguments)
        return float(root), gradients

    def check(self) -> float:
        """The largest difference from the engine; DerivationError where that is not tiny."""
        _, gradients = self.run()
        worst = 0.0
        for f in self.families:
            got = gradients[self._names[f.number]]
            for at, n in f.members.items():
                want = self.network.numbers.adjoint_of(n)
                place = tuple([at[k] - 1 for k in f.order])
                gap = abs(float(got[place] if place else got) - want)
                worst = max(worst, gap / max(1.0, abs(want)))
        if not worst <= 100 * TOLERANCE:
            raise DerivationError(f"the NumPy code differs from the engine by {worst:.1e}")
        return worst

    # Names

    def _all_names(self) -> dict[int, str]:
        """A name in Python for every family with a letter."""
        names: dict[int, str] = {}
        taken = set(_RESERVED)
        for f in reversed(self.network.families):
            if f.named:
                letter = re.sub(r"\W", "_", self.network.alphabet.letter(f))
                if f.dimension == 2 and len(letter) == 1 and letter.upper() not in taken:
                    letter = letter.upper()
                name = f"{letter}{'' if f.rank is None else f.rank}"
                while name in taken or not name.isidentifier():
                    name = f"{'' if name.isidentifier() else 'v'}{name}_"
                taken.add(name)
                names[f.number] = name
        return names

    # The program

    def _program(self) -> str:
        calculus = self.network.calculus
        forward = [f for f in reversed(self.network.families) if f.named and not f.is_input]
        wanted = {f.number for f in self.families}
        lines = [f"    {self._names[f.number]} = {self._line(f, False)}" for f in forward]
        needed = self._needed()
        backward = [f for f in self.network.families if f.number in needed]
        backward.sort(key=lambda f: f.number in wanted and not calculus.keeps_letter(f))
        lines += [f"    d_{self._names[f.number]} = {self._line(f, True)}" for f in backward]
        root = self._names[self.network.families[0].number]
        entries = [f'"{self._names[f.number]}": d_{self._names[f.number]}' for f in self.families]
        lines.append(f"    return {root}, {{{', '.join(entries)}}}")
        body = "\n".join(lines)
        helpers = [text for name, text in _HELPERS.items() if f"{name}(" in body]
        tables = [f"{name} = {table!r}" for name, table in self._tables.items()]
        head = f"def gradients({', '.join(self.arguments)}):"
        return "\n\n".join(["import numpy as np\n", *helpers, *tables, f"{head}\n{body}\n"])

    def _needed(self) -> set[int]:
        """The derivatives that those asked for are made of."""
        needed: set[int] = set()
        todo = list(self.families)
        while todo:
            f = todo.pop()
            if f.number not in needed:
                needed.add(f.number)
                right = self.network.calculus.derivative(f).right
                todo += [
                    self.network.families[t.family] for t in walk(right) if isinstance(t, Adjoint)
                ]
        return needed

    def _line(self, f: Family, is_derivative: bool) -> str:
        calculus = self.network.calculus
        e = calculus.derivative(f) if is_derivative else calculus.equation(f)
        form = self._matrices.form(e, Scope({}, "kimn", None), is_derivative)
        if form is not None:
            if form.shape and not any(isinstance(t, (Entry, Adjoint)) for t in walk(e.right)):
                return f"np.full({form.shape}, {form.code})"
            return form.code
        return self._comprehension(f, e)

    # Sums over indices

    def _comprehension(self, f: Family, e: Equation) -> str:
        """The line as a sum for every entry."""
        names = {v: f"i{k}" for k, v in enumerate(e.variables)}
        text = self._term(e.right, names)
        shape = self._matrices.shape(f)
        if len(f.members) < _product(shape):
            places = sorted([tuple([x - 1 for x in at]) for at in f.members])
            table = self._table(f"in_{self._names[f.number]}", set(places))
            own = "".join([names[v] + ", " for v in e.variables])
            text = f"({text} if ({own.rstrip()}) in {table} else 0.0)"
        for k in reversed(f.order):
            n = max([at[k] for at in f.members])
            text = f"[{text} for {names[e.variables[k]]} in range({n})]"
        return f"np.array({text})" if f.dimension else text

    def _table(self, name: str, table: Any) -> str:
        self._tables[name] = table
        return name

    def _index(self, i: Index, names: dict[str, str]) -> str:
        """An index counted from 0."""
        if isinstance(i, Lookup):
            (number, slot), k = i.table
            table = self.network.coordinates.tables[i.table]
            name = self._table(
                f"at_{number}_{abs(slot)}_{k}",
                {tuple([x - 1 for x in key]): n - 1 for key, n in table.items()},
            )
            return f"{name}[{', '.join([self._index(x, names) for x in i.of])},]"
        constant = i.constant - 1 + sum([c for _, c in i.parts])
        text = ""
        for x, c in i.parts:
            sign = "+" if c > 0 else "-"
            text += f" {sign} {'' if abs(c) == 1 else f'{abs(c)} * '}{names[x]}"
        text = text.removeprefix(" + ").replace(" - ", "-", 1) if text.startswith(" -") else text
        text = text.removeprefix(" + ")
        if not text:
            return str(constant)
        return text if not constant else f"{text} {'+' if constant > 0 else '-'} {abs(constant)}"

    def _entry(self, number: int, at: tuple[Index, ...], names: dict[str, str], head: str) -> str:
        f = self.network.families[number]
        inside = ", ".join([self._index(at[k], names) for k in f.order])
        return f"{head}{self._names[number]}" + (f"[{inside}]" if inside else "")

    def _term(self, t: Term, names: dict[str, str]) -> str:
        match t:
            case Constant(x):
                return f"({x:.17g})" if x < 0.0 else f"{x:.17g}"
            case Entry(f, at):
                return self._entry(f, at, names, "")
            case Adjoint(f, at):
                return self._entry(f, at, names, "d_")
            case Product(coefficient, powers):
                parts = [f"{coefficient:.17g}"] if coefficient != 1.0 else []
                for base, n in powers:
                    text = self._term(base, names)
                    parts.append(text if n == 1.0 else f"{text}**({n:g})")
                return f"({' * '.join(parts)})"
            case Sum(terms):
                return f"({' + '.join([self._term(part, names) for part in terms])})"
            case Summation():
                return self._summation(t, names)
            case Kronecker(left, right):
                return f"({self._index(left, names)} == {self._index(right, names)})"
            case Call():
                return self._call(t, names)
            case Part(f, at):
                return f"(1 / {self._count(f, at, names)})"
            case Softmax(f, slot, at, place):
                row = self._row(f, slot, at, names)
                return f"softmax(np.array({row}))[{self._index(place, names)}]"
            case LogSumExp(f, slot, at):
                return f"np.logaddexp.reduce({self._row(f, slot, at, names)})"

    def _count(self, f: int, at: tuple[Index, ...], names: dict[str, str]) -> str:
        family = self.network.families[f]
        counts = {tuple([x - 1 for x in i]): len(n.operands) for i, n in family.members.items()}
        if len(set(counts.values())) == 1:
            return str(next(iter(counts.values())))
        name = self._table(f"count_{f}", counts)
        return f"{name}[{', '.join([self._index(i, names) for i in at])},]"

    def _row(self, f: int, slot: int, at: tuple[Index, ...], names: dict[str, str]) -> str:
        """The operands of a softmax, as a list."""
        columns = (*at, index("k"))
        operand = self.network.calculus.operand(self.network.families[f], slot, columns)
        edge = f, slot
        inner = {**names, "k": f"k{len(names)}"}
        loop = self._loop(edge, columns, ["k"], inner)
        return f"[{self._term(operand, inner)} {loop}]"

    def _summation(self, t: Summation, names: dict[str, str]) -> str:
        inner = dict(names)
        for x in t.bound:
            inner[x] = f"k{len(inner)}"
        loop = self._loop(t.over.edge, t.over.columns, list(t.bound), inner)
        name = {"sum": "sum", "maximum": "max", "minimum": "min"}[t.kind]
        return f"{name}({self._term(t.body, inner)} {loop})"

    def _loop(
        self, edge: tuple[int, int], columns: tuple[Index, ...], bound: list[str], names: Any
    ) -> str:
        """for k in range(n), with a condition where not everything is in the graph."""
        coordinates = self.network.coordinates
        rows = coordinates.rows[edge]
        text, sizes = "", []
        for x in bound:
            column = next(i for i, c in enumerate(columns) if c == index(x))
            values = coordinates.values_of(edge, column)
            text += f" for {names[x]} in range({values[0] - 1}, {values[-1]})"
        ranges = [coordinates.values_of(edge, i) for i in range(len(columns))]
        free = [i for i, c in enumerate(columns) if list(variables_of(c))]
        sizes = [len(r) for r in ranges]
        simple = all(columns[i] == index(next(variables_of(columns[i]))) for i in free)
        if len(rows) < _product(tuple(sizes)) or not simple or len(free) < len(columns):
            table = self._table(
                f"in_{edge[0]}_{edge[1]}", {tuple([x - 1 for x in row]) for row in rows}
            )
            shown = ", ".join([self._index(c, names) for c in columns])
            text += f" if ({shown},) in {table}"
        return text.strip()

    def _call(self, t: Call, names: dict[str, str]) -> str:
        xs = [self._term(x, names) for x in t.arguments]
        if t.name in RELATIONS:
            return f"({xs[0]} {RELATIONS[t.name].code} {xs[1]})"
        if t.name == "and":
            return f"({xs[0]} and {xs[1]})"
        if t.name == "where":
            return f"({xs[1]} if {xs[0]} else {xs[2]})"
        if t.name in ("maximum", "minimum") and len(xs) > 1:
            return f"{t.name[:3]}({', '.join(xs)})"
        if t.name == "power":
            return f"({xs[0]} ** {xs[1]})"
        if t.name in CODES:
            return CODES[t.name].format(*xs)
        raise DerivationError(f"{t.name} has no NumPy code yet")


def _product(shape: tuple[int, ...]) -> int:
    size = 1
    for n in shape:
        size *= n
    return size
