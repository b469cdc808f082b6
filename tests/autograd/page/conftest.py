"""The page as `whygrad page` builds it, once for all tests that need it."""

import os
import shutil

import pytest

from autograd.page.building import build


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    if not shutil.which("npm") and not os.environ.get("CI"):
        pytest.skip("npm is not installed")
    return build(tmp_path_factory.mktemp("site"))
