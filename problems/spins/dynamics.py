"""Networks of one Ising energy, each alone: what they share, SciPy's flow, chaotic units."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, ClassVar

import numpy as np

from hopopt import (
    Attempt,
    Diagonal,
    Flow,
    IsingEnergy,
    Method,
    Monitor,
    Multilinear,
    Network,
    Relaxation,
    Tanh,
    Updates,
    anneal,
)
from hopopt.core import Array
from hopopt.fast import Ready, Units, made_ready, require, worthwhile
from hopopt.search import Incumbent, downhill, presolve, search
from hopopt.solve import Kind
from problems.spins.annealing import SECONDS, at_least_one
from problems.spins.instance import AnyInstance, goal

SET_UP = 5e-6  # seconds until a unit is ready
AGREE = 8  # batches in a row that come to the lowest energy known
ENOUGH = 1e-6  # by how much, in units of ρ, energies may differ and be the same


class Dynamics(Method):
    """What these methods share: batches of replicas from random starts, brought to rest.

    The energy is presolved first, exactly. Each batch ends at T = 0, where no single flip lowers E;
    then another begins, until the time is over, or until eight in a row have come to the same
    lowest E. The lowest one is the answer.

    Parameters
    ----------
    target : float, optional
        Stop at this cost, or a better one.
    replicas : int, optional
        In a batch; by default as many as make good use of a machine.
    batches : int, optional
        How many batches at most; by default as many as there is time for.
    compiled : bool, optional
        Whether sweeps are compiled loops (numba, the extra ``fast``), as for `Anneal`.

    Attributes
    ----------
    initial : solution or None
        Where the first batch starts.
    """

    kind: Kind = "pure"
    initial: Any = None

    def __init__(
        self,
        target: float | None,
        replicas: int | None,
        batches: int | None,
        units: Units = "clip",
        compiled: bool | None = None,
    ) -> None:
        at_least_one(replicas=replicas, batches=batches)
        if compiled:
            require()
        self.target, self.replicas, self.batches = target, replicas, batches
        self.units, self.compiled = units, compiled

    @abstractmethod
    def batch(self, ready: Ready, rng: np.random.Generator, monitor: Monitor) -> Array:
        """Return the spins in which one batch comes to rest, shape (B, N), in visiting order."""

    def begun(self, ready: Ready, s: Array, rng: np.random.Generator, monitor: Monitor) -> Array:
        """Return where a batch comes to rest that begins with spins, shape (N,): here at T = 0."""
        return downhill(ready, s[None].astype(np.float32), monitor)

    def _batches(
        self, ready: Ready, s: Array | None, rng: np.random.Generator, monitor: Monitor
    ) -> Iterator[Array]:
        if s is not None:
            yield self.begun(ready, s[ready.order], rng, monitor)
        for _ in count() if self.batches is None else range(self.batches):
            yield self.batch(ready, rng, monitor)

    def attempt(self, problem: AnyInstance, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        target = goal(problem, self.target)
        rounds = self._rounds(problem, rng, monitor)
        found = search(rounds, monitor, target=target, decode=problem.decode)
        return Attempt.of(found, decode=problem.decode, output=found.best.x)

    def _rounds(
        self, problem: AnyInstance, rng: np.random.Generator, monitor: Monitor
    ) -> Iterator[Incumbent]:
        energy, lift, kept = core_of(problem.energy)
        start = None if self.initial is None else problem.encode(self.initial)
        if not energy.size:
            yield Incumbent(lift(np.zeros(0)), float(energy.constant))
            return
        left = monitor.remaining() - SET_UP * energy.size
        ready = made_ready(energy, self.units, worthwhile(self.compiled, left))
        best, agreed = Incumbent(np.zeros(0), np.inf), 0
        first = None if start is None else start[kept]
        for s in self._batches(ready, first, rng, monitor):
            spins, value = ready.lowest(energy, s.T)
            near = ENOUGH * ready.scale
            agreed = 0 if value < best.cost - near else agreed + (value <= best.cost + near)
            if value < best.cost:
                best = Incumbent(lift(spins), value)
            yield best
            if agreed == AGREE and not problem.decision:
                return

    def budget(self, problem: AnyInstance) -> float:
        return SECONDS


class ContinuousFlow(Dynamics):
    """The deterministic network of tanh units, cooled through stages of `solve_ivp`, then T = 0.

    τ·du/dt = −u + J·tanh(u/T) + h from a small random u, T falling geometrically from ρ, in whose
    neighbourhood the first modes grow, to ρ/20.

    Parameters
    ----------
    solver : str, default "RK45"
        Any of SciPy's; implicit ones build a dense Jacobian.
    stages : int, default 10
    target, replicas, batches
        As in `Dynamics`; one replica a batch by default.

    References
    ----------
    Hopfield, "Neurons with graded response have collective computational properties like those of
    two-state neurons", 1984.
    """

    name: ClassVar[str] = "flow"
    summary: ClassVar[str] = "continuous network (Hopfield 1984), solve_ivp, cooled in stages"

    def __init__(
        self,
        solver: str = "RK45",
        stages: int = 10,
        target: float | None = None,
        replicas: int = 1,
        batches: int | None = None,
    ) -> None:
        super().__init__(target, replicas, batches, compiled=False)
        at_least_one(stages=stages)
        self.flow, self.stages = Flow(solver, duration=20.0, tol=1e-4), stages

    def batch(self, ready: Ready, rng: np.random.Generator, monitor: Monitor) -> Array:
        circuit = Network(ready.energy, Tanh())
        cooled = (circuit.at(T=T) for T in np.geomspace(1, 0.05, self.stages))
        u = rng.uniform(-0.1, 0.1, (self.replicas or ready.replicas, ready.size))
        watch = monitor.silent()
        return at_rest(ready, anneal(cooled, self.flow, u, monitor=watch), monitor)


class ChaoticNetwork(Dynamics):
    """The transiently chaotic network, then T = 0.

    y ← k·y + α·(Js + h) − z·(v − I₀), z ← (1 − β)·z, v = 1/(1 + e^(−y/ε)) in [0, 1], s = 2v − 1; k
    = .9, ε = .004, I₀ = .65, z₀ = .08, α = .015/ρ, and β such that z falls to a hundredth. In the
    core's words: parallel updates with damping 1 − k of tanh units at T = 2ε, whose self-coupling z
    fades from stage to stage.

    Parameters
    ----------
    target : float, optional
        Stop at this cost, or a better one.
    replicas : int, default 32
    steps : int, default 1000
        Of a batch.
    batches : int, optional

    References
    ----------
    Chen & Aihara, "Chaotic simulated annealing by a neural network model with transient chaos",
    1995.
    """

    name: ClassVar[str] = "chaotic"
    summary: ClassVar[str] = "transiently chaotic neurons (Chen & Aihara 1995)"

    def __init__(
        self,
        target: float | None = None,
        replicas: int = 32,
        steps: int = 1000,
        batches: int | None = None,
    ) -> None:
        super().__init__(target, replicas, batches, compiled=False)
        at_least_one(steps=steps)
        self.steps = steps

    def batch(self, ready: Ready, rng: np.random.Generator, monitor: Monitor) -> Array:
        damping, gain, width, bias = 0.1, 0.015, 0.004, 0.15
        fields = ready.energy * (gain / damping)

        def stages() -> Iterator[Network]:
            for k, z in enumerate(np.geomspace(0.08, 0.0008, self.steps) / damping):
                if k and monitor.over():
                    return
                own = Diagonal(ready.energy.shape, z / 2, -z * bias)
                yield Network(fields + own, Tanh(), T=2 * width)

        motion = Updates("parallel", damping=damping, max_sweeps=1, tol=0)
        y = rng.uniform(-0.05, 0.05, (self.replicas or ready.replicas, ready.size))
        return at_rest(ready, anneal(stages(), motion, y, monitor=monitor.aside()), monitor)


def core_of(
    energy: IsingEnergy | Multilinear,
) -> tuple[IsingEnergy | Multilinear, Callable[[Array], Array], Array]:
    """Return what exact presolve leaves of an energy, the way back, and the spins that are left.

    Energies of higher orders stay as they are.
    """
    if isinstance(energy, Multilinear):
        return energy, np.asarray, np.arange(energy.size)
    core = presolve(energy)
    return core.energy, core.lift, core.kept


def at_rest(ready: Ready, rest: Relaxation, monitor: Monitor) -> Array:
    """Return the spins, shape (B, N), to which replicas go downhill from where they stopped."""
    return downhill(ready, rest.uninterrupted().v, monitor)
