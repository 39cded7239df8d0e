"""All ways to part a few nodes into classes of equal size: the exact answer where they are few."""

from __future__ import annotations

from math import factorial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Classes = NDArray[np.intp]

MOST = 20_000


def count(n: int, k: int) -> int:
    """Return in how many ways n nodes fall into k unnamed classes of n/k nodes, rounded up or down.

    Examples
    --------
    >>> count(6, 3), count(7, 2)
    (15, 35)
    """
    small, large = n // k, n % k
    ways = factorial(n) // (factorial(small) ** (k - large) * factorial(small + 1) ** large)
    return int(ways // (factorial(large) * factorial(k - large)))


def balanced_classes(n: int, k: int) -> Classes:
    """Return every such partition once, a row each: classes are numbered as they first come.

    Examples
    --------
    >>> balanced_classes(3, 2).tolist()
    [[0, 0, 1], [0, 1, 0], [0, 1, 1]]
    """
    rows, sizes = np.zeros((1, 0), dtype=np.intp), np.zeros((1, k), dtype=np.intp)
    for left in reversed(range(n)):
        used = np.count_nonzero(sizes, axis=1)
        at, c = np.nonzero((sizes < -(-n // k)) & (np.arange(k) <= used[:, None]))
        rows, sizes = np.column_stack([rows[at], c]), sizes[at]
        sizes[np.arange(len(c)), c] += 1
        enough = np.maximum(n // k - sizes, 0).sum(1) <= left
        rows, sizes = rows[enough], sizes[enough]
    return np.asarray(rows[np.ptp(sizes, axis=1) <= 1])


def least_cut(W: sparse.csr_array[Any], k: int) -> Classes:
    """Return the classes of equal size with the least weight between them, of all there are."""
    every, edges = balanced_classes(W.shape[0], k), sparse.coo_array(sparse.triu(W, 1))
    cuts = np.zeros(len(every))
    for i, j, weight in zip(*edges.coords, edges.data, strict=True):
        cuts += weight * (every[:, i] != every[:, j])
    return np.asarray(every[cuts.argmin()])
