"""One policy of names: labels, L, x, v1, primes, and what two values of one label mean."""

import pytest

from autograd import Value
from autograd.graph import Graph
from autograd.value import node


def named(v, label):
    v.label = label
    return v


def test_labels_and_the_names_that_are_given():
    x = Value(2.0)
    product = x * Value(3.0, "w")
    graph = Graph(product.tanh())
    assert graph.names[graph.root] == "L"
    assert graph.find(x) is x
    assert graph.names[x] == "x"
    graph.names.number(product)
    graph.names.number(product)
    assert graph.names[product] == "v1"
    assert graph.names.numbered == [product]
    assert graph.find("v1") is product


def test_a_taken_name_gets_a_prime():
    taken = Value(1.0, "L") * Value(1.0, "x") * Value(1.0, "v1")
    graph = Graph(taken * Value(2.0))
    nameless = graph.root.operands[1]
    graph.find(nameless)
    graph.names.number(taken)
    assert [graph.names[v] for v in (graph.root, nameless, taken)] == ["L′", "x′", "v1′"]


def test_a_root_is_written_by_its_name_only_if_that_is_a_label():
    x = Value(1.0, "x")
    assert not Graph(x * 2).names.is_written(Graph(x * 2).root)
    root = named(x * 2, "E")
    assert Graph(root).names.is_written(root)
    assert not Graph(x.tanh() * 2).names.is_written(x.tanh())


def test_blanks_are_no_label_and_a_passed_one_is_the_operands():
    x = Value(1.0, "x")
    passed_on = node(1.0, "identity", x, 1.0)
    passed_on.label = "x"
    blank = named(passed_on * 2.0, " \n")
    graph = Graph(blank + 1.0)
    assert graph.find("x") is x
    assert passed_on not in graph.names
    assert blank not in graph.names


def test_two_values_of_one_label_are_refused_where_names_must_tell():
    root = named(Value(1.0, "a") * Value(2.0, "a"), "y")
    graph = Graph(root)
    assert [graph.names[v] for v in graph.order] == ["a", "a", "y"]
    with pytest.raises(ValueError, match="2 values in the graph are labelled 'a': give the Value"):
        graph.find("a")
    with pytest.raises(ValueError, match=r"two values are labelled 'a' \(1.0 and 2.0\)"):
        graph.names.check_unique()
    assert graph.find(root.operands[1]) is root.operands[1]


def test_what_cannot_be_found_is_told_with_the_nearest_names():
    graph = Graph(Value(1.0, "w11") * Value(2.0, "w12"))
    with pytest.raises(ValueError, match="labelled 'w13'; did you mean w1"):
        graph.find("w13")
    with pytest.raises(ValueError, match="labelled 'bias'; there are w11, w12, L"):
        graph.find("bias")
    with pytest.raises(TypeError, match="wrt is a Value or a label, not int"):
        graph.find(3)
    with pytest.raises(TypeError, match="only a Value has a graph, not float"):
        Graph(3.0)


def test_a_graph_keeps_the_numbers_that_it_had():
    w = Value(2.0, "w")
    graph = Graph(w * 3.0)
    w.data = 5.0
    assert graph.data[w] == 2.0


def test_a_layer_may_be_left_out_where_that_leaves_no_doubt():
    a1, w1, w2 = Value(1.0, "a_1^1"), Value(2.0, "w_11^2"), Value(3.0, "b_1^3")
    a2 = named(w1 * a1, "a_1^2")
    names = Graph(a2 * w2).names
    assert names.find("w_11") is w1
    assert names.find("b_1") is w2
    assert names.find("a_1") is a2  # the one that is computed
    assert names.find("a_1^1") is a1
    a3 = named(a2 * w2, "a_1^3")
    with pytest.raises(ValueError, match=r"no value in the graph is labelled 'a_1'; did you mean"):
        Graph(a3 * w1).names.find("a_1")
