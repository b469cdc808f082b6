"""The flattened program: a tape as a list of single operations, its derivatives among them.

Where a record of a `program` computes many nodes, here every operation stands alone, and the
derivatives are more of the same operations: nothing is left that must run backward. Equal parts
are there once, and nothing that no result needs. `flattening` makes one; it can be run, or written
down in another language.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from autograd.rules import RULES, Rule

DERIVED = {
    rule.name: rule
    for rule in (
        # a share of an adjoint g: 0 where g is 0, also where the partial is infinite
        Rule("times", "·", ("g", "d"), "where(equal(g, 0), 0, g * d)", ("d", "g")),
        Rule("over", "/", ("g", "d"), "where(equal(g, 0), 0, quotient(g, d))",
             ("quotient(1, d)", "quotient(-y, d)")),
        # 1 where it is so, else 0
        Rule("less", "<", ("a", "b"), "where(a < b, 1, 0)", (None, None)),
        Rule("less_equal", "≤", ("a", "b"), "where(a <= b, 1, 0)", (None, None)),
        Rule("equal", "=", ("a", "b"), "where(equal(a, b), 1, 0)", (None, None)),
    )
}  # fmt: skip
"""The operations that only derivatives need, in the form of `autograd.rules`."""

SETTLED = "settled"
"""The logsumexp y of values, the largest of which is `top`, of operands y, top and the values.

That is y as it stands, but where it may have lost digits, as where both nearly cancel: there it is
computed anew with all of them. No rule of single operations says that.
"""

OPERATIONS: dict[str, Rule] = {
    **{name: rule for name, rule in RULES.items() if rule.elementwise},
    **DERIVED,
}
"""Every operation of a flattened program, by its name: its rule says what it computes."""


class Operation(NamedTuple):
    """One operation: `OPERATIONS[name]` of the numbers in the slots `operands`, in slot `result`.

    The operands of "where" are c, a and b: a where c > 0, else b. SETTLED alone has any number.
    """

    name: str
    operands: tuple[int, ...]
    result: int


@dataclass(frozen=True)
class Flat:
    """Single operations over numbered slots; every slot is written once, before it is read.

    Slots come in this order: the columns of the batch (the inputs of the recorded function), the
    leaves (parameters first, then those that are only read: one number for all rows), the
    constants, and the results of `operations`, one after another.

    - columns, leaves: how many there are, `parameters` of the leaves being differentiated by;
    - constants: their numbers;
    - operations: a row for each, in the order in which they can be done;
    - results: the slot of each result of the recorded function;
    - gradients: for each result, the slots of its derivatives by `wrt`, in its order;
    - hessians: for each result, the slots of its second derivatives that may be other than 0, by
      their places (i, j) with i <= j;
    - products: for each result, its Hessian times a vector, whose numbers are further leaves, the
      last ones.

    What was not asked for is empty. All slots can be of any kind: a derivative may be a constant.
    """

    columns: int
    leaves: int
    constants: tuple[float, ...]
    operations: tuple[Operation, ...]
    results: tuple[int, ...]
    gradients: tuple[tuple[int, ...], ...] = ()
    hessians: tuple[dict[tuple[int, int], int], ...] = ()
    products: tuple[tuple[int, ...], ...] = ()

    @property
    def first_constant(self) -> int:
        """The slot of the first constant."""
        return self.columns + self.leaves

    @property
    def first_operation(self) -> int:
        """The slot of the first operation's result."""
        return self.columns + self.leaves + len(self.constants)

    @property
    def slots(self) -> int:
        """How many slots there are."""
        return self.first_operation + len(self.operations)


_HANDS_ON = frozenset(  # what is not finite where its operand is not
    {"+", "-", "*", "neg", "abs", "sqrt", "log", "log1p", "log2", "log10", "cbrt", "identity"}
    | {"sinh", "cosh", "asinh", SETTLED}
)


def swallowed(flat: Flat, operations: Sequence[tuple[str, tuple[int, ...], int]]) -> bytearray:
    """For each slot, whether it is of the recorded function and may be infinite or NaN unseen.

    Where a number is not finite, neither is what is made of it, down to a result, but in a division
    by it, in a choice, and in an operation that is bounded. `operations` are the program's, or what
    they were changed to, in their order.
    """
    primal, found, first = bytearray(flat.slots), bytearray(flat.slots), flat.first_operation
    for k in flat.results:
        primal[k] = 1
    for name, operands, result in reversed(operations):
        if not primal[result]:
            continue
        for x in operands:
            primal[x] = 1
        if name not in _HANDS_ON:
            for x in operands[1:] if name == "/" else operands:
                found[x] = x >= first
    return found
