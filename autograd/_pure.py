"""Imported first, makes the rest of the library run from its Python files, compiled or not.

The environment variable WHYGRAD_PURE=1 asks for it: to step through the engine, or to compare.
Tapes see that this module is there, and are then run by NumPy.
"""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import SOURCE_SUFFIXES, FileFinder, ModuleSpec, SourceFileLoader
from types import ModuleType


class SourceFinder(MetaPathFinder):
    """Finds the Python file of a module of ours, where the usual finder prefers an extension."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module's file; None for what is not ours, or has no Python file."""
        if not name.startswith(("autograd.", "nn.")):
            return None
        for folder in path or ():
            spec = FileFinder(folder, (SourceFileLoader, SOURCE_SUFFIXES)).find_spec(name, target)
            if spec is not None:
                return spec
        return None


sys.meta_path.insert(0, SourceFinder())
