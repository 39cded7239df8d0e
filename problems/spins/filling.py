"""Items that share budgets: filling them in, exchanging them, and what their numbers must be."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hopopt import Monitor
from hopopt.core import Array
from problems.shared.whole import EXACT

ROUNDING = 1e-12  # of a budget, for sums of weights that are not whole
CORE = 1000  # items that are exchanged
BLOCK = 64  # items that are looked at together at first

Taken = NDArray[np.bool_]


class Instance(Protocol):
    """What the methods see: items with values, and what each costs in every budget.

    Attributes
    ----------
    values, worth : arrays, shape (n,)
        As given, and numbers whose sums rank alike (`magnitudes.lowered`).
    rows, bounds : arrays, shapes (m, n) and (m,)
    """

    @property
    def values(self) -> Array: ...
    @property
    def worth(self) -> Array: ...
    @property
    def rows(self) -> Array: ...
    @property
    def bounds(self) -> Array: ...
    @property
    def size(self) -> int: ...

    def fitted(self, s: Any) -> Taken: ...
    def decode(self, s: Any) -> Any: ...
    def cost_of(self, worth: float) -> float: ...
    def encode(self, x: Any) -> Array: ...
    def greedy(self) -> Array: ...


def packed(s: Array, values: Array, rows: Array, bounds: Array) -> Taken:
    """Put in what has the largest output, then the next, as far as it fits.

    Parameters
    ----------
    s : array, shape (B, n)
        Of equal outputs, the item of the highest value for its share of the budgets comes first.
    values : array, shape (n,)
    rows : array, shape (m, n)
    bounds : array, shape (m,)

    Returns
    -------
    array of bool, shape (B, n)
    """
    room = roomy(rows, bounds)
    dense = np.broadcast_to(-density(values, rows, bounds), s.shape)
    order = np.lexsort((dense, -s), axis=1)
    taken = np.zeros(s.shape, dtype=bool)
    for mine, into in zip(order, taken, strict=True):
        left, costs, many = room, rows.T, BLOCK
        while mine.size:
            block, later = mine[:many], mine[many:]
            asked = costs[block]
            block, asked = (part[np.all(asked <= left, axis=1)] for part in (block, asked))
            rooms = np.subtract.accumulate(np.concatenate([left[None], asked]), axis=0)
            over = np.flatnonzero((rooms[1:] < 0).any(axis=1))
            count = int(over[0]) if over.size else len(block)
            into[block[:count]], left = True, rooms[count]
            mine = np.concatenate([block[count + 1 :], later]) if over.size else later
            many = max(BLOCK // 4, many // 2) if over.size else 2 * many
    return taken


def sums_exactly(rows: Array) -> Taken:
    """Return of each row whether sums of its weights are exact in floats."""
    return np.asarray(np.all((rows == np.rint(rows)) & (rows < EXACT), axis=-1))


def roomy(rows: Array, bounds: Array) -> Array:
    """Return the budgets with what rounding may add to sums that are not exact: .1 + .2 is .3."""
    return np.where(sums_exactly(rows), bounds, bounds * (1 + ROUNDING))


def density(values: Array, rows: Array, bounds: Array) -> Array:
    """Return each item's value over its share of all budgets; infinite where it costs nothing."""
    share = (rows / np.where(bounds > 0, bounds, np.inf)[:, None]).sum(axis=0)
    share += np.any(rows[bounds == 0] > 0, axis=0) * 1e300
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(share > 0, values / share, np.inf)


def polished(
    taken: Taken, values: Array, rows: Array, bounds: Array, monitor: Monitor | None = None
) -> Taken:
    """Put in an item, or exchange one for one outside, whatever gains most, until nothing does.

    Of many items, what is exchanged is among the thousand least dense ones inside, or the thousand
    densest outside (the core of Balas & Zemel 1980). It ends where the time is over, too.
    """
    taken = taken.copy()
    left = roomy(rows, bounds) - rows @ taken
    dense = density(values, rows, bounds)
    while monitor is None or not monitor.over():
        inside, outside = np.flatnonzero(taken), np.flatnonzero(~taken)
        free = outside[np.all(rows[:, outside] <= left[:, None], axis=0)]
        if free.size and values[free].max() > 0:
            item = free[int(values[free].argmax())]
            taken[item], left = True, left - rows[:, item]
            continue
        inside, outside = core(inside, dense), core(outside, -dense)
        gain = values[outside] - values[inside][:, None]
        for cost, room in zip(rows, left, strict=True) if gain.size else ():
            given, asked = cost[inside][:, None], cost[outside]
            dear = np.flatnonzero(asked - given.min() > room)
            gain[:, dear] = np.where(asked[dear] - given > room, 0, gain[:, dear])
        if not gain.size or gain.max() <= 0:
            return taken
        k, j = divmod(int(gain.argmax()), len(outside))
        taken[inside[k]], taken[outside[j]] = False, True
        left = left + rows[:, inside[k]] - rows[:, outside[j]]
    return taken


def core(items: Array, key: Array) -> Array:
    """Return the thousand items whose keys are least, in their order; all where they are fewer."""
    if len(items) <= CORE:
        return items
    return np.sort(items[np.argpartition(key[items], CORE)[:CORE]])


def limited(rows: Array, bounds: Array) -> Array:
    """Return weights of which none is more than twice its budget: none of these fits, either."""
    most = np.where(bounds > 0, 2 * bounds, 1.0)[:, None]
    return np.where(rows > most, most, rows)


def scale_of(rows: Array) -> Array:
    """Return the largest weight of each row, 1 where all are 0."""
    most = rows.max(axis=1)
    return np.asarray(np.where(most > 0, most, 1.0))


def refuse_odd(**named: Any) -> None:
    """Refuse numbers that are negative or not finite, by name."""
    for name, numbers in named.items():
        known = np.asarray(numbers, dtype=float)
        for odd in known[~((known >= 0) & (known < np.inf))].ravel()[:1]:
            raise ValueError(f"{name} must be finite and nonnegative; got {odd:g}")
