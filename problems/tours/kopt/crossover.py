"""Partition crossover: where two tours differ, part by part, the shorter way is taken."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from problems.tours.distances import Distances
from problems.tours.kopt.descent import exchange_orders
from problems.tours.kopt.tour import Tour

Integers = NDArray[np.intp]


def cross(tour: Tour, other: Integers, distances: Distances, tolerance: float = 0.0) -> float:
    """Take over from another tour what makes this one shorter; return by how much.

    The edges that only one of the two has make a graph. Each of its connected parts is a change of
    its own, and is made if it gains more than `tolerance` and leaves one cycle.

    Parameters
    ----------
    tour : Tour
        Changed in place.
    other : array of int, shape (n,)
        Visits the same cities.
    distances : Distances
    tolerance : float, default 0

    References
    ----------
    Whitley, Hains & Howe, "Tunneling between optima: partition crossover for the TSP", 2009.

    Examples
    --------
    >>> from problems.tours.distances import PointDistances
    >>> points = [[0, 0], [1, 0], [2, 0], [3, 0], [3, 1], [2, 1], [1, 1], [0, 1]]
    >>> tour = Tour(np.array([0, 2, 1, 3, 4, 5, 6, 7]))
    >>> round(cross(tour, np.array([0, 1, 2, 3, 4, 6, 5, 7]), PointDistances(points)), 9)
    2.0
    >>> tour.order.tolist()
    [0, 1, 2, 3, 4, 5, 6, 7]
    """
    n = len(tour.order)
    removed, added = (
        np.array(pairs, dtype=np.intp).reshape(-1, 2)
        for pairs in exchange_orders(np.arange(n), tour.order, other, tour.symmetric)
    )
    changed = np.vstack([removed, added])
    shift = np.array([0, 0 if tour.symmetric else n])  # directed: who is left, and who is entered
    ends = changed + shift
    graph = sparse.coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(2 * n, 2 * n))
    parts, label = connected_components(graph, directed=False)
    part, change = label[ends[:, 0]], distances(changed[:, 0], changed[:, 1])
    change[len(removed) :] *= -1
    gain, gained = np.bincount(part, change, parts), 0.0
    for k in np.flatnonzero(gain > tolerance)[np.argsort(-gain[gain > tolerance])]:
        out, new = removed[part[: len(removed)] == k], added[part[len(removed) :] == k]
        if tour.patch(out.tolist(), new.tolist()):
            gained += float(gain[k])
    return gained
