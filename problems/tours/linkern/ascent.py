"""Prices that make 1-trees tours, and how far each edge is from belonging to one: α-nearness."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import breadth_first_order, minimum_spanning_tree

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

MOMENTUM = 0.4
FINE = 12


class Graph(NamedTuple):
    """A connected graph.

    Attributes
    ----------
    n : int
    tails, heads : array of int, shape (m,)
        tail < head, each edge once.
    lengths : array, shape (m,)
    stays : array of bool, shape (m,)
        Whether every tour takes the edge.
    """

    n: int
    tails: Ints
    heads: Ints
    lengths: Floats
    stays: NDArray[np.bool_]

    def costs(self, prices: Floats) -> Floats:
        """Return d_ij + π_i + π_j."""
        return self.lengths + prices[self.tails] + prices[self.heads]


class Trees:
    """Minimum 1-trees of a graph at changing prices; the sparse structure is laid out once."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        n, m = graph.n, len(graph.lengths)
        number = np.arange(1.0, m + 1)
        self.matrix = sparse.csr_array((number, (graph.tails, graph.heads)), shape=(n, n))
        self.number = self.matrix.data.astype(np.intp) - 1
        self.code = graph.tails[self.number] * n + graph.heads[self.number]
        ends = np.concatenate([graph.tails, graph.heads])
        self.order = np.argsort(ends, kind="stable")
        self.first = np.searchsorted(ends[self.order], np.arange(n))

    def tree(self, costs: Floats) -> Ints:
        """Return the numbers of the minimum spanning tree's edges; all that stay are among them."""
        graph = self.graph
        low = float(costs.min())
        weights = np.where(graph.stays, 1.0, costs - low + 2.0)
        self.matrix.data = weights[self.number]
        tree = minimum_spanning_tree(self.matrix).tocoo()
        code = tree.row.astype(np.intp) * graph.n + tree.col
        return np.asarray(self.number[np.searchsorted(self.code, code)])

    def bound(self, prices: Floats) -> tuple[float, Ints]:
        """Return the 1-tree bound w(π), and the degrees less 2.

        The 1-tree is the spanning tree and the dearest of its leaves' cheapest other edges.
        """
        graph, costs = self.graph, self.graph.costs(prices)
        edges = self.tree(costs)
        a, b = graph.tails[edges], graph.heads[edges]
        degree = np.bincount(a, minlength=graph.n) + np.bincount(b, minlength=graph.n)
        spare = costs.copy()
        spare[edges] = np.inf
        second = np.minimum.reduceat(np.tile(spare, 2)[self.order], self.first)
        second[(degree != 1) | ~np.isfinite(second)] = -np.inf
        leaf = int(second.argmax())
        total = float(costs[edges].sum()) - 2 * float(prices.sum())
        if second[leaf] > -np.inf:
            total += float(second[leaf])
            own = self.order[
                self.first[leaf] : self.first[leaf + 1] if leaf + 1 < graph.n else None
            ]
            edge = own[spare[own % len(spare)].argmin()] % len(spare)
            degree[[graph.tails[edge], graph.heads[edge]]] += 1
        return total, degree - 2


def ascend(graph: Graph, steps: int) -> tuple[float, Floats]:
    """Return the best 1-tree bound w of a subgradient ascent, and its prices.

    π += t·(.6·g + .4·g_before), with g = degree − 2; t falls quadratically from w/n to 0. Prices
    are rounded to multiples of a power of two, so that sums of whole distances stay exact.

    References
    ----------
    Held & Karp, "The traveling-salesman problem and minimum spanning trees: part II", 1971;
    Volgenant & Jonker, "A branch and bound algorithm for the symmetric traveling salesman problem
    based on the 1-tree relaxation", 1982 (the steps' lengths).
    """
    trees, prices, best = Trees(graph), np.zeros(graph.n), -np.inf
    best_prices, before, first = prices, None, 0.0
    for step in range(steps):
        bound, slope = trees.bound(prices)
        if bound > best:
            best, best_prices = bound, prices
        if before is None:
            first, before = abs(bound) / graph.n, slope
        if not slope.any():
            break
        length = first * (1 - step / steps) ** 2
        prices = prices + length * ((1 - MOMENTUM) * slope + MOMENTUM * before)
        before = slope
    grid = 2.0 ** (FINE - np.floor(np.log2(first or 1.0)))
    return best, np.round(best_prices * grid) / grid


def alphas(graph: Graph, prices: Floats) -> Floats:
    """Return by how much a spanning tree is longer that has to hold each edge."""
    trees, costs = Trees(graph), graph.costs(prices)
    edges = trees.tree(costs)
    a, b, n = graph.tails[edges], graph.heads[edges], graph.n
    weight = np.where(graph.stays[edges], -np.inf, costs[edges])
    number = sparse.csr_array((np.arange(1.0, n), (a, b)), shape=(n, n))
    _, up = breadth_first_order(number, 0, directed=False)
    up[0] = 0
    key = np.minimum(a, b) * n + np.maximum(a, b)
    rank = np.argsort(key)
    child = np.arange(1, n)
    own = np.minimum(child, up[1:]) * n + np.maximum(child, up[1:])
    heavy = np.full(n, -np.inf)
    heavy[1:] = weight[rank[np.searchsorted(key[rank], own)]]
    return np.maximum(0.0, costs - dearest(up.astype(np.intp), heavy, graph.tails, graph.heads))


def dearest(up: Ints, heavy: Floats, a: Ints, b: Ints) -> Floats:
    """Return the largest weight on the tree's paths from a to b, by jumps of powers of two.

    Node 0 is the root; `up` holds each node's parent and `heavy` the weight of the edge to it.
    """
    ups, tops, depth = [up], [heavy], (np.arange(len(up)) > 0).astype(np.intp)
    while ups[-1].any():
        last, top = ups[-1], tops[-1]
        depth = depth + depth[last]
        tops.append(np.maximum(top, top[last]))
        ups.append(last[last])
    a, b = a.copy(), b.copy()
    found = np.full(len(a), -np.inf)
    lower = depth[a] < depth[b]
    a[lower], b[lower] = b[lower], a[lower]
    gap = depth[a] - depth[b]
    for k, (jump, top) in enumerate(zip(ups, tops, strict=True)):
        some = np.flatnonzero(gap >> k & 1)
        found[some] = np.maximum(found[some], top[a[some]])
        a[some] = jump[a[some]]
    for jump, top in zip(reversed(ups), reversed(tops), strict=True):
        some = np.flatnonzero(jump[a] != jump[b])
        x, y = a[some], b[some]
        found[some] = np.maximum(found[some], np.maximum(top[x], top[y]))
        a[some], b[some] = jump[x], jump[y]
    apart = np.flatnonzero(a != b)
    x, y = a[apart], b[apart]
    found[apart] = np.maximum(found[apart], np.maximum(heavy[x], heavy[y]))
    return found
