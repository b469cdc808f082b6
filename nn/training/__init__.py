"""Training: `fit`, its engines, what it does with the data, and what it remembers."""

from nn.errors import DivergenceError
from nn.training.fit import EarlyStopping, fit
from nn.training.history import History
from nn.training.metrics import accuracy, confusion_matrix, r2_score

__all__ = [
    "DivergenceError",
    "EarlyStopping",
    "History",
    "accuracy",
    "confusion_matrix",
    "fit",
    "r2_score",
]
