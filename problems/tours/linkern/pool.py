"""The edges that a search chooses its candidates from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from problems.tours.linkern.layout import Layout
from problems.tours.neighbours import others, quadrant

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

SPACE = 3
REDUCTIONS, REDUCED = (2, 12), 2e7
TINY, CONTESTED = 1e-200, 0.5
SHARES, SOFT = 100, 0.25  # rounds, and T in units of the step to the fifth nearest


def pool(layout: Layout, width: int) -> Ints:
    """Return pairs of nodes, shape (m, 2): some `width` edges of each node that may be good ones.

    The nearest in each quadrant (or octant) where there are coordinates; without them the nearest
    by the distances less what is common to all of a node's edges.
    """
    points, n = layout.points, layout.n
    if n <= 3:
        return np.array([(i, j) for i in range(n) for j in range(i)], dtype=np.intp).reshape(-1, 2)
    if points is None:
        return cheapest(layout, width) if not layout.thrifty else around(layout, width)
    count = n - layout.gate
    near = around_points(points[:count], min(width, count - 1))
    pairs = np.stack([np.repeat(np.arange(count), near.shape[1]), near.ravel()], axis=1)
    if layout.gate:
        cities = np.arange(count)
        pairs = np.vstack([pairs, np.stack([cities, np.full(count, count)], axis=1)])
    return pairs


def around_points(points: Floats, width: int) -> Ints:
    """Return some neighbours of each point: in every direction, in more than space the nearest."""
    if points.shape[1] <= SPACE:
        return quadrant(points, width)
    return others(cKDTree(points), points, np.arange(len(points)), width)


def around(layout: Layout, width: int) -> Ints:
    """Return edges from where a city is left to where those around it are reached, and back."""
    places = layout.geometry
    if places is None:
        return cheapest(layout, width)
    near = around_points(places, min(width, len(places) - 1))
    here = np.repeat(np.arange(len(near)), near.shape[1])
    out, into = (2 * here + 1, 2 * near.ravel()), (2 * near.ravel() + 1, 2 * here)
    return np.stack([np.concatenate(ends) for ends in zip(out, into, strict=True)], axis=1)


def cheapest(layout: Layout, width: int) -> Ints:
    """Return the `width` cheapest edges of each node by reduced distances, n² of them looked at.

    From every row and column half the mean of the few smallest entries is taken away, again and
    again, so that what is added to all edges of a node does not choose its neighbours. Where few
    cities are nearest to most, all are `shared` alike.
    """
    matrix = layout.matrix()
    np.fill_diagonal(matrix, np.inf)
    m = len(matrix)
    width = min(width, m - 1)
    few = min(3, m - 1)
    for _ in range(0 if layout.thrifty else int(np.clip(REDUCED / m**2, *REDUCTIONS))):
        for axis in (0, 1):
            low = np.partition(matrix, few - 1, axis=axis).take(np.arange(few), axis=axis)
            matrix -= np.expand_dims(low.mean(axis=axis), axis) / 2
    if not layout.thrifty:
        matrix = shared(matrix, int(np.clip(REDUCED / m**2, 0, SHARES)))
    if not layout.directed and not layout.thrifty:
        matrix = matrix / 2 + matrix.T / 2
    rows = np.repeat(np.arange(m), width)
    out = np.argpartition(matrix, width - 1, axis=1)[:, :width].ravel()
    if not layout.directed:
        return np.stack([rows, out], axis=1)
    into = np.argpartition(matrix, width - 1, axis=0)[:width].T.ravel()
    return np.vstack(
        [np.stack([2 * rows + 1, 2 * out], axis=1), np.stack([2 * into + 1, 2 * rows], axis=1)]
    )


def shared(matrix: Floats, rounds: int) -> Floats:
    """Return distances less prices at which the softened choices of all cities are shared alike.

    Where many cities have the same nearest ones, as under d_ij = v_i·v_j, these are in a tour of
    two of them alone. The prices are those of v = exp((u_i + w_j − d_ij)/T) whose rows and columns
    add up to 1 (Sinkhorn): at a low T nearly those of an assignment.
    """
    m = len(matrix)
    if m < 6 or not rounds:
        return matrix
    wanted = np.unique(np.argpartition(matrix, 4, axis=1)[:, :5])
    near = np.partition(matrix, (0, 4), axis=1)[:, (0, 4)]
    T = SOFT * float(np.median(near[:, 1] - near[:, 0]))
    if len(wanted) > CONTESTED * m or not 0 < T < np.inf:
        return matrix
    kernel = np.exp(-(matrix - near[:, :1]) / T)
    a = b = np.ones(m)
    for _ in range(rounds):
        a = 1 / np.maximum(kernel @ b, TINY)
        b = 1 / np.maximum(kernel.T @ a, TINY)
    return matrix - near[:, :1] - T * (np.log(a)[:, None] + np.log(b))
