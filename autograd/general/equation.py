"""An equation in the indices of one family."""

from __future__ import annotations

from dataclasses import dataclass

from autograd.general.nodes import Family
from autograd.general.terms import Index, Term, index, substitute

__all__ = ["Equation"]


@dataclass(frozen=True)
class Equation:
    """A family at its indices `variables` is `right`, or has it as its derivative."""

    family: Family
    variables: tuple[str, ...]
    right: Term

    @property
    def indices(self) -> tuple[Index, ...]:
        """The variables as indices."""
        return tuple([index(v) for v in self.variables])

    def at(self, indices: tuple[Index, ...]) -> Term:
        """The right side at other indices."""
        moved = self.right
        for v, i in zip(self.variables, indices, strict=True):
            moved = substitute(moved, v, i)
        return moved
