"""Build the extensions; none without Cython or a C compiler, or where WHYGRAD_PURE is set."""

import os
import shutil
from glob import glob
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.errors import CompileError

# Each is made of its own Python file, with the C types that the .pxd beside it adds.
COMPILED = [
    "autograd.scalar",
    "autograd.value",
    "autograd.functions",
    "autograd.graph.sweep",
    "autograd.replay.leaves",
    "autograd.replay.reading",
    "nn.layers",
    "nn.module",
]
HEADERS = ["autograd/node.h", "autograd/slabs.h", "autograd/sweeping.h"]
TAPES = "autograd.replay._machine"


def engine():
    """The modules that Cython makes of Python files."""
    try:
        from Cython.Build import cythonize
        from Cython.Compiler import Options
    except ImportError:
        return []
    Options.directive_scopes["final"] += ("class",)  # typing's @final stands on a Python class
    defaults = Options.get_directive_defaults()
    defaults["no_gc"] = True  # operands are older than their node: no cycle
    modules = cythonize(
        [
            Extension(
                name,
                [name.replace(".", "/") + ".py"],
                include_dirs=["autograd"],
                depends=HEADERS,
            )
            for name in COMPILED
        ],
        build_dir="build",
        language_level=3,
        compiler_directives={
            "nonecheck": True,  # an AttributeError as in Python, not a crash
            "freethreading_compatible": True,  # see notebooks/inside/threads.md
        },
    )
    for module in modules:
        module.optional = True  # which cythonize drops
        # The same roundings as in Python, and a file of a third of the size.
        module.extra_compile_args = ["-ffp-contract=off", "-g0"]
    return modules


def replay():
    """The compiled interpreter of tapes: one C source for every instruction set."""
    try:
        import numpy as np
    except ImportError:
        return []
    extension = Extension(
        TAPES,
        sorted(glob("autograd/replay/machine/*.c")),
        depends=sorted(glob("autograd/replay/machine/*.h")),
        include_dirs=[np.get_include()],
        define_macros=[("_USE_MATH_DEFINES", None)],  # Microsoft's math.h has M_LN2 then
        extra_compile_args=["-O3", "-ffp-contract=off", "-fno-math-errno", "-pthread", "-g0"],
        extra_link_args=["-pthread"],
        optional=True,
    )
    return [extension]


class Build(build_ext):
    """Builds the engine whole or not at all: its modules use each other's C types."""

    def run(self):
        """Build the extensions, then drop the engine's if one of them failed."""
        super().run()
        built = [Path(self.get_ext_fullpath(name)) for name in COMPILED]
        if not all(path.exists() for path in built):
            for path in built:
                path.unlink(missing_ok=True)

    def build_extension(self, extension):
        """Build one; where the compiler is Microsoft's, which has no vectors, tapes by clang-cl."""
        if self.compiler.compiler_type == "msvc":
            # Without options it keeps the roundings, on a processor without a fused operation.
            extension.extra_compile_args = extension.extra_link_args = []
            if extension.name == TAPES:
                self.take_clang(extension)
        super().build_extension(extension)

    def take_clang(self, extension):
        """Let what is compiled from now on, which comes last, be compiled by clang-cl."""
        clang = shutil.which("clang-cl")
        if clang is None:
            raise CompileError("clang-cl is not on the path, so NumPy will run tapes")
        if not self.compiler.initialized:
            self.compiler.initialize(self.plat_name)
        self.compiler.cc = clang
        options = ["-O3", "-ffp-contract=off", "-fno-math-errno"]
        extension.extra_compile_args = [f"/clang:{option}" for option in options]


pure = os.environ.get("WHYGRAD_PURE", "0") not in ("", "0")
setup(cmdclass={"build_ext": Build}, ext_modules=[] if pure else [*engine(), *replay()])
