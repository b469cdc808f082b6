"""The house: the test of a file is where its name says."""

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
    "nn/__main__.py": "the command, which command/test_output.py runs as a process",
}


def test_every_file_has_a_test_of_its_name():
    missing = []
    for path in FILES.values():
        source = path.relative_to(ROOT)
        test = ROOT / "tests" / source.with_name(f"test_{source.name.lstrip('_')}")
        if path.name != "__init__.py" and not test.exists():
            missing.append(source.as_posix())
    assert set(missing) == set(WITHOUT_A_TEST)
