"""Pictures of networks and of their training."""

from nn.pictures.networks import draw_network
from nn.pictures.plots import (
    plot_activations,
    plot_decision_regions,
    plot_gradients,
    plot_history,
    plot_predictions,
)

__all__ = [
    "draw_network",
    "plot_activations",
    "plot_decision_regions",
    "plot_gradients",
    "plot_history",
    "plot_predictions",
]
