"""A region: a stretch of a tour that is improved between its ends, in whatever process."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from problems.tours.candidates import Candidates, candidates
from problems.tours.distances import Distances
from problems.tours.kopt.descent import Descent
from problems.tours.kopt.neighbourhood import around, typical
from problems.tours.kopt.tour import Tour
from problems.tours.kopt.windows import Windows

Array = NDArray[Any]
Integers = NDArray[np.intp]

LANES = (32, 256)
CITIES_A_LANE = 16


class Improved(NamedTuple):
    """A region's cities, by its own numbers, in a better order from its first to its last.

    Attributes
    ----------
    order : array of int
    gain : float
        By how much the stretch has become shorter.
    networks : int
        How many networks have run.
    """

    order: Integers
    gain: float
    networks: int


@dataclass(frozen=True, eq=False)
class Region:
    """A stretch of a tour, with all that is needed to improve it.

    Parameters
    ----------
    distances : Distances
        Between its cities, numbered in the order of the tour.
    kept : array of bool, shape (n,)
        Whether the edge after each city must stay; the one from the last to the first stands for
        the rest of the tour, and must.
    seed : int
    options : dict
        Of `Lanes`, but for the scale.
    tries : int
        Walks from a city: each in a descent, those near a change after a kick.
    kicks : int
        How many; none for a descent.
    polish : bool
        Whether kicks are repaired by a classical search, as in `Lanes`.
    deadline : float
        In seconds of `time.time`.
    """

    distances: Distances
    kept: Array
    seed: int
    options: dict[str, Any]
    tries: int
    kicks: int
    polish: bool
    deadline: float

    def late(self) -> bool:
        """Whether the time is over."""
        return time.time() > self.deadline

    def improve(self) -> Improved:
        """Descend, or kick, and return what has become of the stretch."""
        n, rng = self.distances.n, np.random.default_rng(self.seed)
        if self.late():
            return Improved(np.arange(n), 0.0, 0)
        near = candidates(self.distances)
        tour = Tour(np.arange(n), self.distances.symmetric)
        options = {"scale": typical(self.distances, near), **self.options}
        move = self._kick if self.kicks else self._descend
        gain, networks = move(tour, near, rng, options)
        return Improved(self._unrolled(tour), gain, networks)

    def _descend(
        self, tour: Tour, near: Candidates, rng: np.random.Generator, options: dict[str, Any]
    ) -> tuple[float, int]:
        """Walk until no walk gains; return what that gained, and how many networks ran."""
        descent = Descent(tour, near, self.distances, rng, self.kept, tries=self.tries, **options)
        gain = 0.0
        for gained in descent.batches():
            gain += gained
            if self.late():
                break
        return gain, descent.networks

    def _kick(
        self, tour: Tour, near: Candidates, rng: np.random.Generator, options: dict[str, Any]
    ) -> tuple[float, int]:
        """Kick and repair in windows; return what that gained, and how many networks ran."""
        windows = Windows(
            tour,
            near,
            around(self.distances),
            self.distances,
            rng,
            0.0,
            lanes=int(np.clip(self.distances.n / CITIES_A_LANE, *LANES)),
            tries=self.tries,
            fixed=self._stays,
            polish=self.polish,
            **options,
        )
        while windows.kicks < self.kicks and not self.late():
            windows.step()
        return -windows.length, windows.networks

    def _stays(self, a: Integers, b: Integers) -> Array:
        """Whether an edge of the tour must stay, elementwise, in either direction."""
        n = self.distances.n
        forth = ((a + 1) % n == b) & self.kept[a]
        back = ((b + 1) % n == a) & self.kept[b]
        return np.asarray(forth | back)

    def _unrolled(self, tour: Tour) -> Integers:
        """Return the tour from city 0 to the last one, which stand beside each other."""
        order = np.roll(tour.order, -int(tour.position[0]))
        return order if order[-1] == len(order) - 1 else np.roll(order[::-1], 1)


def improve(region: Region) -> Improved:
    """Improve a region: what the workers are sent."""
    return region.improve()
