"""Formulas that keep the form they were written in: their tree, their text, their LaTeX."""
