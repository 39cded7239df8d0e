"""Exchanges of two nodes between classes, which keep every size: what single moves cannot reach."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Classes = NDArray[np.intp]

SHORTLIST = 32


def exchanged(
    W: sparse.csr_array[Any],
    classes: Classes,
    k: int,
    over: Callable[[], bool] = lambda: False,
) -> Classes:
    """Exchange nodes of two classes, the best pair of a shortlist first, until none cuts less.

    Or until the time is `over`.

    Where sizes may differ by one, a node may also go from a larger class to a smaller one. The
    shortlist of two classes holds the 32 nodes of each that would gain most by going alone.

    References
    ----------
    Kernighan & Lin, "An efficient heuristic procedure for partitioning graphs", 1970.
    """
    classes, least = classes.copy(), 1e-12 * float(W.data.max(initial=0.0))
    near = np.stack([W @ (classes == c).astype(float) for c in range(k)])
    left = {p: None for a in range(k) for p in adjoining(near, classes, a)}
    while left and not over():
        pair, changed = left.popitem()[0], False
        while (found := best_exchange(W, near, classes, pair))[0] > least:
            changed = True
            if over():
                return classes
            for node, (old, new) in zip(found[1], (pair, pair[::-1]), strict=True):
                if node >= 0:
                    row = slice(W.indptr[node], W.indptr[node + 1])
                    near[old, W.indices[row]] -= W.data[row]
                    near[new, W.indices[row]] += W.data[row]
                    classes[node] = new
        if changed:
            others = (p for c in pair for p in adjoining(near, classes, c) if p != pair)
            left |= dict.fromkeys(others)
    return classes


def adjoining(near: NDArray[Any], classes: Classes, a: int) -> list[tuple[int, int]]:
    """Return the pairs of a class and each other one that it has an edge to."""
    others = np.flatnonzero(near[:, classes == a].any(axis=1)).tolist()
    return [(min(a, c), max(a, c)) for c in others if c != a]


def best_exchange(
    W: sparse.csr_array[Any], near: NDArray[Any], classes: Classes, pair: tuple[int, int]
) -> tuple[float, tuple[int, int]]:
    """Return what the best exchange gains, and its node of either class, −1 for none.

    `near` holds the weight of the edges from each class to each node, shape (k, n).
    """
    (a, b), best = pair, (0.0, (-1, -1))
    here, there = np.flatnonzero(classes == a), np.flatnonzero(classes == b)
    forth, back = near[b, here] - near[a, here], near[a, there] - near[b, there]
    if len(here) > len(there) and forth.max() > 0:
        best = float(forth.max()), (int(here[forth.argmax()]), -1)
    elif len(there) > len(here) and back.max() > 0:
        best = float(back.max()), (-1, int(there[back.argmax()]))
    if not here.size or not there.size or forth.max() + back.max() <= best[0]:
        return best
    some = np.argsort(-forth, kind="stable")[:SHORTLIST]
    most = np.argsort(-back, kind="stable")[:SHORTLIST]
    both = W[here[some]][:, there[most]].toarray()
    gains = np.add.outer(forth[some], back[most]) - 2 * both
    i, j = np.unravel_index(int(gains.argmax()), gains.shape)
    if gains[i, j] > best[0]:
        best = float(gains[i, j]), (int(here[some[i]]), int(there[most[j]]))
    return best


def evened(
    W: sparse.csr_array[Any],
    classes: Classes,
    k: int,
    over: Callable[[], bool] = lambda: False,
) -> Classes:
    """Move nodes from classes that are too large to those that are too small, the cheapest first.

    Where some had to move, exchanges follow, unless the time is `over`.
    """
    classes = classes.copy()
    sizes = np.bincount(classes, minlength=k)
    if np.ptp(sizes) <= 1:
        return classes
    near = np.stack([W @ (classes == c).astype(float) for c in range(k)])
    while np.ptp(sizes) > 1:
        large, small = int(sizes.argmax()), int(sizes.argmin())
        inside = np.flatnonzero(classes == large)
        node = inside[int((near[small, inside] - near[large, inside]).argmax())]
        row = slice(W.indptr[node], W.indptr[node + 1])
        near[large, W.indices[row]] -= W.data[row]
        near[small, W.indices[row]] += W.data[row]
        classes[node] = small
        sizes = np.bincount(classes, minlength=k)
    return exchanged(W, classes, k, over)
