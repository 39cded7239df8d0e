"""Candidate edges: the few of each node that a walk may add."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from problems.tours.linkern.ascent import Graph, alphas, ascend
from problems.tours.linkern.layout import Layout
from problems.tours.linkern.pool import pool

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

ALPHA_NEAREST, SECTOR_NEAREST = 5, 4


class Rows(NamedTuple):
    """The candidates of each node, cheapest first.

    Attributes
    ----------
    near : array of int, shape (n, width)
    apart : array, shape (n, width)
        What their edges cost; ∞ where a node has fewer.
    """

    near: Ints
    apart: Floats


class Edges:
    """A pool of edges, each once, and what they cost at the nodes' prices.

    Attributes
    ----------
    tails, heads : array of int
        tail < head.
    lengths : array
    prices : array, shape (n,)
    alpha : array
        By how much a 1-tree is longer that has to hold each edge, at the prices.
    """

    def __init__(self, layout: Layout, pairs: Ints) -> None:
        self.layout, n = layout, layout.n
        low, high = pairs.min(axis=1), pairs.max(axis=1)
        code = distinct((low * n + high)[low != high])
        self.tails, self.heads = np.divmod(code, n)
        self.lengths = layout.apart(self.tails, self.heads)
        self.prices, self.alpha = np.zeros(n), np.zeros(len(code))

    @property
    def costs(self) -> Floats:
        """d_ij + π_i + π_j."""
        return np.asarray(self.lengths + self.prices[self.tails] + self.prices[self.heads])

    def holds(self, pairs: Ints) -> Bools:
        """Return which of the edges are among some pairs."""
        n = self.layout.n
        return np.isin(self.tails * n + self.heads, pairs.min(axis=1) * n + pairs.max(axis=1))

    def rows(self, width: int, chosen: Bools | None = None) -> Rows:
        """Return the `width` cheapest of each node's edges, of those that are chosen."""
        n, costs = self.layout.n, self.costs
        some = np.argsort(costs, kind="stable")
        some = some if chosen is None else some[chosen[some]]
        key = np.concatenate([self.tails[some], self.heads[some]]) * len(costs)
        key += np.tile(np.arange(len(some)), 2)
        key.sort()  # by node, then by cost
        ends, edges = np.divmod(key, len(costs))
        rank = ranks(ends, n)
        ends, edges, rank = ends[rank < width], some[edges[rank < width]], rank[rank < width]
        near, apart = np.zeros((n, width), dtype=np.intp), np.full((n, width), np.inf)
        near[ends, rank] = self.tails[edges] + self.heads[edges] - ends
        apart[ends, rank] = costs[edges]
        return Rows(near, apart)

    def nearest(self, worth: Floats, count: int) -> Bools:
        """Return which edges are among the `count` of least worth of either end."""
        n, m = self.layout.n, len(self.tails)
        ends = np.concatenate([self.tails, self.heads])
        order = np.lexsort((np.tile(self.costs, 2), np.tile(worth, 2), ends))
        rank = np.empty(2 * m, dtype=np.intp)
        rank[order] = ranks(ends[order], n)
        return np.asarray((rank[:m] < count) | (rank[m:] < count))


def distinct(numbers: Ints) -> Ints:
    """Return each number once, sorted: what `numpy.unique` does by hashing, for many too slow."""
    numbers = np.sort(numbers)
    return np.asarray(numbers[np.diff(numbers, prepend=-1) != 0])


def ranks(ends: Ints, n: int) -> Ints:
    """Return the place of each entry among those of the same node; the entries are sorted."""
    return np.arange(len(ends)) - np.searchsorted(ends, np.arange(n))[ends]


def refined(layout: Layout, edges: Edges, tour: Ints, steps: int) -> tuple[float, Edges, Rows]:
    """Return the 1-tree bound of an ascent, the edges at its prices, and candidates by them.

    Those of the least α and the nearest in each quadrant, from either end: α alone misses what
    leads out of clusters, whose prices are slow to come near.

    Parameters
    ----------
    layout : Layout
    edges : Edges
        The pool; the edges of the tour and those that stay are added, so that it is connected.
    tour : array of int
        A good tour.
    steps : int
        Of the ascent.

    References
    ----------
    Helsgaun, "An effective implementation of the Lin-Kernighan traveling salesman heuristic", 2000.
    """
    around = np.stack([tour, np.roll(tour, -1)], axis=1)
    pairs = np.vstack([np.stack([edges.tails, edges.heads], axis=1), around, layout.links])
    edges = Edges(layout, pairs)
    stays = edges.holds(layout.links)
    graph = Graph(layout.n, edges.tails, edges.heads, edges.lengths, stays)
    bound, edges.prices = ascend(graph, steps)
    edges.alpha = np.where(stays, np.inf, alphas(graph, edges.prices))
    chosen = edges.nearest(edges.alpha, ALPHA_NEAREST) | edges.holds(pool(layout, SECTOR_NEAREST))
    return bound, edges, edges.rows(ALPHA_NEAREST + SECTOR_NEAREST, chosen & ~stays)
