"""Descent over a whole tour: batches of walks, each improving reconnection applied by its gain."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from problems.tours.candidates import Candidates
from problems.tours.kopt.lanes import Lanes, Moves
from problems.tours.kopt.tour import Pair, Tour

Array = NDArray[Any]
Integers = NDArray[np.intp]

BATCH = 1000
MOST_BRIDGES = 256


class Descent(Lanes):
    """The whole tour as a single lane.

    Parameters
    ----------
    tour : Tour
        Improved in place.
    near : Candidates
    fixed : array of bool, shape (n,), optional
        Whether the edge after each position of the tour must stay.
    distance, rng, **options
        As for `Lanes`.
    """

    def __init__(
        self,
        tour: Tour,
        near: Candidates,
        distance: Callable[[Array, Array], NDArray[np.float64]],
        rng: np.random.Generator,
        fixed: Array | None = None,
        **options: Any,
    ) -> None:
        n, width = near.out.shape
        super().__init__(distance, 1, n, width, tour.symmetric, rng, **options)
        self.tour = tour
        self.city[:] = tour.order
        self.slot = tour.position.copy()
        if fixed is not None:
            self.fixed[:] = fixed
        lists = (near.out,) if tour.symmetric else (near.out, near.into)
        for side, found in enumerate(lists):
            cities = found[self.city]
            here = np.broadcast_to(self.city[:, None], cities.shape)
            pair = (here, cities) if side == 0 else (cities, here)
            self.near[side] = self.slot[cities]
            self.away[side] = distance(*pair)
        self.refresh(self.base * 0)
        self.dirty[:] = self.tries

    def batches(self, size: int | None = None) -> Iterator[float]:
        """Yield what each batch of walks gains, until no city has walks left to make."""
        size = max(BATCH, self.slots // 8) if size is None else size
        while True:
            starts = np.flatnonzero(self.dirty)
            if not len(starts):
                edges = double_bridges(self.order[0], self.cut[:, 0], self.near[0], self.between)
                walks = np.arange(len(edges))
                moves = self._reconnect(walks, edges) if len(edges) else None
                if moves is None or not len(moves.gain):
                    return
                yield self._apply(edges[:, 0], moves)
                continue
            if len(starts) > size:
                starts = self.rng.choice(starts, size, replace=False)
            self.dirty[starts] -= 1
            yield self._apply(starts, self.propose(starts))

    def _apply(self, starts: Integers, moves: Moves) -> float:
        gained, cities = 0.0, self.city[moves.ends]
        for k in np.argsort(-moves.gain):
            if self.tour.patch(*exchange(cities[k], moves.order[k], int(moves.chains[k]))):
                gained += float(moves.gain[k])
                self.dirty[moves.ends[k]] = self.tries
                self.moves += 1
            else:
                start = starts[moves.walk[k]]
                self.dirty[start] = max(self.dirty[start], 1)
        if gained:
            self.order[0] = self.slot[self.tour.order]
            self.refresh(self.base)
        return gained


def exchange(ends: Integers, order: Integers, chains: int) -> tuple[list[Pair], list[Pair]]:
    """Return the edges that a reconnection removes and adds, between the chains' end cities."""
    city, chain = ends.tolist(), order.tolist()
    following = [*range(1, chains), 0]
    removed = [(city[2 * j + 1], city[2 * k]) for j, k in enumerate(following)]
    added = [(city[chain[j] ^ 1], city[chain[k]]) for j, k in enumerate(following)]
    kept = set(removed) & set(added)
    return [e for e in removed if e not in kept], [e for e in added if e not in kept]


def exchange_orders(
    city: Integers, old: Integers, new: Integers, symmetric: bool
) -> tuple[list[Pair], list[Pair]]:
    """Return the edges that one closed order of slots has and another has not, both ways."""
    n = len(old)
    before, after = np.roll(old, -1), np.roll(new, -1)
    base = old.min()
    follows, precedes = np.empty(n, dtype=np.intp), np.empty(n, dtype=np.intp)
    out = []
    for a, b, c, d in ((old, before, new, after), (new, after, old, before)):
        follows[c - base], precedes[d - base] = d, c
        lost = follows[a - base] != b
        if symmetric:
            lost &= precedes[a - base] != b
        out.append(list(zip(city[a[lost]].tolist(), city[b[lost]].tolist(), strict=True)))
    return out[0], out[1]


def double_bridges(
    order: Integers,
    cut: Array,
    near: Integers,
    distance: Callable[[Array, Array], NDArray[np.float64]],
    most: int = MOST_BRIDGES,
) -> Integers:
    """Return sets of four edges that a double bridge may gain by, by the slot before, shape (m, 4).

    Two edges exchanged without a reversal leave two cycles, and a second such exchange that crosses
    the first makes them one again (A B C D → A C B D). Walks do not find these moves, whose halves
    may be far apart. For each of the `most` exchanges that gain most, the best one that crosses it.

    Parameters
    ----------
    order : array of int, shape (n,)
        Slots in tour order.
    cut : array, shape (n,)
        Length of the edge after each slot; −∞ where it must stay.
    near : array of int, shape (n, k)
        Candidates of each slot.
    distance : callable
        Of slots, elementwise.
    most : int, default 256

    References
    ----------
    Glover, "Finding a best traveling salesman 4-opt move in the same time as a best 2-opt move",
    1996.
    """
    n, width = near.shape
    position = np.empty(n, dtype=np.intp)
    position[order] = np.arange(n)
    following = np.empty(n, dtype=np.intp)
    following[order] = np.roll(order, -1)
    first = np.repeat(order, width)
    second = np.roll(order, 1)[position[near[order].ravel()]]  # before the candidate
    gain = cut[first] + cut[second]
    gain -= distance(first, following[second])
    gain -= distance(second, following[first])
    gain[first == second] = -np.inf
    best = gain.max(initial=0)
    kept = np.flatnonzero(gain > -best)
    kept = kept[np.argsort(-gain[kept], kind="stable")]
    gain = gain[kept]
    ends = np.stack([first[kept], second[kept]], axis=1)
    low, high = np.sort(position[ends], axis=1).T
    edges = []
    for k in range(min(most, int(np.count_nonzero(gain > 0)))):
        a, b = low[k], high[k]
        crosses = ((a < low) & (low < b) & (b < high)) | ((low < a) & (a < high) & (high < b))
        other = int(crosses.argmax())
        if crosses[other] and gain[k] + gain[other] > 0:
            edges.append([*ends[k], *ends[other]])
    return np.array(edges, dtype=np.intp).reshape(-1, 4)
