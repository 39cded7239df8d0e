"""Costs of an assignment as networks take them, and the way back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from hopopt.core import Order
from problems.shared.magnitudes import ranked

Floats = NDArray[np.float64]
ROUNDING = 1e-9


def placed(loss: Floats) -> tuple[Floats, float]:
    """Return costs as the methods see them, and what may break ties: see `LinearAssignment`.

    Of whole multiples of a number two sums differ by as much, or not at all.
    """
    n = max(loss.shape)
    square = np.zeros((n, n))
    square[: loss.shape[0], : loss.shape[1]] = loss
    for axis in (1, 0):
        least = square.min(axis=axis, keepdims=True)
        square = square - np.where(np.isfinite(least), least, 0.0)
    seen, unit = ranked(square, matched)
    return seen, 0.5 * grain(square) / (n * unit)


def grain(costs: Floats) -> float:
    """Return a number that all finite costs are whole multiples of, 0 where none is seen.

    That is the least of them, or 1.

    Examples
    --------
    >>> [grain(np.array(costs)) for costs in ([0.0, 3e30, 6e30], [2.0, 3.0], [2e-9, 3e-9])]
    [3e+30, 1.0, 0.0]
    """
    entries = costs[np.isfinite(costs) & (costs > 0)]
    for one in (float(entries.min(initial=np.inf)), 1.0):
        with np.errstate(over="ignore", invalid="ignore"):
            parts = entries / one
            multiples = np.abs(parts - np.maximum(1, np.rint(parts))) <= ROUNDING
        if multiples.all():
            return one if one < np.inf else 1.0
    return 0.0


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
