"""Several gradients of one root in one table: all weights of a neuron, with their new numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence

from autograd.derivation.chain import Chain
from autograd.derivation.writing import Update, by_deltas, in_one_row, legend
from autograd.errors import ArgumentError
from autograd.formulas.blocks import Block, Typeset, latex_blocks, text_blocks
from autograd.formulas.typeset import LATEX, TEXT, Style
from autograd.scalar import as_float

__all__ = ["DerivationTable"]


_WIDTH = 100  # characters of the widest table


class DerivationTable(Typeset):
    """The gradients by several values, a row for each; see `derive`.

    The deltas that the rows use stand above them, each once. `derivations` has the rows.

    >>> from autograd import Value, derive
    >>> w, b, x, t = Value(3.0, "w"), Value(1.0, "b"), Value(2.0, "x"), Value(5.0, "t")
    >>> y = w * x + b
    >>> y.label = "y"
    >>> print(derive((y - t) ** 2, [w, b]).update(0.5))
    δ_y = ∂L/∂y = 2(y − t)
        = 2(7 − 5)
        = 4
    <BLANKLINE>
       ∂L/∂…    in numbers  gradient  now  now − 0.5 · gradient
    w  δ_y · x  4 · 2       8         3    −1
    b  δ_y      4           4         1    −1
    """

    def __init__(self, derivations: Sequence[Chain], learning_rate: float | None = None):
        self.derivations = tuple(derivations)
        self.learning_rate = learning_rate

    @property
    def values(self) -> dict[str, float]:
        """The gradients, by the names of what they are by."""
        return {d.name(d.wrt): d.value for d in self.derivations}

    @property
    def new_values(self) -> dict[str, float]:
        """The numbers after the step of `update`; ValueError where there was none.

        >>> from autograd import Value, derive
        >>> w = Value(3.0, "w")
        >>> derive(w * w, ["w"]).update(0.25).new_values
        {'w': 1.5}
        """
        rate = self.learning_rate
        if rate is None:
            raise ArgumentError("the table has no learning rate: take .update(η) first")
        return {d.name(d.wrt): Update(d, rate).value for d in self.derivations}

    def update(self, learning_rate: float) -> DerivationTable:
        """The same table with the new number of each value, w − η ∂E/∂w.

        Raises ValueError where the learning rate is not finite.
        """
        rate = as_float(learning_rate, "learning_rate")
        if not math.isfinite(rate):
            raise ArgumentError(f"the learning rate must be a finite number, not {rate!r}")
        return DerivationTable(self.derivations, rate)

    def _blocks(self, style: Style, *, whole: bool = False) -> list[Block | str]:
        """The deltas, each once, also where several rows use it; the `whole` gradients too."""
        shared: dict[str, Block | str] = {}
        for d in self.derivations:
            blocks = by_deltas(d, style)
            for block in blocks if whole else blocks[:-1]:
                shared.setdefault(block if isinstance(block, str) else block.left, block)
        return list(shared.values())

    def _rows(self, style: Style) -> list[list[str]]:
        """The head of the table, then the name, gradient and numbers of each row."""
        first = self.derivations[0]
        slope = style.derivative(first.name(first.root), "…")
        head = ["", slope, *[style.words(text) for text in ("in numbers", "gradient", "now")]]
        rows = []
        for d in self.derivations:
            numbers = [style.number(x, d.digits) for x in (d.value, d.graph.data[d.wrt])]
            rows.append([style.name(d.name(d.wrt)), *in_one_row(d, style), *numbers])
        if self.learning_rate is not None:
            rate = style.number(self.learning_rate, first.digits)
            now, gradient = style.words("now"), style.words("gradient")
            head.append(f"{now} {style.minus} {rate}{style.times}{gradient}")
            for row, x in zip(rows, self.new_values.values(), strict=True):
                row.append(style.number(x, first.digits))
        return [head, *rows]

    def text(self) -> str:
        """The deltas, then the table, in plain text.

        Where its lines would be too wide, the gradients stand above it with the deltas.
        """
        rows = self._rows(TEXT)
        is_wide = max(map(len, _lines(rows))) > _WIDTH
        if is_wide:
            rows = [[row[0], *row[3:]] for row in rows]
        blocks = self._blocks(TEXT, whole=is_wide)
        table = "\n".join(_lines(rows))
        return text_blocks([*blocks, table, *legend(self.derivations[0], TEXT)])

    def to_latex(self) -> str:
        """The same in LaTeX: the deltas `aligned`, the table an `array`."""
        head, *rows = [" & ".join(row) for row in self._rows(LATEX)]
        columns = "c|ll" + "l" * (2 if self.learning_rate is None else 3)
        body = " \\\\\n".join(rows)
        table = f"\\begin{{array}}{{{columns}}}\n{head} \\\\ \\hline\n{body}\n\\end{{array}}"
        parts = [self._blocks(LATEX), legend(self.derivations[0], LATEX)]
        above, below = [[latex_blocks(p)] if p else [] for p in parts]
        whole = " \\\\[2ex]\n".join([*above, table, *below])
        return f"\\begin{{gathered}}\n{whole}\n\\end{{gathered}}"

    @property
    def latex(self) -> str:
        """The table in LaTeX, which MathJax renders too."""
        return self.to_latex()

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        d = self.derivations[0]
        return f"<DerivationTable of {d.name(d.root)} by {', '.join(self.values)}>"


def _lines(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of cells in columns as wide as they need."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join([cell.ljust(n) for cell, n in zip(row, widths, strict=True)]).rstrip()
        for row in rows
    ]
