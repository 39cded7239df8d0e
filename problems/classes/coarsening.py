"""Coarser graphs: nodes that belong together become one, again and again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from problems.classes.loops import Loops, plain

__all__ = ["Level", "Nodes", "coarsened", "contracted", "handed", "induced", "matching"]

Floats = NDArray[Any]
Integers = NDArray[np.int64]

HEAVIEST = 1.5  # times the mean weight on the coarsest graph: what a pair may weigh
TIES = 1.05
STALLED = 0.75  # of the nodes left by a matching, from which nodes without an edge are paired too


class Nodes(NamedTuple):
    """A graph with weighted nodes, as its rows: see `moves`."""

    ends: Integers
    others: Integers
    weights: Floats
    size: Floats

    def matrix(self) -> sparse.csr_array[Any]:
        """Return the weights as a matrix."""
        return sparse.csr_array((self.weights, self.others, self.ends), shape=2 * self.size.shape)


class Level(NamedTuple):
    """A graph, and which node of the next coarser graph each of its nodes belongs to."""

    graph: Nodes
    parent: Integers


def matching(
    graph: Nodes, most: float, rng: np.random.Generator, loops: Loops, cells: Integers
) -> Integers:
    """Return each node's partner, itself where it has none: heavy edges between light nodes first.

    Edges are taken from the largest w_ij/(m_i·m_j) on, but for some noise. Where that pairs few,
    nodes that are left are paired by their heaviest neighbour, or by having none.

    Parameters
    ----------
    graph : Nodes
    most : float
        What a pair may weigh.
    rng : numpy.random.Generator
    loops : Loops
    cells : array of int, shape (n,)
        Nodes of different cells are not paired.

    References
    ----------
    Karypis & Kumar, "A fast and high quality multilevel scheme for partitioning irregular graphs",
    1998; Holtgrewe, Sanders & Schulz, "Engineering a scalable high quality graph partitioner",
    2010.
    """
    size, n = graph.size, len(graph.size)
    rows, others = np.repeat(np.arange(n), np.diff(graph.ends)), graph.others
    fits = (size[rows] + size[others] <= most) & (cells[rows] == cells[others])
    kept = np.flatnonzero(fits & (rows < others))
    i, j = rows[kept], others[kept]
    key = graph.weights[kept] / (size[i] * size[j]) * rng.uniform(1, TIES, len(kept))
    order, partner = np.argsort(-key), np.arange(n)
    i, j = i[order], j[order]
    loops.join(i, j, partner)
    alone = np.flatnonzero(partner == np.arange(n))
    if n - (n - len(alone)) / 2 > STALLED * n:
        heaviest = np.full(n, -1)
        heaviest[i[::-1]], heaviest[j[::-1]] = j[::-1], i[::-1]
        alone = alone[np.lexsort((heaviest[alone], cells[alone]))]
        a, b = alone[: len(alone) // 2 * 2].reshape(-1, 2).T
        same = (size[a] + size[b] <= most) & (cells[a] == cells[b]) & (heaviest[a] == heaviest[b])
        partner[a[same]], partner[b[same]] = b[same], a[same]
    return partner


def contracted(graph: Nodes, partner: Integers, loops: Loops) -> tuple[Nodes, Integers]:
    """Return the graph whose nodes are pairs: edges and weights add up; and each node's pair."""
    own = np.minimum(np.arange(len(partner)), partner)
    first = own == np.arange(len(partner))
    parent = (np.cumsum(first) - 1)[own]
    return Nodes(*loops.contract(tuple(graph), parent, int(first.sum()))), parent


def coarsened(
    graph: Nodes,
    fewest: int,
    rng: np.random.Generator,
    loops: Loops,
    cells: Integers | None = None,
    check: Callable[[], None] = lambda: None,
) -> tuple[list[Level], Nodes]:
    """Contract a graph until about so few nodes are left; `check` may raise in between.

    Returns
    -------
    levels : list of Level
        From fine to coarse.
    graph : Nodes
        The coarsest.
    """
    n = len(graph.size)
    levels, most = list[Level](), max(2.0, HEAVIEST * n / fewest)
    cells = np.zeros(n, dtype=np.int64) if cells is None else cells
    while len(graph.size) > fewest:
        check()
        coarse, parent = contracted(graph, matching(graph, most, rng, loops, cells), loops)
        if len(coarse.size) > 0.95 * len(graph.size):
            break
        levels.append(Level(graph, parent))
        cells, graph = handed(cells, parent), coarse
    return levels, graph


def handed(values: Integers, parent: Integers) -> Integers:
    """Return for each coarse node what one of its nodes has."""
    coarse = np.zeros(int(parent.max()) + 1, dtype=np.int64)
    coarse[parent] = values
    return coarse


def induced(graph: Nodes, some: Integers) -> Nodes:
    """Return the graph of some of the nodes."""
    return Nodes(*plain(graph.matrix()[some][:, some]), graph.size[some])
