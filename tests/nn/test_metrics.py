"""The metrics of training against scikit-learn's."""

import numpy as np
import pytest
from extras import extra

import nn


def test_metrics_against_scikit_learn():
    sklearn = extra("sklearn.metrics")
    drawn = np.random.default_rng(0)
    y, p = drawn.normal(size=(50, 2)), drawn.normal(size=(50, 2))
    assert nn.r2_score(y, p) == pytest.approx(sklearn.r2_score(y, p), rel=1e-12)
    assert nn.r2_score(y[:, 0], p[:, 0]) == pytest.approx(sklearn.r2_score(y[:, 0], p[:, 0]))
    assert nn.r2_score([1, 1], [1, 1]) == sklearn.r2_score([1, 1], [1, 1])
    assert nn.r2_score([1, 1], [1, 2]) == sklearn.r2_score([1, 1], [1, 2])
    a, b = drawn.integers(0, 4, 60), drawn.integers(0, 4, 60)
    assert nn.accuracy(a, b) == pytest.approx(sklearn.accuracy_score(a, b))
    expected = sklearn.confusion_matrix(a, b)
    matrix = nn.confusion_matrix(a, b)
    assert np.array(matrix.counts).tolist() == expected.tolist()
    ordered = nn.confusion_matrix(a, b, classes=[3, 2, 1, 0])
    assert np.array(ordered.counts).tolist() == expected[::-1, ::-1].tolist()
    for f in (nn.accuracy, nn.r2_score, nn.confusion_matrix):
        with pytest.raises(ValueError, match="2 targets but 1 predictions"):
            f([1, 2], [1])
    with pytest.raises(ValueError, match="5 is none of the classes"):
        nn.confusion_matrix([1, 5], [1, 1], classes=[1])
