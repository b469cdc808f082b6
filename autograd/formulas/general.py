"""The table of rules written out on general names: d(a·b) = b·da + a·db."""

from __future__ import annotations

from typing import Any

from autograd.formulas.tree import (
    FORMULAS,
    ONE,
    Call,
    Choice,
    Condition,
    Formula,
    Number,
    Symbol,
    add,
    multiply,
)
from autograd.formulas.typeset import TEXT
from autograd.rules import RULES, Rule, Space

__all__ = ["general_form", "rule_table"]


def rule_table() -> list[tuple[str, str, str]]:
    """For every rule its name, y and dy; the notes' six first, the chain rule among them.

    >>> rule_table()[1]
    ('*', 'a·b', 'b·da + a·db')
    """
    rows = []
    for name, rule in RULES.items():
        value, partials = general_form(rule)
        differentials = [multiply([p, Symbol(f"d{x}", 1.0)]) for x, p in partials]
        rows.append((name, TEXT.formula(value), TEXT.formula(add(differentials))))
    rows.insert(_NOTES_RULES, ("chain", "f(u), u = g(x)", "f'(u)·g'(x)·dx"))
    return rows


def general_form(rule: Rule) -> tuple[Formula, list[tuple[str, Formula]]]:
    """A rule on general names: its value, and its partial by each of them.

    >>> from autograd.formulas.typeset import TEXT
    >>> value, partials = general_form(RULES["*"])
    >>> TEXT.formula(value), [(x, TEXT.formula(p)) for x, p in partials]
    ('a·b', [('a', 'b'), ('b', 'a')])
    """
    arguments: list[Any] = []
    names: list[str] = []
    for parameter in rule.parameters:
        if parameter == "index":
            arguments.append(0)
        elif parameter in _MANY:
            row = [f"{_MANY[parameter]}_{i}" for i in (1, 2)]
            names += row
            arguments.append(tuple([Symbol(name, 0.5 + i) for i, name in enumerate(row)]))
        else:
            name = _WRITTEN.get(parameter, parameter)
            names.append(name)
            is_place = parameter == "place"
            arguments.append(Symbol(name, 1.0 if is_place else 0.25 + len(names)))
    value = rule.evaluate(tuple(arguments), FORMULAS)
    is_long = isinstance(value, Call) and value.index is not None
    own = Symbol("y", value.number) if is_long else value
    partials = rule.differentiate(tuple(arguments), own, _SPACE)
    formulas = [p if isinstance(p, Formula) else Number(p) for p in partials]
    return value, list(zip(names, formulas, strict=True))


_NOTES_RULES = 5  # rows of RULES that the notes list, beside the chain rule
_WRITTEN = {"bias": "b", "place": "i"}
_SPACE = Space(
    {
        **FORMULAS,
        "kronecker": lambda j, i: Choice(Condition(i, "=", Number(float(j))), ONE, Number(0.0)),
    }
)  # where no place is known yet
_MANY = {"weights": "w", "inputs": "x", "values": "x"}
