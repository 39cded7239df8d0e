"""Regions: stretches of one tour, improved apart from each other, in other processes if wanted."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hopopt import Monitor
from hopopt.core import Deadline, now
from hopopt.solve import Workers, run_safely
from problems.tours.distances import Distances
from problems.tours.linked import Linked
from problems.tours.linkern.engine import Engine, Settings
from problems.tours.linkern.layout import Layout
from problems.tours.linkern.population import Population
from problems.tours.linkern.schedule import Limits, Schedule, steps
from problems.tours.subset import subset

Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]

SLOTS, LEAST = 10_000, 16
KICKS_A_CITY, BATCH, SHORT = 10, 50, 50


class Improved(NamedTuple):
    """A region's cities, by its own numbers, in a better order from its first to its last.

    Attributes
    ----------
    order : array of int
    kicks, networks : int
        How many kicks there were, and recalls.
    """

    order: Ints
    kicks: int
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
    settings : Settings
    deadline : Deadline
    seconds : float
        The region's own share of the time.
    most : float
        Kicks, at most.
    """

    distances: Distances
    kept: Bools
    seed: int
    settings: Settings
    deadline: Deadline
    seconds: float
    most: float

    def improve(self) -> Improved:
        """Descend, cross tours and kick, and return what has become of the stretch."""
        n, kicks = self.distances.n, 0.0
        whole, city, end = np.arange(n), np.flatnonzero(self.kept), now() + self.seconds
        if now() > self.deadline:
            return Improved(whole, 0, 0)
        links = np.stack([city, (city + 1) % n], axis=1)
        layout = Layout(Linked(self.distances, links))
        rng = np.random.default_rng(self.seed)
        engine = Engine(layout, rng, self.settings, layout.encode(whole))
        for _ in engine.descend():
            if now() > self.deadline:
                break
        else:
            ascent = steps(n, end - now())
            if ascent:
                engine.refine(ascent)
            schedule = Schedule(n, Limits(None, self.most / n), 0, end - now(), engine.fast)
            population = Population(engine, rng, schedule.plan())
            kicks += sum(population.search(lambda: min(end, self.deadline) - now()))
        while kicks < self.most and now() < min(end, self.deadline):
            engine.kick(BATCH, SHORT, 0.0, 0, layout.n)
            kicks += BATCH
        return Improved(unrolled(layout.decode(engine.order)), round(kicks), engine.networks)


def unrolled(order: Ints) -> Ints:
    """Return a tour from city 0 to the last one, which stand beside each other."""
    order = np.roll(order, -int(np.flatnonzero(order == 0)[0]))
    return order if order[-1] == len(order) - 1 else np.roll(order[::-1], 1)


def improve(region: Region) -> Improved:
    """Improve a region: what the workers are sent."""
    return region.improve()


class Regions:
    """A tour of many cities, cut into stretches that are improved at the same time.

    A round cuts the tour anew. Each stretch, closed by an edge that stays, is a smaller tour with
    candidates of its own: memory for one at a time, and work that any number of processes share.
    What is not better, or never came back, stays as it was, so that the tour is one whatever
    happens.

    Parameters
    ----------
    order : array of int
        A tour of the distances' cities.
    distances : Distances
    rng : numpy.random.Generator
    settings : Settings
    workers : int or map-like
    monitor : Monitor, optional
        Holds the time limit.
    slots : int
        Cities in a stretch, or about so many.

    Attributes
    ----------
    order : array of int
    kicks, networks : int

    References
    ----------
    Karp, "Probabilistic analysis of partitioning algorithms for the traveling-salesman problem in
    the plane", 1977; Helsgaun, "Solving the clustered traveling salesman problem with LKH", 2011
    (segments of a tour as subproblems).
    """

    def __init__(
        self,
        order: Ints,
        distances: Distances,
        rng: np.random.Generator,
        *,
        settings: Settings,
        workers: Workers = 1,
        monitor: Monitor | None = None,
        slots: int = SLOTS,
    ) -> None:
        self.order, self.distances, self.rng = order, distances, rng
        self.settings, self.workers, self.slots = settings, workers, slots
        self.monitor = Monitor() if monitor is None else monitor
        self.kicks = self.networks = 0
        self.at_once = float(workers) if isinstance(workers, int) else 1.0

    def round(self) -> None:
        """Cut, improve every stretch, and put the tour together.

        Each has its share of the time that is left. How many a map improves at once is seen in its
        first round, which takes them for one. Ctrl-C keeps the stretches that are done.
        """
        stretches, began = self._cut(), now()
        tasks = [self._task(cities) for cities in stretches if len(cities) >= LEAST]
        seconds = self.monitor.remaining() * min(1.0, self.at_once / max(len(tasks), 1))
        tasks = [replace(task, seconds=seconds) for task in tasks]
        answers, lost = run_safely(improve, tasks, self.workers), list[Exception]()
        try:
            for k, cities in enumerate(stretches):
                answer = next(answers) if len(cities) >= LEAST else None
                if isinstance(answer, Improved):
                    stretches[k] = cities[answer.order]
                    self.kicks += answer.kicks
                    self.networks += answer.networks
                elif answer is not None:
                    lost.append(answer)
        finally:
            self.order = np.concatenate(stretches)
        if not isinstance(self.workers, int) and seconds < np.inf:
            self.at_once = max(1.0, len(tasks) * seconds / max(now() - began, 1e-9))
        if lost:
            warnings.warn(
                f"{len(lost)} of {len(tasks)} regions were left as they were: {lost[0]!r}",
                RuntimeWarning,
                stacklevel=2,
            )

    def _cut(self) -> list[Ints]:
        """Return the stretches, cut at other places than in the last round; a gate alone first."""
        n = len(self.order)
        gate = int(isinstance(self.distances, Linked) and self.distances.has_gate)
        first = int(np.flatnonzero(self.order == n - 1)[0]) if gate else int(self.rng.integers(n))
        order = np.roll(self.order, -first)
        cuts = np.arange(gate + int(self.rng.integers(self.slots)), n, self.slots)
        return [part for part in np.split(order, np.union1d(cuts, [gate])) if len(part)]

    def _task(self, cities: Ints) -> Region:
        kept = np.zeros(len(cities), dtype=bool)
        distances = self.distances
        if isinstance(distances, Linked):
            kept = distances.linked(cities, np.roll(cities, -1))
            distances = distances.base
        kept[-1] = True
        return Region(
            distances=subset(distances, cities),
            kept=kept,
            seed=int(self.rng.integers(2**63)),
            settings=self.settings,
            deadline=Deadline.after(self.monitor.remaining()),
            seconds=np.inf,
            most=KICKS_A_CITY * len(cities),
        )
