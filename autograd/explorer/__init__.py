"""The living notebook: a computation with a slider for each of its leaves."""

from autograd.explorer.explorer import Explorer, explore

__all__ = ["Explorer", "explore"]
