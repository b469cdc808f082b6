"""The house: imports run one way, and the test of a file is where its name says."""

import ast
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for package in ("autograd", "nn")
    for path in sorted((ROOT / package).rglob("*.py"))
}
pytestmark = pytest.mark.skipif(not FILES, reason="the sources are not beside these tests")

WITHOUT_A_TEST = {
    "autograd/audit/slips/slip.py": "a record without behaviour",
    "autograd/node.py": "types alone",
    "nn/distributed/cluster.py": "needs a cluster, as training/test_distributed.py starts one",
    "nn/__main__.py": "the command, which command/test_output.py runs as a process",
}


def statements(tree):
    """All statements, those in functions and those for types alone too."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.stmt, ast.excepthandler, ast.match_case)):
            yield node
            yield from statements(node)


@cache
def imported(name):
    """The modules of ours that a file imports, in functions and for types too."""
    path = FILES[name]
    return set(_imported(name if path.name == "__init__.py" else name.rpartition(".")[0], path))


def _imported(package, path):
    for node in statements(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from [alias.name for alias in node.names if alias.name in FILES]
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")[: len(package.split(".")) + 1 - node.level]
            base = ".".join([*(parts if node.level else []), *filter(None, [node.module])])
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                yield from [inner] if inner in FILES else [base] if base in FILES else []


def circle_in(arrows):
    """One circle, as the names on it; nothing where there is none."""
    state = {}

    def search(name, way):
        state[name] = "underway"
        for other in sorted(arrows[name]):
            if state.get(other) == "underway":
                return [*way[way.index(other) :], other]
            if other not in state and (found := search(other, [*way, other])):
                return found
        state[name] = "done"
        return None

    return next((c for n in sorted(arrows) if n not in state and (c := search(n, [n]))), None)


def arrows_between(place):
    """Which places import from which, where `place` gives a module's."""
    arrows = defaultdict(set)
    for name in FILES:
        for other in imported(name):
            arrows[place(name)].add(place(other))
            arrows[place(other)] |= set()
    return {name: others - {name} for name, others in arrows.items()}


@pytest.mark.slow
def test_no_file_and_no_room_is_in_a_circle_of_imports():
    assert circle_in(arrows_between(lambda name: name)) is None
    rooms = arrows_between(lambda name: ".".join(name.split(".")[:2]))
    assert circle_in(rooms) is None
    assert not {other for name in rooms if name.startswith("autograd") for other in rooms[name]
                if other.startswith("nn")}  # fmt: skip


def test_a_circle_would_be_found():
    assert circle_in({"a": {"b"}, "b": {"c"}, "c": {"a"}}) == ["a", "b", "c", "a"]
    assert circle_in({"a": {"b", "c"}, "b": {"c"}, "c": set()}) is None


def test_every_file_has_a_test_of_its_name():
    missing = []
    for path in FILES.values():
        source = path.relative_to(ROOT)
        test = ROOT / "tests" / source.with_name(f"test_{source.name.lstrip('_')}")
        if path.name != "__init__.py" and not test.exists():
            missing.append(source.as_posix())
    assert set(missing) == set(WITHOUT_A_TEST)
