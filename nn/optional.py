"""Libraries that only some features need: loaded on use, with one clear error without them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = ["require"]


def require(module: str, extra: str, feature: str) -> Any:
    """The imported module. Raises ImportError that names the extra to install.

    >>> require("no_such_library", "plot", "History.plot()")
    Traceback (most recent call last):
    ImportError: History.plot() needs no_such_library: pip install "whygrad[plot]"
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module.split(".", maxsplit=1)[0]:
            raise
        library = error.name
        raise ImportError(f'{feature} needs {library}: pip install "whygrad[{extra}]"') from None
