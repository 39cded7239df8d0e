"""What surrounds a city: lookups of distances, the nearest cities, the length of a good edge."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from problems.tours.candidates import Candidates
from problems.tours.distances import Distances

Array = NDArray[Any]
Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

MATRIX_CITIES = 1500


def pairwise(distances: Distances) -> Callable[[Array, Array], Floats]:
    """Return d(i, j) of arrays of cities: read off a matrix where there are few."""
    if distances.n > MATRIX_CITIES:
        return distances
    n, flat = distances.n, distances.matrix().ravel()
    return lambda i, j: flat.take(i * n + j)


def around(distances: Distances) -> Callable[[Integers, int], Integers]:
    """Return the function that finds the cities nearest to each of some, itself first."""
    points, n = distances.coordinates, distances.n
    if points is not None:
        tree = cKDTree(points)
        return lambda cities, count: tree.query(points[cities], k=count)[1].reshape(-1, count)
    everyone = np.arange(n)[None, :]

    def closest(cities: Integers, count: int) -> Integers:
        here = cities[:, None]
        away = distances(here, everyone)
        if not distances.symmetric:
            away = np.minimum(away, distances(everyone, here))
        away[np.arange(len(cities)), cities] = -1.0
        return np.argsort(away, axis=1, kind="stable")[:, :count]

    return closest


def typical(lookup: Callable[[Array, Array], Floats], near: Candidates) -> float:
    """Return the median distance of nearest cities, or of all candidates where that is 0; or 1."""
    here = np.broadcast_to(np.arange(len(near.out))[:, None], near.out.shape)
    away = lookup(here, near.out)
    for lengths in (away[:, 0], away):
        middle = float(np.median(lengths))
        if middle > 0:
            return middle
    return float(away.max()) or 1.0
