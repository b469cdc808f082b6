"""A derivation as on a board: each line with its reason."""

from autograd import derive_general
from autograd.general.board import Step, is_activation_of
from autograd.general.network import Network
from nn.worked import load


def steps(root, of=None):
    return derive_general(root, of).steps


def test_a_step_is_its_left_side_and_its_forms():
    assert Step("a", ("b", "c"), "since").formula == "a = b = c"


def test_every_rule_that_is_used_has_a_reason(networks):
    rules = [s for s in steps(networks("mlp2")) if s.kind == "rule"]
    assert [s.reason for s in rules if "∂L" in s.left] == [
        "w_ij^l acts on L through z_j^l alone",
        "b_j^l acts on L through z_j^l alone",
    ]
    assert all(s.reason for s in rules)


def test_the_result_of_note_2_is_the_notes():
    results = [s.formula for s in steps(load("2").graph(), "w") if s.kind == "result"]
    assert results[0] == "∂L/∂w_ij^l = δ_j^l · a_i^(l−1)"


def test_a_is_an_activation_of_z(networks):
    families = Network(networks("mlp1")).families
    pairs = {(a.op, z.is_contraction) for a in families for z in families if is_activation_of(a, z)}
    assert pairs == {("sigmoid", True)}
