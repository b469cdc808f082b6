"""The chain rule in the reader's names: the factors, paths and deltas that make up a gradient.

`graph` has the names, `cut` the factors between them, `chain` the paths and deltas; `algebra` and
`exposition` write them out, set by `layout`; `derivation` is what the reader is given.
"""

from autograd.derivation.chain import Delta, Path
from autograd.derivation.cut import Factor
from autograd.derivation.derivation import Derivation, derive
from autograd.derivation.graph import Graph
from autograd.errors import DerivationError

__all__ = ["Delta", "Derivation", "DerivationError", "Factor", "Graph", "Path", "derive"]
