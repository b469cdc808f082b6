"""The slips that people make in a hand computation, as a table of small rows.

A slip is a local edit of the calculation: at one number of it, something else is computed. A row
says what it is called, how likely it is, where it applies and what is computed there instead;
`table` has the rows, `mistaken` what is taken for an operation or for its derivative, and
`surroundings` what a row may ask about a number.
"""

from autograd.audit.slips.slip import Slip
from autograd.audit.slips.table import slips_at

__all__ = ["Slip", "slips_at"]
