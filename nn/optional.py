"""Libraries that only some features need: loaded on use, with one clear error without them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from autograd.errors import MissingLibraryError

__all__ = ["require"]


def require(module: str, extra: str | None, feature: str) -> Any:
    """The imported module. Raises ImportError that says what to install, by the extra if any.

    >>> require("no_such_library", "plot", "History.plot()")
    Traceback (most recent call last):
    autograd.errors.MissingLibraryError: History.plot() needs no_such_library: pip install \
"whygrad[plot]"
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module.split(".", maxsplit=1)[0]:
            raise
        library = error.name
        wanted = f'"whygrad[{extra}]"' if extra else library
        raise MissingLibraryError(f"{feature} needs {library}: pip install {wanted}") from None
