"""From a person's table to the rows and targets of a network, and back to their own classes."""

from nn.data.reading import labels_of, rows_of
from nn.data.schema import Schema

__all__ = ["Schema", "labels_of", "rows_of"]
