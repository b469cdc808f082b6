"""What a picture writes: the names of values, and the formulas between them."""

from __future__ import annotations

import math

from autograd.drawing.diagram import Diagram
from autograd.drawing.text import number, plain
from autograd.formulas.labels import in_latex
from autograd.formulas.tidying import tidy
from autograd.formulas.tree import Formula, Number, Sum
from autograd.formulas.typeset import TEXT, Style
from autograd.formulas.values import LEFT_OUT, Formulas
from autograd.rules import rule_of
from autograd.value import Value

_LABEL = 24  # characters of a label in a box and in a formula
_READABLE = 30  # symbols of a formula that is printed,
_LONGEST = 80  # and its characters
_TERMS = 6  # terms of a sum that is printed whole
_FOLDED = 60  # values folded into one formula: past this it would be too long to print


class Captions:
    """Names and formulas in the reader's labels, for the values of a diagram."""

    def __init__(self, shown: Diagram, style: Style = TEXT):
        self._shown = shown
        self._style = style
        self._names = shown.graph.names
        self._labels: dict[Value, str] = {}
        self._formulas = self._as_typed = Formulas(
            shown.graph, largest=2 * _READABLE, called=self._written_name
        )
        if any(v.op == "exp" for v in shown.graph.order):  # activations built by hand have one
            self._as_typed = Formulas(
                shown.graph, largest=2 * _READABLE, as_typed=True, called=self._written_name
            )
        self._in_shown = Formulas(  # every shown value by itself, for its number to stand there
            shown.graph,
            largest=2 * _READABLE,
            as_typed=True,
            called=lambda v: "…" if v in shown.kept or not v.operands else None,
        )

    def _written_name(self, v: Value) -> str | None:
        return self.label(v) if self._names.is_written(v) else None

    def label(self, v: Value) -> str:
        """A value's label; the root is L where it has none, as in derivations."""
        if v not in self._labels:
            self._labels[v] = plain(self._names[v], _LABEL) if v in self._names else ""
        return self._labels[v]

    def short(self, v: Value) -> str:
        """A value's label, or its number, or the sign of what made it."""
        return self.label(v) or (sign(v) if v.op else number(v.data))

    def bound(self, v: Value) -> str:
        """A value's name as it can stand before `.grad`: in brackets where it is a formula."""
        if self.label(v):
            return self._style.name(self.label(v))
        known = self._formulas.of(v)
        if isinstance(known, Number):
            return styled(number(v.data), self._style)
        return self._style.parenthesised(self._style.formula(known))

    def expression(self, v: Value) -> str:
        """What v was made of, in the labels of shown values."""
        return self._written(self._formulas.inside(v)) if self._is_short(v) else LEFT_OUT

    def arithmetic(self, v: Value, digits: int) -> str:
        """What v was made of, in numbers."""
        if not self._is_short(v):
            return LEFT_OUT
        return self._written(self._in_shown.inside(v), digits, in_numbers=True)

    def operation(self, v: Value) -> str:
        """The sign of the operation that made v; where operations are folded, a formula."""
        return self.expression(v) if self._shown.has_folded(v) else sign(v)

    def partials(self, v: Value) -> dict[tuple[Value, int | None], Formula]:
        """The local derivatives of v, by the lower value and position of the edges that show them.

        Only those that are short enough to be read.
        """
        if not v.op or not self._is_short(v):
            return {}
        fold = self._shown.folds[v]
        terms: dict[tuple[Value, int | None], Formula] = {}
        if any(x in self._shown.kept for x in v.operands):
            direct = enumerate(self._as_typed.partials(v))
            terms.update({(x, i): p for i, (x, p) in direct})
            folded = self._shown.has_folded(v)
            through = self._as_typed.through(fold, direct=False) if folded else {}
        else:
            through = self._formulas.through(fold)
        terms.update({(x, None): tidy(f) for x, f in through.items() if f is not None})
        numbers = {(e.lower, e.position): e.partial for e in self._shown.below[v]}
        return {
            key: f
            for key, f in terms.items()
            if key in numbers and _is_readable(f) and _has_number(f, numbers[key])
        }

    def _is_short(self, v: Value) -> bool:
        return len(self._shown.folds[v].inner) <= _FOLDED

    def _written(self, f: Formula, digits: int | None = None, *, in_numbers: bool = False) -> str:
        """The formula, a long sum by its first terms and its last."""
        style = self._style
        if isinstance(f, Sum) and len(f.terms) > _TERMS:
            ends = (*f.terms[:2], f.terms[-1])
            some = [style.formula(t, digits, in_numbers=in_numbers) for t in ends]
            return style.signed_sum([*some[:2], LEFT_OUT, some[2]])
        if f.size > _READABLE or len(TEXT.formula(f, digits, in_numbers=in_numbers)) > _LONGEST:
            return LEFT_OUT
        return style.formula(f, digits, in_numbers=in_numbers)


def styled(number: str, style: Style) -> str:
    """A number of a picture as the style has it."""
    return number if style is TEXT else in_latex(number)


def sign(v: Value) -> str:
    """The sign of the operation that made v."""
    return str(rule_of(v).box)


def constants(v: Value) -> list[float]:
    """The plain numbers among the arguments that v was made of."""
    numbers: list[float] = []
    for parameter, x in zip(rule_of(v).parameters, v.arguments, strict=True):
        if parameter == "index":  # the place of a softmax's output is no number of the formula
            continue
        for one in x if isinstance(x, tuple) else (x,):
            if not isinstance(one, Value):
                numbers.append(one)
            elif one.op == "constant":
                numbers.append(one.data)
    return numbers


def _is_readable(f: Formula) -> bool:
    return f.size <= _READABLE and LEFT_OUT not in TEXT.formula(f)


def _has_number(f: Formula, x: float) -> bool:
    """Whether the formula gives the number; where 0 · inf was simplified it does not."""
    return math.isclose(f.number, x, rel_tol=1e-9, abs_tol=1e-12 + 4.0 * f.error) or (
        math.isnan(f.number) and math.isnan(x)
    )
