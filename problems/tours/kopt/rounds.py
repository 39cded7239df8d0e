"""One attempt, round after round: first tours, a descent over each, then kicks and crossings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hopopt import Monitor
from hopopt.search import Incumbent
from problems.tours.candidates import Candidates, candidates
from problems.tours.distances import Distances
from problems.tours.instance import Instance
from problems.tours.kopt.crossover import cross
from problems.tours.kopt.descent import Descent
from problems.tours.kopt.engines import ENGINES, Engine
from problems.tours.kopt.lanes import TOLERANCE
from problems.tours.kopt.loop import Loop, compiled, prepare, tabulated
from problems.tours.kopt.neighbourhood import around, pairwise, typical
from problems.tours.kopt.reconnections import reconnections
from problems.tours.kopt.regions import Regions
from problems.tours.kopt.starts import CYCLES_CITIES, StartInterrupted, first_tour
from problems.tours.kopt.tour import Tour
from problems.tours.kopt.windows import Windows
from problems.tours.linked import Linked

if TYPE_CHECKING:
    from problems.tours.kopt.method import KOpt

Array = NDArray[Any]
Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

DESCENT_TRIES = 10
ROUND_KICKS = 500
ROUNDS_A_PASS = 20
MOST_WINDOWS = 256
WINDOW_TRIES = 4
COMPILED_CITIES = 200
COMPILED_TRIES = 3
COMPILED_PATIENCE = 10
COMPILED_KICKS = 60
KICKS_A_CALL = 50
THERMAL_CITIES = 5000
THERMAL = 0.07
REHEATED_CITIES = 500
QUIET_KICKS = 10
STARTS_SHARE = 0.1
RECALLED_CITIES = 5


class Rounds:
    """One attempt as rounds for `hopopt.search`: starts and descents, kicks, crossings."""

    def __init__(
        self,
        method: KOpt,
        problem: Instance,
        rng: np.random.Generator,
        monitor: Monitor,
        initial: Integers | None,
    ) -> None:
        self.method, self.problem, self.rng, self.monitor = method, problem, rng, monitor
        self.initial = initial
        self.integrator = ENGINES[method.engine].name
        self.networks = 0

    def __iter__(self) -> Iterator[Incumbent]:
        problem, method, rng = self.problem, self.method, self.rng
        distances, n = problem.distances, problem.distances.n
        if n <= RECALLED_CITIES:
            order = recalled(distances, ENGINES[method.engine], rng)
            self.networks = int(n > 1)
            yield self._incumbent(order, distances.tour_length(order))
            return
        starts, time_left = self._starts(), self.monitor.remaining()
        try:
            tour = self._first(starts[0])
        except StartInterrupted as stop:
            yield self._incumbent(stop.order, distances.tour_length(stop.order))
            raise
        length = distances.tour_length(tour.order)
        yield self._incumbent(tour.order, length)
        if n >= method.divide:
            yield from self._regions(tour, length)
            return
        length = self._descend(tour, length)
        yield self._incumbent(tour.order, length)
        for start in self._more(starts, time_left):
            other = self._first(start)
            apart = self._descend(other, distances.tour_length(other.order))
            if apart < length:
                tour, other = other, tour
            cross(tour, other.order, distances, self.tolerance)
            length = distances.tour_length(tour.order)
            yield self._incumbent(tour.order, length)
        yield from self._kicks(tour, length)

    @cached_property
    def near(self) -> Candidates:
        """The candidate edges of every city."""
        return candidates(self.problem.distances)

    @cached_property
    def lookup(self) -> Callable[[Array, Array], Floats]:
        """What gives the distances between arrays of cities."""
        return pairwise(self.problem.distances)

    @cached_property
    def options(self) -> dict[str, Any]:
        """What descent and windows share."""
        method, scale = self.method, typical(self.lookup, self.near)
        return {"chains": method.chains, "scale": scale, "engine": ENGINES[method.engine]}

    @property
    def tolerance(self) -> float:
        """Gains up to this are none."""
        return TOLERANCE * float(self.options["scale"])

    def _starts(self) -> tuple[str, ...]:
        """Return the names of the starts: the best of them, after the descent, is gone on with."""
        method, distances = self.method, self.problem.distances
        if self.initial is not None or method.start != "auto":
            return (method.start,)
        if method.polish:
            return ("greedy",)
        if not distances.symmetric:
            return ("cycles",) if distances.n <= CYCLES_CITIES else ("random",)
        return ("ring",) if distances.n >= method.divide else ("random", "ring")

    def _more(self, starts: tuple[str, ...], time_left: float) -> Iterator[str]:
        """Yield the other starts, and all of them again while a tenth of the time is not over.

        Not again where the cities are few: kicks are soon quiet there, and begin again themselves.
        """
        yield from starts[1:]
        many = self.problem.distances.n > REHEATED_CITIES
        while many and len(starts) > 1 and time_left < np.inf:
            for start in starts:
                if self._elapsed(time_left) > STARTS_SHARE:
                    return
                yield start

    def _first(self, start: str) -> Tour:
        order = self.initial
        if order is None:
            order = first_tour(self.problem, start, self.near, self.rng, self.monitor)
        return Tour(order, self.problem.distances.symmetric)

    def _descend(self, tour: Tour, length: float, tries: int = DESCENT_TRIES) -> float:
        """Improve the whole tour until nothing is left to improve; return its length."""
        distances, before, fixed = self.problem.distances, self.networks, None
        if isinstance(distances, Linked):
            fixed = distances.linked(tour.order, np.roll(tour.order, -1))
        descent = Descent(
            tour, self.near, self.lookup, self.rng, fixed, tries=tries, **self.options
        )
        for gained in descent.batches():
            length -= gained
            self.networks = before + descent.networks
            if self.monitor.over():
                break
        return length

    def _kicks(self, tour: Tour, length: float) -> Iterator[Incumbent]:
        """Kick until the tour is quiet, cross it with the best, begin again from a random one."""
        distances, table = self.problem.distances, self._table()
        best, shortest = tour.order.copy(), length
        while True:
            before = best
            if table is None:
                spell = self._spell(tour, length)
            else:
                spell = self._compiled(table, tour, length)
            for order, settled in spell:
                if settled < shortest:
                    best, shortest = order, settled
                yield self._incumbent(best, shortest)
            tour = Tour(best, distances.symmetric)
            other = before if order is best else order
            if cross(tour, other, distances, self.tolerance):
                best, shortest = tour.order, distances.tour_length(tour.order)
                yield self._incumbent(best, shortest)
            tour = Tour(self.rng.permutation(distances.n), distances.symmetric)
            length = self._descend(tour, distances.tour_length(tour.order))

    def _spell(self, tour: Tour, length: float) -> Iterator[tuple[Integers, float]]:
        """Yield the shortest order so far and its length, until the kicks bring nothing.

        Where the cities are few, losses are accepted in the second half of a quiet time.
        """
        distances, n = self.problem.distances, self.problem.distances.n
        windows = Windows(
            tour,
            self.near,
            around(distances),
            self.lookup,
            self.rng,
            length,
            lanes=min(MOST_WINDOWS, 4 * n),
            tries=self._tries(WINDOW_TRIES),
            polish=self.method.polish,
            fixed=distances.linked if isinstance(distances, Linked) else None,
            **self.options,
        )
        order, idle = tour.order.copy(), 0
        heat = THERMAL * length / n if n <= REHEATED_CITIES else 0.0
        quiet, surveyed = int(np.ceil(QUIET_KICKS * n / kicks_a_round(n))), 0
        while idle < quiet:
            if windows.slots < n and windows.kicks >= surveyed + n:
                surveyed = windows.kicks
                windows.length = self._descend(tour, windows.length, 1)
            windows.T = heat if idle >= quiet // 2 else 0.0
            idle += 1
            enough = windows.kicks + kicks_a_round(n)
            before = windows.networks
            while windows.kicks < enough and not self.monitor.over():
                windows.step()
            self.networks += windows.networks - before
            if windows.length < length - windows.tolerance:
                order, length, idle = tour.order.copy(), windows.length, 0
            yield order, length

    def _regions(self, tour: Tour, length: float) -> Iterator[Incumbent]:
        """Improve stretches of the tour apart from each other, round after round."""
        method = self.method
        regions = Regions(
            tour,
            self.near,
            self.problem.distances,
            length,
            self.rng,
            options={"chains": method.chains, "engine": ENGINES[method.engine]},
            tries=(DESCENT_TRIES, self._tries(WINDOW_TRIES)),
            polish=method.polish,
            workers=method.workers,
            monitor=self.monitor,
        )
        while True:
            regions.round()
            self.networks = regions.networks
            yield self._incumbent(regions.tour.order, regions.length)

    def _table(self) -> tuple[int, Array] | None:
        """Return what the compiled loop reads, where it is asked for or costs nothing to have."""
        method, distances = self.method, self.problem.distances
        barred = method.compiled is False or method.engine != "memory"
        if barred or isinstance(distances, Linked):
            return None
        table = None
        if method.compiled or (distances.n >= COMPILED_CITIES and compiled()):
            table = tabulated(distances)
        if table is not None and method.compiled:
            prepare()
        return table

    def _compiled(
        self, table: tuple[int, Array], tour: Tour, length: float
    ) -> Iterator[tuple[Integers, float]]:
        """Yield the shortest order so far and its length, for so many kicks of the compiled loop.

        Losses are accepted at a temperature that falls to 0 with the kicks, or with the time.
        """
        method, n, surveyed = self.method, len(tour.order), 0
        self.integrator = "compiled memory"
        loop = Loop(
            tour,
            self.near.out,
            table,
            self.rng,
            chains=method.chains,
            tries=self._tries(COMPILED_TRIES),
            polish=method.polish,
            tolerance=self.tolerance,
        )
        time_left, most = self.monitor.remaining(), COMPILED_KICKS * n
        order, shortest = tour.order.copy(), length
        warm = THERMAL * length / n if COMPILED_CITIES <= n <= THERMAL_CITIES else 0.0
        while loop.kicks < most:
            if loop.kicks >= surveyed + COMPILED_PATIENCE * n:
                surveyed = loop.kicks
                length = self._descend(tour, length, 1)
            enough, before = loop.kicks + COMPILED_PATIENCE * kicks_a_round(n), loop.networks
            while loop.kicks < enough and not self.monitor.over():
                over = max(loop.kicks / most, self._elapsed(time_left))
                length += loop.kick(KICKS_A_CALL, warm * max(0.0, 1 - 1.1 * over))
            self.networks += loop.networks - before
            if length < shortest - loop.tolerance:
                order, shortest = tour.order.copy(), length
            yield order, shortest

    def _tries(self, walks: int) -> int:
        """Return how many walks a dirty city makes in the kicks; classical moves are all tried."""
        return 1 if self.method.polish else self.method.tries or walks

    def _elapsed(self, time_left: float) -> float:
        """Return the share of `time_left` that is over; 0 where there is no limit."""
        if not 0 < time_left < np.inf:
            return float(time_left <= 0)
        return 1 - self.monitor.remaining() / time_left

    def _incumbent(self, order: Integers, length: float) -> Incumbent:
        return Incumbent(self.problem.tour(order), length + self.problem.route.offset)


def recalled(distances: Distances, engine: Engine, rng: np.random.Generator) -> Integers:
    """Return the tour of at most 5 cities, each a chain of its own, by one recall."""
    if distances.n == 1:
        return np.zeros(1, dtype=np.intp)
    chains = reconnections(distances.n, distances.symmetric)
    city = chains.pairs // 2
    lengths = distances(city[:, 0], city[:, 1])[None, :]
    return np.asarray(engine.orders(chains, lengths, rng)[0] // 2)


def kicks_a_round(n: int) -> int:
    """Return after how many kicks a round ends: a twentieth of the cities where they are many."""
    return min(n, max(ROUND_KICKS, n // ROUNDS_A_PASS))
