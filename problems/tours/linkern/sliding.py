"""Moves inside a short window that slides along a tour: what a curve leaves to be mended at once.

A curve that fills the plane keeps near cities near in its order, so that many good moves lie within
a few steps of a tour. All windows of one length are looked at together, in numpy; of those that
gain, the ones that gain more than their neighbours are changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

__all__ = ["slid"]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Apart = Callable[[Ints, Ints], Floats]

REACH = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 25, 30, 40, 50)
LEAST = 1e-9


def slid(order: Ints, apart: Apart, over: Callable[[], bool]) -> Iterator[Ints]:
    """Yield a tour after each round of windows of all lengths, the last one where time is over.

    Parameters
    ----------
    order : array of int, shape (n,)
        Its first and last city stay.
    apart : callable
        Distances between cities of two arrays.
    over : callable
        Whether the time is over.

    Examples
    --------
    >>> line = np.array([0.0, 1.0, 3.0, 2.0, 4.0])
    >>> def apart(a, b):
    ...     return np.abs(line[a] - line[b])
    >>> list(slid(np.arange(5), apart, lambda: False))[-1]
    array([0, 1, 3, 2, 4])
    """
    changed = True
    while changed:
        changed = False
        for reach in REACH:
            if reach + 3 > len(order) or over():
                break
            for move in (reverse, shift):
                moved = move(order, apart, reach)
                changed |= moved is not order
                order = moved
        if changed:
            yield order
        if over():
            return


def reverse(order: Ints, apart: Apart, reach: int) -> Ints:
    """Return a tour with stretches of this length reversed where that is shorter (2-opt)."""
    steps, wide = _lags(order, apart, 1), _lags(order, apart, reach)
    count = len(order) - reach - 1
    gain = steps[:count] + steps[reach : reach + count] - wide[:count] - wide[1 : 1 + count]
    chosen = _apart(gain, reach + 1)
    if not len(chosen):
        return order
    places = chosen[:, None] + 1 + np.arange(reach)
    changed = order.copy()
    changed[places] = order[places[:, ::-1]]
    return changed


def shift(order: Ints, apart: Apart, reach: int) -> Ints:
    """Return a tour with cities put so many places on, or back, where that is shorter (or-opt)."""
    steps, two, wide, wider = (_lags(order, apart, lag) for lag in (1, 2, reach, reach + 1))
    p = np.arange(1, len(order) - reach - 1)
    on = steps[p - 1] + steps[p] - two[p - 1] + steps[p + reach] - wide[p] - wider[p]
    q = p + reach - 1
    back = steps[q] + steps[q + 1] - two[q] + steps[p - 1] - wider[p - 1] - wide[p]
    chosen = _apart(np.maximum(on, back), reach + 2)
    if not len(chosen):
        return order
    forth = on[chosen] >= back[chosen]
    places = p[chosen][:, None] + np.arange(reach + 1)
    changed = order.copy()
    changed[places[forth]] = np.roll(order[places[forth]], -1, axis=1)
    changed[places[~forth]] = np.roll(order[places[~forth]], 1, axis=1)
    return changed


def _lags(order: Ints, apart: Apart, lag: int) -> Floats:
    """Return the distances from each city to the one so many places on."""
    return apart(order[:-lag], order[lag:])


def _apart(gain: Floats, width: int) -> Ints:
    """Return windows that gain and do not meet: the best of each block, unless a neighbour's is."""
    found = np.flatnonzero(gain > LEAST)
    block = found // width
    found = found[np.lexsort((-gain[found], block))]
    found = found[np.diff(found // width, prepend=-1) > 0]
    near = np.diff(found) < width
    less = gain[found[1:]] < gain[found[:-1]]
    keep = np.ones(len(found), dtype=bool)
    keep[1:][near & less] = False
    keep[:-1][near & ~less] = False
    return found[keep]
