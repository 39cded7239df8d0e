"""Distances between the points that many cities share, each visited once for all of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from problems.tours.distances import Distances

__all__ = ["Merged", "shared_points"]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

MOST_COPIES = 16


class Merged(Distances):
    """The distances between the different points of cities that share them.

    Parameters
    ----------
    base : Distances
        With coordinates.
    inverse : array of int, shape (n,)
        The number of each city's point; every number from 0 on occurs.

    Attributes
    ----------
    base : Distances
    representatives : array of int
        A city at each point.
    """

    def __init__(self, base: Distances, inverse: Ints) -> None:
        self.base = base
        self._cities = np.argsort(inverse, kind="stable")
        counts = np.bincount(inverse)
        self._ends = np.cumsum(counts)
        self.representatives = self._cities[self._ends - counts]
        self.n, self.symmetric = len(counts), base.symmetric
        points = base.coordinates
        self.coordinates = None if points is None else points[self.representatives]

    def __call__(self, i: ArrayLike, j: ArrayLike) -> Floats:
        return self.base(self.representatives.take(i), self.representatives.take(j))

    def expand(self, order: Ints) -> Ints:
        """Return a tour of the points as one of the cities, those of a point in a row."""
        groups = np.split(self._cities, self._ends[:-1])
        return np.concatenate([groups[point] for point in order.tolist()])

    def contract(self, order: Ints) -> Ints:
        """Return the points in the order in which a tour of the cities comes to them first."""
        point = np.empty(len(self._cities), dtype=np.intp)
        point[self._cities] = np.repeat(np.arange(self.n), np.diff(self._ends, prepend=0))
        _, first = np.unique(point[order], return_index=True)
        return np.asarray(point[order][np.sort(first)])


def shared_points(distances: Distances) -> Distances:
    """Return the distances between points, if one is shared by more than 16 cities; else the same.

    Trees and neighbour lists of equal points take quadratic time, and say nothing. Cities at a
    point stand in a row in a shortest tour wherever the triangle inequality holds.
    """
    points = distances.coordinates
    if points is None or getattr(distances, "metric", None) == "sqeuclidean":
        return distances
    _, inverse, counts = np.unique(points, axis=0, return_inverse=True, return_counts=True)
    if counts.max() <= MOST_COPIES:
        return distances
    return Merged(distances, inverse.reshape(-1).astype(np.intp))
