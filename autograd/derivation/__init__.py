"""The chain rule in the reader's names: the factors, paths and deltas that make up a gradient.

`factors` has the derivatives between named values, `chain` their paths and deltas; `writing` and
`steps` write them out, `expression` hands them to SymPy; `second` differentiates once more, and
`table` has several gradients beside each other; `derivation` is what the reader is given.
"""

from autograd.derivation.chain import Delta, Path
from autograd.derivation.derivation import Derivation, derive
from autograd.derivation.factors import Factor
from autograd.derivation.second import SecondDerivative
from autograd.derivation.table import DerivationTable
from autograd.errors import DerivationError

__all__ = [
    "Delta",
    "Derivation",
    "DerivationError",
    "DerivationTable",
    "Factor",
    "Path",
    "SecondDerivative",
    "derive",
]
