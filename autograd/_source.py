"""Tracebacks through the extensions show the lines of the Python files that they are made of."""

import sys
from importlib.machinery import ExtensionFileLoader
from pathlib import Path


class SourceLoader(ExtensionFileLoader):
    """The loader of an extension that knows the Python file beside it."""

    def get_source(self, fullname: str) -> str:  # type: ignore[override]
        """The text of the Python file, which Python asks for when it prints a traceback."""
        file = Path(self.path).with_name(fullname.rpartition(".")[2] + ".py")
        return file.read_text(encoding="utf-8")


def show_source(*names: str) -> None:
    """Let the loaded modules of these names, where they are extensions, tell their source."""
    for name in names:
        spec = sys.modules[name].__spec__
        if spec is not None and isinstance(spec.loader, ExtensionFileLoader):
            spec.loader = SourceLoader(name, spec.loader.path)
            sys.modules[name].__loader__ = spec.loader
