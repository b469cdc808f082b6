"""The audit of hand-computed numbers against the engine's: which are wrong, and by what slip.

All numbers that a sheet may show are one graph, the `calculation`: forward values, partials, terms,
sums and updates. From it everything else follows:

- `sheet` reads the figures, `naming` finds the numbers of the calculation that they stand for.
- `rounding` tells how the learner rounds, `propagation` how far that can take each number, and
  `judgement` which figures are right within that, which only follow from a wrong one, and which
  are wrong.
- `slips` is the table of what people do wrong: each slip is a local edit of the calculation.
- `search` tries all of them in one pass and finds the fewest that explain what is wrong.
- `wording` and `roles` tell what the numbers are called and what they are for; `report` puts the
  `findings` together, and `scoring` gives points for them.
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

    `sheet` maps names to numbers, or is a CSV file (its path, or an open one) with `name,value` on
    each line (or `name = value`, or with a semicolon or a tab between). A name is a label (the
    number in the forward pass), `dE/dw1` or `∂E/∂w1` (a gradient; an unlabelled root is L), or
    `w1'` (the weight after w − η ∂E/∂w, with η the `learning_rate`; also `new w1`, `w1+`). A number
    given as text keeps its digits: "0.0821" is judged to four decimals; another is judged to the
    digits that Python prints. What a sheet leaves open is passed over.

    An entry is exact, rounded, truncated, carried forward (right, given an earlier wrong entry) or
    wrong; with too few digits it cannot be judged. It is right within what rounding can have done
    on the way, at steps that are not on the sheet too. Of what is wrong the fewest slips that
    explain it are named, each once, with at most three readings; an entry that follows from a slip
    before it is carried forward. No `grad` is touched, and `backward()` need not have run.

    Raises SheetError where the sheet cannot be read or names what is unknown, with the line;
    ValueError where two values have one label; GraphError where data was changed after the forward
    pass.

    >>> w, x, t = Value(0.5, "w"), Value(3.0, "x"), Value(2.2, "t")
    >>> y = w * x
    >>> y.label = "y"
    >>> found = audit((y - t) ** 2, {"y": "1.5", "L": "0.49", "dL/dw": "-1.4"})
    >>> [finding.verdict for finding in found]
    ['exact', 'exact', 'wrong']
    >>> print(found["dL/dw"].sentence)
    ∂L/∂w = -1.4 is wrong: it is -4.2. Why: the factor ∂y/∂w = x is left out.
    """
    from autograd.audit.report import judge

    return judge(root, sheet, learning_rate)
