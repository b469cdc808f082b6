"""Second derivatives in general letters: the formula for ∂L/∂w_i, differentiated once more.

What stands in the first formula is differentiated by w_k with the same table of rules, down through
what each letter is made of; a Kronecker delta says which w it was. The result is held to the
engine's own second derivatives, for every pair of values.
"""

from __future__ import annotations

import itertools

from autograd.differentiate import second_derivatives
from autograd.errors import DerivationError, Error
from autograd.formulas.blocks import Typeset
from autograd.formulas.relations import RELATIONS
from autograd.general.equation import Equation
from autograd.general.letters import LETTERS, Letters, term_of
from autograd.general.network import Network
from autograd.general.nodes import Family
from autograd.general.numbers import TOLERANCE
from autograd.general.scripts import LATEX, TEXT, Script
from autograd.general.shortening import shortest
from autograd.general.terms import (
    ONE,
    ZERO,
    Adjoint,
    Call,
    Constant,
    Entry,
    Index,
    Kronecker,
    LogSumExp,
    Over,
    Part,
    Product,
    Softmax,
    Sum,
    Summation,
    Term,
    contract,
    cost,
    factors,
    fixed,
    index,
    is_zero,
    multiply,
    plus,
    power,
    product,
    rebuilt,
    substitute,
    variables,
    walk,
)
from autograd.general.writing import Scope, Writer
from autograd.rules import RULES
from autograd.value import Value

__all__ = ["SecondDerivatives"]

_PAGE = 40  # symbols of a formula that fits a page
_UNFINISHED = 6 * _PAGE  # symbols of what may still become shorter
_RULE_NAMES = {"ln": "log", "power": "**"}
_CONDITIONS = frozenset([*RELATIONS, "and"])


class _TooLongError(Error):
    """A formula grows beyond what could still become short."""


class _Slope:
    """Derivatives of terms by one member of a family w, whose indices are `at`."""

    def __init__(self, network: Network, w: Family):
        self.calculus = network.calculus
        self.coordinates = network.coordinates
        self.w = w
        self.variables = self.calculus.variables(w)
        self._entries: dict[int, Equation] = {}
        self._adjoints: dict[int, Equation] = {}

    def of(self, t: Term) -> Term:
        """The derivative of a term."""
        match t:
            case Entry(f, at):
                return self._entry(self.calculus.families[f], at)
            case Adjoint(f, at):
                return self._adjoint(self.calculus.families[f], at)
            case Product(coefficient, powers):
                return plus(*[self._factor(t, base, n) for base, n in powers if coefficient])
            case Sum(terms):
                return plus(*[self.of(part) for part in terms])
            case Summation():
                return self._summation(t)
            case Softmax(f, s, at, place):
                return self._softmax(self.calculus.families[f], s, at, place, t)
            case LogSumExp(f, s, at):
                return self._softmax(self.calculus.families[f], s, at, None, t)
            case Call():
                return self._call(t)
        return ZERO  # Constant, Part and Kronecker are plain numbers

    def _factor(self, t: Product, base: Term, n: float) -> Term:
        """The summand of the product rule in which this factor is differentiated."""
        slope = self.of(base)
        if is_zero(slope):
            return ZERO
        others = product(t.coefficient * n, {b: m for b, m in t.powers if b is not base})
        return multiply(others, power(base, n - 1.0), slope)

    def _entry(self, f: Family, at: tuple[Index, ...]) -> Term:
        if f is self.w:
            own = zip(at, self.variables, strict=True)
            deltas = [
                _delta(i, index(v))
                for k, (i, v) in enumerate(own)
                if len({n.at[k] for n in f.nodes}) > 1
            ]
            return multiply(*deltas)
        if f.constant is not None or f.is_input:
            return ZERO
        if f.number not in self._entries:
            vs = self.calculus.variables(f)
            made = self._made(f, tuple([index(v) for v in vs]))
            self._entries[f.number] = Equation(f, vs, _of_bearable_size(made))
        return self._entries[f.number].at(at)

    def _made(self, f: Family, at: tuple[Index, ...]) -> Term:
        """The chain rule through the operands of f."""
        parts = []
        for s, slot in f.slots.items():
            edge = f.number, s
            names = [self.calculus.variable() for _ in range(self.coordinates.width(edge))]
            columns = (*at, *map(index, names))
            slope = self._entry(slot.family, self.coordinates.indices_of(edge, columns))
            if not is_zero(slope):
                position = columns[-1] if names else None
                body = multiply(self.calculus.partial(f, s, at, position), slope)
                parts.append(contract(tuple(names), body, Over(edge, columns)))
        return plus(*parts)

    def _adjoint(self, f: Family, at: tuple[Index, ...]) -> Term:
        if f.number not in self._adjoints:
            e = self.calculus.derivative(f)
            slope = _of_bearable_size(self.of(e.right))
            self._adjoints[f.number] = Equation(f, e.variables, slope)
        return self._adjoints[f.number].at(at)

    def _summation(self, t: Summation) -> Term:
        """Σ of the derivatives; of a maximum, the derivative of what is the largest."""
        body, columns = t.body, t.over.columns
        names = []
        for x in t.bound:  # new names: sums inside have those that their depth gives them
            names.append(self.calculus.variable())
            body = substitute(body, x, index(names[-1]))
            moved = substitute(Entry(0, columns), x, index(names[-1]))
            assert isinstance(moved, Entry)
            columns = moved.at
        slope = self.of(body)
        if t.kind != "sum":
            slope = multiply(Call("=", (body, t)), slope)
        return contract(tuple(names), slope, Over(t.over.edge, columns))

    def _softmax(
        self, f: Family, s: int, at: tuple[Index, ...], place: Index | None, t: Term
    ) -> Term:
        """Of the share at a place, p([k = place] − p_k); of log Σ exp, p_k."""
        edge = f.number, s
        name = self.calculus.variable()
        columns = (*at, index(name))
        slope = self._entry(
            f.slots[s].family, self.coordinates.indices_of(edge, columns)
        )  # fmt: skip
        partial = self.calculus.share(f, s, at, index(name))
        if place is not None:
            other = multiply(Constant(-1.0), partial)
            partial = multiply(t, plus(Kronecker(index(name), place), other))
        return contract((name,), multiply(partial, slope), Over(edge, columns))

    def _call(self, t: Call) -> Term:
        if t.name in _CONDITIONS:
            return ZERO
        slopes = [self.of(x) for x in t.arguments]
        if all(map(is_zero, slopes)):
            return ZERO
        if t.name == "where":
            return Call("where", (t.arguments[0], slopes[1], slopes[2]))
        name = _RULE_NAMES.get(t.name, t.name)
        if name not in RULES:
            raise DerivationError(f"a second derivative through {t.name} has no general form")
        arguments = [x.number if isinstance(x, Constant) else Letters(x) for x in t.arguments]
        partials = RULES[name].differentiate(tuple(arguments), Letters(t), LETTERS)
        active = [d for d, x in zip(slopes, t.arguments, strict=True) if not _is_number(x)]
        return plus(
            *[multiply(term_of(p), d) for p, d in zip(partials, active, strict=True)]
        )  # fmt: skip


def _is_number(t: Term) -> bool:
    return isinstance(t, Constant)


def _delta(i: Index, k: Index) -> Term:
    return ONE if i == k else Kronecker(i, k)


def _of_bearable_size(t: Term) -> Term:
    if cost(t) > _UNFINISHED:
        raise _TooLongError
    return t


def _is_condition(t: Term) -> bool:
    """Whether it is 1 where something holds, else 0."""
    return isinstance(t, Kronecker) or (isinstance(t, Call) and t.name in _CONDITIONS)


class _Pair:
    """∂²L/∂v∂w for v of one family and w of another, and how well it holds."""

    def __init__(self, network: Network, root: Value, v: Family, w: Family):
        self.network, self.v, self.w = network, v, w
        self.first = network.calculus.derivative(v)
        slope = _Slope(network, w)
        self.variables = slope.variables
        try:
            term = _of_bearable_size(self._counted(slope.of(self.first.right)))
        except _TooLongError:
            raise self._too_long("too much lies between these values and the root") from None
        self.term = self._in_order(shortest(term))
        if not network.numbers.differences(self.first, True)[1] <= TOLERANCE:
            raise DerivationError("the first derivative has no common formula, so no second either")
        if cost(self.term) > _PAGE:
            raise self._too_long(f"it has {cost(self.term)} symbols")
        self.difference = self._held_to_the_engine(root)

    def _too_long(self, why: str) -> DerivationError:
        return DerivationError(
            f"{self.left(TEXT)} does not fit a page: {why}; autograd.hessian has its numbers"
        )

    @property
    def count(self) -> int:
        """How many pairs of values the formula is said of."""
        return len(self.v.nodes) * len(self.w.nodes)

    def left(self, script: Script) -> str:
        """∂²L/∂w_i∂w_k."""
        writer, scope = self._writing(script)
        first = writer.entry(self.v, self.first.indices, scope)
        second = writer.entry(self.w, tuple([index(x) for x in self.variables]), scope)
        return script.second_derivative(writer.root, first, second)

    def lines(self, script: Script) -> tuple[tuple[str, str], tuple[str, str]]:
        """(left, right) of the first derivative and of the second."""
        writer, scope = self._first_writing(script)
        slope = writer.derivative_by(self.v, self.first.indices, scope)
        first = slope, writer.text(self.first.right, scope)
        writer, scope = self._writing(script)
        return first, (self.left(script), writer.text(self.term, scope))

    def letters(self) -> dict[str, object]:
        """What stands for a number: n = 3 of a mean, m = 3, 1 of what is looked up."""
        writer, scope = self._writing(TEXT)
        writer.text(self.first.right, scope)
        writer.text(self.term, scope)
        return {**writer.sizes(), **writer.lookups()}

    def _writing(self, script: Script) -> tuple[Writer, Scope]:
        """A writer, and names for the indices of both: w_i and w_k, w_ij and w_km."""
        writer, scope = self._first_writing(script)
        for x, name in writer.scope(self.w, self.variables, "kim", None).names.items():
            used = set(scope.names.values())
            pool = "rstuv" if name in "rstuv" else "kmpqcdefgh"
            is_free = name.isdecimal() or name not in used
            free = name if is_free else next(c for c in pool if c not in used)
            scope = scope.with_name(x, free)
        return writer, scope

    def _first_writing(self, script: Script) -> tuple[Writer, Scope]:
        """A writer, and names for the indices of the first alone, none of which is a size."""
        writer = Writer(self.network.calculus, self.network.alphabet, script)
        scope = writer.scope(self.v, self.first.variables, "kim", None)
        for taken in "nmc" if self.network.coordinates.tables else "n":
            scope = scope.with_name(f"size {taken}", taken)
        return writer, scope

    # Numbers

    def _places(self) -> list[tuple[int, int, dict[str, int]]]:
        return [
            (
                i,
                k,
                dict(zip(self.first.variables, a.at, strict=True))
                | dict(zip(self.variables, b.at, strict=True)),
            )
            for i, a in enumerate(self.v.nodes)
            for k, b in enumerate(self.w.nodes)
        ]

    def _counted(self, t: Term) -> Term:
        """t with every Σ of 1 as the number that it is; n of them in a mean of n are 1."""
        if not isinstance(t, Product):
            return rebuilt(t, self._counted)
        own = {*self.first.variables, *self.variables}
        for base, n in t.powers:
            if isinstance(base, Summation) and base.body == ONE and n == 1.0:
                if not variables(base) <= own:  # inside another sum
                    continue
                numbers = {self.network.numbers.of(base, at) for _, _, at in self._places()}
                if len(numbers) != 1:
                    continue
                (count,) = numbers
                rest = product(t.coefficient, {b: m for b, m in t.powers if b is not base})
                for part in [x for x in factors(rest)[1] if isinstance(x, Part)]:
                    sizes = {len(k.operands) for k in self.network.families[part.family].nodes}
                    if len(sizes) == 1:
                        count, rest = count / sizes.pop(), multiply(rest, power(part, -1.0))
                        break
                return self._counted(multiply(Constant(count), rest))
        return rebuilt(t, self._counted)

    def _in_order(self, t: Term) -> Term:
        """t with the factors as one writes them: deltas, what is computed, then x_i x_k."""
        t = rebuilt(t, self._in_order)
        if not isinstance(t, Product):
            return t
        powers = {base: 1.0 if _is_condition(base) else n for base, n in t.powers}  # 1² is 1

        def place(factor: Term) -> tuple[int, int]:
            if isinstance(factor, Entry):  # a_j stays before (1 − a_j); the last layer comes first
                is_in_other = sum([factor in walk(b) for b in powers]) > 1
                return (1, 0) if is_in_other else (2, factor.family)
            return 0 if _is_condition(factor) else 3 if isinstance(factor, Summation) else 1, 0

        return product(t.coefficient, dict(sorted(powers.items(), key=lambda p: place(p[0]))))

    def _held_to_the_engine(self, root: Value) -> float:
        """The largest difference from the engine. Raises DerivationError where it does not hold."""
        rows, columns = [
            [n.source for n in f.nodes if n.source is not None] for f in (self.v, self.w)
        ]
        exact = second_derivatives(root, rows, columns)
        numbers = self.network.numbers
        difference = 0.0
        for i, k, at in self._places():
            want = exact[i][k]
            try:
                got = numbers.of(self.term, at)
            except KeyError:
                raise self._exception(i, k, "it names a value that is not there") from None
            gap = abs(got - want)
            if not gap <= TOLERANCE * max(abs(want), numbers.magnitude(self.term, at)):
                raise self._exception(i, k, f"it gives {got!r}, and the engine {want!r}")
            difference = max(difference, gap)
        return difference

    def _exception(self, i: int, k: int, what: str) -> DerivationError:
        """The error that says for which pair the formula does not hold."""
        writer = Writer(self.network.calculus, self.network.alphabet, TEXT, absolute=True)
        names = [
            n.label or writer.entry(n.family, tuple(map(fixed, n.at)), Scope({}, "", None))
            for n in (self.v.nodes[i], self.w.nodes[k])
        ]
        return DerivationError(
            f"{self.left(TEXT)} has no common formula: for {' and '.join(names)} the one that was "
            f"found does not hold: {what}"
        )


class SecondDerivatives(Typeset):
    """∂²L/∂w_i∂w_k in general letters; see `GeneralDerivation.second`.

    `omitted` says of which families of a deep network no formula is given, and why.
    """

    def __init__(
        self, network: Network, root: Value, rows: list[Family], columns: list[Family]
    ):  # fmt: skip
        self._pairs: list[_Pair] = []
        omitted: list[DerivationError] = []
        done: set[frozenset[int]] = set()
        for v, w in itertools.product(rows, columns):
            if frozenset([v.number, w.number]) not in done:
                done.add(frozenset([v.number, w.number]))
                try:
                    self._pairs.append(_Pair(network, root, v, w))
                except DerivationError as error:
                    omitted.append(error)
        if not self._pairs:
            raise omitted[0]
        self.omitted = tuple(dict.fromkeys(map(str, omitted)))

    @property
    def formulas(self) -> tuple[str, ...]:
        """The formulas, one for each pair of families."""
        return tuple([" = ".join(p.lines(TEXT)[1]) for p in self._pairs])

    @property
    def count(self) -> int:
        """How many pairs of values the formulas are said of."""
        return sum([p.count for p in self._pairs])

    @property
    def difference(self) -> float:
        """The largest difference from the engine's second derivatives."""
        return max([p.difference for p in self._pairs])

    @property
    def verdict(self) -> str:
        """How the formulas were checked, in words."""
        pairs = f"all {self.count} pairs" if self.count > 1 else "the one pair"
        return f"checked on {pairs}; largest difference {self.difference:.0e}"

    def text(self) -> str:
        """The first derivative, the second, and the check, in plain text."""
        rows: list[str] = []
        letters: dict[str, object] = {}
        for p in self._pairs:
            first, second = p.lines(TEXT)
            rows += [" = ".join(first), "so  " + " = ".join(second)]
            letters |= p.letters()
        rows += self.omitted
        if letters:
            rows.append("with " + ", ".join([f"{letter} = {n}" for letter, n in letters.items()]))
        return "\n".join([*dict.fromkeys(rows), self.verdict])

    @property
    def latex(self) -> str:
        """The same lines as a LaTeX `aligned` block."""
        lines = [line for p in self._pairs for line in p.lines(LATEX)]
        rows = dict.fromkeys([f"{left} &= {right}" for left, right in lines])
        return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<SecondDerivatives: {'; '.join(self.formulas)}>"
