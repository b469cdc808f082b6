"""The functions that a formula may call."""

from autograd import functions
from autograd.problems.vocabulary import functions_by_name
from autograd.rules import RULES


def test_every_function_of_the_table_may_be_called():
    known = {f.name for f in functions_by_name().values()}
    assert {name for name in RULES if callable(getattr(functions, name, None))} <= known


def test_synonyms_and_signs():
    known = functions_by_name()
    assert known["σ"] is known["sigmoid"]
    assert known["max"].name == "maximum"


def test_how_many_values_each_takes():
    known = functions_by_name()
    takes = {name: known[name].takes for name in ("exp", "atan2", "where", "mean", "elu")}
    assert takes == {
        "exp": "one value",
        "atan2": "two values",
        "where": "three values",
        "mean": "one value or more",
        "elu": "1 to 2 values",
    }
