"""Two classical heuristics on arrays: greedy edges and 2-opt."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from hopopt import Monitor, Status
from hopopt.core import TimeUp
from problems.tours.distances import Distances

Floats = NDArray[np.float64]
Order = NDArray[np.intp]

MATRIX_CITIES = 5000
ROUNDING = 1e-9


def greedy_edges(distances: Distances) -> list[list[int]]:
    """Return every city's neighbours on the path that the shortest feasible edges make.

    `far` holds, for each end of a fragment, its other end: an edge between the two would close it.
    """
    n = distances.n
    i, j = np.triu_indices(n, 1)
    shortest_first = np.argsort(distances(i, j), kind="stable")
    links: list[list[int]] = [[] for _ in range(n)]
    degree, far = np.zeros(n, dtype=np.intp), np.arange(n)
    for start in range(0, len(i), 4 * n):
        block = shortest_first[start : start + 4 * n]
        open_ends = (degree[i[block]] < 2) & (degree[j[block]] < 2) & (far[i[block]] != j[block])
        for a, b in zip(i[block[open_ends]].tolist(), j[block[open_ends]].tolist(), strict=True):
            if len(links[a]) < 2 and len(links[b]) < 2 and far[a] != b:
                links[a].append(b)
                links[b].append(a)
                degree[[a, b]] += 1
                ends = far[[a, b]]
                far[ends] = ends[::-1]
    return links


def follow(links: list[list[int]]) -> Order:
    """Return the cities in the order of a path, given by every city's neighbours on it."""
    city = min(range(len(links)), key=lambda k: len(links[k]))
    order, before = [city], -1
    while len(order) < len(links):
        before, city = city, next(k for k in links[city] if k != before)
        order.append(city)
    return np.array(order)


def two_opt(distances: Distances, order: Order, monitor: Monitor) -> tuple[Order, Status]:
    """Reverse stretches of a closed tour, the first that shortens it, until none does.

    Parameters
    ----------
    distances : Distances
        Symmetric.
    order : array of int, shape (n,)
        The first tour; its first city stays in place.
    monitor : Monitor
        Holds the time limit.

    Returns
    -------
    order, status

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Monitor
    >>> from problems.tours import PointDistances
    >>> square = PointDistances([[0, 0], [1, 0], [1, 1], [0, 1]])
    >>> two_opt(square, np.array([0, 2, 1, 3]), Monitor())[0]
    array([0, 1, 2, 3])
    """
    row = _rows(distances)
    tour = np.append(order, order[0])
    edge = distances(tour[:-1], tour[1:])
    tolerance = ROUNDING * float(np.abs(edge).mean())
    i = quiet = 0
    try:
        while quiet < len(edge):
            monitor.step(tour, 0.0, 0.0)
            joined = row(tour[i])[tour[i + 2 : -1]] + row(tour[i + 1])[tour[i + 3 :]]
            shorter = joined < edge[i] + edge[i + 2 :] - tolerance
            j = i + 2 + int(shorter.argmax()) if shorter.any() else 0
            if j:
                tour[i + 1 : j + 1] = tour[j:i:-1]
                edge[i + 1 : j] = edge[j - 1 : i : -1]
                edge[[i, j]] = distances(tour[[i, j]], tour[[i + 1, j + 1]])
                quiet = 0
            else:
                i, quiet = (i + 1) % len(edge), quiet + 1
    except TimeUp:
        return tour[:-1], Status.TIME_LIMIT
    except KeyboardInterrupt:
        return tour[:-1], Status.INTERRUPTED
    return tour[:-1], Status.CONVERGED


def _rows(distances: Distances) -> Callable[[int], Floats]:
    """Return the function that gives a city's distances to all, from a matrix where one fits."""
    if distances.n <= MATRIX_CITIES:
        return distances.matrix().__getitem__
    everyone = np.arange(distances.n)
    return lambda city: distances(city, everyone)
