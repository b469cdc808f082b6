"""From the statements of a problem to a graph: names in the order in which they need each other.

A formula is made of the library's own operations on Values, a number in it stays a plain number,
and a name for a number alone is a leaf. Rows of a table are so many graphs that share what does not
depend on a column; the result is the mean of theirs.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from autograd import functions
from autograd.errors import ArgumentError
from autograd.problems.arrays import (
    Array,
    Neurons,
    Thing,
    elementwise,
    entry_name,
    product,
    shape_text,
)
from autograd.problems.formulas import (
    Call,
    Constant,
    Entry,
    Formula,
    Grid,
    Name,
    Negative,
    Power,
    Product,
    Statement,
    Sum,
    Transposed,
    names_in,
)
from autograd.problems.parser import ENTRY, Parsed
from autograd.problems.vocabulary import CONSTANTS, ROLES, functions_by_name
from autograd.suggestions import did_you_mean
from autograd.value import Number, Value, node

__all__ = ["MOST_OPERATIONS", "Built", "build"]

MOST_OPERATIONS = 1_000_000
"""The most operations that a text may come to."""

_RATES = ("η", "eta")
_WRITTEN = {"√": functions.sqrt, "e^": functions.exp}


class Built:
    """A graph with its names: the result, the values by name, and the roles that were written."""

    def __init__(self, parsed: Parsed):
        self.parsed = parsed
        self.values: dict[str, Value] = {}
        self.roles: dict[str, str] = {}
        self.data: set[str] = set()  # the names that are columns of the table
        self.result = ""
        self.root = Value(0.0)
        self.learning_rate: float | None = None


def build(
    parsed: Parsed,
    numbers: Mapping[str, float],
    of: str | None = None,
    rows: Sequence[int] | None = None,
) -> Built:
    """The graph of a text.

    Args:
        parsed: its statements.
        numbers: other numbers for some of its names.
        of: the name of the result, where more than one formula could be it.
        rows: the rows of its table that are taken, counted from 1; all if not given.

    Raises ProblemError where a name has no number, needs itself, or the parts do not fit.
    """
    return _Builder(parsed, numbers, rows).built(of)


class _Builder:
    """The graph under way."""

    def __init__(self, parsed: Parsed, numbers: Mapping[str, float], rows: Sequence[int] | None):
        self.parsed = parsed
        self.numbers = dict(numbers)
        self.unused = set(numbers)
        self._built = Built(parsed)
        self.operations = 0
        self.needs = {name: self._needed(s.formula) for name, s in parsed.statements.items()}
        table = parsed.table
        self.columns = [] if table is None else list(table.columns)
        every = range(1, len(table.rows) + 1) if table else ()
        self.rows = list(every if rows is None else rows)

    def built(self, of: str | None) -> Built:
        built = self._built
        built.result = self._result(of)
        order = self._order()
        by_row = self._by_row(order)
        shared: dict[str, Thing] = {}
        for name in order:
            if name not in by_row:
                shared[name] = self._made(name, shared, "")
        if built.result not in by_row:
            root = shared[built.result]
        else:
            results = []
            for number in self.rows:
                results.append(self._row(number, shared, [x for x in order if x in by_row]))
            root = results[0]
            if len(results) > 1:
                root = functions.mean(results)
                self._label(root, built.result, self.parsed.statements[built.result].at)
        assert isinstance(root, Value)
        built.root = root
        self._check_numbers()
        return built

    # Which name is needed for which

    def _needed(self, formula: Formula) -> dict[str, int]:
        """The names that a formula is made of, and where they stand."""
        needed: dict[str, int] = {}
        for name in names_in(formula):
            base = self.parsed.base(name.name)
            if base is None and name.name not in CONSTANTS:
                raise self.parsed.error(self._undefined(name.name), name.at)
            if base is not None:
                needed.setdefault(base, name.at)
        return needed

    def _undefined(self, name: str) -> str:
        known = [*filter(None, self.parsed.statements), *CONSTANTS, *ROLES]
        if self.parsed.table:
            known += self.parsed.table.columns
        if name in functions_by_name():
            return f"{name} is a function: write {name}(…), or give {name} a number"
        split = [i for i in range(1, len(name)) if {name[:i], name[i:]} <= set(known)]
        if split:
            a, b = name[: split[0]], name[split[0] :]
            return f"{name} has no number; for a product write {a}*{b} or {a} {b}"
        hint = did_you_mean(name, known) or f": give it one, as in {name} = 0.5"
        return f"{name} has no number{hint}"

    def _result(self, of: str | None) -> str:
        statements = self.parsed.statements
        if of is not None:
            if of not in statements:
                raise ArgumentError(
                    f"the text gives no {of}{did_you_mean(of, filter(None, statements))}"
                )
            return of
        used = {name for needed in self.needs.values() for name in needed}
        named = [name for name, s in statements.items() if self.needs[name] or not name]
        ends = [name for name in named if name not in used]
        if len(ends) == 1:
            return ends[0]
        if not named:
            raise self.parsed.error("there is no formula here, as in y = w x + b", 0)
        if ends:
            listed = ", ".join([name or "the formula without a name" for name in ends])
            raise self.parsed.error(
                f"no other formula uses {listed}: say which is the result, as in --of {ends[0]} "
                f"or of={ends[0]!r}",
                statements[ends[1]].at,
            )
        self._order()  # which finds the cycle
        raise AssertionError("a graph without a cycle has an end")

    def _order(self) -> list[str]:
        """The names, each after those that it needs."""
        done: dict[str, None] = {}
        for start in self.parsed.statements:
            underway: dict[str, None] = {}
            stack = [(start, False)]
            while stack:
                name, finished = stack.pop()
                if finished:
                    del underway[name]
                    done[name] = None
                elif name in underway:
                    self._refuse_cycle(name, [*underway])
                elif name not in done and name in self.parsed.statements:
                    underway[name] = None
                    stack.append((name, True))
                    stack += [(n, False) for n in reversed(self.needs[name]) if n not in done]
        return list(done)

    def _refuse_cycle(self, name: str, underway: list[str]) -> None:
        """Each name underway needs the next, and the last needs `name`."""
        cycle = underway[underway.index(name) :]
        shown = [*cycle[:8], *(["…"] if len(cycle) > 8 else []), name]
        raise self.parsed.error(
            f"{name} needs itself: {' ← '.join(shown)}; one of them must be a number",
            self.parsed.statements[name].at,
        )

    def _by_row(self, order: list[str]) -> set[str]:
        """The names that depend on a column."""
        dependent: set[str] = set(self.columns)
        for name in order:
            if not dependent.isdisjoint(self.needs[name]):
                dependent.add(name)
        return dependent

    # Making values

    def _row(self, number: int, shared: Mapping[str, Thing], names: list[str]) -> Value:
        """The result of one row of the table."""
        table = self.parsed.table
        assert table is not None
        suffix = f"_{number}" if len(self.rows) > 1 else ""
        env = dict(shared)
        for (column, role), x in zip(table.columns.items(), table.rows[number - 1], strict=True):
            name = column + suffix
            env[column] = self._leaf(name, self._number(name, x), role, table.at)
            self._built.data.add(name)
        for name in names:
            env[name] = self._made(name, env, suffix)
        result = env[self._built.result]
        assert isinstance(result, Value)
        return result

    def _made(self, name: str, env: Mapping[str, Thing], suffix: str) -> Thing:
        """What a statement comes to, with its name on it; `suffix` tells the row."""
        statement = self.parsed.statements[name]
        thing = _whole(self._formula(statement.formula, env))
        label = name and name + suffix
        if isinstance(thing, Array):
            thing = Array(thing.shape, self._entries(statement, label, thing))
        elif not isinstance(thing, Value):
            thing = self._leaf(label, self._number(name, thing), statement.role, statement.at)
        else:
            self._check_role(statement)
            if thing.label is not None:
                thing = node(thing.data, "identity", thing, 1.0)
            if label:
                self._label(thing, label, statement.at)
        if name == self._built.result:
            self._check_result(statement, thing)
        if name in _RATES and isinstance(thing, Value) and self._is_unused(name):
            self._built.learning_rate = thing.data
        return thing

    def _is_unused(self, name: str) -> bool:
        return not any(name in needed for needed in self.needs.values())

    def _check_result(self, statement: Statement, thing: Thing) -> None:
        if isinstance(thing, Array):
            raise self.parsed.error(
                f"the result {statement.name} is {shape_text(thing)}: what is derived is one "
                "number, such as its sum(…) or mean(…)",
                statement.at,
            )

    def _check_role(self, statement: Statement) -> None:
        if statement.role:
            raise self.parsed.error(
                f"{statement.name} is computed, so it is no {statement.role}: a role belongs to a "
                "number",
                statement.at,
            )

    def _entries(self, statement: Statement, label: str, array: Array) -> list[Number]:
        entries: list[Number] = []
        for indices, x in zip(array.indices(), array.items, strict=True):
            name = entry_name(label, indices) if label else ""
            if not isinstance(x, Value):
                entries.append(
                    self._leaf(name, self._number(name, x), statement.role, statement.at)
                )
                continue
            self._check_role(statement)
            if x.label is None and name:
                self._label(x, name, statement.at)
            entries.append(x)
        return entries

    def _number(self, name: str, written: float) -> float:
        """The number that was set for a name from outside, or else the text's."""
        self.unused.discard(name)
        return self.numbers.get(name, written)

    def _leaf(self, name: str, x: float, role: str, at: int) -> Value:
        leaf = Value(float(x))
        if name:
            self._label(leaf, name, at)
            if role:
                self._built.roles[name] = role
        return leaf

    def _label(self, v: Value, name: str, at: int) -> None:
        if name in self._built.values:
            raise self.parsed.error(
                f"two numbers would be called {name}, an entry or row of one and another: "
                "rename one",
                at,
            )
        v.label = name
        self._built.values[name] = v

    def _check_numbers(self) -> None:
        for name in self.unused:
            if name in self._built.values:
                raise ArgumentError(f"a number is set for {name}, but the problem computes it")
            hint = did_you_mean(name, self._built.values)
            raise ArgumentError(
                f"a number is set for {name}, which the problem does not have{hint}"
            )

    # Formulas

    def _formula(self, f: Formula, env: Mapping[str, Thing]) -> Thing:
        try:
            return self._computed(f, env)
        except (ValueError, ArithmeticError, TypeError) as error:
            if hasattr(error, "column"):
                raise
            raise self.parsed.error(str(error), f.at) from error

    def _computed(self, f: Formula, env: Mapping[str, Thing]) -> Thing:
        match f:
            case Constant():
                return f.number
            case Name():
                return self._named(f, env)
            case Negative():
                return self._each(operator.neg, self._formula(f.inner, env))
            case Sum():
                return self._sum(f, env)
            case Product():
                return self._product(f, env)
            case Power():
                return self._power(f, env)
            case Call():
                return self._call(f, env)
            case Entry():
                return self._entry(_whole(self._formula(f.of, env)), f.indices)
            case Grid():
                return self._grid(f, env)
            case Transposed():
                inner = _whole(self._formula(f.inner, env))
                if not isinstance(inner, Array) or len(inner.shape) == 1:
                    raise ArgumentError("only a matrix can be transposed")
                return inner.transposed()

    def _named(self, f: Name, env: Mapping[str, Thing]) -> Thing:
        if f.name in env:
            return env[f.name]
        base = self.parsed.base(f.name)
        if base is None:
            return CONSTANTS[f.name]
        match = ENTRY.fullmatch(f.name)
        whole = _whole(env[base])
        if match is None or not isinstance(whole, Array):
            raise ArgumentError(self._undefined(f.name))
        return self._entry(whole, tuple(map(int, match[2])))

    def _entry(self, whole: Array | Number, indices: tuple[int, ...]) -> Number:
        if not isinstance(whole, Array):
            raise ArgumentError("a single number has no entries")
        at = 0
        if len(indices) == len(whole.shape) == 1 or len(indices) == len(whole.shape) == 2:
            for i, n in zip(indices, whole.shape, strict=True):
                if not 1 <= i <= n:
                    shown = ", ".join(map(str, indices))
                    raise ArgumentError(f"there is no entry {shown} in {shape_text(whole)}")
                at = at * n + i - 1
            return whole.items[at]
        raise ArgumentError(
            f"an entry of {shape_text(whole)} has {len(whole.shape)} "
            f"{'index' if len(whole.shape) == 1 else 'indices'}, not {len(indices)}"
        )

    def _each(self, f: Callable[..., Any], *things: Thing) -> Array | Number:
        whole = [_whole(x) for x in things]
        self._count(max([len(x.items) for x in whole if isinstance(x, Array)], default=1))
        return elementwise(f, *whole)

    def _count(self, n: int) -> None:
        self.operations += n
        if self.operations > MOST_OPERATIONS:
            raise ArgumentError(f"this comes to more than {MOST_OPERATIONS:,} operations")

    def _sum(self, f: Sum, env: Mapping[str, Thing]) -> Thing:
        terms = [(sign, at, self._formula(term, env)) for sign, at, term in f.terms]
        if all(sign == "+" for sign, _, _ in terms):
            joined = self._neurons(terms)
            if joined is not None:
                return joined
        _, _, result = terms[0]
        for sign, at, term in terms[1:]:
            f_of = operator.add if sign == "+" else operator.sub
            result = self._at(at, lambda: self._each(f_of, result, term))  # noqa: B023
        return result

    def _neurons(self, terms: list[tuple[str, int, Thing]]) -> Thing | None:
        """W x + U h + b as one weighted sum with a bias, where there are such products."""
        products = [term for _, _, term in terms if isinstance(term, Neurons)]
        others = [(at, term) for _, at, term in terms if not isinstance(term, Neurons)]
        if not products or any(len(p.terms) != len(products[0].terms) for p in products):
            return None
        joined = products[0]
        for other in products[1:]:
            joined = joined.joined(other)
        if not others:
            return joined
        bias = _whole(others[0][1])
        for at, term in others[1:]:
            bias = self._at(at, lambda: self._each(operator.add, bias, term))  # noqa: B023
        if isinstance(bias, Array) and bias.shape != (len(joined.terms),):
            return None
        return joined.summed(bias)

    def _product(self, f: Product, env: Mapping[str, Thing]) -> Thing:
        result = self._formula(f.factors[0][2], env)
        for sign, at, factor in f.factors[1:]:
            b = self._formula(factor, env)
            result = self._at(at, lambda: self._times(sign, result, b))  # noqa: B023
        return result

    def _times(self, sign: str, a: Thing, b: Thing) -> Thing:
        if sign == "/":
            return self._each(_divided, a, b)
        if sign == "⊙":
            return self._each(operator.mul, a, b)
        whole_a, whole_b = _whole(a), _whole(b)
        sizes = [len(x.items) if isinstance(x, Array) else 1 for x in (whole_a, whole_b)]
        rows = whole_a.shape[0] if isinstance(whole_a, Array) else 1
        self._count(max(*sizes, rows * sizes[1] if min(sizes) > 1 else 0))
        return product(whole_a, whole_b, operator.mul)

    def _at(self, at: int, compute: Callable[[], Any]) -> Any:
        """What `compute` gives, its error marked at the operator."""
        try:
            return compute()
        except (ValueError, ArithmeticError) as error:
            raise self.parsed.error(str(error), at) from error

    def _power(self, f: Power, env: Mapping[str, Thing]) -> Thing:
        base, exponent = self._formula(f.base, env), self._formula(f.exponent, env)
        base = _whole(base)
        if isinstance(base, Array) and len(base.shape) == 2:
            raise ArgumentError(
                "a power of a matrix can be read two ways: write W ⊙ W for squares of the entries"
            )
        result: Thing = self._at(f.at, lambda: self._each(_raised, base, exponent))
        return result

    def _grid(self, f: Grid, env: Mapping[str, Thing]) -> Array:
        items: list[Number] = []
        for row in f.rows:
            for entry in row:
                x = _whole(self._formula(entry, env))
                if isinstance(x, Array):
                    raise self.parsed.error(
                        f"an entry is one number, but this is {shape_text(x)}", entry.at
                    )
                items.append(x)
        m, n = len(f.rows), len(f.rows[0])
        return Array((len(items),) if 1 in (m, n) else (m, n), items)

    def _call(self, f: Call, env: Mapping[str, Thing]) -> Thing:
        arguments = [_whole(self._formula(a, env)) for a in f.arguments]
        if f.function in _WRITTEN:
            return self._each(_WRITTEN[f.function], *arguments)
        function = functions_by_name()[f.function]
        if function.name == "take":
            return self._take(arguments)
        if function.name in ("maximum", "minimum") and _are_many(arguments):
            function = _folded()[function.name]
        if function.is_many:
            return self._of_many(function.name, function.call, arguments)
        if not function.fewest <= len(arguments) <= function.most:
            raise ArgumentError(
                f"{f.function} takes {function.takes}, but here are {len(arguments)}"
            )
        if function.name == "dot":
            return self._dot(arguments)
        return self._each(function.call, *arguments)

    def _of_many(
        self, name: str, call: Callable[..., Any], arguments: list[Array | Number]
    ) -> Thing:
        items: list[Number] = []
        for x in arguments:
            items += x.items if isinstance(x, Array) else [x]
        if not items:
            raise ArgumentError(f"{name} takes one value or more")
        matrix = any(isinstance(x, Array) and len(x.shape) == 2 for x in arguments)
        if matrix and name == "softmax":
            raise ArgumentError(
                "softmax takes a vector: a matrix can be read by rows or by columns"
            )
        self._count(len(items) * (len(items) if name == "softmax" else 1))
        result = call(items)
        return Array((len(result),), result) if isinstance(result, list) else result

    def _take(self, arguments: list[Array | Number]) -> Thing:
        *values, place = arguments
        items = [item for x in values for item in (x.items if isinstance(x, Array) else [x])]
        if not items or isinstance(place, Array):
            raise ArgumentError("take takes values and the place of one, from 0: take([a, b], i)")
        self._count(len(items))
        return functions.take(items, place)

    def _dot(self, arguments: list[Array | Number]) -> Thing:
        ws, xs, *bias = arguments
        if not (isinstance(ws, Array) and isinstance(xs, Array)) or any(
            len(x.shape) == 2 for x in (ws, xs)
        ):
            raise ArgumentError("dot takes two vectors, and a bias if you like: dot(w, x, b)")
        b = bias[0] if bias else 0.0
        if isinstance(b, Array):
            raise ArgumentError("the bias of a dot product is one number")
        self._count(len(ws.items))
        return functions.dot(ws.items, xs.items, b)


def _whole(x: Thing) -> Array | Number:
    return x.summed() if isinstance(x, Neurons) else x


def _are_many(arguments: Sequence[Array | Number]) -> bool:
    """Whether max and min are meant of a whole vector, or of more than two."""
    return len(arguments) > 2 or (len(arguments) == 1 and isinstance(arguments[0], Array))


@cache
def _folded() -> dict[str, Any]:
    """max and min of many, as max(max(a, b), c)."""
    from dataclasses import replace
    from functools import reduce

    known = functions_by_name()
    return {
        name: replace(
            known[name], call=lambda items, f=known[name].call: reduce(f, items), is_many=True
        )
        for name in ("maximum", "minimum")
    }


def _divided(a: Number, b: Number) -> Number:
    return a / b if isinstance(a, Value) or isinstance(b, Value) else float(Value(a) / b)


def _raised(a: Number, b: Number) -> Number:
    return a**b if isinstance(a, Value) or isinstance(b, Value) else float(Value(a) ** b)
