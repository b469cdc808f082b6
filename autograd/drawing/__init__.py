"""Pictures of a computation: the graph with its numbers, and the sweep step by step."""

from autograd.drawing.draw import Drawing, draw, draw_dot
from autograd.drawing.engine import DrawingError
from autograd.drawing.sweep import Sweep, sweep

__all__ = ["Drawing", "DrawingError", "Sweep", "draw", "draw_dot", "sweep"]
