"""Build the extensions; where there is no Cython or no C compiler the pure source is installed."""

from setuptools import Extension, setup

# Each is made of its own Python file, with the C types that the .pxd beside it adds.
COMPILED = ["autograd.scalar", "autograd.value", "autograd.functions", "nn.module"]


def engine():
    """The modules that Cython makes of Python files."""
    try:
        from Cython.Build import cythonize
        from Cython.Compiler import Options
    except ImportError:
        return []
    Options.directive_scopes["final"] += ("class",)  # typing's @final stands on a Python class
    Options.get_directive_defaults()["no_gc"] = True  # operands are older than their node: no cycle
    modules = cythonize(
        [Extension(name, [name.replace(".", "/") + ".py"]) for name in COMPILED],
        language_level=3,
        compiler_directives={"nonecheck": True},  # an AttributeError as in Python, not a crash
    )
    for module in modules:
        module.optional = True  # which cythonize drops
        module.extra_compile_args = ["-ffp-contract=off"]  # the same roundings as in Python
    return modules


setup(ext_modules=engine())
