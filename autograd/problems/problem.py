"""`problem` and what it returns: a formula or network of one's own, read from text."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from autograd.cached import cached_property
from autograd.errors import ArgumentError, ArgumentTypeError, UnknownNameError
from autograd.problems.building import build
from autograd.problems.parser import Parsed, parse
from autograd.problems.roles import roles_of
from autograd.problems.tokens import LONGEST
from autograd.problems.writing import as_python, as_text
from autograd.scalar import as_float
from autograd.suggestions import did_you_mean
from autograd.value import Value

if TYPE_CHECKING:
    from autograd.audit.report import Audit
    from autograd.audit.sheet import Sheet
    from autograd.derivation import Derivation, DerivationTable
    from autograd.derivation.derivation import Several
    from autograd.drawing import Drawing, Sweep

__all__ = ["Problem", "problem"]


def problem(
    source: str | os.PathLike[str],
    numbers: Mapping[str, float] | None = None,
    *,
    of: str | None = None,
) -> Problem:
    """A formula or network that is written as text, as a graph with all that the library shows.

    Args:
        source: the text, or the path of a file that has it.
        numbers: numbers for names, in place of the text's or where it has none.
        of: the name of the result; needed where more than one formula is used by no other.

    Raises:
        ProblemError: the text cannot be taken; the message has the line and marks the place.
        ValueError: `numbers` or `of` names what the text does not have.
        OSError: the file cannot be read.

    >>> p = problem("y = σ(w x + b); w = 0.4; x = 2 input; b = 0.1; E = 1/2 (t - y)^2; t = 1")
    >>> print(p.derive("w"))
    ∂E/∂w = ∂E/∂y · ∂y/∂w
          = (y − t) · y(1 − y)·x
          = (0.710950 − 1) · 0.710950(1 − 0.710950)·2
          = −0.289050 · 0.411001
          = −0.118800
    """
    given = {name: as_float(x, f"the number for {name}") for name, x in (numbers or {}).items()}
    parsed = parse(_text_of(source), given)
    return Problem(parsed, given, of)


def _text_of(source: str | os.PathLike[str]) -> str:
    """The text itself, or that of the file which the source names."""
    if isinstance(source, os.PathLike) or _is_file(source):
        with open(source, encoding="utf-8-sig", errors="replace") as file:
            source = file.read(LONGEST + 1)
    elif not isinstance(source, str):
        raise ArgumentTypeError(f"a problem is a text or a path, not {type(source).__name__}")
    if source.endswith((".txt", ".csv")) and len(source.split()) == 1:
        raise FileNotFoundError(f"there is no file {source}")
    return source


def _is_file(source: object) -> bool:
    if not isinstance(source, str) or len(source) > 1000 or "\n" in source or "\0" in source:
        return False
    return Path(source).is_file()


class Problem:
    """A problem that was read from text; see `problem`.

    `graph` is the result, `values` has the Values by their names, entries of vectors and matrices
    (`h_1`, `W_12`) and of rows (`y_3`) among them.
    """

    def __init__(
        self,
        parsed: Parsed,
        numbers: Mapping[str, float],
        of: str | None,
        rows: Sequence[int] | None = None,
    ):
        self._parsed = parsed
        self._built = built = build(parsed, numbers, of, rows)
        self._numbers = numbers
        self._of = of
        self._rows = rows
        self.graph: Value = built.root
        self.values: Mapping[str, Value] = Values(built.values)

    @property
    def learning_rate(self) -> float | None:
        """The learning rate that the text gives as η, a number that no formula uses."""
        return self._built.learning_rate

    @cached_property
    def roles(self) -> dict[str, str]:
        """What each number is for: input, parameter, target or constant.

        A word after the number says so; else the graph tells.

        >>> problem("E = (t - w x)^2; w = 2 parameter; x = 3; t = 1").roles
        {'w': 'parameter', 'x': 'input', 't': 'target'}
        """
        roles = roles_of(self.graph, self._built.roles, self._built.data)
        return {v.label: role for v, role in roles.items() if v.label}

    @property
    def rows(self) -> int:
        """How many rows the table has; 0 without one."""
        return len(self._parsed.table.rows) if self._parsed.table else 0

    def row(self, number: int) -> Problem:
        """The problem on one row of its table, counted from 1.

        Raises ValueError where there is no such row.
        """
        if not 1 <= number <= self.rows:
            there = f"the rows are 1 to {self.rows}" if self.rows else "it has no table of rows"
            raise ArgumentError(f"the problem has no row {number}: {there}")
        return Problem(self._parsed, self._numbers, self._of, [number])

    def at(self, numbers: Mapping[str, float]) -> Problem:
        """The same problem at other numbers: those of these names, the others as they are.

        Raises ValueError for a name that the text does not have.

        >>> problem("y = w x; w = 2; x = 3").at({"w": 10}).graph.data
        30.0
        """
        given = {name: as_float(x, f"the number for {name}") for name, x in numbers.items()}
        return Problem(self._parsed, {**self._numbers, **given}, self._of, self._rows)

    @overload
    def derive(
        self, wrt: Value | str, *, digits: int | None = None, primes: bool = False
    ) -> Derivation: ...
    @overload
    def derive(
        self, wrt: Several, *, digits: int | None = None, primes: bool = False
    ) -> DerivationTable: ...
    def derive(
        self,
        wrt: Value | str | Several,
        *,
        digits: int | None = None,
        primes: bool = False,
    ) -> Derivation | DerivationTable:
        """Where the derivative of the result by `wrt` comes from; see `autograd.derive`.

        A list gives a table with a row for each.
        """
        from autograd.derivation import derive

        if isinstance(wrt, (list, tuple)):
            some = [self.values.get(x, x) if isinstance(x, str) else x for x in wrt]
            return derive(self.graph, some, digits=digits, primes=primes)
        if isinstance(wrt, str):
            wrt = self.values.get(wrt, wrt)
        return derive(self.graph, wrt, digits=digits, primes=primes)

    def audit(self, sheet: Sheet, *, learning_rate: float | None = None) -> Audit:
        """Judge a sheet of numbers computed by hand; see `autograd.audit`.

        The learning rate is the text's η where none is given.
        """
        from autograd.audit import audit

        rate = self.learning_rate if learning_rate is None else learning_rate
        return audit(self.graph, sheet, learning_rate=rate)

    def draw(self, **settings: Any) -> Drawing:
        """The graph as a picture; see `autograd.draw`, which takes the same settings."""
        from autograd.drawing import draw

        return draw(self.graph, **settings)

    def sweep(self, **settings: Any) -> Sweep:
        """The forward and backward pass step by step; see `autograd.sweep`."""
        from autograd.drawing import sweep

        return sweep(self.graph, **settings)

    def text(self) -> str:
        """The problem as text that gives the same numbers, to the last bit, when read.

        Vectors, matrices and rows are written out as the scalars that they stand for.

        >>> print(problem("y = 2 x; x = 1.5 input").text(), end="")
        x = 1.5   input
        y = 2*x
        """
        columns = {name: self.roles[name] for name in self._built.data if name in self.roles}
        return as_text(self.graph, {**self._built.roles, **columns}, self.learning_rate)

    def python(self) -> str:
        """The same as a Python program on Values.

        >>> print(problem("y = 2 x; x = 1.5").python())
        from autograd import Value
        <BLANKLINE>
        x = Value(1.5, 'x')
        <BLANKLINE>
        y = 2 * x
        y.label = 'y'
        <BLANKLINE>
        y.backward()
        print("y =", y.data)
        print("∂y/∂x =", x.grad)
        <BLANKLINE>
        """
        return as_python(self.graph)

    def latex(self) -> str:
        r"""The formulas as a LaTeX `aligned` block, the numbers first.

        >>> print(problem("y = 2 x; x = 1.5").latex())
        \begin{aligned}
        x &= 1.5 \\
        y &= 2 x
        \end{aligned}
        """
        from autograd.problems.typesetting import as_latex

        return as_latex(self.graph)

    def __repr__(self) -> str:
        name = self._built.result or "L"
        return f"<Problem: {name} = {self.graph.data!r}, {len(self.values)} names>"


class Values(dict[str, Value]):
    """Values by name; an unknown name raises KeyError with the nearest ones."""

    def __missing__(self, name: str) -> Value:
        entries = [k for k in self if k.startswith(f"{name}_")]
        hint = did_you_mean(name, self)
        if entries:
            hint = f": its entries are {', '.join(entries[:4])}{', …' * (len(entries) > 4)}"
        raise UnknownNameError(f"there is no {name!r} in the problem{hint}")
