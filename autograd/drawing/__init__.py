"""Pictures of a computation: the graph with its numbers, and the sweep step by step."""

from autograd.drawing.draw import Drawing, draw, draw_dot
from autograd.drawing.sweep import Sweep, sweep
from autograd.errors import DrawingError

__all__ = ["Drawing", "DrawingError", "Sweep", "draw", "draw_dot", "sweep"]
