"""What the numbers of a calculation are called."""

from autograd import Value
from autograd.audit.calculation import PARTIAL, TERM, Calculation
from autograd.audit.quantities import Updated
from autograd.audit.wording import Names


def test_names_of_every_kind_of_number():
    w, x = Value(0.5, "w"), Value(3.0, "x")
    y = w * x
    y.label = "y"
    root = (y + 1.0) ** 2
    root.label = "E"
    calculation = Calculation(root, 0.5)
    calculation.ask([Updated(w)])
    names = Names(calculation)
    said = {n.kind: names[n] for n in calculation.nodes}
    assert names[calculation.of[y]] == "y"
    assert names[calculation.new[w]] == "w'"
    assert names[calculation.derivatives[root][w]] == "∂E/∂w"
    assert names.value(root.operands[0]) == "y + 1"
    assert "∂" in said[PARTIAL]
    assert "·" in said.get(TERM, "·")
