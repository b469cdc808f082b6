"""Libraries that only some tests need: a test that uses one is skipped where it is not installed.

>>> torch = extra("torch")  # nothing is imported yet
>>> to_pytorch = needs("torch")  # the mark of a test that needs it without naming it
"""

from importlib.util import find_spec

import pytest


def needs(library):
    """The mark of tests that are skipped where the library is not installed."""
    return pytest.mark.skipif(not find_spec(library), reason=f"{library} is not installed")


class extra:  # noqa: N801 - a module, as the tests see it
    """Stands for a module; a test that uses it is skipped where it is not installed."""

    def __init__(self, module):
        self._module = module

    def __getattr__(self, name):
        if name.startswith("_"):  # pytest looks for such names while it collects
            raise AttributeError(name)
        library = self._module.partition(".")[0]
        module = pytest.importorskip(self._module, reason=f"{library} is not installed")
        setattr(self, name, getattr(module, name))  # the next time without a search
        return getattr(module, name)
