"""The formulas of a problem in LaTeX."""

from __future__ import annotations

from autograd.formulas.typeset import LATEX
from autograd.formulas.values import Formulas
from autograd.graph import Graph
from autograd.value import Value

__all__ = ["as_latex"]


def as_latex(root: Value) -> str:
    """An `aligned` block: the leaves with their numbers, then each named value's formula."""
    graph = Graph(root)
    formulas = Formulas(graph)
    numbers, lines = [], []
    for v in graph.order:
        if v in graph.names:
            left = LATEX.name(graph.names[v])
            if v.operands:
                lines.append(f"{left} &= {LATEX.formula(formulas.inside(v))}")
            else:
                numbers.append(f"{left} &= {LATEX.number(v.data, 17)}")
    return "\n".join([r"\begin{aligned}", " \\\\\n".join([*numbers, *lines]), r"\end{aligned}"])
