"""The edges that a search chooses its candidates from."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from problems.tours.linkern.layout import Layout

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

SEARCHED, WIDER, MOST_SEARCHED = 3, 4, 2000
REDUCTIONS, REDUCED = (2, 12), 2e7
BLOCK = 2**22


def pool(layout: Layout, width: int) -> Ints:
    """Return pairs of nodes, shape (m, 2): some `width` edges of each node that may be good ones.

    The nearest in each quadrant (or octant) where there are coordinates; without them the nearest
    by the distances less what is common to all of a node's edges.
    """
    points, n = layout.points, layout.n
    if n <= 3:
        return np.array([(i, j) for i in range(n) for j in range(i)], dtype=np.intp).reshape(-1, 2)
    if points is None:
        return cheapest(layout, width)
    count = n - layout.gate
    near = quadrant(points[:count], min(width, count - 1))
    pairs = np.stack([np.repeat(np.arange(count), near.shape[1]), near.ravel()], axis=1)
    if layout.gate:
        cities = np.arange(count)
        pairs = np.vstack([pairs, np.stack([cities, np.full(count, count)], axis=1)])
    return pairs


def quadrant(points: Floats, width: int) -> Ints:
    """Return an equal share of neighbours in each quadrant or octant, filled up by the nearest.

    More and more of the nearest are looked at while a quadrant is short, so that clusters are
    linked (Johnson & McGeoch 1997).
    """
    n, tree = len(points), cKDTree(points)
    sectors = 2 ** min(points.shape[1], 3)
    share = max(1, width // sectors)
    chosen = np.empty((n, width), dtype=np.intp)
    todo, k = np.arange(n), min(SEARCHED * width, n - 1)
    while len(todo):
        near = others(tree, points, todo, k)
        sector = sectors_of(points[near] - points[todo][:, None])
        rank = np.zeros(near.shape, dtype=np.int32)
        full = np.ones(len(todo), dtype=bool)
        for s in range(sectors):
            inside = sector == s
            rank += np.where(inside, np.cumsum(inside, axis=1, dtype=np.int32) - 1, 0)
            full &= inside.sum(axis=1) >= share
        done = full | (k >= min(n - 1, MOST_SEARCHED))
        first = np.sort(np.argsort(rank >= share, axis=1, kind="stable")[:, :width], axis=1)
        chosen[todo[done]] = np.take_along_axis(near, first, 1)[done]
        todo, k = todo[~done], min(WIDER * k, n - 1)
    return chosen


def others(tree: Any, points: Floats, nodes: Ints, k: int) -> Ints:
    """Return the k nearest other points of some."""
    found = tree.query(points[nodes], k=k + 1)[1]
    itself = found == nodes[:, None]
    itself[:, -1] |= ~itself.any(axis=1)
    return np.asarray(found[~itself].reshape(len(nodes), k))


def sectors_of(step: Floats) -> Ints:
    """Return the quadrant of steps, half open, so that an axis belongs to one of them."""
    x, y = step[..., 0], step[..., min(1, step.shape[-1] - 1)]
    plane = np.where(
        (x > 0) & (y >= 0), 0, np.where((x <= 0) & (y > 0), 1, 2 + ((y < 0) & (x >= 0)))
    )
    return plane + 4 * (step[..., 2] > 0) if step.shape[-1] > 2 else plane


def cheapest(layout: Layout, width: int) -> Ints:
    """Return the `width` cheapest edges of each node by reduced distances, n² of them looked at.

    From every row and column half the mean of the few smallest entries is taken away, again and
    again, so that what is added to all edges of a node does not choose its neighbours.
    """
    matrix = layout.matrix()
    np.fill_diagonal(matrix, np.inf)
    m = len(matrix)
    width = min(width, m - 1)
    few = min(3, m - 1)
    for _ in range(int(np.clip(REDUCED / m**2, *REDUCTIONS))):
        for axis in (0, 1):
            low = np.partition(matrix, few - 1, axis=axis).take(np.arange(few), axis=axis)
            matrix -= np.expand_dims(low.mean(axis=axis), axis) / 2
    if not layout.directed:
        matrix += matrix.T.copy()
    rows = np.repeat(np.arange(m), width)
    out = np.argpartition(matrix, width - 1, axis=1)[:, :width].ravel()
    if not layout.directed:
        return np.stack([rows, out], axis=1)
    into = np.argpartition(matrix, width - 1, axis=0)[:width].T.ravel()
    return np.vstack(
        [np.stack([2 * rows + 1, 2 * out], axis=1), np.stack([2 * into + 1, 2 * rows], axis=1)]
    )
