"""The neighbours of points in the plane and in space: near ones in every direction."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

SEARCHED, WIDER, MOST_SEARCHED = 3, 4, 2000


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
