"""What a sheet asks for: the numbers of a problem, in the order in which they are computed."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass

from autograd.formulas.labels import label_latex
from autograd.graph import Graph, adjoints
from autograd.problems.roles import roles_of
from autograd.value import Value

__all__ = ["Question", "blank_csv", "blank_latex", "blank_markdown", "questions", "standard_name"]


@dataclass(frozen=True)
class Question:
    """One number that a sheet asks for.

    `part` is "forward", "backward" or "update"; `of` is the label that the name is made of, and
    `number` what is right.
    """

    part: str
    of: str
    name: str
    number: float

    @property
    def typed(self) -> str:
        """The name as it is typed: dE/dw1 for ∂E/∂w1.

        >>> Question("backward", "w1", "∂E/∂w1", 0.0).typed
        'dE/dw1'
        """
        return self.name.replace("∂", "d")

    @property
    def latex(self) -> str:
        """The name in LaTeX."""
        if self.part == "update":
            return f"{{{label_latex(self.of)}}}_{{\\text{{new}}}}"
        if self.part == "forward":
            return label_latex(self.name)
        above, _, below = self.name.replace("∂", "").partition("/")
        return rf"\frac{{\partial {label_latex(above)}}}{{\partial {label_latex(below)}}}"


def questions(
    root: Value, stated: Mapping[str, str], learning_rate: float | None = None
) -> list[Question]:
    """The blank sheet of a graph.

    Args:
        root: its result.
        stated: the roles of its leaves by their labels, as far as they are known.
        learning_rate: that of the updates; without one none are asked.

    First every labelled value that is computed, operands first. Then, from the result backwards,
    the derivative by each value that parameters go into, and by those parameters. Then the
    parameters after one step of gradient descent. A graph without parameters asks for the
    derivatives by all its leaves.
    """
    graph = Graph(root)
    roles = roles_of(root, stated)
    gradients = adjoints(root)
    named = [v for v in graph.order if v in graph.names]
    computed = [v for v in named if v.operands]
    top = graph.names[root]
    asked_for = [Question("forward", graph.names[v], graph.names[v], v.data) for v in computed]
    wanted = {v for v, role in roles.items() if role == "parameter"}
    wanted = wanted or {v for v, role in roles.items() if role != "constant"}
    asked: dict[Value, None] = {}
    for v in reversed(computed):
        leaves = [u for u in _below(graph, v) if u in wanted and u in graph.names]
        if leaves and v is not root:
            asked.setdefault(v)
        for leaf in leaves:
            asked.setdefault(leaf)
    for v in asked:
        name = graph.names[v]
        asked_for.append(Question("backward", name, f"∂{top}/∂{name}", gradients[v]))
    if learning_rate is not None:
        for v in asked:
            if v in wanted:
                name = graph.names[v]
                number = v.data - learning_rate * gradients[v]
                asked_for.append(Question("update", name, f"{name}'", number))
    return asked_for


def _below(graph: Graph, v: Value) -> list[Value]:
    """The named values that v is made of directly, in order."""
    below: dict[Value, None] = {}
    stack = list(reversed(v.operands))
    while stack:
        u = stack.pop()
        if u in graph.names or not u.operands:
            below.setdefault(u)
        else:
            stack += reversed(u.operands)
    return list(below)


_QUOTIENT = re.compile(r"[d∂]\s*(.+?)\s*/\s*[d∂]\s*(.+)")
_DELTA = re.compile(r"(?:δ|delta)_?(.+)")


def standard_name(name: str, known: Mapping[str, Question]) -> str | None:
    """The question's name that a sheet's name stands for, in any of its spellings; else None.

    >>> asked = {q.name: q for q in [Question("backward", "h1", "∂E/∂h1", 0.5)]}
    >>> [standard_name(name, asked) for name in ("dE/dh1", "delta_h1", "δ_h1", "E")]
    ['∂E/∂h1', '∂E/∂h1', '∂E/∂h1', None]
    """
    name = name.strip()
    if name in known:
        return name
    plain = name.replace("′", "'").replace("’", "'")
    if plain in known:
        return plain
    match = _QUOTIENT.fullmatch(name)
    if match and f"∂{match[1]}/∂{match[2]}" in known:
        return f"∂{match[1]}/∂{match[2]}"
    match = _DELTA.fullmatch(name)
    if match:
        for question in known.values():
            if question.part == "backward" and question.of == match[1]:
                return question.name
    return None


# Blank sheets

_PARTS = {
    "forward": "Forward pass",
    "backward": "Backward pass",
    "update": "One step of gradient descent",
}


def blank_csv(asked: list[Question]) -> str:
    """A sheet to fill: name,value on each line, the values left open.

    >>> print(blank_csv([Question("forward", "h1", "h1", 0.5)]), end="")
    name,value
    h1,
    """
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["name", "value"])
    writer.writerows([[q.typed, ""] for q in asked])
    return file.getvalue()


def blank_markdown(asked: list[Question], digits: int) -> str:
    """The same as tables in Markdown, with the number of digits."""
    blocks = [f"Give {digits} significant digits, and carry on with the numbers you wrote."]
    for part, title in _PARTS.items():
        names = [q.name for q in asked if q.part == part]
        if names:
            rows = "\n".join([f"| {name.replace('|', chr(92) + '|')} |  |" for name in names])
            blocks.append(f"### {title}\n\n| quantity | value |\n|---|---|\n{rows}")
    return "\n\n".join(blocks) + "\n"


def blank_latex(asked: list[Question], digits: int) -> str:
    """The same as tables in LaTeX, for which a document loads the package longtable."""
    blocks = [
        f"Give {digits} significant digits, and carry on with the numbers you wrote.\n",
    ]
    for part, title in _PARTS.items():
        names = [q.latex for q in asked if q.part == part]
        if names:
            rows = "\n".join([rf"$\displaystyle {name}$ & \\[1ex] \hline" for name in names])
            blocks.append(
                f"\\subsection*{{{title}}}\n"
                "\\begin{longtable}{|l|p{6cm}|}\n\\hline\nquantity & value \\\\ \\hline\n"
                f"{rows}\n\\end{{longtable}}\n"
            )
    return "\n".join(blocks)
