"""The table of rules on general names."""

from autograd.formulas.general import general_form, rule_table
from autograd.rules import RULES


def test_every_rule_has_its_row():
    names = [name for name, _, _ in rule_table()]
    assert len(names) == len(set(names)) >= len(RULES)


def test_a_general_form_has_a_partial_for_each_name():
    value, partials = general_form(RULES["*"])
    assert str(value).replace("·", " ") == "a b"
    assert [(name, str(f)) for name, f in partials] == [("a", "b"), ("b", "a")]
