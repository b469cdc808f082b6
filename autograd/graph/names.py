"""What the values of a graph are called."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from autograd.errors import ArgumentError
from autograd.suggestions import did_you_mean
from autograd.value import Value

__all__ = ["ROOT", "Names"]

ROOT = "L"
"""What a root without a label is called."""


class Names:
    """The names of values: their labels, and those that were given besides.

    The root is called L where it has no label.

    >>> x = Value(2.0, "x")
    >>> y = x * x
    >>> names = Names([x, y], y)
    >>> names[x], names[y], names.find("x") is x
    ('x', 'L', True)
    """

    def __init__(self, order: Iterable[Value], root: Value):
        self._names: dict[Value, str] = {}
        self._values: dict[str, list[Value]] = {}
        self.numbered: list[Value] = []
        """The values that were named v1, v2, …."""
        for v in order:
            label = label_of(v)
            if label:
                self._name(v, label)
        self._nameless_root = None if root in self._names else root
        self.give(root, ROOT)

    def _name(self, v: Value, name: str) -> None:
        self._names[v] = name
        self._values.setdefault(name, []).append(v)

    def __contains__(self, v: object) -> bool:
        return v in self._names

    def __getitem__(self, v: Value) -> str:
        return self._names[v]

    def __iter__(self) -> Iterator[Value]:
        return iter(self._names)

    def is_written(self, v: Value) -> bool:
        """Whether v goes by its name in a formula; an unlabelled root is written out."""
        return v in self._names and v is not self._nameless_root

    def give(self, v: Value, name: str) -> None:
        """Name a value that has no name yet; a name that is taken gets a prime."""
        if v not in self._names:
            while name in self._values:
                name += "′"
            self._name(v, name)

    def number(self, v: Value) -> None:
        """Name a value that has no name yet v1, v2, …, in the order of the calls."""
        if v not in self._names:
            self.numbered.append(v)
            self.give(v, f"v{len(self.numbered)}")

    def texts(self) -> list[str]:
        """All names, in the order of the graph."""
        return list(self._values)

    def get(self, name: str) -> Value | None:
        """The one value of that name; None where there is none, or more than one.

        A layer may be left out where that leaves no doubt: `w_11` is w_11^2 where no other layer
        has one. Of several the one that is computed is meant, as a page that writes a_j for its
        outputs means those and not the inputs a_j^(l−1).
        """
        values = self._values.get(name) or self._without_layer(name)
        return values[0] if len(values) == 1 else None

    def find(self, name: str) -> Value:
        """The value that `get` finds.

        Raises ValueError, with the nearest names, where there is none, or more than one.
        """
        value = self.get(name)
        if value is not None:
            return value
        if name in self._values:
            raise ArgumentError(
                f"{len(self._values[name])} values in the graph are labelled {name!r}: give the "
                "Value itself, or each its own label"
            )
        some = ", ".join(list(self._values)[:8]) + (" ..." if len(self._values) > 8 else "")
        hint = did_you_mean(name, self._values) or f"; there are {some}"
        raise ArgumentError(f"no value in the graph is labelled {name!r}{hint}")

    def _without_layer(self, name: str) -> list[Value]:
        """The value that is called so in some layer, name^l, if there is just one to mean."""
        full_names = [full for full in self._values if full.rpartition("^")[0] == name]
        layers = [v for full in full_names for v in self._values[full]]
        meant = [v for v in layers if v.operands] or layers
        return meant if len(meant) == 1 else []

    def check_unique(self) -> None:
        """Raise ValueError where two values have one name: a text could not tell them apart."""
        for name, (first, *others) in self._values.items():
            if others:
                hint = " (of a batch, derive the loss of one example)" if others[0].operands else ""
                raise ArgumentError(
                    f"two values are labelled {name!r} ({first.data!r} and {others[0].data!r}): "
                    f"give each its own label, so that the derivation can tell them apart{hint}"
                )


def label_of(v: Value) -> str:
    """The label, empty for none: one with nothing to see, or passed on from the operand."""
    if not v.label or not any(c.isprintable() and c != " " for c in v.label):
        return ""
    passed_on = v.op == "identity" and v.operands[0].label == v.label
    return "" if passed_on else v.label
