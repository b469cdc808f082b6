"""Training: `fit`, its engines, what it does with the data, and what it remembers."""

from nn.errors import DivergenceError
from nn.training.early_stopping import EarlyStopping
from nn.training.fit import fit
from nn.training.history import History

__all__ = [
    "DivergenceError",
    "EarlyStopping",
    "History",
    "fit",
]
