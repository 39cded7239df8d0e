"""Candidate neighbours: the few edges of each city that a good tour is likely to use."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from problems.tours.distances import Distances

Floats = NDArray[np.float64]
Order = NDArray[np.intp]

WIDTH = 8
MATRIX_WIDTH = 10
SEARCHED = 6
BLOCK = 2**22


class Candidates(NamedTuple):
    """The candidate edges of every city, shortest first.

    Attributes
    ----------
    out : array of int, shape (n, k)
        Cities that an edge may lead to.
    into : array of int, shape (n, k)
        Cities that an edge may come from; the same array where distances are symmetric.
    """

    out: Order
    into: Order


def candidates(distances: Distances, width: int | None = None) -> Candidates:
    """Return the candidate edges that suit the distances.

    Quadrant neighbours in the plane and octant neighbours in space, nearest neighbours elsewhere;
    without coordinates from the rows of the matrix, and for asymmetric distances from its columns
    as well.

    Parameters
    ----------
    distances : Distances
    width : int, optional
        Candidates of each city, at most n − 1: 8 with coordinates and 10 without, by default.

    Examples
    --------
    >>> from problems.tours import PointDistances
    >>> candidates(PointDistances([[0, 0], [3, 0], [5, 0], [9, 0]]), 2).out.tolist()
    [[1, 2], [2, 0], [1, 3], [2, 1]]
    """
    points = distances.coordinates
    if width is None:
        width = MATRIX_WIDTH if points is None else WIDTH
    width = max(1, min(width, distances.n - 1))
    if points is None:
        out = nearest_rows(distances, width, inward=False)
        return Candidates(out, out if distances.symmetric else nearest_rows(distances, width, True))
    found = quadrant(points, width) if points.shape[1] in (2, 3) else nearest(points, width)
    return Candidates(found, found)


def nearest(points: Floats, width: int) -> Order:
    """Return the `width` nearest other points of each point, shape (n, width), by a k-d tree."""
    n = len(points)
    _, found = cKDTree(points).query(points, k=min(width + 1, n))
    itself = found == np.arange(n)[:, None]
    last = np.argsort(itself, axis=1, kind="stable")[:, :width]
    return np.take_along_axis(found, last, 1).astype(np.intp)


def quadrant(points: Floats, width: int) -> Order:
    """Return the nearest few of each quadrant or octant around a point, filled up by the nearest.

    An equal share of `width` from each of them (at least one), so that clusters stay
    connected with each other (Johnson & McGeoch 1997), among the 6·width nearest.
    """
    found = nearest(points, min(SEARCHED * width, len(points) - 1))
    step = points[found] - points[:, None]
    sectors = 2 ** points.shape[1]
    sector = (step > 0) @ (2 ** np.arange(points.shape[1]))
    rank = np.zeros(found.shape, dtype=np.intp)
    for k in range(sectors):
        inside = sector == k
        rank += np.where(inside, np.cumsum(inside, axis=1) - 1, 0)
    later = rank >= max(1, width // sectors)
    chosen = np.sort(np.argsort(later, axis=1, kind="stable")[:, :width], axis=1)
    return np.take_along_axis(found, chosen, 1)


def nearest_rows(distances: Distances, width: int, inward: bool) -> Order:
    """Return the `width` cities that are nearest by the distances themselves, n² evaluations."""
    n = distances.n
    everyone = np.arange(n)
    found = np.empty((n, width), dtype=np.intp)
    step = max(1, BLOCK // n)
    for start in range(0, n, step):
        rows = everyone[start : start + step]
        away = distances(everyone[None, :], rows[:, None]) if inward else None
        away = distances(rows[:, None], everyone[None, :]) if away is None else away
        away[np.arange(len(rows)), rows] = np.inf
        some = np.argpartition(away, width - 1, axis=1)[:, :width]
        order = np.argsort(np.take_along_axis(away, some, 1), axis=1, kind="stable")
        found[rows] = np.take_along_axis(some, order, 1)
    return found
