"""Two methods: iterated Lin-Kernighan, whose reconnections a memory or the walk decides."""

from __future__ import annotations

from copy import copy
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from hopopt import Attempt, Method, Monitor, Status
from hopopt.fast import require, worthwhile
from hopopt.search import Incumbent, search
from hopopt.solve import Kind, Workers, check_workers
from problems.tours.exact import held_karp
from problems.tours.instance import Instance
from problems.tours.linkern.arrays import DEEPEST
from problems.tours.linkern.engine import Settings
from problems.tours.linkern.kernel import ready
from problems.tours.linkern.quick import seconds_at_least
from problems.tours.linkern.rounds import Rounds
from problems.tours.linkern.schedule import Limits

Ints = NDArray[np.intp]

EXACT_NODES = 13  # twelve cities and the gate of an open path


class LinKernighan(Method):
    """Iterated Lin-Kernighan: a tour is kicked by double bridges and repaired by deep walks.

    A walk removes tour edges and adds candidate edges in turn while its partial gain exceeds the
    best closing so far; what gains most closes the tour. The candidates are the edges that are
    nearest to a minimum 1-tree, at prices by Held and Karp's ascent, and the nearest in each
    quadrant. A kick is kept with all its repairs by Metropolis' rule, at a temperature that falls
    to 0. Where there is time, many tours are made, each from a beginning of its own, and take over
    from each other what is better (edge assembly crossover).

    Parameters
    ----------
    initial : sequence of labels, optional
        A tour to begin with; by default the greedy one.
    depth : int, default 8
        How many edges a walk removes at most, 3 to 16.
    kicks : int, optional
        Stop after so many; by default the time or `patience` ends the run. Tours that are crossed
        are made before, whatever kicks they take.
    patience : float, default 1000
        Stop after so many kicks per city in a row that brought nothing.
    compiled : bool, optional
        Whether numba (the extra ``fast``) runs the search, some forty times as fast. By default if
        its cache holds it already; True compiles it now if need be, which is not part of the time
        limit; False never takes it. A tour depends on the seed and the number of kicks alone.
    divide : int, optional
        From so many cities on, improve the tour in regions (`Regions`), which `workers` share; by
        default never.
    workers : int or map-like, default 1
        What improves the regions: processes, or any map, as for `hopopt.minimize`, which hands on
        its own `workers` where there is a single restart.
    tours : int, optional
        How many tours are crossed (`Population`). By default as many as the time allows, again and
        again, and none where there is time for less than eight, where kicks are counted, and where
        each direction has its own distances.

    Notes
    -----
    The same seed gives the same tour for the same `kicks`, compiled or not; a time limit ends the
    run wherever the clock stands, and cools with the clock. Up to 13 cities are solved by dynamic
    programming. Up to 200, where time counts and not kicks, cutting planes bound all tours, and
    branch and bound (HiGHS) looks for a shorter one once the kicks bring nothing more: the run ends
    where there is none, proven; what only branch and bound has found is called classical.

    References
    ----------
    Lin & Kernighan, "An effective heuristic algorithm for the traveling-salesman problem", 1973;
    Martin, Otto & Felten, "Large-step Markov chains for the TSP", 1991; Helsgaun, "An effective
    implementation of the Lin-Kernighan traveling salesman heuristic", 2000; Nagata & Kobayashi, "A
    powerful genetic algorithm using edge assembly crossover for the traveling salesman problem",
    2013.
    """

    name: ClassVar[str] = "lin-kernighan"
    summary: ClassVar[str] = "iterated Lin-Kernighan: walks alone, kicked, repaired and crossed"
    kind: Kind = "classical"
    chains: int = 0
    reference: bool = False
    steps: str = "walks"

    def __init__(
        self,
        initial: Any = None,
        depth: int = 8,
        kicks: int | None = None,
        patience: float = 1000.0,
        compiled: bool | None = None,
        divide: int | None = None,
        workers: Workers = 1,
        tours: int | None = None,
    ) -> None:
        if isinstance(depth, bool) or not isinstance(depth, int) or not 3 <= depth <= DEEPEST:
            raise ValueError(f"depth must be an integer in 3 … {DEEPEST}; got {depth!r}")
        if kicks is not None and (
            isinstance(kicks, bool) or not isinstance(kicks, int) or kicks < 0
        ):
            raise ValueError(f"kicks must be a nonnegative integer; got {kicks!r}")
        if not patience > 0:
            raise ValueError(f"patience must be a positive number; got {patience}")
        if divide is not None and (
            isinstance(divide, bool) or not isinstance(divide, int) or divide < 1
        ):
            raise ValueError(f"divide must be a positive number of cities; got {divide!r}")
        if tours is not None and (
            isinstance(tours, bool) or not isinstance(tours, int) or tours < 0
        ):
            raise ValueError(f"tours must be a nonnegative integer; got {tours!r}")
        check_workers(workers)
        if compiled:
            require()
        self.initial, self.depth, self.kicks = initial, depth, kicks
        self.patience, self.compiled = patience, compiled
        self.divide, self.workers, self.tours = divide, workers, tours

    def using(self, workers: Workers) -> LinKernighan | None:
        if self.divide is None:
            return None
        method = copy(self)
        method.workers = workers
        return method

    def budget(self, problem: Instance) -> float | None:
        """Return a few seconds, growing gently with the cities; none where kicks are counted."""
        n = problem.size
        return None if self.kicks is not None else float(1.6 + 0.015 * np.sqrt(n) + n / 5000)

    def attempt(self, problem: Instance, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        initial = None if self.initial is None else given(problem, self.initial)
        if problem.route.torn is not None:
            order = problem.tour(np.arange(problem.distances.n))
            return Attempt(order, Status.OPTIMAL, kind="classical")
        if problem.distances.n <= EXACT_NODES:
            return exact(problem, monitor)
        left = monitor.remaining() - seconds_at_least(problem.distances)
        compiled = worthwhile(self.compiled, left)
        fast = compiled is True or (compiled is None and not self.reference and ready())
        settings = Settings(self.chains, self.depth, fast, self.reference)
        limits = Limits(self.kicks, self.patience, self.tours)
        rounds = Rounds(problem, rng, monitor, limits, settings, initial)
        if self.divide is not None and problem.distances.n >= self.divide:
            rounds.workers = self.workers
        found = search(iter(rounds), monitor)
        return Attempt(
            x=found.best.x,
            status=found.status,
            integrator=("compiled " if fast else "") + self.steps + (" + HiGHS" * rounds.branched),
            nit=rounds.networks or rounds.kicks,
            nfev=rounds.networks,
            trace=found.trace,
            bound=found.bound if np.isfinite(found.bound) else None,
            kind="classical" if rounds.branched else None,
        )


class KOpt(LinKernighan):
    """K-opt networks: a walk removes up to K edges, and a network recalls how the chains join best.

    The search of `LinKernighan`. Where a walk has found up to `chains` edges to remove, a dense
    memory with one unit for each feasible way to join the chains again settles, in one step, on
    the shortest (`reconnections`): it is at least as short as the walk's own, and shorter in one
    of ten. Who decides: the walk is a classical rule, and only cuts; every edge that is added is
    the memory's choice where it decides; deeper walks close themselves, and what tours take over
    from each other is a classical choice. One step of this memory is
    an exhaustive choice, and a loop makes it: with `reference`, the core's own motion does.

    Parameters
    ----------
    initial, depth, kicks, patience, compiled, divide, workers, tours
        As in `LinKernighan`.
    chains : int, default 5
        K, 2 to 6.
    reference : bool, default False
        Whether `hopopt.Majorize` runs every recall on a `hopopt.Network`: the same tours from the
        same kicks, some ten times as slow. Never compiled.

    References
    ----------
    García, Talaván & Yáñez, "The 2-opt behavior of the Hopfield network applied to the TSP", 2020.
    """

    name: ClassVar[str] = "k-opt"
    summary: ClassVar[str] = (
        "a memory joins the chains that walks cut, kicked, repaired and crossed"
    )
    kind: Kind = "hybrid"

    def __init__(
        self,
        initial: Any = None,
        depth: int = 8,
        kicks: int | None = None,
        patience: float = 1000.0,
        compiled: bool | None = None,
        divide: int | None = None,
        workers: Workers = 1,
        tours: int | None = None,
        chains: int = 5,
        reference: bool = False,
    ) -> None:
        super().__init__(initial, depth, kicks, patience, compiled, divide, workers, tours)
        if reference and compiled:
            raise ValueError("compiled must not be True with reference, which is never compiled")
        if isinstance(chains, bool) or not isinstance(chains, int) or not 2 <= chains <= 6:
            raise ValueError(f"chains must be an integer in 2 … 6; got {chains!r}")
        self.chains, self.reference = chains, reference
        self.steps = "majorize + walks" if reference else "recalls + walks"


def exact(problem: Instance, monitor: Monitor) -> Attempt:
    """Return the shortest tour of a few cities, by dynamic programming."""
    matrix = problem.distances.matrix()
    np.fill_diagonal(matrix, matrix.max(initial=0.0))
    _, order = held_karp(matrix - min(0.0, float(matrix.min(initial=0.0))))
    tour = problem.tour(order)
    found = search([Incumbent(tour, problem.cost(tour))], monitor)
    cost = found.best.cost
    return Attempt(
        tour,
        Status.OPTIMAL,
        "dynamic programming",
        trace=found.trace,
        bound=cost,
        kind="classical",
    )


def given(problem: Instance, initial: Any) -> Ints:
    """Return a first tour as the encoded cities, or refuse it."""
    return problem.route.encode(problem.order(problem.given(initial)))
