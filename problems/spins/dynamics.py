"""The methods that every quadratic problem knows: dynamics of one Ising energy."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from itertools import count
from typing import ClassVar

import numpy as np

from hopopt import Attempt, Flow, Method, Monitor, Network, Tanh, anneal
from hopopt.core.ising import IsingEnergy
from hopopt.core.lagrangian import Array
from hopopt.fast import oscillators
from hopopt.fast.annealer import LOOK, Annealer
from hopopt.fast.jit import require
from hopopt.fast.loops import loops
from hopopt.fast.replicas import LANES, Lanes, Units, lanes_of
from hopopt.search import Incumbent, search
from hopopt.search.presolving import Presolved, presolve
from hopopt.search.reheating import ELITES, most_sweeps, reheats
from hopopt.solve.problem import Kind
from problems.spins.instance import Instance

SECONDS, HOUR = 3.0, 3600.0
SHARE = 0.25  # of the time, for the first annealing
FIRST_SWEEPS = 24_000  # at most: several populations, crossed, find more than a longer annealing
SLOW = 1000  # sweeps in that time: with fewer, half the lanes are better


def _target(problem: Instance, cost: float | None) -> float:
    """Return the energy at which to stop."""
    if cost is None:
        return -np.inf
    if not problem.exact:
        raise ValueError(f"target needs an exact encoding, where cost is energy; got {problem!r}")
    return problem.loss(cost)


class Anneal(Method):
    """The annealed noisy network over many lanes, with crossover and reheats (`reheats`).

    The energy is presolved first, exactly. Every decision is the sign of a field: of a unit, of a
    piece or block of units that flips as one, or of a unit that presolve took out.

    Parameters
    ----------
    target : float, optional
        Stop at this cost, or a better one; the problem must have an exact encoding.
    units : {"clip", "sign"}, default "clip"
        Hard-limited units, or two-valued heat-bath units.
    lanes : int, optional
        Copies of the network; by default 64, or 32 where so many have time for few sweeps only.
    elites : int, default 4
        How many of them are kept and reheated.
    sweeps : int, optional
        Of a population's first annealing; by default what a quarter of the time allows, but no more
        than 24,000 nor 100 + N²/16 for N spins. Below that the clock decides, and a seed alone does
        not repeat a run.
    patience : int, optional
        Stop after so many rounds in a row without a better solution; by default when the same
        lowest energy has been found again and again from nothing.
    compiled : bool, optional
        Whether sweeps and crossovers are compiled loops (numba, the extra ``fast``): several times
        as fast, and for given `sweeps` the same numbers. By default from 500 spins on, if numba's
        cache holds them already. True compiles them now if need be; False never takes them.
    """

    name: ClassVar[str] = "anneal"
    summary: ClassVar[str] = "presolve, annealed noisy networks in lanes, crossover, reheats"

    def __init__(
        self,
        target: float | None = None,
        units: Units = "clip",
        lanes: int | None = None,
        elites: int = ELITES,
        sweeps: int | None = None,
        patience: int | None = None,
        compiled: bool | None = None,
    ) -> None:
        if units not in ("clip", "sign"):
            raise ValueError(f"units must be 'clip' or 'sign'; got {units!r}")
        most = LANES if lanes is None else lanes
        if not 1 <= elites <= most:
            raise ValueError(f"elites must lie in 1 … lanes = {most}; got {elites}")
        for name, value in (("sweeps", sweeps), ("patience", patience)):
            if value is not None and value < 1:
                raise ValueError(f"{name} must be at least 1; got {value}")
        if compiled:
            require()
        self.target, self.units = target, units
        self.sweeps, self.patience = sweeps, patience
        self.lanes, self.elites, self.compiled = lanes, elites, compiled

    def attempt(self, problem: Instance, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        target = _target(problem, self.target)
        rounds = self._rounds(presolve(problem.energy), rng, monitor)
        found = search(
            rounds, monitor, target=target, patience=self.patience, decode=problem.decode
        )
        return Attempt.of(found, "updates", problem.decode, output=found.best.x)

    def _rounds(
        self, core: Presolved, rng: np.random.Generator, monitor: Monitor
    ) -> Iterator[Incumbent]:
        """Yield lifted incumbents; one alone where presolve has left nothing."""
        if not core.energy.size:
            yield Incumbent(core.lift(np.zeros(0)), float(core.energy.constant))
            return
        last: Incumbent | None = None
        lifted = np.zeros(0)
        network = lanes_of(core.energy, self.units, loops(self.compiled, core.energy.size))
        lanes, sweeps = self._plan(network, monitor)
        for incumbent in reheats(
            network, rng, monitor, lanes=lanes, elites=self.elites, sweeps=sweeps
        ):
            if last is None or incumbent.x is not last.x:
                lifted = core.lift(incumbent.x)
            last = incumbent
            yield Incumbent(lifted, incumbent.cost)

    def _plan(self, network: Lanes, monitor: Monitor) -> tuple[int, int]:
        """Return how many lanes are annealed first, and for how many sweeps."""
        seconds = min(monitor.remaining(), HOUR) if monitor.remaining() < np.inf else SECONDS
        lanes, half = self.lanes or LANES, max(self.elites, LANES // 2)
        sweep, fewer = network.seconds(lanes), network.seconds(half)
        if self.lanes is None and SHARE * seconds < SLOW * sweep and fewer < sweep:
            lanes, sweep = half, fewer
        afford = min(int(SHARE * seconds / sweep), FIRST_SWEEPS, most_sweeps(network.size))
        return lanes, self.sweeps or max(1, afford)

    def budget(self, problem: Instance) -> float:
        return SECONDS


class Dynamics(Method):
    """What the methods beside `Anneal` share: batches of lanes from random starts, and descent.

    Each batch runs for its steps, takes the signs, and flips single spins until none lowers E;
    then another batch begins, until the time is over. No presolve, crossover or reheats: it is the
    dynamics that are compared.

    Parameters
    ----------
    target : float, optional
        Stop at this cost, or a better one.
    lanes : int, optional
        Copies in a batch; by default 32, or 64 of a Boltzmann machine.
    steps : int
        Of a batch.
    batches : int, optional
        How many batches; by default as many as there is time for.
    """

    integrator: ClassVar[str] = "euler"
    units: ClassVar[Units] = "clip"
    batch_lanes: ClassVar[int] = 32
    compiles: ClassVar[bool] = False  # it sweeps unit after unit, which compiled loops do faster

    def __init__(
        self,
        target: float | None = None,
        lanes: int | None = None,
        steps: int = 1000,
        batches: int | None = None,
    ) -> None:
        for name, value in (("lanes", lanes), ("steps", steps), ("batches", batches)):
            if value is not None and value < 1:
                raise ValueError(f"{name} must be at least 1; got {value}")
        self.target, self.steps, self.batches = target, steps, batches
        self.lanes = self.batch_lanes if lanes is None else lanes

    @abstractmethod
    def batch(
        self, network: Lanes, energy: IsingEnergy, rng: np.random.Generator, monitor: Monitor
    ) -> Array:
        """Return the outputs, shape (N, B), at which one batch ends."""

    def attempt(self, problem: Instance, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        target = _target(problem, self.target)
        rounds = self._rounds(problem.energy, rng, monitor)
        found = search(rounds, monitor, target=target, decode=problem.decode)
        return Attempt.of(found, self.integrator, problem.decode, output=found.best.x)

    def _rounds(
        self, energy: IsingEnergy, rng: np.random.Generator, monitor: Monitor
    ) -> Iterator[Incumbent]:
        compiled = loops(None if self.compiles else False, energy.size)
        network = lanes_of(energy, self.units, compiled)
        best, cost = np.ones(energy.size), np.inf
        for _ in count() if self.batches is None else range(self.batches):
            v = self.batch(network, energy, rng, monitor)
            s = np.where(v < 0, np.float32(-1), np.float32(1))
            network.descend(s)
            lane = int(network.values(s).argmin())
            outside = network.outside(s[:, lane])
            value = float(energy.value(outside))
            if value < cost:
                best, cost = outside, value
            yield Incumbent(best, cost)

    def budget(self, problem: Instance) -> float:
        return SECONDS


class Oscillators(Dynamics):
    """Dynamics whose every step is yielded, so that the clock can be looked at."""

    kind: Kind = "classical"

    @abstractmethod
    def run(self, network: Lanes, rng: np.random.Generator) -> Iterator[Array]:
        """Yield the states of a batch after each step."""

    def batch(
        self, network: Lanes, energy: IsingEnergy, rng: np.random.Generator, monitor: Monitor
    ) -> Array:
        x = np.zeros((network.size, self.lanes), dtype=np.float32)
        for step, state in enumerate(self.run(network, rng)):
            x = state
            if step % LOOK == 0 and monitor.over():
                break
        return x


class BallisticBifurcation(Oscillators):
    """Ballistic simulated bifurcation (Goto et al. 2021); see `oscillators.bifurcate`."""

    name: ClassVar[str] = "ballistic-bifurcation"
    summary: ClassVar[str] = "simulated bifurcation, inelastic walls (Goto et al. 2021)"

    def run(self, network: Lanes, rng: np.random.Generator) -> Iterator[Array]:
        return oscillators.bifurcate(network, self.lanes, self.steps, rng)


class DiscreteBifurcation(Oscillators):
    """Discrete simulated bifurcation (Goto et al. 2021); see `oscillators.bifurcate`."""

    name: ClassVar[str] = "discrete-bifurcation"
    summary: ClassVar[str] = "simulated bifurcation driven by signs (Goto et al. 2021)"

    def run(self, network: Lanes, rng: np.random.Generator) -> Iterator[Array]:
        return oscillators.bifurcate(network, self.lanes, self.steps, rng, discrete=True)


class CoherentIsing(Oscillators):
    """The coherent Ising machine's mean field; see `oscillators.coherent`."""

    name: ClassVar[str] = "coherent-ising"
    summary: ClassVar[str] = "mean field of optical oscillators (Wang et al. 2013)"

    def run(self, network: Lanes, rng: np.random.Generator) -> Iterator[Array]:
        return oscillators.coherent(network, self.lanes, self.steps, rng)


class ChaoticNetwork(Oscillators):
    """The transiently chaotic network; see `oscillators.chaotic`."""

    name: ClassVar[str] = "chaotic"
    summary: ClassVar[str] = "transiently chaotic neurons (Chen & Aihara 1995)"
    kind: Kind = "pure"

    def run(self, network: Lanes, rng: np.random.Generator) -> Iterator[Array]:
        return oscillators.chaotic(network, self.lanes, self.steps, rng)


class Boltzmann(Dynamics):
    """A Boltzmann machine annealed from T = ρ to ρ/5: heat-bath (Glauber) updates in lanes."""

    name: ClassVar[str] = "boltzmann"
    summary: ClassVar[str] = "Boltzmann machine, heat-bath updates, annealed"
    integrator: ClassVar[str] = "updates"
    units: ClassVar[Units] = "sign"
    batch_lanes: ClassVar[int] = LANES
    compiles: ClassVar[bool] = True

    def batch(
        self, network: Lanes, energy: IsingEnergy, rng: np.random.Generator, monitor: Monitor
    ) -> Array:
        annealer = Annealer(network, rng)
        noise = np.full(self.lanes, annealer.schedule.noise)
        return annealer.anneal(annealer.start(self.lanes), noise, self.steps, monitor)


class ContinuousFlow(Dynamics):
    """The deterministic network of tanh units, cooled through stages of `solve_ivp`.

    τ·du/dt = −u + J·tanh(u/T) + h from a small random u, T falling geometrically from ρ, in whose
    neighbourhood the first modes grow, to ρ/20.

    Parameters
    ----------
    solver : str, default "RK45"
        Any of SciPy's; implicit ones build a dense Jacobian.
    stages : int, default 10
    target, lanes, batches
        As in `Dynamics`; one lane a batch by default.
    """

    name: ClassVar[str] = "flow"
    summary: ClassVar[str] = "continuous network (Hopfield 1984), solve_ivp, cooled in stages"

    def __init__(
        self,
        solver: str = "RK45",
        stages: int = 10,
        target: float | None = None,
        lanes: int = 1,
        batches: int | None = None,
    ) -> None:
        super().__init__(target, lanes, 1, batches)
        self.flow, self.stages = Flow(solver, duration=20.0, tol=1e-4), stages

    def batch(
        self, network: Lanes, energy: IsingEnergy, rng: np.random.Generator, monitor: Monitor
    ) -> Array:
        circuit = Network(energy, Tanh())
        cooled = (circuit.at(T=energy.scale * T) for T in np.geomspace(1, 0.05, self.stages))
        u = energy.scale * rng.uniform(-0.1, 0.1, (self.lanes, energy.size))
        watch = Monitor(monitor.deadline, record=False)
        rest = anneal(cooled, self.flow, u, monitor=watch)
        return np.ascontiguousarray(rest.v.T[network.order], dtype=np.float32)


METHODS: Mapping[str, type[Method]] = {
    method.name: method
    for method in (
        Anneal,
        Boltzmann,
        ContinuousFlow,
        BallisticBifurcation,
        DiscreteBifurcation,
        CoherentIsing,
        ChaoticNetwork,
    )
}
