"""What NumPy's functions and its operators do with a single Value among their operands."""

from __future__ import annotations

from typing import Any

from autograd.errors import ArgumentTypeError
from autograd.scalar import is_time, not_a_number

_EQUALITY = ("equal", "not_equal")


def applied(
    kind: type, ufunc: Any, method: str, operands: tuple[Any, ...], options: dict[str, Any]
) -> Any:
    """The function of the operands, element by element, each of this `kind` as one element.

    Raises TypeError for dates and time spans, which NumPy would hand over as whole numbers.
    """
    import numpy as np  # which is there, as it calls this

    def element(x: Any) -> Any:
        if not isinstance(x, kind):
            return x
        wrapped = np.empty((), object)
        wrapped[()] = x
        return wrapped

    name = ufunc.__name__
    for x in operands:
        if is_time(x) and name not in _EQUALITY:
            raise ArgumentTypeError(not_a_number(x, name))
    return getattr(ufunc, method)(*map(element, operands), **options)
