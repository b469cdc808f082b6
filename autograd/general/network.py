"""The network behind a graph: its families, their indices, equations and derivatives."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from autograd.general.alphabet import Alphabet
from autograd.general.alternatives import join_alternatives
from autograd.general.calculus import Calculus
from autograd.general.coordinates import Coordinates
from autograd.general.facts import Facts, other_numbers
from autograd.general.families import find_families
from autograd.general.naming import choose_named
from autograd.general.nodes import normal_form, reachable
from autograd.general.numbers import Numbers
from autograd.general.ranks import find_ranks
from autograd.graph import adjoints
from autograd.value import Value

__all__ = ["Network"]

_ROUNDS = 6


class Network:
    """A graph seen in general: what `derive_general` reads everything from."""

    def __init__(self, root: Value):
        nodes = normal_form(root)
        if join_alternatives(nodes):
            nodes = reachable(nodes[-1])
        self.families = find_families(nodes)
        choose_named(self.families)
        self.coordinates = Coordinates(self.families)
        self._place()
        self.alphabet = Alphabet(self.families, self.coordinates)
        adjoint_of = adjoints(root)
        self.numbers = Numbers(self.families, self.coordinates, adjoint_of)
        other = Numbers(self.families, self.coordinates, adjoint_of, other_numbers(nodes))
        self.facts = Facts(self.numbers, other)
        self.calculus = Calculus(self.families, self.coordinates, self.facts)

    def _place(self) -> None:
        """Find indices and layers; again, where the layers of a letter differ in their indices."""
        least: dict[Any, int] = {}
        for _ in range(_ROUNDS):
            self.coordinates.place(least)
            find_ranks(self.families, self.coordinates)
            most: dict[Any, int] = defaultdict(int)
            for f in self.families:
                most[f.group] = max(most[f.group], f.dimension)
            if all(f.dimension == most[f.group] for f in self.families):
                break
            least = most
