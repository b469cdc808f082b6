"""The audit of hand-computed numbers against the engine's: which are wrong, and by what slip.

`sheet` reads the numbers, `naming` finds what they stand for; `steps` and `reckoning` compute any
of them again from other numbers, `slips` does so wrongly in the ways that people do, and `report`
puts the verdicts together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd.value import Value

if TYPE_CHECKING:
    from autograd.audit.report import Audit
    from autograd.audit.sheet import Sheet

__all__ = ["audit"]


def audit(root: Value, sheet: Sheet, *, learning_rate: float | None = None) -> Audit:
    """Judge a sheet of hand-computed numbers against the graph of `root`.

    `sheet` maps names to numbers, or is a CSV file (its path, or an open one) with `name,value`
    on each line. A name is a label (the number in the forward pass), `dE/dw1` or `∂E/∂w1` (a
    gradient; an unlabelled root is L), or `w1'` (the weight after w − η ∂E/∂w, with η the
    `learning_rate`). A number given as text keeps its digits: "0.0821" is judged to four decimals;
    another is judged to the digits that Python prints.

    An entry is exact, rounded, truncated, carried forward (right, given an earlier wrong entry) or
    wrong. For a wrong one slips are tried, and those that give its figure named. No `grad` is
    touched, and `backward()` need not have run.

    Raises SheetError where the sheet cannot be read or names what is unknown, with the line;
    ValueError where two values have one label; GraphError where data was changed after the forward
    pass.

    >>> w, x, t = Value(0.5, "w"), Value(3.0, "x"), Value(2.0, "t")
    >>> y = w * x
    >>> y.label = "y"
    >>> found = audit((y - t) ** 2, {"y": "1.5", "L": "0.25", "dL/dw": "-1.5"})
    >>> [finding.verdict for finding in found]
    ['exact', 'exact', 'wrong']
    >>> print(found["dL/dw"].sentence)
    ∂L/∂w = -1.5 is wrong: it is -3.0. Why: a factor ½ too many (or a 2 forgotten).
    """
    from autograd.audit.report import judge

    return judge(root, sheet, learning_rate)
