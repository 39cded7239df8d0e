"""One attempt, round after round: a first tour, a descent over all of it, then kicks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hopopt import Incumbent, Monitor
from problems.tsp.distances import Distances
from problems.tsp.kopt.candidates import Candidates, candidates
from problems.tsp.kopt.descent import Descent
from problems.tsp.kopt.engines import ENGINES, Engine
from problems.tsp.kopt.loop import Loop, compiled, prepare, tabulated
from problems.tsp.kopt.neighbourhood import around, pairwise, typical
from problems.tsp.kopt.reconnections import reconnections
from problems.tsp.kopt.regions import Regions
from problems.tsp.kopt.starts import first_tour
from problems.tsp.kopt.tour import Tour
from problems.tsp.kopt.windows import Windows
from problems.tsp.linked import Linked

if TYPE_CHECKING:
    from problems.tsp.kopt.method import KOpt
    from problems.tsp.problem import TSP

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
KICKS_A_CALL = 50
THERMAL_CITIES = 5000
THERMAL = 0.07
REHEATED_CITIES = 500
REHEAT_PERIOD = 16
RECALLED_CITIES = 5


class Rounds:
    """One attempt as rounds for `hopopt.search`: the first tour, the descent, kicks."""

    def __init__(
        self,
        method: KOpt,
        problem: TSP,
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
        near = candidates(distances)
        given = self.initial
        if given is None:
            given = first_tour(problem, self._start(), near, rng, self.monitor)
        tour = Tour(given, distances.symmetric)
        length = distances.tour_length(tour.order)
        yield self._incumbent(tour.order, length)
        if n >= method.divide:
            yield from self._regions(tour, near, length)
            return
        lookup = pairwise(distances)
        options: dict[str, Any] = {
            "chains": method.chains,
            "scale": typical(lookup, near),
            "engine": ENGINES[method.engine],
        }
        fixed = None
        if isinstance(distances, Linked):
            fixed = distances.linked(tour.order, np.roll(tour.order, -1))
        descent = Descent(tour, near, lookup, rng, fixed, tries=DESCENT_TRIES, **options)
        for gained in descent.batches():
            length -= gained
            self.networks = descent.networks
            if self._late():
                break
        yield self._incumbent(tour.order, length)
        loop = self._loop(tour, near, options)
        if loop is None:
            yield from self._kicks(tour, near, lookup, length, options)
        else:
            yield from self._compiled(loop, length)

    def _start(self) -> str:
        """Return the name of the start; the hybrid's own is greedy."""
        method = self.method
        return "greedy" if method.polish and method.start == "auto" else method.start

    def _kicks(
        self,
        tour: Tour,
        near: Candidates,
        lookup: Callable[[Array, Array], Floats],
        length: float,
        options: dict[str, Any],
    ) -> Iterator[Incumbent]:
        distances, n = self.problem.distances, self.problem.distances.n
        windows = Windows(
            tour,
            near,
            around(distances),
            lookup,
            self.rng,
            length,
            lanes=min(MOST_WINDOWS, 4 * n),
            tries=1 if self.method.polish else self.method.tries or WINDOW_TRIES,
            polish=self.method.polish,
            fixed=distances.linked if isinstance(distances, Linked) else None,
            **options,
        )
        before, known = self.networks, self._incumbent(tour.order, length)
        heat, idle = THERMAL * length / n if n <= REHEATED_CITIES else 0.0, 0
        while True:
            windows.T = heat if idle % REHEAT_PERIOD >= REHEAT_PERIOD // 2 else 0.0
            idle += 1
            enough = windows.kicks + kicks_a_round(n)
            while windows.kicks < enough and not self._late():
                windows.step()
            self.networks = before + windows.networks
            if windows.length < length - windows.tolerance:
                length, idle = windows.length, 0
                known = self._incumbent(tour.order, length)
            yield known

    def _regions(self, tour: Tour, near: Candidates, length: float) -> Iterator[Incumbent]:
        """Improve stretches of the tour apart from each other, round after round."""
        method = self.method
        regions = Regions(
            tour,
            near,
            self.problem.distances,
            length,
            self.rng,
            options={"chains": method.chains, "engine": ENGINES[method.engine]},
            tries=(DESCENT_TRIES, 1 if method.polish else method.tries or WINDOW_TRIES),
            polish=method.polish,
            workers=method.workers,
            monitor=self.monitor,
        )
        while True:
            regions.round()
            self.networks = regions.networks
            yield self._incumbent(regions.tour.order, regions.length)

    def _loop(self, tour: Tour, near: Candidates, options: dict[str, Any]) -> Loop | None:
        """Return the compiled loop, where the method asks for it or it costs nothing to have."""
        method, distances = self.method, self.problem.distances
        barred = method.compiled is False or method.engine != "memory"
        if barred or isinstance(distances, Linked):
            return None
        table = None
        if method.compiled or (distances.n >= COMPILED_CITIES and compiled()):
            table = tabulated(distances)
        if table is None:
            return None
        if method.compiled:
            prepare()
        return Loop(
            tour,
            near.out,
            table,
            self.rng,
            chains=method.chains,
            tries=1 if method.polish else method.tries or COMPILED_TRIES,
            polish=method.polish,
            tolerance=1e-7 * options["scale"],
        )

    def _compiled(self, loop: Loop, length: float) -> Iterator[Incumbent]:
        """Kick in the compiled loop; accept losses early on, where there are many kicks a city."""
        n, before = len(loop.tour.order), self.networks
        self.integrator = "compiled memory"
        time_left, shortest = self.monitor.remaining(), length
        known = self._incumbent(loop.tour.order, length)
        warm = THERMAL * length / n if COMPILED_CITIES <= n <= THERMAL_CITIES else 0.0
        while True:
            enough = loop.kicks + COMPILED_PATIENCE * kicks_a_round(n)
            while loop.kicks < enough and not self._late():
                T = warm * max(0.0, 1 - 1.1 * self._elapsed(time_left)) if warm else 0.0
                length += loop.kick(KICKS_A_CALL, T)
            self.networks = before + loop.networks
            if length < shortest - loop.tolerance:
                shortest, known = length, self._incumbent(loop.tour.order, length)
            yield known

    def _elapsed(self, time_left: float) -> float:
        """Return the share of `time_left` that is over; 1 where there is no limit."""
        if not 0 < time_left < np.inf:
            return 1.0
        return 1 - self.monitor.remaining() / time_left

    def _incumbent(self, order: Integers, length: float) -> Incumbent:
        return Incumbent(self.problem.tour(order), length + self.problem.route.offset)

    def _late(self) -> bool:
        return self.monitor.over()


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
