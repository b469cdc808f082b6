"""The estimators pass every check of scikit-learn's, a test each.

They are a file of their own because they can only be listed where scikit-learn is installed.
"""

import pytest

pytest.importorskip("sklearn", reason="sklearn is not installed")
from sklearn.utils.estimator_checks import estimator_checks_generator

from nn.estimators import MLPClassifier, MLPRegressor


def every_check():
    """Every check but that of other libraries' arrays, which is switched off."""
    checks = []
    for kind in (MLPClassifier, MLPRegressor):
        network = kind((6,), "tanh", learning_rate_init=0.03, max_iter=100, random_state=0)
        for estimator, check in estimator_checks_generator(network):
            name = check.func.__name__
            if name != "check_array_api_input":
                checks.append(pytest.param(estimator, check, id=f"{kind.__name__}-{name}"))
    return checks


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize(("estimator", "check"), every_check())
def test_scikit_learns_checks(estimator, check):
    check(estimator)
