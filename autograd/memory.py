"""How a node is made and freed in C: what memory.pxd has from node.h, and Python does without."""

import sys
from typing import Any

IN_C = False
"""Whether nodes are made in C."""

GIL = getattr(sys, "_is_gil_enabled", lambda: True)()
"""Whether the global interpreter lock lets one thread at a time run Python code."""

slabs_held = slabs_empty = 0
"""How many slabs there are for nodes, and how many of them have none and wait for the next."""


def node_new(cls: type, *fields: Any) -> Any:
    """A node with these fields."""
    raise NotImplementedError


def nodes_of(cls: type) -> None:
    """Let nodes of this class be made and freed in C."""
