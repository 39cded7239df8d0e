"""The shortest tour of a few cities, by dynamic programming over subsets."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from problems.tours.distances import MatrixDistances

Floats = NDArray[np.float64]
Order = NDArray[np.intp]

MOST_CITIES = 16


def held_karp(matrix: ArrayLike) -> tuple[float, Order]:
    """Return the shortest closed tour, for symmetric or asymmetric distances.

    C[S, j] = min_{i ∈ S∖{j}} C[S∖{j}, i] + d_ij is the shortest path from city 0 through the set S
    that ends at j ∈ S; O(n²·2ⁿ) operations and n·2ⁿ⁻¹ numbers of memory.

    Parameters
    ----------
    matrix : array_like, shape (n, n)
        Distances ≥ 0, row to column, n ≤ 16; the diagonal is ignored.

    Returns
    -------
    length : float
    order : array of int, shape (n,)
        A shortest tour, begun at city 0.

    Raises
    ------
    TypeError, ValueError
        If the matrix is no distance matrix (see `MatrixDistances`), or has more than 16 cities.

    References
    ----------
    Held & Karp, "A dynamic programming approach to sequencing problems", 1962.

    Examples
    --------
    >>> length, order = held_karp([[0, 1, 2, 9], [9, 0, 1, 9], [9, 9, 0, 1], [1, 9, 9, 0]])
    >>> length, order.tolist()
    (4.0, [0, 1, 2, 3])
    """
    distances = MatrixDistances(matrix)
    n, d = distances.n, distances.matrix()
    if n > MOST_CITIES:
        raise ValueError(f"matrix must have at most {MOST_CITIES} cities; got {n}")
    if n == 1:
        return 0.0, np.zeros(1, dtype=np.intp)
    order = np.array([0, *_path(_shortest_paths(d), d)])
    return distances.tour_length(order), order


def _shortest_paths(d: Floats) -> Floats:
    """Return C[S, j] with S as bits over the cities 1 … n − 1, and j counted from 0 there."""
    between, m = d[1:, 1:], len(d) - 1
    sets = np.arange(2**m)
    size = (sets[:, None] >> np.arange(m) & 1).sum(axis=1)
    cost = np.full((2**m, m), np.inf)
    cost[2 ** np.arange(m), np.arange(m)] = d[0, 1:]
    for k in range(2, m + 1):
        members = sets[size == k]
        for j in range(m):
            S = members[members >> j & 1 == 1]
            cost[S, j] = (cost[S ^ (1 << j)] + between[:, j]).min(axis=1)
    return cost


def _path(cost: Floats, d: Floats) -> list[int]:
    """Read the tour off the table, from its last city back to the first after city 0."""
    S, path, onwards = len(cost) - 1, [], d[1:, 0]
    while S:
        j = int(np.argmin(cost[S] + onwards))
        path.append(j + 1)
        S, onwards = S ^ (1 << j), d[1:, j + 1]
    return path[::-1]
