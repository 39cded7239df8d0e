"""Annealed replicas, crossed and reheated: the best method for every sparse quadratic problem."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from operator import attrgetter
from typing import Any, ClassVar

import numpy as np

from hopopt import Attempt, Method, Monitor
from hopopt.core import TimeUp
from hopopt.fast import (
    REPLICAS,
    Couplings,
    Ready,
    Units,
    couplings_of,
    ising_loops,
    require,
    worthwhile,
)
from hopopt.search import (
    ELITES,
    Incumbent,
    Presolved,
    Swing,
    most_sweeps,
    presolve,
    reheats,
    search,
)
from hopopt.solve import Kind
from problems.spins.instance import Instance, goal
from problems.spins.tabu import Tabu, fallen, improved

SECONDS, HOUR = 3.0, 3600.0
SHARE = 0.25  # of the time, for the first annealing
FIRST_SWEEPS = 24_000  # at most: several populations, crossed, find more than a longer annealing
MANY = 1000  # spins from which inertia leads where sweeps are compiled
LONG = 3  # times as long as numba is imported; where all pairs are coupled, inertia does without
SLOW = 1000  # sweeps in that time: with fewer, half the replicas are better
SET_UP = 5e-6  # seconds until a unit is ready
FEW, TURN = 400, 4  # units that a tabu search looks through too, after every so many rounds
REST = 100  # sweeps that it takes about as long to go downhill as
BRED = 1.8e-6  # seconds for each unit and replica, to breed enough generations of a population


class Anneal(Method):
    """The annealed noisy network in many replicas, with crossover and reheats (`reheats`).

    The energy is presolved first, exactly. It is a hybrid: networks anneal the replicas, and a
    search around them crosses what they come to, joins units to blocks, and chooses what is
    reheated. Where that leaves at most 400 units, a tabu search of single flips (`Tabu`) takes
    every fourth turn: it walks from choice to choice where large penalties lie between. The method
    `replicas` is the network alone.

    Parameters
    ----------
    target : float, optional
        Stop at this cost, or a better one; the problem must have an exact encoding.
    units : {"clip", "sign"}, default "clip"
        Hard-limited units, or two-valued heat-bath units.
    replicas : int, optional
        Copies of the network; by default 64, or 32 where so many have time for few sweeps only.
    elites : int, default 4
        How many of them are kept and reheated.
    sweeps : int, optional
        Of a population's first annealing; by default what a quarter of the time allows, but no more
        than 24,000 nor 100 + N²/16 for N spins. Below that the clock decides, and a seed alone does
        not repeat a run; with sweeps given it does, with or without compiled loops.
    patience : int, optional
        Stop after so many rounds in a row without a better solution; by default when the same
        lowest energy has been found again and again from nothing.
    compiled : bool, optional
        Whether sweeps and crossovers are compiled loops (numba, the extra ``fast``): several times
        as fast, and for given `sweeps` the same numbers. By default from 500 spins on, if numba's
        cache holds them already. True compiles them now if need be; False never takes them.
    inertia : bool, optional
        Whether the replicas of a population come from units with inertia (`InertialReplicas`), in
        half the time at most, instead of an annealing. By default where all pairs, or a quarter,
        are coupled, and there are 1,000 spins or no compiled loops; not where `sweeps` or other
        units are asked for.

    Attributes
    ----------
    initial : solution or None
        What is known before the first annealing, improved by a short tabu search.
    """

    name: ClassVar[str] = "anneal"
    summary: ClassVar[str] = "presolve, annealed noisy networks in replicas, crossover, reheats"
    kind: Kind = "hybrid"
    initial: Any = None

    def __init__(
        self,
        target: float | None = None,
        units: Units = "clip",
        replicas: int | None = None,
        elites: int = ELITES,
        sweeps: int | None = None,
        patience: int | None = None,
        compiled: bool | None = None,
        inertia: bool | None = None,
    ) -> None:
        check_units(units)
        most = REPLICAS if replicas is None else replicas
        if not 1 <= elites <= most:
            raise ValueError(f"elites must lie in 1 … replicas = {most}; got {elites}")
        at_least_one(sweeps=sweeps, patience=patience)
        if compiled:
            require()
        self.target, self.units = target, units
        self.sweeps, self.patience = sweeps, patience
        self.replicas, self.elites, self.compiled = replicas, elites, compiled
        self.inertia = inertia

    def attempt(self, problem: Instance, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        target = goal(problem, self.target)
        start = None if self.initial is None else problem.encode(self.initial)
        first = () if start is None else improved(problem.energy, start, rng)
        core = presolve(problem.energy, monitor if self.sweeps is None else None)
        rounds = chain(first, self._rounds(core, rng, monitor))
        found = search(
            rounds, monitor, target=target, patience=self.patience, decode=problem.decode
        )
        return Attempt.of(found, decode=problem.decode, output=found.best.x)

    def _rounds(
        self, core: Presolved, rng: np.random.Generator, monitor: Monitor
    ) -> Iterator[Incumbent]:
        """Yield lifted incumbents; one alone where presolve has left nothing."""
        if not core.energy.size:
            yield Incumbent(core.lift(np.zeros(0)), float(core.energy.constant))
            return
        last: Incumbent | None = None
        lifted, ready_in = np.zeros(0), SET_UP * core.energy.size
        if self.sweeps is None and 2 * ready_in > monitor.remaining():
            hasty = fallen(core.energy, rng)
            yield Incumbent(core.lift(hasty.x), hasty.cost)
            if ready_in > monitor.remaining():
                raise TimeUp
        left = monitor.remaining() - ready_in
        dense = isinstance(core.energy.Q, np.ndarray)
        compiled = worthwhile(self.compiled, left / LONG if dense else left)
        ready = couplings_of(core.energy, self.units, ising_loops(compiled, core.energy.size))
        replicas, sweeps = self._plan(ready, monitor)
        found = reheats(
            ready,
            rng,
            monitor,
            replicas=replicas,
            elites=self.elites,
            sweeps=sweeps,
            paced=self.sweeps is None,
            swing=Swing() if self.swings(ready) else None,
        )
        if core.energy.size <= FEW:
            found = beside(found, Tabu().rounds(core.energy, None, rng.spawn(1)[0]))
        for incumbent in found:
            if last is None or incumbent.x is not last.x:
                lifted = core.lift(incumbent.x)
            last = incumbent
            yield Incumbent(lifted, incumbent.cost)

    def swings(self, ready: Couplings) -> bool:
        """Whether populations begin with inertia, by what was measured: see docs/benchmarks."""
        if self.inertia is not None:
            return self.inertia
        if self.sweeps is not None or self.units != "clip" or not isinstance(ready.J, np.ndarray):
            return False
        return ready.loops is None or ready.size >= MANY

    def _plan(self, ready: Couplings, monitor: Monitor) -> tuple[int, int]:
        """Return how many replicas are annealed first, and for how many sweeps."""
        replicas, half = self.replicas or REPLICAS, max(self.elites, REPLICAS // 2)
        if self.sweeps is not None:
            return replicas, self.sweeps
        seconds = min(monitor.remaining(), HOUR) if monitor.remaining() < np.inf else SECONDS
        if self.replicas is None and self.swings(ready):
            least = partial(Swing.seconds, ready.size)
            replicas = affordable(least, replicas, self.elites, seconds)
        elif self.replicas is None:
            sweep = ready.seconds(replicas)
            if SHARE * seconds < SLOW * sweep and ready.seconds(half) < sweep:
                replicas = half
            replicas = affordable(downhill_seconds(ready), replicas, self.elites, seconds)
            while replicas > 2 * self.elites and seconds < BRED * replicas * ready.size:
                replicas //= 2
        sweeps = int(SHARE * seconds / ready.seconds(replicas))
        afford = min(sweeps, FIRST_SWEEPS, most_sweeps(ready.size))
        return replicas, max(1, afford)

    def budget(self, problem: Instance) -> float:
        return SECONDS


def beside(rounds: Iterator[Incumbent], others: Iterator[Incumbent]) -> Iterator[Incumbent]:
    """Yield the best of rounds and of some of another search's, which takes a turn now and then.

    Single flips, tabu for a while, walk from one choice among many to the next where penalties lie
    between them: annealing freezes above what the choices differ by.
    """
    best: Incumbent | None = None
    for count, incumbent in enumerate(rounds):
        if best is None or incumbent.cost < best.cost:
            best = incumbent
        yield best
        if count % TURN == 0:
            best = min(best, next(others), key=attrgetter("cost"))


def affordable(cost: Callable[[int], float], count: int, least: int, seconds: float) -> int:
    """Return how many replicas, halved again and again, have the seconds that they cost."""
    while count > least and seconds < cost(count):
        count = max(least, count // 2)
    return count


def downhill_seconds(ready: Ready) -> Callable[[int], float]:
    """Return what tells how long so many replicas take to go downhill."""
    return lambda count: REST * ready.seconds(count)


def check_units(units: str) -> None:
    """Refuse units that are neither hard-limited nor two-valued."""
    if units not in ("clip", "sign"):
        raise ValueError(f"units must be 'clip' or 'sign'; got {units!r}")


def at_least_one(**counts: int | None) -> None:
    """Refuse counts below 1; None is left to the method."""
    for name, value in counts.items():
        if value is not None and value < 1:
            raise ValueError(f"{name} must be at least 1; got {value}")
