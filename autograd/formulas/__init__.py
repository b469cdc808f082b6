"""Formulas that keep the form they were written in: their tree, their text, their LaTeX.

`tree` has the formulas and how they are joined, `tidying` makes them shorter; `labels` writes
names and numbers, `typeset` whole formulas; `symbolic` hands them to SymPy, and `general` writes
the table of rules with them.
"""

from autograd.formulas import typeset as typeset  # so that every formula can show itself
