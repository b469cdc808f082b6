"""Problem files that ship with the library, each a text of its own."""

from importlib.resources import files

from autograd.errors import ArgumentError
from autograd.suggestions import did_you_mean

__all__ = ["EXAMPLES", "example"]

EXAMPLES = (
    "note1", "note2", "note3a", "note3b", "note4", "note5",
    "neuron", "micrograd", "circuit", "sigmoid_circuit",
    "softmax", "recurrent", "lstm", "attention", "batch_norm",
)  # fmt: skip
"""The names of the examples: the notes first, then from small to large."""


def example(name: str) -> str:
    """The text of an example.

    Raises ValueError for an unknown name.

    >>> example("circuit").splitlines()[0]
    '# CS231n, first circuit: a sum and a product'
    """
    if name not in EXAMPLES:
        raise ArgumentError(f"there is no example {name!r}{did_you_mean(name, EXAMPLES)}")
    return files(__package__).joinpath(f"{name}.txt").read_text(encoding="utf-8")
