"""A browser, and JupyterLab on the loopback: what a reader of the notebooks has.

Run with `pip install ".[browser]" && pytest tests/browser`; Chromium is looked for on the path, or
where CHROMIUM says. In CI it must be there; elsewhere these tests are skipped without it.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from helpers.jupyter import FLAGS, chromium, jupyterlab

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
PACKAGES = Path(__file__).parent / "packages"


@pytest.fixture(scope="session")
def browser():
    program = chromium()
    if not program and not os.environ.get("CI"):
        pytest.skip("no Chromium on the path")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as p:
        started = p.chromium.launch(executable_path=program, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def page(browser):
    """A page that reaches nothing but this machine, and fails the test on an error of its own."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    errors, outside = [], []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.outside = outside

    def guard(route):
        if re.match(r"(file|data|blob|about):|https?://127\.0\.0\.1[:/]", route.request.url):
            return route.continue_()
        outside.append(route.request.url)
        return route.abort()

    opened.route("**/*", guard)
    yield opened
    context.close()
    assert not errors


@pytest.fixture(scope="session")
def axe(tmp_path_factory):
    """The source of axe-core, which looks for what keeps people out."""
    folder = tmp_path_factory.mktemp("axe")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(PACKAGES / name, folder / name)
    subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit"], cwd=folder, check=True)
    return (folder / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def jupyter(tmp_path_factory):
    """The address of a JupyterLab with a copy of the notebooks, and of its files."""
    pytest.importorskip("jupyterlab")
    folder = tmp_path_factory.mktemp("jupyter")
    shutil.copytree(NOTEBOOKS, folder / "notebooks")
    with jupyterlab(folder, folder / "notebooks") as server:
        yield server
