"""The neighbours of points in the plane and in space: near ones in every direction."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

SEARCHED, WIDER, MOST_SEARCHED = 3, 4, 2000
BLOCK = 10_000  # nodes at a time, so that caches hold what is known of them


def quadrant(points: Floats, width: int) -> Ints:
    """Return an equal share of neighbours in each quadrant or octant, filled up by the nearest.

    More and more of the nearest are looked at while a quadrant is short, so that clusters are
    linked (Johnson & McGeoch 1997).
    """
    n, tree = len(points), cKDTree(points)
    chosen = np.empty((n, width), dtype=np.intp)
    todo, k = np.arange(n), min(SEARCHED * width, n - 1)
    while len(todo):
        short = []
        for some in np.split(todo, range(BLOCK, len(todo), BLOCK)):
            near, full = spread(points, others(tree, points, some, k), some, width)
            done = full | (k >= min(n - 1, MOST_SEARCHED))
            chosen[some[done]] = near[done]
            short.append(some[~done])
        todo, k = np.concatenate(short), min(WIDER * k, n - 1)
    return chosen


def spread(points: Floats, near: Ints, nodes: Ints, width: int) -> tuple[Ints, Any]:
    """Return `width` of the near points of some nodes, and whether no sector of theirs is short."""
    sectors = 2 ** min(points.shape[1], 3)
    share = max(1, width // sectors)
    sector = sectors_of(points[near] - points[nodes][:, None])
    rank = np.zeros(near.shape, dtype=np.int32)
    full = np.ones(len(nodes), dtype=bool)
    for s in range(sectors):
        inside = sector == s
        rank += np.where(inside, np.cumsum(inside, axis=1, dtype=np.int32) - 1, 0)
        full &= inside.sum(axis=1) >= share
    first = np.sort(np.argsort(rank >= share, axis=1, kind="stable")[:, :width], axis=1)
    return np.take_along_axis(near, first, 1), full


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
