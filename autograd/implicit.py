"""solve(): the root of an equation as one node, by the implicit function theorem.

Where F(x, a) = 0 defines x as a function of a, its derivative is dx/da = −(∂F/∂x)⁻¹ ∂F/∂a. The
residual's graph is built once more at the solution and kept; the partials are read off it, as
numbers for the sweep and as expressions for formulas and higher derivatives.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, overload

from autograd import scalar, value
from autograd.differentiate import derivatives_as_values
from autograd.errors import ArgumentError, ArgumentTypeError, Error, GraphError, SolveError
from autograd.graph import accumulate, adjoints, depending_on
from autograd.own import OwnRule
from autograd.rules import Space, replaced, rule_of
from autograd.value import Number, Value, constant, topological

__all__ = ["solve"]

_EPS = 2.0**-52
_EXACT = 4.0 * _EPS  # a step this small, relative to the unknown, changes nothing
_SETTLED = 1e-8  # below this, steps that no longer shrink are the rounding of the residual
_HALVINGS = 40


@overload
def solve(
    residual: Callable[..., Any],
    x0: float,
    *,
    label: str | None = None,
    max_steps: int = 50,
) -> Value: ...
@overload
def solve(
    residual: Callable[..., Any],
    x0: Sequence[float],
    *,
    label: Sequence[str] | None = None,
    max_steps: int = 50,
) -> list[Value]: ...
def solve(
    residual: Callable[..., Any],
    x0: Any,
    *,
    label: Any = None,
    max_steps: int = 50,
) -> Any:
    """The x with residual(x) = 0 as a Value, a function of all Values that the residual uses.

    Found by Newton's method with exact derivatives, from `x0`; a step that makes the residual
    larger, or leaves its domain, is halved. Its partials are those of the implicit function
    theorem, dx/da = −(∂F/∂x)⁻¹ ∂F/∂a, of any order: nothing of the search is differentiated. It
    cannot be recorded on a tape.

    Args:
        residual: takes x (a Value; a list of n where `x0` has n numbers) and returns a Value, or a
            list of n.
        x0: where the search starts, one number or a list of n.
        label: the label of x, or a list of n.
        max_steps: how many steps of Newton's method are taken at most.

    Returns:
        A Value; a list of n where `x0` is a list.

    Raises:
        SolveError: no convergence, or a Jacobian that is singular; it names the unknown.
        GraphError: inside a function that is recorded.

    >>> from autograd import Value, solve
    >>> a = Value(2.0, "a")
    >>> x = solve(lambda x: x * x - a, 1.0)
    >>> x.backward()
    >>> round(x.data, 12), round(a.grad, 12)  # √2 and 1/(2√2)
    (1.414213562373, 0.353553390593)
    """
    if not callable(residual):
        raise ArgumentTypeError(f"solve takes a function of the unknown, not {residual!r}")
    if value.watcher() is not None:
        raise GraphError(
            "solve cannot be recorded: a tape does not search. Write a fixed number of Newton "
            "steps in the function, or use the function without a tape"
        )
    max_steps = scalar.whole_number("max_steps", max_steps, 1)
    several = isinstance(x0, (list, tuple)) or getattr(x0, "ndim", 0) > 0
    start = [scalar.as_float(x, "x0") for x in (x0 if several else [x0])]
    labels = _labels(label, len(start), several)
    names = [text or (f"x{i + 1}" if several else "x") for i, text in enumerate(labels)]
    if not start:
        raise ArgumentError("solve: x0 is empty; give one number for each unknown")
    system = _System(residual, several, names)
    solution, noise = _newton(system.at, start, names, max_steps)
    unknowns = _rooted(system, solution, noise)
    for x, text in zip(unknowns, labels, strict=True):
        x.label = text
    return unknowns if several else unknowns[0]


def _labels(label: Any, count: int, several: bool) -> list[str | None]:
    labels = list(label) if several and isinstance(label, (list, tuple)) else [label] * count
    if len(labels) != count or (several and isinstance(label, str)):
        raise ArgumentError(f"solve: give {count} labels in a list, one for each unknown")
    for text in labels:
        if text is not None and not isinstance(text, str):
            raise ArgumentTypeError(f"a label is a text, not {text!r}")
    return labels


class _System:
    """The residuals as the user's function gives them."""

    def __init__(self, residual: Callable[..., Any], several: bool, names: list[str]):
        self._residual = residual
        self._several = several
        self._names = names

    def at(self, xs: Sequence[float]) -> tuple[list[Value], list[Value]]:
        """New Values for the unknowns, and the residuals made of them."""
        unknowns = [Value(x, name) for x, name in zip(xs, self._names, strict=True)]
        made = self._residual(unknowns if self._several else unknowns[0])
        residuals = list(made) if isinstance(made, (list, tuple)) else [made]
        if len(residuals) != len(unknowns):
            raise ArgumentError(
                f"solve: {len(unknowns)} unknowns need as many residuals, not {len(residuals)}"
            )
        return unknowns, [
            r if isinstance(r, Value) else constant(r, "the residual") for r in residuals
        ]


# Newton's method


def _newton(
    at: Callable[[Sequence[float]], tuple[list[Value], list[Value]]],
    start: list[float],
    names: list[str],
    max_steps: int,
    noise: float = _EXACT,
) -> tuple[list[float], float]:
    """The root, and how far the last steps were from nothing, relative to it.

    A step of at most `noise` is not taken.
    """
    xs, before = start, math.inf
    scale = _SETTLED * (max(map(abs, start)) or 1.0)  # a root near 0 is found to this share
    unknowns, residuals = at(xs)
    for _ in range(max_steps):
        jacobian = [[d.get(x, 0.0) for x in unknowns] for d in map(adjoints, residuals)]
        _check_finite(jacobian, names, xs)
        step = _solved(jacobian, [[-r.data] for r in residuals], names)
        length = max(abs(d) / max(abs(x), scale) for (d,), x in zip(step, xs, strict=True))
        if all(r.data == 0.0 for r in residuals) or length <= noise:
            return xs, noise
        if length <= _SETTLED and length >= before / 2.0:
            return xs, max(noise, 2.0 * length)
        before = length
        settled = length <= _SETTLED
        xs, unknowns, residuals = _stepped(at, xs, [d for (d,) in step], residuals, names, settled)
    raise SolveError(
        f"no solution for {', '.join(names)} after {max_steps} steps of Newton's method: at "
        f"{_numbers(names, xs)} the residual is {_largest(residuals)!r}; start nearer, or allow "
        "more (max_steps=)"
    )


def _stepped(
    at: Callable[[Sequence[float]], tuple[list[Value], list[Value]]],
    xs: list[float],
    step: list[float],
    residuals: list[Value],
    names: list[str],
    settled: bool,
) -> tuple[list[float], list[Value], list[Value]]:
    """The step, halved until the residuals are smaller; once settled they may be rounding."""
    size = _norm(residuals)
    share = 1.0
    problem: Exception | None = None
    for _ in range(_HALVINGS):
        new = [x + share * d for x, d in zip(xs, step, strict=True)]
        try:
            unknowns, there = at(new)
        except (ArithmeticError, ValueError) as error:
            if not isinstance(error, Error):
                raise
            problem = error
        else:
            if settled or _norm(there) < size:
                return new, unknowns, there
        share /= 2.0
    because = f" ({problem})" if problem else ""
    raise SolveError(
        f"no solution for {', '.join(names)}: from {_numbers(names, xs)}, where the residual is "
        f"{_largest(residuals)!r}, no step makes it smaller{because}; start elsewhere"
    )


def _check_finite(jacobian: list[list[float]], names: Sequence[str], xs: Sequence[float]) -> None:
    for row in jacobian:
        for name, slope in zip(names, row, strict=True):
            if not math.isfinite(slope):
                raise SolveError(
                    f"no solution for {', '.join(names)}: at {_numbers(names, xs)} the derivative "
                    f"of the residual by {name} is {slope!r}; start elsewhere"
                )


def _norm(residuals: Iterable[Value]) -> float:
    return math.hypot(*[r.data for r in residuals])


def _largest(residuals: Iterable[Value]) -> float:
    return max([r.data for r in residuals], key=abs)


def _numbers(names: Sequence[str], xs: Sequence[float]) -> str:
    return ", ".join([f"{name} = {x!r}" for name, x in zip(names, xs, strict=True)][:4])


def _solved(matrix: list[list[Any]], right: list[list[Any]], names: Sequence[str]) -> Any:
    """matrix⁻¹ · right by elimination with pivots, of numbers and of Values alike."""
    n = len(matrix)
    rows = [[*matrix[i], *right[i]] for i in range(n)]
    for k in range(n):
        pivot = max(range(k, n), key=lambda i: abs(float(rows[i][k])))
        largest = max([abs(float(x)) for x in (row[k] for row in matrix)])
        if not abs(float(rows[pivot][k])) > n * _EPS * largest:
            raise SolveError(
                f"the Jacobian of the residual is singular: its derivative by {names[k]} is 0"
                + (" or a combination of those by the others" if n > 1 else "")
                + f", so {names[k]} is not determined there; start elsewhere, or check the equation"
            )
        rows[k], rows[pivot] = rows[pivot], rows[k]
        for i in range(k + 1, n):
            if float(rows[i][k]) != 0.0:
                factor = rows[i][k] / rows[k][k]
                rows[i] = [b - factor * a for a, b in zip(rows[k], rows[i], strict=True)]
    for k in reversed(range(n)):
        for i in range(k + 1, n):
            rows[k] = [*rows[k][:n], *_minus(rows[k][n:], rows[k][i], rows[i][n:])]
        rows[k] = [*rows[k][:n], *[b / rows[k][k] for b in rows[k][n:]]]
    return [row[n:] for row in rows]


def _minus(row: list[Any], factor: Any, other: list[Any]) -> list[Any]:
    return [b - factor * a for a, b in zip(other, row, strict=True)]


# The implicit function


def _rooted(system: _System, xs: list[float], noise: float) -> list[Value]:
    """The solution as nodes made of what the residuals depend on besides the unknowns."""
    unknowns, residuals = system.at(xs)
    equations = _Equations(unknowns, residuals, noise)
    if not equations.givens:
        return [constant(x, "solve") for x in xs]
    return equations.roots(xs, equations.givens)


class _Equations:
    """The residuals' graph between the unknowns, what is given, and the residuals."""

    def __init__(self, unknowns: list[Value], residuals: list[Value], noise: float):
        self.unknowns = unknowns
        self.residuals = residuals
        self.noise = noise
        self.names = [x.label or "x" for x in unknowns]
        order = list(dict.fromkeys(v for r in residuals for v in topological(r)))
        active = depending_on(unknowns, order)
        self.inner = [v for v in order if v in active and v not in unknowns]
        used = [x for v in [*self.inner, *residuals] for x in (*v.operands, v) if x not in active]
        self.givens = [x for x in dict.fromkeys(used) if x.op != "constant"]
        self._known = {*self.inner, *unknowns, *self.givens}

    def roots(self, xs: Sequence[float], givens: Sequence[Number]) -> list[Value]:
        """The unknowns, xs, as nodes made of the givens."""
        slopes = self.slopes([*xs], [value.number_in(a, "solve") for a in givens])
        return [
            value.row(x, "solve", givens, slopes[i], _Root(self, i, xs)) for i, x in enumerate(xs)
        ]

    def root(self, start: Sequence[float], givens: Sequence[float]) -> list[float]:
        """The solution for other numbers of what is given."""

        def at(xs: Sequence[float]) -> tuple[list[Value], list[Value]]:
            unknowns = [Value(x) for x in xs]
            made = self._made(unknowns, givens, None)
            return unknowns, [made.get(r, constant(r.data, "solve")) for r in self.residuals]

        return _newton(at, [*start], self.names, 50, self.noise)[0]

    def slopes(self, xs: Sequence[float], givens: Sequence[float]) -> list[list[float]]:
        """dx/da for each unknown x and each given a, as numbers."""
        unknowns, leaves = [Value(x) for x in xs], [Value(a) for a in givens]
        made = self._made(unknowns, leaves, None)
        by_unknowns = [adjoints(made[r]) if r in made else {} for r in self.residuals]
        jacobian = [[d.get(x, 0.0) for x in unknowns] for d in by_unknowns]
        right = [[-d.get(a, 0.0) for a in leaves] for d in by_unknowns]
        return _solved(jacobian, right, self.names)  # type: ignore[no-any-return]

    def slopes_as_values(self, xs: list[Value], givens: Sequence[Value]) -> list[list[Number]]:
        """The same as graphs on the unknowns and on what is given."""
        made = self._made(xs, givens, None)
        rows = [derivatives_as_values(made[r], [*xs, *givens]) for r in self.residuals]
        n = len(xs)
        right = [[-d for d in row[n:]] for row in rows]
        return _solved([row[:n] for row in rows], right, self.names)  # type: ignore[no-any-return]

    def slopes_in(self, space: Space, x: Any, givens: Sequence[Any]) -> list[Any]:
        """The same of a single equation as expressions in a space."""
        made = self._made([x], givens, space)
        (residual,), (unknown,) = self.residuals, self.unknowns

        def partials(v: Value) -> Iterable[tuple[Value, Any]]:
            slopes = rule_of(v).differentiate(replaced(v.arguments, made), made[v], space)
            return zip(v.operands, slopes, strict=True)

        slopes: dict[Value, Any] = accumulate(self.inner, {residual: space["one"]}, partials)
        return [-slopes.get(a, 0.0) / slopes[unknown] for a in self.givens]

    def _made(
        self, xs: Sequence[Any], givens: Sequence[Any], space: Space | None
    ) -> dict[Value, Any]:
        """What the residuals are made of, once more, of other unknowns and givens."""
        made: dict[Value, Any] = dict(zip(self.unknowns, xs, strict=True))
        made.update(zip(self.givens, givens, strict=True))
        if space is not None:  # there a constant is a number of the same kind
            constants = [x for v in self.inner for x in v.operands if x not in self._known]
            made.update({x: space["one"] * x.data for x in constants})
        for v in self.inner:
            made[v] = rule_of(v).evaluate(replaced(v.arguments, made), space)
        return made


class _Root(OwnRule):
    """The rule of one unknown of a system: a function of what is given."""

    def __init__(self, equations: _Equations, place: int, xs: Sequence[float]):
        self._equations = equations
        self._place = place
        self._xs = tuple(xs)
        self.name = "solve"
        self.parameters = tuple([_parameter(a, i) for i, a in enumerate(equations.givens)])

    def number(self, *xs: float) -> float:
        """The root, searched for from the one that was found."""
        return self._equations.root(self._xs, xs)[self._place]

    def slopes(self, *xs: float) -> list[float]:
        """Those of the implicit function theorem, at the root for these numbers."""
        return self._equations.slopes(self._equations.root(self._xs, xs), xs)[self._place]

    def slopes_as_values(self, arguments: Sequence[Any], y: Value) -> list[Number]:
        """The same as expressions of the root itself and of what is given."""
        roots = self._equations.roots(self._xs, arguments)
        roots[self._place] = y
        return self._equations.slopes_as_values(roots, arguments)[self._place]

    def differentiate(
        self,
        arguments: tuple[Any, ...],
        y: Any,
        space: Space | None = None,
        *,
        accurate: bool = False,
    ) -> list[Any]:
        """As of every rule; of a single equation they are written by the residual's own."""
        if space is not None and len(self._xs) == 1 and "own" in space:
            return self._equations.slopes_in(space, y, arguments)
        return super().differentiate(arguments, y, space, accurate=accurate)


def _parameter(v: Value, i: int) -> str:
    return v.label or f"a{i + 1}"
