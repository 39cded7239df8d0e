"""Candidate neighbours: the few edges of each city that a good tour is likely to use."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from problems.tours.distances import Distances
from problems.tours.neighbours import quadrant

Ints = NDArray[np.intp]

BLOCK = 2**22


def candidates(distances: Distances, width: int) -> Ints:
    """Return for each city the few that a good tour's edge may lead to, shape (n, width).

    Quadrant neighbours in the plane and octant neighbours in space; without coordinates the
    nearest, from the rows of the matrix.

    Parameters
    ----------
    distances : Distances
    width : int
        How many, at most n − 1.

    Examples
    --------
    >>> from problems.tours import PointDistances
    >>> candidates(PointDistances([[0, 0], [3, 0], [5, 0], [9, 0]]), 2).tolist()
    [[1, 2], [2, 0], [1, 3], [2, 1]]
    """
    points = distances.coordinates
    width = max(1, min(width, distances.n - 1))
    return nearest(distances, width) if points is None else quadrant(points, width)


def nearest(distances: Distances, width: int) -> Ints:
    """Return the `width` cities that are nearest by the distances themselves, n² evaluations."""
    n = distances.n
    everyone = np.arange(n)
    found = np.empty((n, width), dtype=np.intp)
    step = max(1, BLOCK // n)
    for start in range(0, n, step):
        rows = everyone[start : start + step]
        away = distances(rows[:, None], everyone[None, :])
        away[np.arange(len(rows)), rows] = np.inf
        some = np.argpartition(away, width - 1, axis=1)[:, :width]
        order = np.argsort(np.take_along_axis(away, some, 1), axis=1, kind="stable")
        found[rows] = np.take_along_axis(some, order, 1)
    return found
