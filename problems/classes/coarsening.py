"""Coarser graphs: nodes that belong together become one, again and again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

__all__ = ["Level", "coarsened", "contracted", "matching"]

Floats = NDArray[Any]
Integers = NDArray[np.intp]
Graph = sparse.csr_array[Any]

COARSEST = 100  # nodes, about
HEAVIEST = 1.5  # times the mean weight of so many nodes: what a pair may weigh
ROUNDS = 8
TIES = 1 + 1e-6
STALLED = 0.75  # of the nodes left by a matching, from which nodes without an edge are paired too


class Level(NamedTuple):
    """A graph with weighted nodes, and which node of the next coarser graph each belongs to."""

    graph: Graph
    size: Floats
    parent: Integers


def matching(
    W: Graph, size: Floats, most: float, rng: np.random.Generator, cells: Integers | None = None
) -> Integers:
    """Return each node's partner, itself where it has none: heavy edges between light nodes first.

    An edge is taken where it is the heaviest, w_ij/(m_i·m_j), at both of its ends, ties at random;
    what is left goes on like that for a few rounds. Where that pairs few, nodes that are left are
    paired by their heaviest neighbour, or by having none.

    Parameters
    ----------
    W : sparse array, shape (n, n)
    size : array, shape (n,)
        The nodes' weights m.
    most : float
        What a pair may weigh.
    rng : numpy.random.Generator
    cells : array of int, shape (n,), optional
        Nodes of different cells are not paired.

    References
    ----------
    Karypis & Kumar, "A fast and high quality multilevel scheme for partitioning irregular graphs",
    1998; Holtgrewe, Sanders & Schulz, "Engineering a scalable high quality graph partitioner",
    2010.
    """
    n = len(size)
    cells = np.zeros(n, dtype=np.intp) if cells is None else cells
    upper = sparse.coo_array(sparse.triu(W, 1))
    (i, j), key = upper.coords, upper.data / (size[upper.coords[0]] * size[upper.coords[1]])
    kept = (size[i] + size[j] <= most) & (cells[i] == cells[j])
    order = np.argsort(key * rng.uniform(1, TIES, len(key)))
    order = order[kept[order]]
    i, j = i[order].astype(np.intp), j[order].astype(np.intp)
    partner, heaviest = np.arange(n), np.full(n, -1)
    for k in range(ROUNDS):
        edges, best = np.arange(len(i)), np.full(n, -1)
        best[np.stack([i, j], axis=1).ravel()] = np.repeat(edges, 2)
        if not k:
            heaviest[i], heaviest[j] = j, i
        both = (best[i] == edges) & (best[j] == edges)
        partner[i[both]], partner[j[both]] = j[both], i[both]
        free = (partner[i] == i) & (partner[j] == j)
        i, j = i[free], j[free]
        if not i.size:
            break
    alone = np.flatnonzero(partner == np.arange(n))
    if n - (n - len(alone)) / 2 > STALLED * n:
        alone = alone[np.lexsort((heaviest[alone], cells[alone]))]
        a, b = alone[: len(alone) // 2 * 2].reshape(-1, 2).T
        fits = (size[a] + size[b] <= most) & (cells[a] == cells[b]) & (heaviest[a] == heaviest[b])
        partner[a[fits]], partner[b[fits]] = b[fits], a[fits]
    return partner


def contracted(W: Graph, size: Floats, partner: Integers) -> tuple[Graph, Floats, Integers]:
    """Return the graph whose nodes are pairs: edges and weights add up; and each node's pair."""
    n = len(size)
    names, parent = np.unique(np.minimum(np.arange(n), partner), return_inverse=True)
    joined = sparse.csr_array((np.ones(n), (np.arange(n), parent)), shape=(n, len(names)))
    coarse = sparse.csr_array(joined.T @ W @ joined)
    coarse.setdiag(0)
    coarse.eliminate_zeros()
    return coarse, np.bincount(parent, size), parent


def coarsened(
    W: Graph,
    rng: np.random.Generator,
    cells: Integers | None = None,
    check: Callable[[], None] = lambda: None,
) -> tuple[list[Level], Graph, Floats, Integers | None]:
    """Contract a graph until about 100 nodes are left; `check` may raise in between.

    Returns
    -------
    levels : list of Level
        From fine to coarse.
    graph, size, cells
        Of the coarsest graph.
    """
    size, levels = np.ones(W.shape[0]), list[Level]()
    most = max(2.0, HEAVIEST * len(size) / COARSEST)
    while len(size) > COARSEST:
        check()
        coarse, heavier, parent = contracted(W, size, matching(W, size, most, rng, cells))
        if len(heavier) > 0.95 * len(size):
            break
        levels.append(Level(W, size, parent))
        if cells is not None:
            fine, cells = cells, np.zeros(len(heavier), dtype=np.intp)
            cells[parent] = fine
        W, size = coarse, heavier
    return levels, W, size, cells
