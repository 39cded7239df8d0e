"""Held and Karp's 1-trees on few edges, and the ascent of the cities' prices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import breadth_first_order, minimum_spanning_tree

from hopopt.core import now
from problems.tours.distances import Distances

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

COMPLETE_CITIES = 150
NEAREST = 10
FIRST_STEP = 0.5
LEAVES = 256


@dataclass(frozen=True, eq=False)
class Neighbourhood:
    """Some edges of a complete graph, and what all the others cost at least.

    Attributes
    ----------
    n : int
    tails, heads : array of int, shape (m,)
        The edges' ends, tail < head.
    lengths : array, shape (m,)
    reach : array, shape (n,)
        An edge (i, j) that is not listed is no shorter than max(reach_i, reach_j). Infinite where
        every edge is listed.
    """

    n: int
    tails: Ints
    heads: Ints
    lengths: Floats
    reach: Floats

    @classmethod
    def of(cls, distances: Distances, tails: Ints, heads: Ints, reach: Floats) -> Neighbourhood:
        """Drop loops, reversals and repetitions from a list of pairs."""
        low, high = np.minimum(tails, heads), np.maximum(tails, heads)
        code = np.unique((low * distances.n + high)[low != high])
        low, high = np.divmod(code, distances.n)
        return cls(distances.n, low, high, distances(low, high), reach)


def ascend(
    graph: Neighbourhood, prices: Floats, steps: int, scale: float, deadline: float
) -> tuple[float, Floats]:
    """Return the best 1-tree bound along a subgradient ascent, and its prices.

    π += t·(.6·g + .4·g_before), with g = degree − 2; t falls quadratically from scale·w/(2n) to 0.
    """
    trees, best, best_prices = OneTrees(graph), -np.inf, prices
    before, first = None, 0.0
    for step in range(steps):
        bound, slope = trees.bound(prices)
        if bound > best:
            best, best_prices = bound, prices
        if step == 0:
            first = scale * FIRST_STEP * abs(bound) / graph.n
        if not slope.any() or now() > deadline:
            break
        length = first * (1 - step / steps) ** 2
        prices = prices + length * (0.6 * slope + 0.4 * (slope if before is None else before))
        before = slope
    return best, best_prices


def undercut(graph: Neighbourhood, prices: Floats) -> Ints:
    """Return the cities whose star edge is cheaper than an edge on their way there along the tree.

    Where there are none, the bound is that of the complete graph.
    """
    costs = graph.lengths + prices[graph.tails] + prices[graph.heads]
    half = graph.reach / 2 + prices
    centre, low = int(half.argmin()), float(costs.min())
    shape = (graph.n, graph.n)
    matrix = sparse.csr_array((costs - low + 1, (graph.tails, graph.heads)), shape=shape)
    tree = minimum_spanning_tree(matrix)
    order, before = breadth_first_order(tree, centre, directed=False)
    a, b = tree.nonzero()
    up, dearest = np.zeros(graph.n), np.full(graph.n, np.inf)
    up[np.where(before[a] == b, a, b)] = tree.data + low - 1
    dearest[centre] = -np.inf
    for city in order[1:].tolist():
        dearest[city] = max(up[city], dearest[before[city]])
    return np.flatnonzero(half + half[centre] < dearest)


class OneTrees:
    """Minimum 1-trees of a graph at changing prices; the sparse structure is laid out once.

    Node n stands for the star's centre: the city with the least a_i = reach_i/2 + π_i, whose edge
    to it is always in the tree and costs nothing.
    """

    def __init__(self, graph: Neighbourhood) -> None:
        self.graph = graph
        n, m = graph.n, len(graph.lengths)
        tails = np.concatenate([graph.tails, np.arange(n)])
        heads = np.concatenate([graph.heads, np.full(n, n)])
        number = np.arange(1.0, m + n + 1)
        self.matrix = sparse.csr_array((number, (tails, heads)), shape=(n + 1, n + 1))
        self.number = self.matrix.data.astype(np.intp) - 1
        self.incident = incidence(graph)

    def bound(self, prices: Floats) -> tuple[float, Floats]:
        """Return w(π) and its slope, the degrees less 2."""
        graph, n = self.graph, self.graph.n
        costs = graph.lengths + prices[graph.tails] + prices[graph.heads]
        half = graph.reach / 2 + prices
        centre = int(half.argmin())
        star = half + half[centre]
        low = min(float(costs.min()), float(star.min()))
        star[centre] = low - 1
        weights = np.concatenate([costs, star]) - (low - 2)
        self.matrix.data = weights[self.number]
        tree = minimum_spanning_tree(self.matrix).tocoo()
        degree = np.bincount(np.concatenate([tree.row, tree.col]), minlength=n + 1)
        degree[centre] += degree[n] - 2
        degree = degree[:n]
        total = float(tree.data.sum()) - 1 + (low - 2) * (n - 1)
        star[centre] = np.inf
        closing, leaf, other = self.close(costs, star, degree, centre)
        degree[[leaf, other]] += 1
        return total + closing - 2 * float(prices.sum()), np.asarray(degree - 2.0)

    def close(
        self, costs: Floats, star: Floats, degree: Ints, centre: int
    ) -> tuple[float, int, int]:
        """Return the dearest second edge of a leaf, and its ends."""
        leaves = np.flatnonzero(degree == 1)
        leaves = leaves[:: max(1, len(leaves) // LEAVES)]
        edges = self.incident[leaves]
        offers = np.where(edges < 0, np.inf, costs[edges])
        rank = np.argpartition(offers, 1, axis=1)[:, 1:2]
        second = np.take_along_axis(offers, rank, 1)[:, 0]
        bound = np.minimum(second, star[leaves])
        k = int(np.where(np.isfinite(bound), bound, -np.inf).argmax())
        leaf = int(leaves[k])
        if star[leaf] < second[k]:
            return float(star[leaf]), leaf, centre
        edge = edges[k, rank[k, 0]]
        other = self.graph.tails[edge] + self.graph.heads[edge] - leaf
        return float(second[k]), leaf, int(other)


def incidence(graph: Neighbourhood) -> Ints:
    """Return each city's edges, shape (n, width), filled up with −1.

    Wider rows are cut for the cities of most edges, and left empty: those are never asked.
    """
    m = len(graph.lengths)
    ends = np.concatenate([graph.tails, graph.heads])
    order = np.argsort(ends, kind="stable")
    counts = np.bincount(ends, minlength=graph.n)
    width = max(2, min(int(counts.max()), max(4 * NEAREST, COMPLETE_CITIES)))
    column = np.arange(2 * m) - np.repeat(np.cumsum(counts) - counts, counts)
    table = np.full((graph.n, width), -1, dtype=np.intp)
    fits = (counts <= width)[ends[order]]
    table[ends[order][fits], column[fits]] = (order % m)[fits]
    return table
