"""The graph in normal form."""

from autograd import Value, dot, total
from autograd.general.nodes import DATA, LEAF, LITERAL, Family, Node, normal_form, reachable


def ops(root):
    return [n.op for n in normal_form(root)]


def test_sums_and_products_lose_their_nesting():
    a, b, c = Value(1.0), Value(2.0), Value(3.0)
    assert [n.op for n in normal_form(a + b + c) if not n.is_input] == ["sum"]
    root = normal_form(a * b * c)[-1]
    assert (root.op, len(root.operands), root.data) == ("product", 3, 6.0)
    assert normal_form(total([a, b, c]))[-1].op == "sum"


def test_a_name_on_the_way_keeps_the_nesting():
    a, b, c = Value(1.0), Value(2.0), Value(3.0)
    s = a + b
    s.label = "s"
    assert ops(s + c).count("sum") == 2


def test_a_dot_product_is_a_sum_of_products():
    root = normal_form(dot([Value(2.0), Value(3.0)], [5.0, 7.0], Value(1.0)))[-1]
    assert (root.op, root.data) == ("sum", 32.0)
    assert sorted(n.op for n in root.operands) == [LEAF, "product", "product"]
    products = [n for n in root.operands if n.op == "product"]
    assert {k.op for n in products for k in n.operands} == {LEAF, DATA}


def test_a_plain_number_is_a_literal():
    assert LITERAL in ops(Value(2.0) ** 3.0)


def test_operands_come_first_at_any_depth():
    n = Node(LEAF)
    for _ in range(10_000):
        n = Node("exp", [n])
    order = reachable(n)
    assert len(order) == 10_001
    assert order[-1] is n
    assert order[0].op == LEAF


def test_a_sum_over_products_is_a_contraction():
    node = normal_form(dot([Value(2.0)] * 2, [Value(3.0), Value(4.0)]))[-1]
    assert not Family(0, [node]).is_input
