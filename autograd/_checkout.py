"""Says so where Python takes the source of a checkout, though the compiled engine is installed."""

import warnings
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

__all__ = ["warn_of_the_slow_source"]

_EXTENSIONS = (".so", ".pyd")


def warn_of_the_slow_source(package: str, version: str) -> None:
    """Warn if a compiled install of this version is there, and the source beside us was taken.

    Python started in a checkout looks there first, so it imports files that no compiler has seen,
    some 25 times slower, and nobody is told. `package` is the folder that was imported.
    """
    folder = Path(package).parent
    if not (folder / "pyproject.toml").is_file():
        return
    try:
        installed = distribution("whygrad")
    except PackageNotFoundError:
        return
    names = [file for file in installed.files or () if file.suffix in _EXTENSIONS]
    is_elsewhere = Path(str(installed.locate_file("autograd"))).resolve() != Path(package).resolve()
    if names and is_elsewhere and installed.version == version:
        warnings.warn(
            f"Python imports whygrad's uncompiled source in {folder}, since it was started there: "
            "some 25 times slower than the compiled whygrad that is installed. Start it in another "
            "folder, or set WHYGRAD_PURE=1 if the source is meant",
            RuntimeWarning,
            stacklevel=3,
        )
