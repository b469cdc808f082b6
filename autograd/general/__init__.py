"""The formula in indices, found from the graph of one network with numbers.

Nothing is stored for a kind of network. `nodes` brings the graph into normal form, `families` finds
the numbers that play one part, `coordinates` their indices, `ranks` the layers and time steps;
`calculus` writes their equations and differentiates them with the table of rules, in the algebra of
`terms`; `numbers` holds every general line to the engine, on every instance. `alphabet` chooses the
letters, `writing` writes terms with them, `lines` says one line of all layers where it reads alike,
and `board` is the derivation with its reasons, which `derivation` gives to the reader. `second`
differentiates the formula once more; `index_sets` says what its indices run over.
"""

from autograd.general.board import Step
from autograd.general.derivation import Deviation, GeneralDerivation, derive_general
from autograd.general.index_sets import IndexSet
from autograd.general.second import SecondDerivatives

__all__ = [
    "Deviation",
    "GeneralDerivation",
    "IndexSet",
    "SecondDerivatives",
    "Step",
    "derive_general",
]
