"""Streaming windows: pieces of one tour, kicked, repaired by networks, merged at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from problems.tours.candidates import Candidates
from problems.tours.kopt.descent import exchange_orders
from problems.tours.kopt.lanes import Lanes
from problems.tours.kopt.tour import Tour

Array = NDArray[Any]
Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

SLOTS = 100
CENTRAL = 10
STRETCH = 30
KICKS = 4
DRAWS = 6


class Windows(Lanes):
    """B windows on a tour, each the cities around a random centre with the paths outside fixed.

    Each window is kicked near its centre by a true double bridge (A B C D → A D C B) and repaired
    by K-chain networks; when it falls quiet, the change is kept if it is no longer, or by
    Metropolis' rule at temperature T, and merged into the tour at once.

    Parameters
    ----------
    tour : Tour
        Changed in place.
    near : Candidates
    nearest : callable
        ``nearest(cities, count)`` gives the cities around each of some cities, shape (N, count),
        itself first.
    distance, rng, **options
        As for `Lanes`.
    lanes, slots : int
        Windows at a time, and cities in each.
    fixed : callable, optional
        ``fixed(a, b)`` says which edges between consecutive cities must stay.

    Attributes
    ----------
    length : float
        The tour's length, from the one given on.
    kicks : int
        How many have been made.
    T : float
        Temperature of the acceptance, in units of length.
    """

    def __init__(
        self,
        tour: Tour,
        near: Candidates,
        nearest: Callable[[Integers, int], Integers],
        distance: Callable[[Array, Array], Floats],
        rng: np.random.Generator,
        length: float,
        *,
        lanes: int,
        slots: int = SLOTS,
        fixed: Callable[[Array, Array], Array] | None = None,
        **options: Any,
    ) -> None:
        n, width = near.out.shape
        slots = min(slots, n)
        super().__init__(distance, lanes, slots, width, tour.symmetric, rng, **options)
        self.tour, self.lists, self.nearest, self.keeps = tour, near, nearest, fixed
        self.length, self.T, self.kicks = length, 0.0, 0
        self.kept = self.order.copy()
        self.merged = self.order.copy()
        self.change = np.zeros(lanes)
        self.kicked = np.zeros(lanes, dtype=np.intp)
        self.central = np.zeros((lanes, min(CENTRAL, slots)), dtype=np.intp)
        self._scratch = np.full(n, -1, dtype=np.intp)
        self.load(np.arange(lanes))
        self.kick(np.arange(lanes))

    def load(self, lanes: Integers) -> None:
        """Move some windows elsewhere."""
        n, m, rows = len(self.tour.order), self.slots, len(lanes)
        centres = self.rng.integers(0, n, rows)
        cities = self.nearest(centres, m)
        if m < n:
            width = self.lists.out.shape[1]
            column = self.rng.integers(-width, width, rows)
            two = np.flatnonzero(column >= 0)
            beside = self.lists.out[centres[two], column[two]]
            cities[two] = interleaved(cities[two], self.nearest(beside, m))
        place = self.tour.position[cities]
        by_place = place.argsort(axis=1)
        rank = np.empty_like(by_place)
        np.put_along_axis(rank, by_place, np.broadcast_to(np.arange(m), (rows, m)), 1)
        self.central[lanes] = rank[:, : self.central.shape[1]] + self.base[lanes, None]
        cities = np.take_along_axis(cities, by_place, 1)
        place = np.take_along_axis(place, by_place, 1)
        step = (np.roll(place, -1, axis=1) - place) % n
        fixed = step != 1
        if self.keeps is not None:
            fixed |= self.keeps(cities, np.roll(cities, -1, axis=1))
        slots = self.base[lanes, None] + np.arange(m)
        self.city[slots], self.fixed[slots] = cities, fixed
        self._load_candidates(lanes, cities)
        self.order[lanes] = self.kept[lanes] = self.merged[lanes] = slots
        self.change[lanes], self.kicked[lanes] = 0.0, 0
        self.dirty[slots] = 0
        self.refresh(lanes)

    def _load_candidates(self, lanes: Integers, cities: Integers) -> None:
        """Fill in the candidates inside each window; those outside are infinitely far."""
        m, scratch = self.slots, self._scratch
        lists = (self.lists.out,) if self.symmetric else (self.lists.out, self.lists.into)
        for side, found in enumerate(lists):
            for lane, here in zip(lanes, cities, strict=True):
                scratch[here] = np.arange(m)
                inside = slice(lane * m, (lane + 1) * m)
                self.near[side, inside] = scratch[found[here]]
                scratch[here] = -1
            slots = self.base[lanes, None] + np.arange(m)
            near = self.near[side, slots]
            outside = near < 0
            near = np.where(outside, 0, near) + self.base[lanes, None, None]
            here = np.broadcast_to(slots[:, :, None], near.shape)
            pair = (here, near) if side == 0 else (near, here)
            away = self.between(*pair)
            away[outside] = np.inf
            self.near[side, slots], self.away[side, slots] = near, away

    def kick(self, lanes: Integers) -> None:
        """Exchange the three stretches behind a central city: a true double bridge."""
        m, rng, count = self.slots, self.rng, 3
        most = max(1, min(STRETCH, (m - 2) // count))
        if m < count + 2:
            return
        pick = rng.integers(0, self.central.shape[1], (len(lanes), DRAWS))
        place = self.position[self.central[lanes[:, None], pick]]
        length = rng.integers(1, most + 1, (len(lanes), DRAWS, count))
        places = np.zeros((len(lanes), DRAWS, count + 1), dtype=np.intp)
        np.cumsum(length, axis=2, out=places[:, :, 1:])
        places = (places + place[:, :, None]) % m
        flat = np.take_along_axis(self.order[lanes], places.reshape(len(lanes), -1), 1)
        edges = flat.reshape(places.shape)
        free = (self.cut[edges, 0] > -np.inf).all(axis=2)
        draw, rows = free.argmax(axis=1), np.flatnonzero(free.any(axis=1))
        if not len(rows):
            return
        lanes, draw = lanes[rows], draw[rows]
        self._bridge(lanes, places[rows, draw], edges[rows, draw], length[rows, draw])

    def _bridge(self, lanes: Integers, places: Integers, edges: Integers, length: Integers) -> None:
        count = length.shape[1]
        after = self.beside[edges, 0]
        old = self.between(edges, after).sum(axis=1)
        new = self.between(edges[:, 0], after[:, count - 1])
        new = new + self.between(edges[:, 1], after[:, count])
        for k in range(count - 1, 0, -1):
            new = new + self.between(edges[:, k + 1], after[:, k - 1])
        self.change[lanes] += new - old
        self.kicked[lanes] += 1
        self.kicks += len(lanes)
        first = np.concatenate([places[:, count - 1 :: -1], places[:, count:]], axis=1) + 1
        rest = self.slots - length.sum(axis=1, keepdims=True)
        stretches = np.concatenate([length[:, ::-1], rest], axis=1)
        self.dirty[np.concatenate([edges, after], axis=1)] = self.tries
        self.rewrite(lanes, first, np.ones_like(first), stretches)

    def step(self) -> None:
        """Walk from every window's dirty slots, make a move in each, settle what is quiet."""
        starts = np.flatnonzero(self.dirty)
        most = 12 * self.lanes
        if len(starts) > most:
            starts = starts[self.rng.random(len(starts)) < most / len(starts)]
        if len(starts):
            self.dirty[starts] -= 1
            self._move(starts)
        quiet = np.flatnonzero(~self.dirty.reshape(self.lanes, self.slots).any(axis=1))
        if len(quiet):
            self.settle(quiet)

    def _move(self, starts: Integers) -> None:
        """Make a random one of the improving moves that each window has found."""
        moves = self.propose(starts)
        if not len(moves.gain):
            return
        again = starts[moves.walk]
        self.dirty[again] = np.maximum(self.dirty[again], 1)
        shuffled = self.rng.permutation(len(moves.gain))
        lanes, first = np.unique(moves.lane[shuffled], return_index=True)
        chosen = shuffled[first]
        self.change[lanes] -= moves.gain[chosen]
        self.dirty[moves.ends[chosen]] = self.tries
        self.moves += len(chosen)
        self.rewrite(lanes, moves.first[chosen], moves.sign[chosen], moves.length[chosen])

    def settle(self, quiet: Integers) -> None:
        """Keep or revert each of these windows, merge those that have changed, and kick again."""
        change = self.change[quiet]
        bound = np.full(len(quiet), self.tolerance)
        if self.T > 0:
            bound += self.T * self.rng.standard_exponential(len(quiet))
        kept = change <= bound
        back, on = quiet[~kept], quiet[kept]
        if len(back):
            self.order[back] = self.kept[back]
            self.change[back] = 0
            self.refresh(back)
        self.kept[on] = self.order[on]
        changed = on[np.abs(self.change[on]) > self.tolerance]
        fresh = [lane for lane in changed.tolist() if not self.merge(lane)]
        over = quiet[self.kicked[quiet] >= KICKS]
        again = np.union1d(over, np.array(fresh, dtype=np.intp))
        if len(again):
            self.load(again)
        self.kick(quiet)

    def merge(self, lane: int) -> bool:
        """Patch a window's changes into the tour; False where others' changes forbid that."""
        old, new = self.merged[lane], self.kept[lane]
        if not self.tour.patch(*exchange_orders(self.city, old, new, self.symmetric)):
            return False
        self.length += float(self.change[lane])
        self.change[lane] = 0.0
        self.merged[lane] = new
        return True


def interleaved(first: Integers, second: Integers) -> Integers:
    """Return rows that take turns in what two rows of m different entries hold, m of each.

    Examples
    --------
    >>> interleaved(np.array([[1, 2, 3, 4]]), np.array([[5, 2, 1, 6]])).tolist()
    [[1, 5, 2, 3]]
    """
    rows, m = first.shape
    both = np.stack([first, second], axis=2).reshape(rows, 2 * m)
    by_city = both.argsort(axis=1, kind="stable")
    ordered = np.take_along_axis(both, by_city, 1)
    again = np.zeros_like(both, dtype=bool)
    np.put_along_axis(again, by_city[:, 1:], ordered[:, 1:] == ordered[:, :-1], 1)
    taken = again.argsort(axis=1, kind="stable")[:, :m]
    return np.asarray(np.take_along_axis(both, taken, 1))
