"""Table: rows that are looked up by a number, as an embedding's are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from autograd.errors import ArgumentError
from autograd.functions import take
from autograd.value import Number, Value

__all__ = ["Table"]


class Table:
    """Rows of Values, or single Values, of which an index takes one; an embedding, in a GPT.

    `table[i]` with a plain integer is that row itself, as of a list. With a Value, such as an input
    of a tape, it is what `take` makes of each column: a tape then looks another row up for each
    row of its batch, and the gradient goes to the numbers looked up alone.

    Raises TypeError or ValueError where the rows are no table, PlaceError where there is no row
    of the index.

    >>> from autograd import Value
    >>> letters = Table([[Value(0.1), Value(0.2)], [Value(0.3), Value(0.4)]])
    >>> [x.data for x in letters[Value(1)]], letters[1][0].data
    ([0.3, 0.4], 0.3)
    """

    def __init__(self, rows: Sequence[Any]):
        self.rows = list(rows)
        if not self.rows:
            raise ArgumentError("a table of no rows: give at least one")
        self._lists = [isinstance(row, (list, tuple)) for row in self.rows]
        if not any(self._lists):
            self._columns: list[tuple[Number, ...]] = [tuple(self.rows)]
        elif not all(self._lists) or len({len(row) for row in self.rows}) > 1:
            raise ArgumentError("the rows of a table are lists of one length, or single Values")
        else:
            self._columns = list(zip(*self.rows, strict=True))

    def __getitem__(self, place: Any) -> Any:
        if not isinstance(place, Value):
            return self.rows[place]
        taken = [take(column, place) for column in self._columns]
        return taken if self._lists[0] else taken[0]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.rows)

    def __repr__(self) -> str:
        return f"Table({len(self.rows)} rows of {len(self._columns)})"
