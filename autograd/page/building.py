"""The folder of the page: what is ours, what npm has, and the Python that runs in it."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

from autograd.errors import PageError
from autograd.folders import cache_folder
from autograd.formulas.mathml import STYLE

__all__ = ["PageError", "build"]

_LIBRARY = ("autograd", "graphviz")
"""The packages that the page needs from its start; `sympy` and `mpmath` come when asked for."""

_LATER = ("sympy", "mpmath")
_PYODIDE = (
    "pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "pyodide-lock.json", "python_stdlib.zip",
)  # fmt: skip
_DATA = (".py", ".txt", ".css", ".js")
_NOT_NEEDED = frozenset(["__pycache__", "tests", "benchmarks", "machine", "site", "packages"])
_DAY_ZERO = (1980, 1, 1, 0, 0, 0)


def build(folder: str | Path) -> Path:
    """Write the page into a folder, which any web host serves, and return its path.

    The pinned packages are fetched by npm at the first time, and kept in the user's cache.

    Args:
        folder: where to write; it is made, and files of an earlier page in it are replaced.

    Raises:
        PageError: there is no npm, or it cannot fetch what is pinned.
        OSError: the folder cannot be written.
    """
    folder = Path(folder)
    modules = _fetched()
    (folder / "pyodide").mkdir(parents=True, exist_ok=True)
    for name in _PYODIDE:
        shutil.copyfile(modules / "pyodide" / name, folder / "pyodide" / name)
    shutil.copyfile(modules / "@viz-js" / "viz" / "dist" / "viz.js", folder / "viz.js")
    site = resources.files(__package__) / "site"
    for file in site.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    drawing = resources.files("autograd.drawing")
    script = (drawing / "sweep.js").read_text(encoding="utf-8").replace("VERSION", "page")
    (folder / "sweep.js").write_text(script, encoding="utf-8")
    (folder / "sweep.css").write_bytes((drawing / "sweep.css").read_bytes())
    (folder / "mathml.css").write_text(STYLE, encoding="utf-8")
    _zip(folder / "library.zip", _LIBRARY)
    _zip(folder / "sympy.zip", _LATER)
    _list_files(folder)
    return folder


def _list_files(folder: Path) -> None:
    """The names of all files, for the service worker, with a version that is theirs."""
    names = sorted([p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()])
    kept = [name for name in names if name not in ("files.json", "service-worker.js")]
    whole = hashlib.sha256()
    for name in kept:
        whole.update(name.encode() + (folder / name).read_bytes())
    listed = {"version": f"whygrad-{whole.hexdigest()[:16]}", "files": kept}
    (folder / "files.json").write_text(json.dumps(listed, indent=1), encoding="utf-8")


# The Python part


def _zip(path: Path, packages: tuple[str, ...]) -> None:
    """The sources of installed packages, the same bytes for the same sources."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for package in packages:
            for file, name in _sources(package):
                archive.writestr(
                    zipfile.ZipInfo(name, _DAY_ZERO), file.read_bytes(), zipfile.ZIP_DEFLATED
                )


def _sources(package: str) -> Iterator[tuple[Path, str]]:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise PageError(f"the page needs the package {package}: pip install {package}")
    root = Path(spec.origin).parent
    for file in sorted(root.rglob("*")):
        inside = file.relative_to(root)
        if file.suffix in _DATA and _NOT_NEEDED.isdisjoint(inside.parts[:-1]):
            yield file, f"{package}/{inside.as_posix()}"


# What npm has


def _fetched() -> Path:
    """The folder of the pinned packages, fetched if they are not in the cache."""
    pins = resources.files(__package__) / "packages"
    files = {name: (pins / name).read_bytes() for name in ("package.json", "package-lock.json")}
    version = hashlib.sha256(b"".join(files.values())).hexdigest()[:16]
    kept = cache_folder() / f"page-{version}"
    if not kept.is_dir():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent) as work:
            for name, text in files.items():
                (Path(work) / name).write_bytes(text)
            _npm(Path(work))
            # Whoever was quicker, its folder holds the same.
            if not kept.is_dir():
                (Path(work) / "node_modules").rename(kept)
    return kept


def _npm(folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise PageError(
            "the page is made of npm packages, and there is no npm: install Node.js, which has it"
        )
    done = subprocess.run(
        [npm, "ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund"],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        raise PageError(
            f"npm could not fetch the page's packages: {said[0] if said else 'no word'}"
        )
