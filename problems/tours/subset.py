"""The distances between some cities alone, without what the others take of memory."""

from __future__ import annotations

from copy import copy

import numpy as np
from numpy.typing import NDArray

from problems.tours.distances import Distances, MatrixDistances, PointDistances
from problems.tours.linked import Linked
from problems.tours.merged import Merged

__all__ = ["subset"]

Ints = NDArray[np.intp]


def subset(distances: Distances, cities: Ints) -> Distances:
    """Return distances whose city k is city cities[k] of the given ones.

    Metrics that were fitted to all points stay as they were fitted. A gate must not be among the
    cities; links whose ends are not both among them are lost.

    Examples
    --------
    >>> from problems.tours import PointDistances
    >>> line = PointDistances([[0.0], [1.0], [5.0], [7.0]])
    >>> subset(line, np.array([3, 1])).matrix().tolist()
    [[0.0, 6.0], [6.0, 0.0]]
    """
    if isinstance(distances, Linked):
        place = np.full(distances.n, -1, dtype=np.intp)
        place[cities] = np.arange(len(cities))
        links = place[distances.links]
        return Linked(subset(distances.base, cities), links[(links >= 0).all(axis=1)])
    if isinstance(distances, Merged):
        return subset(distances.base, distances.representatives[cities])
    if isinstance(distances, PointDistances):
        part = copy(distances)
        part.n, part.points = len(cities), distances.points[cities]
        part._columns = np.ascontiguousarray(distances._columns[:, cities])
        if distances.coordinates is not None:
            part.coordinates = distances.coordinates[cities]
        return part
    return MatrixDistances(distances(cities[:, None], cities[None, :]))
