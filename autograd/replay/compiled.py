"""The compiled part of tapes: the C files in `machine`, where they could be built."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from autograd.replay.program import KINDS

try:
    machine: Any = import_module("autograd.replay._machine")
except ImportError:  # no compiler when the package was installed
    machine = None
if machine is not None and machine.KINDS.split() != KINDS:
    raise ImportError("the compiled part of autograd.replay is of another version: reinstall it")

CODES: dict[str, int] = {}
"""The number of each instruction of straight-line code; see `machine/opcodes.h`."""
if machine is not None:
    CODES.update({name: number for number, name in enumerate(machine.CODES.split())})

ENGINES: list[str] = [*(machine.TARGETS if machine else []), "numpy"]
"""What can run a tape here, the fastest first."""

CC = "cc"
"""The engine that this machine's C compiler makes of a tape; see `exports/native.py`."""
