"""Costs of an assignment as networks take them, and the way back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from hopopt.core import Order
from problems.shared.magnitudes import ranked

Floats = NDArray[np.float64]


def placed(loss: Floats) -> tuple[Floats, float]:
    """Return costs as the methods see them, and what may break ties: see `LinearAssignment`.

    Of whole numbers two sums differ by 1, or not at all.
    """
    finite = np.isfinite(loss)
    n = max(loss.shape)
    whole = bool(np.all(loss[finite] == np.rint(loss[finite])))
    square = np.zeros((n, n))
    square[: loss.shape[0], : loss.shape[1]] = loss
    for axis in (1, 0):
        least = square.min(axis=axis, keepdims=True)
        square = square - np.where(np.isfinite(least), least, 0.0)
    seen, unit = ranked(square, matched)
    return seen, 0.5 / (n * unit) if whole else 0.0


def matched(allowed: NDArray[np.bool_]) -> bool:
    """Whether every row can have a column of its own."""
    found = maximum_bipartite_matching(csr_array(allowed), perm_type="column")
    return bool((found >= 0).all())


def seated(V: Floats) -> Order:
    """Return every row's largest output, the surest row first, among the columns that are free."""
    order = V.argmax(-1)
    if len(set(order.tolist())) == len(order):
        return np.asarray(order)
    free = np.ones(len(V), dtype=bool)
    for row in np.argsort(-V.max(-1), kind="stable").tolist():
        order[row] = np.where(free, V[row], -1.0).argmax()
        free[order[row]] = False
    return np.asarray(order)
