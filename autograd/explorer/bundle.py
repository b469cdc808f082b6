"""Several JavaScript modules as one, for what loads a single file."""

from __future__ import annotations

import re
from collections.abc import Callable

from autograd.errors import ArgumentError

__all__ = ["bundle"]

_IMPORT = re.compile(r'^import \{([^}]*)\} from "\./([\w-]+)\.js";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:async )?function|const|let|class) (\w+)", re.MULTILINE)


def bundle(entry: str, read: Callable[[str], str]) -> str:
    """The text of an entry module with all modules that it needs, each in a scope of its own.

    This knows the imports and exports that our own modules have: `import { a, b } from "./name.js"`
    on a line of its own, and `export` before a function, class, const or let.

    Args:
        entry: the text of the module that is loaded; its own exports stay.
        read: the text of the module of a name.

    Raises ValueError for an import or export of another form.

    >>> entry = 'import { two } from "./n.js";\\nf(two);'
    >>> print(bundle(entry, lambda name: "export const two = 2;"))
    const module_n = (() => {
    const two = 2;
    return { two };
    })();
    const { two } = module_n;
    f(two);
    """
    modules: dict[str, str] = {}

    def linked(text: str) -> str:
        for _, name in _IMPORT.findall(text):
            if name not in modules:
                inside = _inside(linked(read(name)), name)
                modules[name] = f"const module_{name} = (() => {{\n{inside}}})();\n"
        return _IMPORT.sub(r"const {\1} = module_\2;\n", text)

    last = linked(entry)
    return "".join([*modules.values(), last])


def _inside(text: str, name: str) -> str:
    """A module as the body of a function that returns its exports."""
    names = ", ".join([m[2] for m in _EXPORT.finditer(text)])
    body = _EXPORT.sub(r"\1 \2", text)
    if re.search(r"^(import|export)\b", body, re.MULTILINE):
        raise ArgumentError(f"{name}.js has an import or export that cannot be bundled")
    return f"{body.rstrip()}\nreturn {{ {names} }};\n"
