"""The method: a first tour, a descent over all of it, then kicks that networks repair."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from hopopt import Attempt, Incumbent, Method, Monitor, search
from hopopt._parallel import Workers, check_workers
from problems.tsp.distances import Distances
from problems.tsp.kopt.candidates import Candidates, candidates
from problems.tsp.kopt.descent import Descent
from problems.tsp.kopt.engines import ENGINES, Engine
from problems.tsp.kopt.loop import Loop, compiled, prepare, tabulated
from problems.tsp.kopt.neighbourhood import around, pairwise, typical
from problems.tsp.kopt.reconnections import reconnections
from problems.tsp.kopt.regions import KICKS_A_CITY, Regions
from problems.tsp.kopt.starts import CLASSICAL, STARTS, first_tour
from problems.tsp.kopt.tour import Tour
from problems.tsp.kopt.windows import Windows
from problems.tsp.linked import Linked

if TYPE_CHECKING:
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
FULL_PATIENCE_CITIES = 50


class KOpt(Method):
    """K-opt networks: K edges leave a tour, and a network finds how the K chains join best.

    A walk that Lin & Kernighan's gain criterion guides removes up to K edges of the tour; a network
    whose units are the feasible ways to join the chains again settles on the shortest one
    (`Reconnections`), thousands of them in a batch; what is shorter is accepted. First over the
    whole tour, then in windows that are kicked by double bridges and repaired by networks alone.

    Parameters
    ----------
    start : {"auto", "ring", "assignment", "cycles", "random", "greedy"}
        Where the first tour comes from; "greedy" makes the result impure. "auto" is the ring, or
        the joined cycles of a linear assignment network where the distances are asymmetric, up to
        3,000 cities; beyond, a random order (see `first_tour`).
    initial : sequence of labels, optional
        A tour to begin with instead, which makes the result impure as well.
    engine : {"memory", "exact", "random"}
        What joins the chains: the dense memory; its controls, exact dynamic programming and a
        random feasible reconnection (a network that takes no step).
    chains : int, default 5
        K, 3 to 6.
    tries : int, optional
        Walks from every city near a change; by default 4, and 3 in the compiled loop.
    patience : float, default 100
        Stop after so many kicks per city in a row that brought nothing; in proportion fewer below
        50 cities, and ten times as many in the compiled loop.
    divide : int, default 50000
        From so many cities on, the tour is improved in regions (`Regions`), by numpy alone
        whatever `compiled` says.
    workers : int or map-like, default 1
        What improves the regions: processes, or any map, as for `hopopt.minimize`, which hands on
        its own `workers` where there is a single restart.
    compiled : bool, optional
        Whether to make the kicks in a compiled loop (numba, the extra ``fast``): the same networks,
        several times as fast. It takes symmetric distances without constraints, of planar points or
        of at most 2,000 cities; elsewhere numpy makes the kicks. By default from 200 cities on, if
        numba's cache holds it already: the same seed then gives another tour than where the cache
        is empty or numba is absent. True compiles it now if need be; False never takes it.
    polish : bool, default False
        Improve by a classical local search instead, 2-opt and Or-opt moves over the candidates with
        don't-look bits, after a descent by networks from a greedy tour: the hybrid. Symmetric
        distances.

    Notes
    -----
    Who decides: the walk is a classical rule, and only cuts; how the chains join, and so every edge
    that is added, is a network's choice; losing changes are taken back, or kept by Metropolis' rule
    (by temperatures up to 500 cities, and in the compiled loop from 200 to 5,000).

    The same seed gives the same tour where the run ends by itself, by `patience`, which
    ``time_limit=math.inf`` lets it do; a time limit ends it wherever the clock stands. In the
    compiled loop, the temperature falls from 200 to 5,000 cities with the share of the time limit
    that is over, so that the tour depends on the clock even where patience ends the run; without a
    limit that loop accepts no loss.

    References
    ----------
    García, Talaván & Yáñez, "The 2-opt behavior of the Hopfield network applied to the TSP", 2020;
    Lin & Kernighan, "An effective heuristic algorithm for the traveling-salesman problem", 1973;
    Martin, Otto & Felten, "Large-step Markov chains for the TSP", 1991.
    """

    name: ClassVar[str] = "k-opt"
    summary: ClassVar[str] = "K-opt networks on a ring's tour, kicked and repaired; any distances"

    def __init__(
        self,
        start: str = "auto",
        initial: Any = None,
        engine: str = "memory",
        chains: int = 5,
        tries: int | None = None,
        patience: float = 100.0,
        divide: int = 50_000,
        workers: Workers = 1,
        compiled: bool | None = None,
        polish: bool = False,
    ) -> None:
        if start not in STARTS:
            raise ValueError(f"start must be one of {', '.join(STARTS)}; got {start!r}")
        if engine not in ENGINES:
            raise ValueError(f"engine must be one of {', '.join(ENGINES)}; got {engine!r}")
        if not 3 <= chains <= 6:
            raise ValueError(f"chains must lie in 3 … 6; got {chains}")
        if tries is not None and tries < 1:
            raise ValueError(f"tries must be a positive integer; got {tries}")
        if isinstance(divide, bool) or not isinstance(divide, int) or divide < 1:
            raise ValueError(f"divide must be a positive number of cities; got {divide!r}")
        check_workers(workers)
        if not patience > 0:
            raise ValueError(f"patience must be a positive number; got {patience}")
        self.start, self.initial, self.engine = start, initial, engine
        if compiled and engine != "memory":
            raise ValueError(f"compiled=True decides as engine='memory' does; got {engine!r}")
        self.chains, self.tries, self.patience = chains, tries, patience
        self.divide, self.workers = divide, workers
        self.compiled = compiled
        self.polish = polish
        networks_alone = start not in CLASSICAL and initial is None and engine == "memory"
        self.kind = "pure" if networks_alone and not polish else "hybrid"

    def refusal(self, problem: TSP) -> str | None:
        """Refuse to polish where a stretch may not be reversed."""
        if self.polish and not problem.distances.symmetric:
            return f"polish needs symmetric distances; got {problem!r}"
        return None

    def using(self, workers: Workers) -> KOpt:
        method = copy(self)
        method.workers = workers
        return method

    def budget(self, problem: TSP) -> float | None:
        """Return a few seconds, growing gently with the number of cities."""
        n = problem.size
        return float(1.6 + 0.015 * np.sqrt(n) + n / 5000)

    def attempt(self, problem: TSP, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        refusal = self.refusal(problem)
        if refusal is not None:
            raise ValueError(refusal)
        initial = None if self.initial is None else self._given(problem)
        rounds = Rounds(self, problem, rng, monitor, initial)
        n = problem.distances.n
        found = search(iter(rounds), monitor, patience=self._patience(n))
        return Attempt(
            x=found.best.x,
            status=found.status,
            integrator=rounds.integrator,
            nit=rounds.networks,
            nfev=rounds.networks,
            trace=found.trace,
        )

    def _patience(self, n: int) -> int:
        """Return how many rounds may bring nothing."""
        if n >= self.divide:
            return max(1, round(self.patience / KICKS_A_CITY))
        idle = self.patience * n * min(1.0, n / FULL_PATIENCE_CITIES)
        return int(np.ceil(idle / kicks_a_round(n)))

    def _given(self, problem: TSP) -> Integers:
        if not problem.feasible(self.initial):
            problem.order(self.initial)
            raise ValueError(
                f"initial must visit each of the {problem.size} cities once, and keep what is "
                f"fixed; got {len(self.initial)} labels, {len(set(self.initial))} of them different"
            )
        return problem.route.encode(problem.order(self.initial))


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
