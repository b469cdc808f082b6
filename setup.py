"""Build the extensions; none without Cython or a C compiler, or where WHYGRAD_PURE is set."""

import os
from glob import glob
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

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
            "freethreading_compatible": True,  # see the book's page on threads
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
        "autograd.replay._machine",
        sorted(glob("autograd/replay/machine/*.c")),
        depends=sorted(glob("autograd/replay/machine/*.h")),
        include_dirs=[np.get_include()],
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


pure = os.environ.get("WHYGRAD_PURE", "0") not in ("", "0")
setup(cmdclass={"build_ext": Build}, ext_modules=[] if pure else [*engine(), *replay()])
