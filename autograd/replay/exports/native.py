"""The engine "cc": the C of a flattened program compiled by this machine's compiler, and loaded.

It is compiled once and kept in the user's cache, by a hash of the source, the compiler and the
processor. The folder is the user's own and private, no shell is asked, and what was loaded is held
against the interpreter on the first rows that it computes.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.errors import ArgumentError, CompilerError
from autograd.folders import cache_folder
from autograd.replay.batch import aligned
from autograd.replay.exports.c import native_source
from autograd.replay.flat import Flat

__all__ = ["LARGEST", "NativeCode", "check_compiler"]

Floats = NDArray[np.float64]

LARGEST = 4_000
"""Operations past which compiling takes longer than it saves: some ten seconds."""

_CHECKED_ROWS = 64  # that both compute, the first time
_AGREE = 1e-9
_ALONE = 2  # references to a base: that of its array, and that of the question
_FLAGS = ["-std=c99", "-O3", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math", "-fPIC",
          "-shared", "-w"]  # fmt: skip
_TIMEOUT = 600.0  # seconds


class NativeCode:
    """Compiled code of a flattened program, called as the interpreter's is.

    `interpret(leaves, table)` computes the outputs of some rows by the interpreter.
    """

    def __init__(self, flat: Flat, slots: list[int], interpret: Callable[[Floats, Floats], Floats]):
        if len(flat.operations) > LARGEST:
            raise ArgumentError(
                f"the tape has {len(flat.operations):,} operations with its derivatives, and past "
                f"{LARGEST:,} compiling takes longer than it saves: stay with the interpreter"
            )
        self.threads = 1  # it takes one
        self._outputs = len(slots)
        self._spare: list[Floats] = []
        self._interpret: Callable[[Floats, Floats], Floats] | None = interpret
        self._run = _load(_compiled(native_source(flat, slots))).run
        self._run.restype = ctypes.c_int
        self._run.argtypes = [ctypes.c_long, ctypes.c_long, *[ctypes.c_void_p] * 3, ctypes.c_long]

    def each(self, leaves: Floats, packed: Floats, table: Floats, lanes: int) -> Floats | None:
        """The outputs of each row, outputs x rows; None where a number is not finite.

        `packed` has the rows in blocks of `lanes`, as `Batch` has them.
        """
        rows = len(table)
        places = -(-rows // 32) * 32
        found = self._room(places)
        leaves = np.ascontiguousarray(leaves)
        broken = self._run(
            rows, lanes, packed.ctypes.data, leaves.ctypes.data, found.ctypes.data, places
        )
        if broken:
            return None
        whole, found = found, found[:, :rows]
        if self._interpret is not None:
            self._check(leaves, table, found)
        self._spare[:] = [whole]
        return found

    def _room(self, places: int) -> Floats:
        """Room for the outputs: that of the call before, where nobody has its results any more.

        Memory that is asked for anew comes page by page, which takes a sixth of a quick call.
        """
        try:
            found = self._spare.pop()  # no other thread's then
        except IndexError:
            found = None
        # its memory belongs to its base, of which every view of it is a view
        if found is None or found.shape[1] != places or sys.getrefcount(found.base) > _ALONE:
            found = aligned(self._outputs * places).reshape(self._outputs, places)
        return found

    def _check(self, leaves: Floats, table: Floats, found: Floats) -> None:
        """Hold the first rows that are computed against the interpreter."""
        assert self._interpret is not None
        right = self._interpret(leaves, table[:_CHECKED_ROWS])
        off = np.abs(found[:, :_CHECKED_ROWS] - right)
        if not (off <= _AGREE * (1.0 + np.abs(right).max(initial=0.0))).all():
            raise CompilerError(
                f"what {compiler()[0]} made does not compute what the interpreter does: stay with "
                "the interpreter, or name another compiler in CC of the environment"
            )
        self._interpret = None


# The compiler


@cache
def compiler() -> tuple[str, ...]:
    """The command of this machine's compiler: CC of the environment, else clang, gcc or cc."""
    command = shlex.split(os.environ.get("CC", ""))
    names = [command[0]] if command else ["clang", "gcc", "cc"]
    for name in names:
        found = shutil.which(name)
        if found:
            return (found, *command[1:])
    raise CompilerError(
        f"there is no C compiler here ({', '.join(names)}): install one, name it in CC of the "
        "environment, or stay with the interpreter"
    )


def check_compiler() -> None:
    """Raise CompilerError where there is no compiler, or no private folder for what it makes."""
    if not hasattr(os, "getuid"):
        raise CompilerError(
            'the engine "cc" needs a POSIX system with a C compiler: stay with the interpreter'
        )
    compiler()
    _folder()


def _arguments(native: bool) -> list[str]:
    """The compiler's command, for this processor or for any of its kind."""
    here: list[str] = []
    if native:
        here = ["-march=native"]
        if platform.machine() in ("x86_64", "AMD64"):
            here.append("-mprefer-vector-width=512")
    return [*compiler(), *_FLAGS, *here]


@cache
def _identity() -> str:
    """The compiler's version, and the processor that it compiles for."""
    version = _called([*compiler(), "--version"])
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").splitlines()
        kinds = ("model name", "flags", "Features", "CPU part")
        processor = "\n".join(sorted({line for line in lines if line.startswith(kinds)}))
    except OSError:
        processor = platform.processor()
    return "\n".join([version, platform.machine(), processor])


def _called(command: list[str]) -> str:
    """What a command prints; CompilerError where it fails."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=_TIMEOUT, check=False
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise CompilerError(f"{command[0]} could not be run: {error}") from error
    if done.returncode:
        what = (done.stderr.strip() or f"exit status {done.returncode}").splitlines()[0]
        raise CompilerError(f"{command[0]} failed: {what}")
    return done.stdout


# The cache


def _folder() -> Path:
    """The private folder of compiled code; CompilerError where it is not the user's alone."""
    folder = cache_folder() / "cc"
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise CompilerError(
            f"no folder for compiled code: {error}; name another in XDG_CACHE_HOME"
        ) from error
    found = folder.lstat()
    private = stat.S_ISDIR(found.st_mode) and not stat.S_IMODE(found.st_mode) & 0o077
    if not private or found.st_uid != os.getuid():
        raise CompilerError(
            f"{folder} is not a folder of yours alone, so nothing is loaded from it: make it so "
            "(chmod 700), or name another in XDG_CACHE_HOME"
        )
    return folder


def _compiled(source: str) -> Path:
    """The shared library of a source, compiled unless the cache has it."""
    check_compiler()
    folder = _folder()
    key = "\n".join([source, *_arguments(native=True), _identity()])
    library = folder / f"{hashlib.sha256(key.encode()).hexdigest()}.so"
    if not library.exists():
        _compile(source, library)
    found = library.lstat()
    writable = stat.S_IMODE(found.st_mode) & 0o022
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.getuid() or writable:
        raise CompilerError(f"{library} is not a file of yours alone: delete it")
    return library


def _compile(source: str, library: Path) -> None:
    """Compile beside the library, and put what was made in its place."""
    try:
        with tempfile.TemporaryDirectory(dir=library.parent) as name:
            text, made = Path(name, "tape.c"), Path(name, "tape.so")
            text.write_text(source, encoding="ascii")
            try:
                _called([*_arguments(native=True), str(text), "-o", str(made), "-lm"])
            except CompilerError:  # one that does not know this processor
                _called([*_arguments(native=False), str(text), "-o", str(made), "-lm"])
            made.chmod(0o700)
            made.replace(library)
    except OSError as error:
        raise CompilerError(
            f"compiled code cannot be written: {error}; name another folder in XDG_CACHE_HOME"
        ) from error


def _load(library: Path) -> Any:
    try:
        return ctypes.CDLL(str(library))
    except OSError as error:
        library.unlink(missing_ok=True)
        raise CompilerError(f"what {compiler()[0]} made cannot be loaded: {error}") from error
