"""The chain rule on families."""

import pytest

from autograd.general.network import Network
from autograd.general.terms import Adjoint, Constant, contains, is_zero


@pytest.mark.many
def test_every_derivative_holds_on_every_member(derivation):
    found = derivation.network
    for f in found.families:
        if f.named and not f.constant and found.calculus.is_active(f):
            _, relative = found.numbers.differences(found.calculus.derivative(f), True)
            assert relative <= 1e-10


def test_the_derivative_of_the_root_by_itself_is_1(networks):
    found = Network(networks("mlp2"))
    assert found.calculus.derivative(found.families[0]).right == Constant(1.0)


def test_the_last_activation_needs_no_other_derivative(networks):
    found = Network(networks("mlp1"))
    (a,) = [g for g, _ in next(f for f in found.families if f.is_contraction).consumers]
    assert not contains(found.calculus.derivative(a).right, Adjoint)
    assert not is_zero(found.calculus.derivative(a).right)


def test_links_lead_to_what_takes_the_family(networks):
    found = Network(networks("mlp2"))
    first = min((f for f in found.families if f.is_contraction), key=lambda f: f.rank)
    at = tuple(found.calculus.equation(first).indices)
    (link,) = found.calculus.links(first, at)
    assert first.number in [s.family.number for s in link.consumer.slots.values()]
