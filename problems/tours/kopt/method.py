"""The method: its options, and what a result says of it."""

from __future__ import annotations

from copy import copy
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from hopopt import Attempt, Method, Monitor
from hopopt.fast import require
from hopopt.search import search
from hopopt.solve import Kind, Workers, check_workers
from problems.tours.distances import Distances
from problems.tours.instance import Instance
from problems.tours.kopt.engines import ENGINES
from problems.tours.kopt.regions import KICKS_A_CITY
from problems.tours.kopt.rounds import Rounds, kicks_a_round
from problems.tours.kopt.starts import CLASSICAL, STARTS

Integers = NDArray[np.intp]

FULL_PATIENCE_CITIES = 50
DIRECTED_PATIENCE = 3  # as measured: ft53 and kro124p come to their optima that late


class KOpt(Method):
    """K-opt networks: K edges leave a tour, and a network finds how the K chains join best.

    A walk that Lin & Kernighan's gain criterion guides removes up to K edges of the tour; a network
    whose units are the feasible ways to join the chains again settles on the shortest one
    (`Reconnections`), thousands of them in a batch; what is shorter is accepted. First over the
    whole tour, where edges far apart are also removed in fours (`double_bridges`), then in windows
    that are kicked by double bridges and repaired by networks alone. A tour that ten kicks a city
    have not changed is crossed with the best (`cross`), and the search begins again.

    Parameters
    ----------
    start : {"auto", "ring", "assignment", "cycles", "random", "greedy"}
        Where the first tour comes from, "greedy" from no network. "auto" takes the
        shortest, after the descent, of random orders and rings: one of each and, beyond 500
        cities, as many as a tenth of the time allows. For asymmetric distances it takes the joined
        cycles of a linear assignment network up to 3,000 cities, and beyond a random order; from
        `divide` cities on, a ring.
    initial : sequence of labels, optional
        A tour to begin with instead.
    engine : {"memory", "exact", "random"}
        What joins the chains: the dense memory; its controls, exact dynamic programming and a
        random feasible reconnection (a network that takes no step).
    chains : int, default 5
        K, 3 to 6.
    tries : int, optional
        Walks from every city near a change; by default 4, and 3 in the compiled loop.
    patience : float, default 100
        Stop after so many kicks per city in a row that brought nothing; in proportion fewer below
        50 cities, three times as many for asymmetric distances, and ten times as many in the
        compiled loop.
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
        don't-look bits, after a descent by networks from a greedy tour. Symmetric distances.

    Notes
    -----
    It is a hybrid: the walk is a classical rule, and only cuts; how the chains join is the choice
    of a network that holds every way to join them, an exhaustive one; losing changes are taken
    back, or kept by Metropolis' rule (by temperatures up to 500 cities, and in the compiled loop
    from 200 to 5,000). Without networks in its start and its engine the method is classical.

    The same seed gives the same tour where the run ends by itself, by `patience`, which
    ``time_limit=math.inf`` lets it do; a time limit ends it wherever the clock stands, and in the
    compiled loop the temperature falls with the time as well as with the kicks.

    References
    ----------
    García, Talaván & Yáñez, "The 2-opt behavior of the Hopfield network applied to the TSP", 2020;
    Lin & Kernighan, "An effective heuristic algorithm for the traveling-salesman problem", 1973;
    Martin, Otto & Felten, "Large-step Markov chains for the TSP", 1991.
    """

    name: ClassVar[str] = "k-opt"
    summary: ClassVar[str] = "networks join the chains of a cut tour, kicked and repaired"
    kind: Kind = "hybrid"

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
        if compiled and engine != "memory":
            raise ValueError(f"compiled=True decides as engine='memory' does; got {engine!r}")
        if compiled:
            require()
        self.start, self.initial, self.engine = start, initial, engine
        self.chains, self.tries, self.patience = chains, tries, patience
        self.divide, self.workers = divide, workers
        self.compiled, self.polish = compiled, polish
        networks = ENGINES[engine].network or (initial is None and start not in CLASSICAL)
        self.kind = "hybrid" if networks else "classical"

    def refusal(self, problem: Instance) -> str | None:
        """Refuse to polish where a stretch may not be reversed."""
        if self.polish and not problem.distances.symmetric:
            return f"polish needs symmetric distances; got {problem!r}"
        return None

    def using(self, workers: Workers) -> KOpt:
        method = copy(self)
        method.workers = workers
        return method

    def budget(self, problem: Instance) -> float | None:
        """Return a few seconds, growing gently with the number of cities."""
        n = problem.size
        return float(1.6 + 0.015 * np.sqrt(n) + n / 5000)

    def attempt(self, problem: Instance, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        refusal = self.refusal(problem)
        if refusal is not None:
            raise ValueError(refusal)
        initial = None if self.initial is None else self._given(problem)
        rounds = Rounds(self, problem, rng, monitor, initial)
        found = search(iter(rounds), monitor, patience=self._patience(problem.distances))
        networks = rounds.networks
        return Attempt.of(found, rounds.integrator, nit=networks, nfev=networks, energy=None)

    def _patience(self, distances: Distances) -> int:
        """Return how many rounds may bring nothing."""
        n = distances.n
        if n >= self.divide:
            return max(1, round(self.patience / KICKS_A_CITY))
        idle = self.patience * n * min(1.0, n / FULL_PATIENCE_CITIES)
        if not distances.symmetric:
            idle *= DIRECTED_PATIENCE
        return int(np.ceil(idle / kicks_a_round(n)))

    def _given(self, problem: Instance) -> Integers:
        if not problem.feasible(self.initial):
            problem.order(self.initial)
            raise ValueError(
                f"initial must visit each of the {problem.size} cities once, and keep what is "
                f"fixed; got {len(self.initial)} labels, {len(set(self.initial))} of them different"
            )
        return problem.route.encode(problem.order(self.initial))
