"""A graph recorded once as a tape, run many times on new numbers at machine speed.

`record` makes a `Tape`, `record_each` (in `each`) one for each shape of row. How a tape is made:
`reading` (from Values to a `graph` by numbers), `folding` (what is done in one piece, `softmaxes`
too), `leveling` (how low each node can stand), `grouping` (what one record computes), `lowering`
(records and slots). What it is: `program`. What runs it: `interpreter` (NumPy, always there) and
the C files here, an optional extension with the same records.

Derivatives of each row, by inputs, or of second order are computed by single operations:
`flattening` makes a `flat` program of a tape, in a `draft`, by `partials` of the rules; `straight`
runs it (by the instructions that `assembly` makes for `machine/straight.h`, or by NumPy, in
`evaluation`), `derivatives` keeps those that a tape was asked for, `bound` is a call on one row,
`objective` what SciPy calls. `exports` writes a flat program down in C and for NumPy, and a tape
for JAX; its `native` is the engine "cc", which compiles that C.
"""

from autograd.errors import TapeError
from autograd.replay.batch import Batch
from autograd.replay.each import Tapes, record_each
from autograd.replay.recording import record
from autograd.replay.steps import Descent, Steps
from autograd.replay.tape import Tape
from autograd.update import UpdateRule

__all__ = [
    "Batch",
    "Descent",
    "Steps",
    "Tape",
    "TapeError",
    "Tapes",
    "UpdateRule",
    "record",
    "record_each",
]
