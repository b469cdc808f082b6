"""The chain rule in the reader's names: the factors, paths and deltas that make up a gradient."""

from autograd.derivation.chain import Delta, Derivation, Path, derive
from autograd.derivation.cut import DerivationError, Factor, Graph

__all__ = ["Delta", "Derivation", "DerivationError", "Factor", "Graph", "Path", "derive"]
