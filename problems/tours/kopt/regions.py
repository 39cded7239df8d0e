"""Regions: stretches of one tour, improved apart from each other, in other processes if wanted."""

from __future__ import annotations

import time
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hopopt import Monitor
from hopopt.solve import Workers, run_safely
from problems.tours.candidates import Candidates
from problems.tours.distances import Distances
from problems.tours.kopt.descent import Descent
from problems.tours.kopt.neighbourhood import typical
from problems.tours.kopt.region import Improved, Region, improve
from problems.tours.kopt.tour import Tour
from problems.tours.linked import Linked
from problems.tours.subset import subset

Array = NDArray[Any]
Integers = NDArray[np.intp]

SLOTS = 10_000
LEAST = 16
KICKS_A_CITY = 1


class Regions:
    """A tour of many cities, cut into stretches that are improved at the same time.

    A round cuts the tour anew. Each stretch, closed by an edge that stays, is a smaller tour with
    candidates and windows of its own: memory for one at a time, and work that any number of
    processes share. What is not better, or never came back, stays as it was, so that the tour is
    one whatever happens. After the round, walks over the whole tour start at the cities whose
    candidates lie in other stretches. All of it is numpy: there is no compiled loop here.

    Parameters
    ----------
    tour : Tour
        Changed in place.
    near : Candidates
    distances : Distances
    length : float
        Of the tour.
    rng : numpy.random.Generator
    options : dict
        Of `Lanes`, but for the scale.
    tries : tuple of int
        Walks from a city in a descent, and after a kick.
    polish : bool, default False
        Whether kicks are repaired by a classical search, as in `Lanes`.
    workers : int or map-like
    monitor : Monitor
        Holds the time limit.
    slots : int
        Cities in a stretch, or about so many.

    Attributes
    ----------
    length : float
    networks : int
        How many networks have run.

    References
    ----------
    Karp, "Probabilistic analysis of partitioning algorithms for the traveling-salesman problem in
    the plane", 1977; Helsgaun, "Solving the clustered traveling salesman problem with LKH", 2011
    (segments of a tour as subproblems).
    """

    def __init__(
        self,
        tour: Tour,
        near: Candidates,
        distances: Distances,
        length: float,
        rng: np.random.Generator,
        *,
        options: dict[str, Any],
        tries: tuple[int, int],
        polish: bool = False,
        workers: Workers = 1,
        monitor: Monitor | None = None,
        slots: int = SLOTS,
    ) -> None:
        self.tour, self.near, self.distances, self.length = tour, near, distances, length
        self.rng, self.options, self.tries = rng, options, tries
        self.polish, self.workers, self.slots = polish, workers, slots
        self.monitor = Monitor() if monitor is None else monitor
        self.networks = self.rounds = 0
        self.scale = typical(distances, near)

    def round(self) -> None:
        """Cut, improve every stretch, put the tour together, and walk across the cuts."""
        stretches = self._cut()
        tasks = [self._task(cities) for cities in stretches if len(cities) >= LEAST]
        answers = iter(run_safely(improve, tasks, self.workers))
        lost: list[Exception] = []
        for k, cities in enumerate(stretches):
            answer = next(answers) if len(cities) >= LEAST else None
            if isinstance(answer, Improved):
                stretches[k] = cities[answer.order]
                self.length -= answer.gain
                self.networks += answer.networks
            elif answer is not None:
                lost.append(answer)
        if lost:
            warnings.warn(
                f"{len(lost)} of {len(tasks)} regions were left as they were: {lost[0]!r}",
                RuntimeWarning,
                stacklevel=2,
            )
        self.tour = Tour(np.concatenate(stretches), self.tour.symmetric)
        self._cross(stretches)
        self.rounds += 1

    def _cut(self) -> list[Integers]:
        """Return the stretches, cut at other places than in the last round; a gate alone first."""
        n = len(self.tour.order)
        gate = int(isinstance(self.distances, Linked) and self.distances.has_gate)
        first = int(self.tour.position[n - 1]) if gate else int(self.rng.integers(n))
        order = np.roll(self.tour.order, -first)
        cuts = np.arange(gate + int(self.rng.integers(self.slots)), n, self.slots)
        return [part for part in np.split(order, np.union1d(cuts, [gate])) if len(part)]

    def _linked(self, cities: Integers) -> Array:
        """Return whether the edge from each of some consecutive cities to the next must stay."""
        if isinstance(self.distances, Linked):
            return self.distances.linked(cities, np.roll(cities, -1))
        return np.zeros(len(cities), dtype=bool)

    def _task(self, cities: Integers) -> Region:
        kept = self._linked(cities)
        kept[-1] = True
        return Region(
            distances=subset(self.distances, cities),
            kept=kept,
            seed=int(self.rng.integers(2**63)),
            options=self.options,
            tries=self.tries[min(1, self.rounds)],
            kicks=KICKS_A_CITY * len(cities) if self.rounds else 0,
            polish=self.polish,
            deadline=time.time() + self.monitor.remaining(),
        )

    def _cross(self, stretches: list[Integers]) -> None:
        """Walk from the cities with candidates in other stretches, over the whole tour."""
        if self.monitor.over():
            return
        n, order = len(self.tour.order), self.tour.order
        part = np.empty(n, dtype=np.intp)
        part[order] = np.repeat(np.arange(len(stretches)), list(map(len, stretches)))
        outer = (part[self.near.out] != part[:, None]).any(axis=1)
        descent = Descent(
            self.tour,
            self.near,
            self.distances,
            self.rng,
            self._linked(order),
            scale=self.scale,
            tries=self.tries[0],
            **self.options,
        )
        descent.dirty[~outer[descent.city]] = 0
        for gained in descent.batches():
            self.length -= gained
            if self.monitor.over():
                break
        self.networks += descent.networks
