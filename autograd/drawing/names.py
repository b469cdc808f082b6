"""What the values of a diagram are called, and the formulas between them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from autograd.drawing.diagram import Diagram, label_of
from autograd.drawing.text import MINUS, number
from autograd.formulas.tidying import tidy
from autograd.formulas.tree import FORMULAS, Formula, Number, Sum, Symbol, formula
from autograd.formulas.typeset import TEXT, Text
from autograd.rules import RULES
from autograd.value import Value

ROOT = "L"  # what derivations call a root without a label
_LABEL = 24  # characters of a label in a box and in a formula
_READABLE = 30  # symbols of a formula that is printed,
_LONGEST = 80  # and its characters
_TERMS = 6  # terms of a sum that is printed whole
_FOLDED = 60  # values folded into one formula: past this it would be too long to print
_CUT = "…"


class Names:
    """Names and formulas in the reader's labels, for the values of a diagram."""

    def __init__(self, shown: Diagram):
        self._shown = shown
        self._known: dict[Value, Formula] = {}
        for v in shown.values:
            named = _named(v, self.label(v))
            self._known[v] = named or _short(self._made(v, self._known))

    def label(self, v: Value) -> str:
        """A value's label; the root is L where it has none, as in derivations."""
        return label_of(v, _LABEL) or (ROOT if v is self._shown.root else "")

    def short(self, v: Value) -> str:
        """A value's label, or its number, or the sign of what made it."""
        return self.label(v) or (sign(v) if v.op else number(v.data))

    def bound(self, v: Value) -> str:
        """A value's name as it can stand before `.grad`: in brackets where it is a formula."""
        if self.label(v):
            return TEXT.name(self.label(v))
        known = self._known[v]
        return number(v.data) if isinstance(known, Number) else f"({TEXT.formula(known)})"

    def expression(self, v: Value) -> str:
        """What v was made of, in the labels of shown values."""
        return _written(self._made(v, self._known), TEXT)

    def arithmetic(self, v: Value, digits: int) -> str:
        """What v was made of, in numbers."""
        numbers = {x: _symbol(x, number(x.data, digits)) for x in self._operands(v)}
        return _written(self._made(v, numbers), _ARITHMETIC)

    def operation(self, v: Value) -> str:
        """The sign of the operation that made v; where operations are folded, a formula."""
        return self.expression(v) if v in self._shown.folded else sign(v)

    def partials(self, v: Value) -> dict[tuple[Value, int | None], Formula]:
        """The local derivatives of v, by the source and position of the edges that show them.

        Only those that are short enough to be read.
        """
        folded = self._shown.folded.get(v, [])
        known = self._all_known(v, self._known)
        if known is None:
            return {}
        found: dict[tuple[Value, int | None], Formula] = {}
        sums: dict[Value, Formula] = {}
        for position, (x, partial) in enumerate(zip(v.operands, _partials(v, known), strict=True)):
            if x in folded:
                sums[x] = _short(sums.get(x, Number(0.0)) + partial)
            else:
                found[x, position] = partial
        # As the numbers were: one backward pass over what is folded, on formulas.
        for u in folded:
            for x, partial in zip(u.operands, _partials(u, known), strict=True):
                sums[x] = _short(sums.get(x, Number(0.0)) + sums[u] * partial)
        found.update({(x, None): tidy(f) for x, f in sums.items()})
        return {key: f for key, f in found.items() if _is_readable(f)}

    def _operands(self, v: Value) -> list[Value]:
        folded = self._shown.folded.get(v, [])
        return [x for u in (v, *folded) for x in u.operands if x not in folded]

    def _made(self, v: Value, names: Mapping[Value, Formula]) -> Formula | None:
        known = self._all_known(v, names)
        return None if known is None else _applied(v, known)

    def _all_known(self, v: Value, names: Mapping[Value, Formula]) -> dict[Value, Formula] | None:
        """Formulas for all that v was made of; None where too much is folded to print it."""
        folded = self._shown.folded.get(v, [])
        if not v.op or len(folded) > _FOLDED:
            return None
        known: dict[Value, Formula] = {}
        for x in self._operands(v):
            known[x] = names.get(x) or _named(x, label_of(x, _LABEL)) or _short(None)
        for u in reversed(folded):
            known[u] = _short(_applied(u, known))
        return known


def sign(v: Value) -> str:
    """The sign of the operation that made v."""
    return RULES[v.op].box


def constants(v: Value) -> list[float]:
    """The plain numbers among the arguments that v was made of."""
    found: list[float] = []
    for x in v.arguments:
        for one in x if isinstance(x, tuple) else (x,):
            if not isinstance(one, Value):
                found.append(one)
            elif one.op == "constant":
                found.append(one.data)
    return found


class _Arithmetic(Text):
    """Formulas whose names are numbers: as they are, negative ones in parentheses."""

    def name(self, name: str) -> str:
        """The number."""
        return f"({name})" if name.startswith(MINUS) else name


_ARITHMETIC = _Arithmetic()


def _symbol(v: Value, name: str) -> Symbol:
    symbol = Symbol(name, v.data)
    symbol.key = ("symbol", name, id(v))  # two values of one label, or number, are not equal
    return symbol


def _named(v: Value, label: str) -> Formula | None:
    if label:
        return _symbol(v, label)
    return None if v.op and v.op != "constant" else Number(v.data)


def _short(f: Formula | None) -> Formula:
    """The formula, or a mark of what is left out: formulas of formulas grow without bound."""
    if f is not None and f.size <= 2 * _READABLE:
        return f
    mark = Symbol(_CUT, math.nan)
    mark.key = ("left out", object())  # equal to no other, so that two never cancel
    return mark


def _applied(v: Value, known: Mapping[Value, Formula]) -> Formula:
    return formula(RULES[v.op].evaluate(_arguments(v, known), FORMULAS))


def _partials(v: Value, known: Mapping[Value, Formula]) -> list[Formula]:
    label = label_of(v, _LABEL)
    y = _symbol(v, label) if label else _applied(v, known)
    found = RULES[v.op].differentiate(_arguments(v, known), y, FORMULAS)
    return [formula(partial) for partial in found]


def _arguments(v: Value, known: Mapping[Value, Formula]) -> tuple[Any, ...]:
    """The arguments of v's rule, with formulas for the Values among them."""

    def named(x: Any) -> Any:
        if isinstance(x, tuple):
            return tuple([named(one) for one in x])
        return known[x] if isinstance(x, Value) else x

    return tuple([named(x) for x in v.arguments])


def _is_readable(f: Formula) -> bool:
    return f.size <= _READABLE and _CUT not in TEXT.formula(f)


def _written(f: Formula | None, style: Text) -> str:
    """The formula, a long sum by its first terms and its last."""
    if f is None:
        return _CUT
    if isinstance(f, Sum) and len(f.terms) > _TERMS:
        ends = [style.formula(t) for t in (*f.terms[:2], f.terms[-1])]
        return style.signed_sum([*ends[:2], _CUT, ends[2]])
    text = style.formula(f) if f.size <= _READABLE else _CUT
    return text if len(text) <= _LONGEST else _CUT
