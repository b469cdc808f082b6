"""Build the extensions; none without Cython or a C compiler, or where WHYGRAD_PURE is set."""

import ast
import gzip
import os
import shutil
import tarfile
from glob import glob
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.sdist import sdist
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
        extra_compile_args=[
            "-O3",
            "-funroll-loops",
            "-ffp-contract=off",
            "-fno-math-errno",
            "-pthread",
            "-g0",
        ],
        extra_link_args=["-pthread"],
        optional=True,
    )
    return [extension]


class Outside(ast.NodeTransformer):
    """Leaves of a module what a type checker and an editor ask for: no function has a body."""

    def __init__(self):
        self.overloaded = set()

    def visit_FunctionDef(self, node):
        """Its signature and its docstring; nothing of what implements overloads, after these."""
        if "overload" in map(ast.unparse, node.decorator_list):
            self.overloaded.add(node.name)
        elif node.name in self.overloaded:
            return None
        docstring = node.body[:1] if ast.get_docstring(node) else []
        node.body = [*docstring, ast.Expr(ast.Constant(...))]
        return node

    def visit_Assign(self, node):
        """Names that it makes, not attributes that it sets on something."""
        return node if all(isinstance(target, ast.Name) for target in node.targets) else None

    def visit_Expr(self, node):
        """Docstrings, no calls."""
        return node if isinstance(node.value, ast.Constant) else None

    def visit_If(self, node):
        """What is there for type checkers."""
        return node if ast.unparse(node.test) == "TYPE_CHECKING" else None


class Build(build_ext):
    """Builds the engine whole or not at all: its modules use each other's C types."""

    def run(self):
        """Build the extensions, then drop the engine's if one of them failed.

        Beside each in a wheel stands its type stub; in the source it would be taken for the source.
        """
        super().run()
        built = [Path(self.get_ext_fullpath(name)) for name in COMPILED]
        if not all(path.exists() for path in built):
            for path in built:
                path.unlink(missing_ok=True)
        elif not self.inplace:
            for name in COMPILED:
                file = name.replace(".", "/")
                source = ast.parse(Path(f"{file}.py").read_text(encoding="utf-8"))
                stub = ast.unparse(ast.fix_missing_locations(Outside().visit(source)))
                Path(self.build_lib, f"{file}.pyi").write_text(f"{stub}\n", encoding="utf-8")

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


class Source(sdist):
    """The source with all of its tests, the same bytes from the same files."""

    def make_distribution(self):
        """Add what the tests need: setuptools takes a few of them by their name."""
        self.filelist.graft("tests")
        self.filelist.append("CHANGELOG.md")
        self.filelist.global_exclude("*.py[cod]")
        super().make_distribution()

    def make_archive(self, base_name, format, root_dir=None, base_dir=None, **_):
        """A gzipped tar that tells nothing of who made it, where or when."""
        time = int(os.environ.get("SOURCE_DATE_EPOCH", "315532800"))  # 1980, where zips begin
        path = f"{base_name}.tar.gz"
        files = sorted(path for path in Path(base_dir).rglob("*") if path.is_file())
        with (
            gzip.GzipFile(path, "wb", mtime=time) as packed,
            tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
        ):
            for file in files:
                entry = tarfile.TarInfo(file.as_posix())
                entry.size, entry.mtime, entry.mode = file.stat().st_size, time, 0o644
                with file.open("rb") as data:
                    archive.addfile(entry, data)
        return path


os.umask(0o022)  # the modes of files are written into the wheel
pure = os.environ.get("WHYGRAD_PURE", "0") not in ("", "0")
home = os.environ.get("WHYGRAD_REPOSITORY")  # its address, where a release is made of it
setup(
    project_urls={
        "Source": home,
        "Issues": f"{home}/issues",
        "Changelog": f"{home}/blob/main/CHANGELOG.md",
    }
    if home
    else {},
    cmdclass={"build_ext": Build, "sdist": Source},
    ext_modules=[] if pure else [*engine(), *replay()],
)
