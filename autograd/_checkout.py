"""Says so where Python takes the source of a checkout, though the compiled engine is installed."""

import warnings
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.metadata import Distribution, distributions
from pathlib import Path


def warn_of_the_slow_source(package: str, version: str) -> None:
    """Warn if a compiled install of this version is there, and the source beside us was taken.

    Python started in a checkout looks there first, so it imports files that no compiler has seen,
    some 25 times slower, and nobody is told. `package` is the folder that was imported.
    """
    folder = Path(package).parent
    if not (folder / "pyproject.toml").is_file():
        return
    # All of them, since a build leaves a record in the checkout that hides the installed one's.
    installed = [found for found in distributions(name="whygrad") if found.version == version]
    if any(map(_is_compiled, installed)):
        warnings.warn(
            f"Python imports whygrad's uncompiled source in {folder}, since it looks there first: "
            "some 25 times slower than the compiled whygrad that is installed. Start it in another "
            "folder, or with `python -P` (Python 3.11 or later); where the source is meant, set "
            "WHYGRAD_PURE=1",
            RuntimeWarning,
            stacklevel=3,
        )


def _is_compiled(installed: Distribution) -> bool:
    """Whether extensions were installed with it."""
    return any(file.name.endswith(tuple(EXTENSION_SUFFIXES)) for file in installed.files or ())
