"""Libraries that only some tests need: imported when a test first uses them, which else is skipped.

>>> torch = extra("torch")  # nothing is imported yet
"""

import pytest


class extra:  # noqa: N801 - a module, as the tests see it
    """Stands for a module; a test that uses it is skipped where it is not installed."""

    def __init__(self, module):
        self._module = module

    def __getattr__(self, name):
        library = self._module.partition(".")[0]
        module = pytest.importorskip(self._module, reason=f"{library} is not installed")
        setattr(self, name, getattr(module, name))  # the next time without a search
        return getattr(module, name)
