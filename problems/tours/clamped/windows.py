"""Windows: which few edges of a tour are free, and which of them may be so together."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

BOTH_EDGES = 0.3


class Windows(NamedTuple):
    """Sets of K edges of closed tours: everything else is clamped.

    Attributes
    ----------
    cuts : array of int, shape (N, K)
        Edge p leads from position p of the tour to the next; rising in every row.
    replica : array of int, shape (N,)
        Which tour; rising.
    """

    cuts: Ints
    replica: Ints

    def take(self, rows: Ints) -> Windows:
        """Return some of the windows."""
        return Windows(self.cuts[rows], self.replica[rows])


def draw(position: Ints, near: Ints, chains: int, count: int, rng: np.random.Generator) -> Windows:
    """Draw windows: an edge at a random city, and edges at some of its neighbours.

    At each city one of its two edges is free, at 3 in 10 of the centres both. Nothing but the
    neighbours and the tour's present course enters. Draws of fewer than K different edges are
    left out.

    Parameters
    ----------
    position : array of int, shape (R, n)
        Where each tour has each city.
    near : array of int, shape (n, w)
        Each city's neighbours.
    chains : int
        K.
    count : int
        Draws in each of the R tours.
    rng : numpy.random.Generator
    """
    R, n = position.shape
    replica = np.repeat(np.arange(R), count)
    centre = rng.integers(0, n, R * count)
    width, spare = near.shape[1], min(near.shape[1], chains + 1)
    keys = rng.random((len(centre), width), dtype=np.float32)
    ranks = np.argpartition(keys, spare - 1, axis=1)[:, :spare]
    cities = np.column_stack([centre, near[centre[:, None], ranks]])
    before = rng.integers(0, 2, cities.shape)
    both = rng.random(len(centre)) < BOTH_EDGES
    cities[both, 1], before[both, 1] = centre[both], 1 - before[both, 0]
    cuts = (position[replica[:, None], cities] - before) % n
    usable = _first_different(cuts, chains)
    whole = usable.sum(axis=1) == chains
    cuts = np.sort(cuts[whole][usable[whole]].reshape(-1, chains), axis=1)
    return Windows(cuts, replica[whole])


def _first_different(values: Ints, count: int) -> Bools:
    """Return where the first `count` different values of each row stand."""
    order = values.argsort(axis=1, kind="stable")
    ordered = np.take_along_axis(values, order, 1)
    repeated = np.zeros(values.shape, dtype=bool)
    repeated[:, 1:] = ordered[:, 1:] == ordered[:, :-1]
    new = np.empty_like(repeated)
    np.put_along_axis(new, order, ~repeated, 1)
    return np.asarray(new & (np.cumsum(new, axis=1) <= count))


def nested(windows: Windows, replicas: int) -> Ints:
    """Return which windows may be joined together: those that cross none taken before them.

    Two windows cross where one has edges in different chains of the other, or the same edge. Of
    windows that do not, the changes of length add up, and every order of the chains of each leaves
    one closed tour. The windows are taken one after another, as an asynchronous network visits
    them; one that crosses a window that has changed before it is not visited.
    """
    count = np.bincount(windows.replica, minlength=replicas)
    most = int(count.max(initial=0))
    index = (np.cumsum(count) - count)[:, None] + np.arange(most)
    there = np.arange(most) < count[:, None]
    index = np.minimum(index, len(windows.replica) - 1)
    earlier = np.tril(np.ones((most, most), dtype=bool), -1) & there[:, None, :]
    crosses = _crosses(windows.cuts[index]) & earlier
    waiting, taken = there.copy(), np.zeros_like(there)
    while waiting.any():
        waiting &= ~(crosses & taken[:, None, :]).any(axis=-1)
        free = waiting & ~(crosses & waiting[:, None, :]).any(axis=-1)
        taken |= free
        waiting &= ~free
    return np.asarray(index[taken])


def _crosses(cuts: Ints) -> Bools:
    """Return whether windows cross, for cuts of shape (R, m, K): shape (R, m, m)."""
    K = cuts.shape[-1]
    planes = np.ascontiguousarray(np.moveaxis(cuts, -1, 0).astype(np.int32))
    mine, others = planes[:, :, :, None], planes[:, :, None, :]
    crosses = np.zeros(np.broadcast_shapes(mine.shape[1:], others.shape[1:]), dtype=bool)
    home = None
    for other in others:
        chain = (other > mine[0]).view(np.int8)
        for k in range(1, K):
            chain = chain + (other > mine[k]).view(np.int8)
        chain[chain == K] = 0
        for k in range(K):
            crosses |= other == mine[k]
        if home is None:
            home = chain
        crosses |= chain != home
    return crosses
