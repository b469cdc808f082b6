"""What is done in one piece: a neuron, also one written with + and *, a long sum, a product."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from autograd.replay.arrays import as_index
from autograd.replay.graph import ACTIVE, DONE, LEAF, ON_ROWS, GraphTable, Lists
from autograd.replay.leveling import level
from autograd.replay.program import ADD, DENSE, INNER, KIND, PICK, PRODUCT, SUM, TAKE
from autograd.replay.softmaxes import fold_softmaxes

if TYPE_CHECKING:
    from autograd.replay.graph import Ints, Mask

_MUL = KIND["MUL"]
_LEAST_PRODUCT = 4  # shorter chains of * stay pairs


def fold(graph: GraphTable) -> GraphTable:
    """The same graph, each chain made one node and every dot product either DENSE or INNER."""
    graph = graph.copy()
    uses = graph.uses()
    _fold_sums(graph, uses)
    fold_softmaxes(graph)
    _fold_products(graph, uses)
    _part_dots(graph)
    _part_takes(graph)
    level(graph)
    return graph


# Chains: ((a + b) + c) + d


def _chains(graph: GraphTable, kind: int, uses: Ints) -> tuple[Lists, Lists]:
    """The chains of one operation that lean to the left: their nodes, and their terms, in order."""
    nodes = np.flatnonzero(graph.kinds == kind)
    before, rows = graph.a[nodes], graph.on_rows
    goes_on = (graph.kinds[before] == kind) & (uses[before] == 1) & (rows[before] == rows[nodes])
    place = np.zeros(len(graph.kinds), np.int64)
    place[nodes] = np.arange(len(nodes))
    first = np.where(goes_on, place[before], np.arange(len(nodes)))
    while not np.array_equal(first, further := first[first]):  # each round looks twice as far back
        first = further
    order = np.argsort(first, kind="stable")
    nodes = nodes[order]
    starts = np.flatnonzero(~goes_on[order])
    sizes = np.diff(np.append(starts, len(nodes)))
    terms = np.insert(graph.b[nodes], starts, graph.a[nodes[starts]])
    return Lists(nodes, sizes), Lists(terms, sizes + 1)


def _replace(
    graph: GraphTable, chains: Lists, kind: int, a: Ints, b: Ints | int, c: Ints | int
) -> None:
    """Make every chain one node, its last: nobody else uses the others."""
    heads = chains.last
    graph.kinds[chains.flat] = DONE
    graph.kinds[heads], graph.a[heads], graph.b[heads], graph.c[heads] = kind, a, b, c


def _fold_products(graph: GraphTable, uses: Ints) -> None:
    chains, factors = _chains(graph, _MUL, uses)
    long = factors.sizes >= _LEAST_PRODUCT
    _replace(graph, chains[long], PRODUCT, graph.add_lists(factors[long]), -1, -1)


def _fold_sums(graph: GraphTable, uses: Ints) -> None:
    """Chains of + as a neuron's sum of products, a sum, or (two terms) as they stand."""
    chains, terms = _chains(graph, ADD, uses)
    product = _products(graph, uses, chains.last, terms)
    neurons = terms.any(product)
    long = ~neurons & (terms.sizes > 2)
    _replace(graph, chains[long], SUM, graph.add_lists(terms[long]), -1, -1)
    if neurons.any():
        kept = neurons[terms.owners]
        _fold_neurons(graph, chains[neurons], terms[neurons], product[kept])


def _products(graph: GraphTable, uses: Ints, heads: Ints, terms: Lists) -> Mask:
    """Which terms are a scalar w times an x of the rows, in sums where w is trained.

    An x that comes twice would make two adjoints of one slot: such a chain stays a sum. Where no w
    is a scalar, these are products of two numbers of the rows.
    """
    rows = graph.on_rows
    found: Mask = (graph.kinds[terms.flat] == _MUL) & (uses[terms.flat] == 1)
    found &= np.repeat(rows[heads], as_index(terms.sizes))
    w, x = _factors(graph, terms.flat[found])
    scalar, both = found.copy(), found.copy()
    scalar[found], both[found] = ~rows[w] & rows[x], rows[w] & rows[x]
    found = np.where(terms.any(scalar)[terms.owners], scalar, both)
    w, x = _factors(graph, terms.flat[found])
    trained = found.copy()
    trained[found] = graph.active[w] | (rows[w] & graph.active[x])
    twice = Lists(x, terms.count(found)).repeated()
    found &= (terms.any(trained) & ~twice)[terms.owners]
    return found


def _factors(graph: GraphTable, products: Ints) -> tuple[Ints, Ints]:
    """The two factors of each product, the one of the rows last if there is one."""
    a, b = graph.a[products], graph.b[products]
    rows = graph.on_rows[a]
    return np.where(rows, b, a), np.where(rows, a, b)


def _fold_neurons(graph: GraphTable, chains: Lists, terms: Lists, product: Mask) -> None:
    """Chains with products among their terms: each becomes a dot product, or has one as a term."""
    products = Lists(terms.flat[product], terms.count(product))
    rest = Lists(terms.flat[~product], terms.sizes - products.sizes)
    w, x = _factors(graph, products.flat)
    weights = graph.add_lists(Lists(w, products.sizes), alike=True)
    values = graph.add_lists(Lists(x, products.sizes), alike=True)
    alone = rest.sizes == 1
    whole = rest.sizes == 0
    whole[alone] = ~graph.on_rows[rest[alone].flat]
    bias = np.full(len(terms), -1)
    bias[whole & alone] = rest[whole & alone].flat
    if (bias < 0).any():
        bias[bias < 0] = graph.zero()
    graph.kinds[products.flat] = DONE
    _replace(graph, chains[whole], DENSE, values[whole], weights[whole], bias[whole])

    # The others: the dot product takes the place of its first product, and is one of the terms.
    chains, rest, products = chains[~whole], rest[~whole], products[~whole]
    dots = products.first
    graph.kinds[dots], graph.flags[dots] = DENSE, ON_ROWS | ACTIVE
    graph.a[dots], graph.b[dots], graph.c[dots] = values[~whole], weights[~whole], bias[~whole]
    graph.levels[dots] = Lists(graph.levels[products.flat], products.sizes).largest
    two = rest.sizes == 1
    _replace(graph, chains[two], ADD, dots[two], rest[two].flat, -1)
    terms = Lists(np.insert(rest.flat, rest.starts, dots), rest.sizes + 1)
    _replace(graph, chains[~two], SUM, graph.add_lists(terms[~two]), -1, -1)


# Dot products


def _part_dots(graph: GraphTable) -> None:
    """DENSE takes weights and biases from the scalars, and no value twice; the rest is INNER."""
    rows, lists = graph.on_rows, graph.lists
    dots = np.flatnonzero(graph.kinds == DENSE)
    listed = lists.any(rows[lists.flat])
    swapped = listed[graph.b[dots]]
    values = np.where(swapped, graph.b[dots], graph.a[dots])
    weights = np.where(swapped, graph.a[dots], graph.b[dots])
    bias = graph.c[dots]
    # In the shared section weights are copied before anything is computed: they must be leaves.
    made = lists.any(graph.kinds[lists.flat] != LEAF)
    late = np.where(
        rows[dots], listed[weights] | rows[bias], made[weights] | (graph.kinds[bias] != LEAF)
    )
    used, place = np.unique(values, return_inverse=True)
    twice = lists[used].repeated()[place]
    graph.a[dots], graph.b[dots] = values, weights
    graph.kinds[dots[late | twice]] = INNER


def _part_takes(graph: GraphTable) -> None:
    """TAKE takes from scalars, the rows of a table, by a place of the batch; the rest is PICK."""
    takes = np.flatnonzero(graph.kinds == TAKE)
    rows, lists = graph.on_rows, graph.lists
    from_rows = lists.any(rows[lists.flat]) if len(lists) else np.zeros(0, bool)
    picks = from_rows[graph.a[takes]] | ~rows[takes]
    graph.kinds[takes[picks]] = PICK
    tables = takes[~picks]
    graph.b[tables], graph.a[tables] = graph.a[tables], -1
