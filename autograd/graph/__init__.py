"""The one view of a graph: its order, its names, its folds and paths, and one reverse sweep.

The engine makes nodes and sweeps them; whatever else reads a graph (derivations, audits, pictures,
`grad`, matrix forms) reads it through here, so that all of them answer alike:

- **Order.** `topological` puts operands before what they make. The *reading order* also puts the
  first operand and all below it before the second, as the formula was typed; `Graph.order` is it.
- **Names.** A value is called by its label. A label of blanks is none, and a value that `grad`
  passed on under the label of its operand leaves the label to that. A root without one is L, and
  a value that is asked about x; a reader of graphs may name more values: v1, v2, … . A name that
  is taken gets a prime.
- **Two values of one label** are no fault of a graph: a picture shows both, and in formulas they
  never cancel. But nothing can be looked up by such a label, and where a text tells values apart
  by name alone (a derivation, an audit) the graph is refused: `Names.check_unique`.
- **Folds.** Between values that are shown lie some that are not: they are folded into the
  derivative of the one above by the one below, the sum over all ways between. What is shown is
  the caller's choice; every operation is folded alike. A `dot` without a label is a product and
  sum like any other: cut open, its weights come first, then its inputs, then its bias.
- **Roles** are told by use, never by a label: what multiplies what feeds an activation is a weight.
- **Paths** come depth first, the first operand first. That order is the graph's: it does not
  depend on where the paths lead.
- **The reverse sweep**, `accumulate`, adds partial times adjoint to each operand's adjoint, on
  numbers, on bounds, on formulas or on Values.
"""

from autograd.graph.fold import Fold
from autograd.graph.graph import Graph
from autograd.graph.names import Names
from autograd.graph.order import check_fresh, depending_on, reading_order, topological
from autograd.graph.paths import count_paths, walk_paths
from autograd.graph.recognition import Recognised, recognise
from autograd.graph.roles import roles_of, weights_of
from autograd.graph.sweep import accumulate, adjoints, local_partials

__all__ = [
    "Fold",
    "Graph",
    "Names",
    "Recognised",
    "accumulate",
    "adjoints",
    "check_fresh",
    "count_paths",
    "depending_on",
    "local_partials",
    "reading_order",
    "recognise",
    "roles_of",
    "topological",
    "walk_paths",
    "weights_of",
]
