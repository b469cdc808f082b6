"""The structure of pictures: which boxes and edges there are, and that their numbers are right."""

import html
import math
import re

import pytest
from extras import extra

from autograd import (
    GraphError,
    Value,
    adjoints,
    audit,
    derive,
    draw,
    draw_dot,
    exp,
    sigmoid,
    sin,
    softmax,
    sweep,
    topological,
    total,
    where,
)
from autograd.drawing.diagram import diagram

pygraphviz = extra("pygraphviz")


def labelled(v, label):
    v.label = label
    return v


def parsed(drawing):
    """The picture's DOT source as another program reads it."""
    return pygraphviz.AGraph(string=drawing.source)


def words(label):
    """What a label says, without its markup."""
    return html.unescape(re.sub(r"<[^>]*>", " ", label or "")).split()


def boxes(drawing):
    """The words in each box, by the first of them: label, data, gradient."""
    graph = parsed(drawing)
    nodes = [n for n in graph.nodes() if re.fullmatch(r"v\d+", n)]
    return {said[0]: said[1:] for said in (words(n.attr["label"]) for n in nodes)}


def partials(drawing):
    """(source, target, what the edge says) for each local derivative in the picture."""
    graph = parsed(drawing)
    name = {n: words(n.attr["label"])[0] for n in graph.nodes() if re.fullmatch(r"v\d+", n)}
    edges = [graph.get_edge(*e) for e in graph.edges(keys=True) if re.fullmatch(r"v\d+", e[0])]
    return sorted(
        (name[a], name[b[:-2]], " ".join(words(edge.attr["label"])))
        for edge in edges
        for a, b in [edge]
    )


class TestWorkedExample:
    def test_every_label_has_a_box_with_its_data_and_gradient(self, worked):
        error, _ = worked
        error.backward()
        said = boxes(draw(error, digits=6))
        assert len(said) == 23
        assert said["out_h1"] == ["data", "0.59327", "grad", "0.0363503"]
        assert said["w5"] == ["parameter", "data", "0.4", "grad", "0.082167"]
        assert said["i1"][0] == "input"
        assert said["t1"] == ["data", "0.01", "grad", "−0.741365"]
        assert said["E"] == ["data", "0.298371", "grad", "1"]

    def test_every_edge_has_its_local_derivative(self, worked):
        error, _ = worked
        edges = partials(draw(error, digits=6))
        assert len(edges) == 28
        assert ("out_h1", "y1", "0.4") in edges
        assert ("w5", "y1", "0.59327") in edges
        assert ("h1", "out_h1", "0.241301") in edges
        # Folded: the subtraction, the power, the factor and the sum between out_y1 and E.
        assert ("out_y1", "E", "0.741365") in edges

    def test_symbols(self, worked):
        error, _ = worked
        edges = partials(draw(error, symbols=True))
        assert ("out_y1", "E", "out_y1 − t1 = 0.7414") in edges
        assert ("y1", "out_y1", "out_y1(1 − out_y1) = 0.1868") in edges
        assert ("out_h1", "y2", "w7 = 0.5") in edges
        assert ("b1", "h1", "1") in edges

    def test_operations_are_signs_and_folded_ones_a_formula(self, worked):
        error, _ = worked
        graph = parsed(draw(error))
        signs = [" ".join(words(n.attr["label"])) for n in graph.nodes() if n.endswith("op")]
        folded = "0.5(t1 − out_y1)² + 0.5(t2 − out_y2)²"
        assert sorted(signs) == sorted([folded, *"ΣΣΣΣσσσσ"])

    def test_roles_differ_in_more_than_colour(self, worked):
        error, _ = worked
        graph = parsed(draw(error))
        styles = {
            words(n.attr["label"])[0]: (n.attr["style"], n.attr["peripheries"])
            for n in graph.nodes()
            if re.fullmatch(r"v\d+", n)
        }
        looks = [styles[label] for label in ("i1", "w1", "h1", "E")]
        assert len(set(looks)) == 4
        assert all("fillcolor" not in look for look in looks)

    def test_focus_draws_the_two_paths_of_w1_with_their_products(self, worked):
        error, at = worked
        drawing = draw(error, focus=at["w1"], digits=6)
        assert draw(error, focus="w1", digits=6).source == drawing.source
        assert set(boxes(drawing)) == {"w1", "h1", "out_h1", "y1", "y2", "out_y1", "out_y2", "E"}
        graph = parsed(drawing)
        caption = " ".join(words(graph.graph_attr["label"]))
        assert "E ← out_y1 ← y1 ← out_h1 ← h1 ← w1" in caption
        assert "0.741365 · 0.186816 · 0.4 · 0.241301 · 0.05 0.000668396" in caption
        assert "−0.000229828" in caption
        assert "∂E/∂w1, the sum over 2 paths 0.000438568" in caption

    def test_detail_all_shows_every_operation(self, worked):
        error, _ = worked
        inner = [v for v in topological(error) if v.op]
        graph = parsed(draw(error, detail="all"))
        assert len([n for n in graph.nodes() if n.endswith("op")]) == len(inner)

    def test_a_picture_changes_no_gradient(self, worked):
        error, at = worked
        draw(error, symbols=True)
        draw(error, focus=at["w1"])
        assert all(v.grad == 0.0 for v in topological(error))


class TestGradients:
    def test_a_dash_before_backward_even_when_drawn_twice(self, worked):
        error, _ = worked
        for _ in range(2):
            assert all(said[-1] == "—" for said in boxes(draw(error)).values())

    def test_a_true_zero_after_backward(self):
        x = Value(-1.0, "x")
        y = labelled(x.relu(), "y")
        y.backward()
        assert boxes(draw(y))["x"][-1] == "0"

    def test_new_graph_over_parameters_that_have_been_trained(self):
        w = Value(2.0, "w")
        labelled(w * 3.0, "L").backward()
        w.grad = 0.0
        fresh = labelled(w * 4.0, "L")
        assert boxes(draw(fresh))["w"][-1] == "—"


class TestEdges:
    def test_x_times_x_has_two_edges(self):
        x = Value(3.0, "x")
        assert partials(draw(labelled(x * x, "L"))) == [("x", "L", "3")] * 2

    def test_constants_are_small_and_have_no_box(self):
        x = Value(3.0, "x")
        drawing = draw(labelled(2.5 - x, "L"))
        assert set(boxes(drawing)) == {"x", "L"}
        graph = parsed(drawing)
        (constant,) = [n for n in graph.nodes() if "c" in n]
        assert constant.attr["label"] == "2.5"
        assert float(constant.attr["fontsize"]) < 12

    def test_folded_edges_are_the_derivatives_between_labels(self):
        """Cut anywhere, the derivatives on the edges multiply up to the engine's."""
        a, b = Value(0.7, "a"), Value(-1.3, "b")
        u = labelled(exp(a * b) + a, "u")
        p = softmax([u, sin(b), u * 2.0])
        root = labelled(total([p[0] * a, where(u, p[1], b), p[2] ** 2]) / (1.0 + u * u), "L")
        shown = diagram(root)
        reached = dict.fromkeys(shown.values, 0.0)
        reached[root] = 1.0
        for v in reversed(shown.values):
            for edge in shown.below[v]:
                reached[edge.lower] += edge.partial * reached[v]
        true = adjoints(root)
        assert len(shown.values) == 4
        for v in shown.values:
            assert math.isclose(reached[v], true[v], rel_tol=1e-12)

    def test_a_focus_on_a_zero_has_its_own_derivative(self):
        w, b = Value(2.0, "w"), Value(0.0, "b")
        assert diagram((w * 3.0 + b) * 5.0, b).derivative == 5.0

    def test_edges_come_in_the_order_of_the_operands_folded_or_not(self):
        a, b, c, d = (Value(float(i), name) for i, name in enumerate("abcd"))
        root = total([a, (b * 2.0).tanh(), c, a, d.exp()])
        shown = diagram(labelled(root, "s") * 1.0)
        assert [edge.lower.label for edge in shown.below[root]] == ["a", "b", "c", "a", "d"]

    def test_without_inner_labels_nothing_is_folded(self):
        a, b = Value(2.0, "a"), Value(3.0, "b")
        assert len(diagram((a * b + a).tanh()).values) == 5

    def test_path_count_is_exact_where_paths_cannot_be_listed(self):
        x = start = Value(1.0, "x0")
        for i in range(40):
            x = labelled(x + x, f"x{i + 1}")
        assert diagram(x, start).paths(3)[0] == 2**40
        graph = parsed(draw(x, focus=start))
        assert f"the sum over {2**40} paths" in graph.graph_attr["label"]

    def test_parameters_can_be_told(self):
        w, x = Value(2.0, "w"), Value(3.0, "x")
        said = boxes(draw(labelled(w * x, "L"), parameters=[w]))
        assert (said["w"][0], said["x"][0]) == ("parameter", "input")


class TestSizes:
    def test_too_many_values_are_refused_with_what_to_try(self):
        v = Value(1.0, "x")
        for _ in range(400):
            v = v * 1.01
        with pytest.raises(ValueError, match="401 values to show, more than 300") as error:
            draw(v)
        for remedy in ("focus=", "labels", "draw_network", "limit=401"):
            assert remedy in str(error.value)
        assert draw(v, limit=401).source

    @pytest.mark.slow
    def test_a_graph_a_million_deep_folds_into_three_boxes(self):
        v = x = Value(1.0, "x")
        for _ in range(1_000_000):
            v = v + 1e-9
        drawing = draw(labelled(labelled(v, "end") * 2.0, "L"), focus=x)
        assert partials(drawing) == [("end", "L", "2"), ("x", "end", "1")]
        assert set(boxes(drawing)) == {"x", "end", "L"}


class TestArguments:
    def test_focus_that_the_root_does_not_depend_on(self, worked):
        error, at = worked
        with pytest.raises(ValueError, match="w1 does not depend on E"):
            draw(at["w1"], focus=error)

    @pytest.mark.parametrize(
        ("arguments", "kind"),
        [
            ({"detail": "some"}, ValueError),
            ({"digits": 0}, ValueError),
            ({"rankdir": "sideways"}, ValueError),
            ({"focus": 3}, TypeError),
            ({"focus": "w9"}, ValueError),
        ],
    )
    def test_wrong_arguments(self, arguments, kind, worked):
        error, _ = worked
        with pytest.raises(kind):
            draw(error, **arguments)

    def test_a_number_is_no_graph(self):
        with pytest.raises(TypeError, match="Value"):
            draw(3.0)

    def test_a_leaf_alone(self):
        assert boxes(draw(Value(2.0, "x"))) == {"x": ["data", "2", "grad", "—"]}


def test_draw_dot_shows_every_operation():
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    e = labelled(a * b, "e")
    picture = draw_dot(labelled(e + 10.0, "L"))
    assert set(boxes(picture)) == {"a", "b", "e", "L"}


def test_unlabelled_root_is_called_l_as_in_derivations():
    assert "L" in boxes(draw(sigmoid(Value(0.0, "x"))))


@pytest.mark.parametrize(
    "read", [draw, sweep, lambda y: derive(y, "w"), lambda y: audit(y, {"dL/dw": "0.42"})]
)
def test_a_graph_whose_numbers_were_changed_is_not_shown(read):
    w = Value(0.5, "w")
    y = (w * 2.0).tanh()
    w.data = 0.7
    with pytest.raises(GraphError, match="changed after the forward pass"):
        read(y)
    read((w * 2.0).tanh())
