"""The first tour: the shortest edges that leave one possible, those that stay first of all."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from problems.tours.linkern.layout import Layout

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

NEAR = 8
EVERYONE, MOST = 200, 1500


def fragments(tails: Any, heads: Any, links: Any, far: Any) -> Any:
    """Add edges in turn to paths, where they leave them paths; return how many.

    Parameters
    ----------
    tails, heads : sequences of int
    links : sequence of int
        Two neighbours for each node; −1 where there is none yet.
    far : sequence of int
        For each end of a path, the other end. Plain Python that numba compiles.
    """
    added = 0
    for k in range(len(tails)):
        i, j = tails[k], heads[k]
        if i == j or links[2 * i + 1] >= 0 or links[2 * j + 1] >= 0 or far[i] == j:
            continue
        links[2 * i + (links[2 * i] >= 0)] = j
        links[2 * j + (links[2 * j] >= 0)] = i
        one, other = far[i], far[j]
        far[one], far[other] = other, one
        added += 1
    return added


def follow(links: Any, order: Any) -> None:
    """Write the one path that is left, from one end to the other."""
    n, now, before = len(order), 0, -1
    for i in range(n):
        if links[2 * i + 1] < 0:
            now = i
            break
    for k in range(n):
        order[k] = now
        other = links[2 * now] if links[2 * now] != before else links[2 * now + 1]
        before, now = now, other


def greedy(layout: Layout, pairs: Ints, lengths: Floats, kernel: Any, store: Any) -> Ints:
    """Return the greedy tour (Bentley 1992): edges of the pool first, then those between ends.

    Parameters
    ----------
    layout : Layout
    pairs, lengths : arrays
        The pool.
    kernel : Kernel
        Holds `fragments` and `follow`.
    store : callable
        Makes what these read of an array.
    """
    n = layout.n
    links, far = store(np.full(2 * n, -1)), store(np.arange(n))
    made = kernel.fragments(store(layout.links[:, 0]), store(layout.links[:, 1]), links, far)
    while made < n - 1:
        a, b = pairs[np.argsort(lengths, kind="stable")].T
        made += kernel.fragments(store(a), store(b), links, far)
        if made < n - 1:
            pairs, lengths = between_ends(layout, np.array(links), np.array(far))
    order = store(np.zeros(n, dtype=np.intp))
    kernel.follow(links, order)
    return np.array(order, dtype=np.intp)


def between_ends(layout: Layout, links: Ints, far: Ints) -> tuple[Ints, Floats]:
    """Return the edges from ends of paths to the nearest ends of others, and their lengths."""
    ends = np.flatnonzero(links[1::2] < 0)
    points = layout.points
    if points is None or len(ends) <= EVERYONE or layout.gate:
        ends = np.union1d(ends[:MOST], far[ends[:MOST]])
        i, j = np.triu_indices(len(ends), 1)
        pairs = np.stack([ends[i], ends[j]], axis=1)
    else:
        near = cKDTree(points[ends]).query(points[ends], k=NEAR)[1]
        pairs = np.stack([np.repeat(ends, NEAR), ends[near.ravel()]], axis=1)
    apart = (pairs[:, 0] != pairs[:, 1]) & (far[pairs[:, 0]] != pairs[:, 1])
    pairs = pairs[apart]
    return pairs, layout.apart(pairs[:, 0], pairs[:, 1])
