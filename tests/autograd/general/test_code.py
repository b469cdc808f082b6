"""The formula as a NumPy program that was run."""

import numpy as np
import pytest

from autograd import derive_general


@pytest.mark.parametrize("name", ["mlp2", "attention", "embeddings"])
def test_the_program_gives_the_engines_gradients(networks, name):
    root = networks(name)
    found = derive_general(root)
    loss, gradients = found.code.run()
    assert loss == pytest.approx(root.data, rel=1e-12)
    assert found.code.check() <= 1e-10
    assert all(np.all(np.isfinite(g)) for g in gradients.values())


def test_the_program_is_plain_python(networks):
    text = derive_general(networks("mlp1")).numpy()
    compile(text, "program", "exec")
    assert text.count("def gradients(") == 1
