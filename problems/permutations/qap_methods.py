"""Ways to place facilities: Sinkhorn units, a Boltzmann machine, hybrids of them, tabu search."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from itertools import permutations
from typing import Any, ClassVar

import numpy as np

from hopopt import Attempt, Method, Monitor, Motion
from hopopt.core import Order, Placement, is_permutation, permutation, permutation_matrix
from hopopt.search import Incumbent, search
from hopopt.solve import Kind
from problems.permutations.instance import Instance
from problems.permutations.networks import FAST, anneal_sinkhorn, heat_baths, settled
from problems.permutations.peers import PEERS
from problems.permutations.tabu import tabu_search
from problems.shared.motions import motion

REPLICAS, STAGES = 16, 200
TABU_STEPS = CHUNK = 500
PATIENCE = 400
SECONDS = 5.0
EXACT = 7


class Rounds(Method):
    """A method that goes on round after round, until the time is over or nothing improves.

    Attributes
    ----------
    integrator : str
        What moves the state beside motions of the core.
    target : float or None
        Stop at this cost, or a better one.
    initial : solution or None
        Where the first round starts.
    """

    integrator: ClassVar[str] = "none"
    target: float | None
    initial: Any = None

    def attempt(self, problem: Instance, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        goal = -np.inf if self.target is None else problem.loss(self.target)
        rounds = (
            Incumbent(known.x, problem.loss(problem.worth(known.cost)))
            for known in self.rounds(problem, rng, monitor)
        )
        found = search(rounds, monitor, target=goal, patience=PATIENCE, decode=problem.decode)
        V = found.best.x
        return Attempt.of(
            found,
            self.integrator,
            problem.decode,
            valid_before_decoding=is_permutation(V),
            output=V,
        )

    @abstractmethod
    def rounds(
        self, problem: Instance, rng: np.random.Generator, monitor: Monitor
    ) -> Iterator[Incumbent]:
        """Yield the best outputs that are known after every round, and their H."""

    def begun(
        self, problem: Instance, rng: np.random.Generator, monitor: Monitor
    ) -> Incumbent | None:
        """Return where the network comes to rest at T = 0 that begins with `initial`."""
        if self.initial is None:
            return None
        return settled(problem.placement, problem.order(self.initial), rng, monitor)

    def budget(self, problem: Instance) -> float:
        return SECONDS


class SinkhornRounds(Rounds):
    """Sinkhorn (softassign) units, annealed in replicas that differ, round after round.

    E = H(V) − (a/2)·‖V‖² + ⟨noise, V⟩ + T·Σ v ln v on doubly stochastic V; see
    `networks.anneal_sinkhorn` for how T, a and the noise go. In the end, at T = 0, rows exchange
    their firing units while that lowers H.

    Parameters
    ----------
    solver : str, default "exponential-euler"
        A SciPy solver, which integrates every stage of one replica to rest, or the fast step, one a
        stage in all replicas.
    stages : int, optional
        Number of temperatures: by default 24 for SciPy's solvers, 200 for the fast step.
    replicas : int, default 16
        Annealings side by side; SciPy's solvers take one.
    target : float, optional
        Stop at this cost, or a better one.
    **options
        Of `solve_ivp`: rtol, atol, max_step, ….

    References
    ----------
    Rangarajan, Gold & Mjolsness, "A novel optimizing network architecture with applications", 1996.
    """

    name: ClassVar[str] = "sinkhorn"
    summary: ClassVar[str] = "n×n Sinkhorn (softassign) units, annealed in many replicas"
    kind: Kind = "pure"

    def __init__(
        self,
        solver: str = "exponential-euler",
        stages: int | None = None,
        replicas: int = REPLICAS,
        target: float | None = None,
        **options: Any,
    ) -> None:
        if (stages is not None and stages < 2) or replicas < 1:
            raise ValueError(
                f"stages must be 2 or more, replicas positive; got {stages}, {replicas}"
            )
        self.solver, self.stages, self.replicas, self.target = solver, stages, replicas, target
        self.options = options

    def rounds(
        self, problem: Instance, rng: np.random.Generator, monitor: Monitor
    ) -> Iterator[Incumbent]:
        size = problem.placement.size**2
        move = motion(self.solver, FAST, size, self.options, duration=30.0, tol=1e-3)
        first = self.begun(problem, rng, monitor)
        if first is not None:
            yield first
        while True:
            yield self._best(problem.placement, move, rng, monitor)

    def _best(
        self, placement: Placement, move: Motion, rng: np.random.Generator, monitor: Monitor
    ) -> Incumbent:
        replicas = self.replicas if move is FAST else 0
        stages = self.stages or (STAGES if move is FAST else 24)
        watch = monitor.silent()
        rest = anneal_sinkhorn(placement, replicas, stages, rng, watch, move=move)
        outputs = rest.v.reshape(-1, *placement.A.shape)
        values = [placement.value(permutation(V)) for V in outputs]
        return Incumbent(outputs[int(np.argmin(values))], min(values))


class BoltzmannExchange(Rounds):
    """A Boltzmann machine on permutations: firing units exchange in a heat bath that cools.

    See `Exchanges`. Annealings from nothing follow one another, each twice as long as the one
    before, until two agree or the time is over.

    Parameters
    ----------
    replicas : int, default 32
        Annealings side by side.
    sweeps : int, default 50
        Of the first annealing; in a sweep every two rows meet once.
    target : float, optional
        Stop at this cost, or a better one.

    References
    ----------
    Aarts & Korst, "Simulated Annealing and Boltzmann Machines", 1989.
    """

    name: ClassVar[str] = "boltzmann"
    summary: ClassVar[str] = "n×n two-valued units, exchanged in a heat bath that cools"
    kind: Kind = "pure"

    def __init__(self, replicas: int = 32, sweeps: int = 50, target: float | None = None) -> None:
        if replicas < 1 or sweeps < 1:
            raise ValueError(f"replicas and sweeps must be positive; got {replicas}, {sweeps}")
        self.replicas, self.sweeps, self.target = replicas, sweeps, target

    def rounds(
        self, problem: Instance, rng: np.random.Generator, monitor: Monitor
    ) -> Iterator[Incumbent]:
        first = self.begun(problem, rng, monitor)
        return heat_baths(problem.placement, self.replicas, self.sweeps, rng, monitor, first)


class SinkhornTabu(SinkhornRounds):
    """Annealed Sinkhorn units, then tabu search from the best of them: a hybrid.

    Every round anneals all replicas, as `SinkhornRounds` does, and goes on from the best one by
    `tabu.SwapMoves`. Up to seven places, all permutations are looked at instead, which is
    classical, as the result says.

    Parameters
    ----------
    replicas : int, default 16
    steps : int, default 500
        Of tabu search in a round.
    target : float, optional
        Stop at this cost, or a better one.
    """

    name: ClassVar[str] = "sinkhorn+exchange"
    summary: ClassVar[str] = "annealed Sinkhorn units, 2-opt, and tabu search from the best"
    kind: Kind = "hybrid"
    integrator: ClassVar[str] = "tabu"

    def __init__(
        self, replicas: int = REPLICAS, steps: int = TABU_STEPS, target: float | None = None
    ) -> None:
        if replicas < 1 or steps < 0:
            raise ValueError(
                f"replicas must be positive, steps nonnegative; got {replicas}, {steps}"
            )
        super().__init__(replicas=replicas, target=target)
        self.steps = steps

    def attempt(self, problem: Instance, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        if problem.placement.size > EXACT:
            return super().attempt(problem, rng, monitor)
        every = np.array(list(permutations(range(problem.placement.size))), dtype=np.intp)
        V = permutation_matrix(min(every, key=problem.placement.value))
        cost = problem.loss(problem.worth(problem.placement.value(permutation(V))))
        found = search([Incumbent(V, cost, bound=cost)], monitor, decode=problem.decode)
        return Attempt.of(found, "enumeration", problem.decode, output=V, kind="classical")

    def rounds(
        self, problem: Instance, rng: np.random.Generator, monitor: Monitor
    ) -> Iterator[Incumbent]:
        for known in super().rounds(problem, rng, monitor):
            yield known
            yield from self._searched(problem, permutation(known.x), rng)

    def _searched(
        self, problem: Instance, order: Order, rng: np.random.Generator
    ) -> Iterator[Incumbent]:
        """Yield what tabu search from a permutation finds, chunk after chunk."""
        tabu = tabu_search(problem.placement, order, rng)
        for _ in range(0, self.steps, CHUNK):
            tabu.run(CHUNK)
            yield Incumbent(permutation_matrix(tabu.best[0]), float(tabu.best_value[0]))


class Tabu(Rounds):
    """Robust tabu search over exchanges of two, from random permutations in turn.

    Parameters
    ----------
    depth : int, default 20
        Rounds of 500 exchanges without a better permutation before the search starts anew.
    target : float, optional
        Stop at this cost, or a better one.

    References
    ----------
    Taillard, "Robust taboo search for the quadratic assignment problem", 1991.
    """

    name: ClassVar[str] = "tabu"
    summary: ClassVar[str] = "robust tabu search (Taillard 1991), from random permutations"
    kind: Kind = "classical"
    integrator: ClassVar[str] = "tabu"

    def __init__(self, depth: int = 20, target: float | None = None) -> None:
        if depth < 1:
            raise ValueError(f"depth must be positive; got {depth}")
        self.depth, self.target = depth, target

    def rounds(
        self, problem: Instance, rng: np.random.Generator, monitor: Monitor
    ) -> Iterator[Incumbent]:
        start = None if self.initial is None else problem.order(self.initial)
        while True:
            order = rng.permutation(problem.placement.size) if start is None else start
            tabu, start = tabu_search(problem.placement, order, rng), None
            while tabu.since[0] <= self.depth * CHUNK:
                tabu.run(CHUNK)
                yield Incumbent(permutation_matrix(tabu.best[0]), float(tabu.best_value[0]))
                if not tabu.step:
                    return


METHODS: Mapping[str, type[Method]] = {
    **{m.name: m for m in (SinkhornTabu, SinkhornRounds, BoltzmannExchange, Tabu)},
    **PEERS,
}
