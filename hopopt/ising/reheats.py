"""Annealed noisy networks, and reheats of the best: the rounds of a search for low Ising energy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from hopopt.ising.crossover import Crossover
from hopopt.ising.lanes import LANES, POOL, Lanes, Units
from hopopt.lagrangian import Array
from hopopt.motion import Monitor
from hopopt.search import Incumbent

ELITES = 4
LEVELS = 16
FADE, FLOOR, EXPLORE, CREDIT = 0.97, 0.02, 0.3, 2e4
SWEEPS, GROWTH, MOST_SWEEPS = 100, 1.6, 20_000
LOOK, QUIET, PATIENCE, MIX, AGREE = 8, 12, 24, 20, 4
RUNG, RUNGS, FEWEST = 4, 4, 50
HALF = 0.5
GAIN = 1e-6


@dataclass(frozen=True)
class Schedule:
    """How an annealing cools; temperatures and noise in units of ρ, the energy's scale.

    Attributes
    ----------
    hot, cold : float
        First and last temperature of hard-limited units; two-valued ones have none but the noise.
    noise : float
        First strength of the noise.
    rest : float
        Its last strength, as a share of the first.
    reheat : (float, float)
        Weakest and strongest first noise of a reheat.
    """

    hot: float
    cold: float
    noise: float
    rest: float
    reheat: tuple[float, float]


SCHEDULES: dict[Units, Schedule] = {
    "clip": Schedule(0.3, 0.05, 1.5, 0.0, (0.4, 1.5)),
    "sign": Schedule(1.0, 1.0, 1.0, 0.2, (0.25, 0.9)),
}


class Annealer:
    """Anneals lanes of one energy: noise and temperature fall together, then single flips.

    Parameters
    ----------
    lanes : Lanes
        Of hard-limited units, v ← clip((Jv + h + noise)/T, −1, 1) with uniform noise, or of
        two-valued ones, v ← sign(Jv + h + noise) with logistic noise: heat-bath (Glauber) updates.
    rng : numpy.random.Generator
    """

    def __init__(self, lanes: Lanes, rng: np.random.Generator) -> None:
        self.lanes, self.units, self.rng = lanes, lanes.units, rng
        self.schedule = SCHEDULES[lanes.units]

    def start(self, count: int) -> Array:
        """Return outputs to begin with, shape (N, count): nearly undecided, or random signs."""
        shape = (self.lanes.size, count)
        if self.units == "clip":
            return self.rng.uniform(-0.1, 0.1, shape).astype(np.float32)
        return self.rng.choice(np.array([-1, 1], dtype=np.float32), shape)

    def noise(self, shape: tuple[int, ...]) -> Array:
        """Draw noise of strength 1."""
        if self.units == "clip":
            return self.rng.uniform(-1, 1, shape)
        return self.rng.logistic(scale=0.5, size=shape)

    def anneal(
        self, v: Array, noise: Array, sweeps: int, monitor: Monitor, share: float = 1.0
    ) -> Array:
        """Return the spins, shape (N, B), in which lanes come to rest.

        Parameters
        ----------
        v : array, shape (N, B)
        noise : array, shape (B,)
            First strength of each lane's noise.
        sweeps : int
        monitor : Monitor
        share : float, default 1
            Of the time that is left: an annealing that would take more cools faster, by the clock.
        """
        lanes, plan = self.lanes, self.schedule
        state = lanes.state(v.shape[1])
        state[: lanes.size] = v
        state[lanes.size : -1] = self.noise((POOL, v.shape[1])) * noise
        for f in self._course(sweeps, monitor, share):
            picks = self.rng.integers(POOL, size=lanes.size, dtype=np.int32)
            strength = 1 - f + plan.rest * f
            lanes.sweep(state, picks, strength, plan.hot + (plan.cold - plan.hot) * f)
        s = np.where(state[: lanes.size] < 0, np.float32(-1), np.float32(1))
        lanes.descend(s)
        return s

    @staticmethod
    def _course(sweeps: int, monitor: Monitor, share: float) -> Iterator[float]:
        """Yield how far along each sweep is, from 0 to 1: by the count, or the clock if late."""
        began = monitor.remaining()
        clock, step = 0.0, 1 / max(1, sweeps - 1)
        for sweep in range(max(2, sweeps)):
            if sweep % LOOK == 0 and began < np.inf:
                used = began - monitor.remaining()
                clock = used / (share * began) if began > 0 else 1.0
            f = min(1.0, max(sweep * step, clock))
            yield f
            if f == 1:
                return


class Bandit:
    """Chooses the noise of each reheated lane by what such noise has gained lately."""

    def __init__(self, low: float, high: float, rng: np.random.Generator) -> None:
        self.levels, self.score, self.rng = np.linspace(low, high, LEVELS), np.ones(LEVELS), rng

    def draw(self, count: int) -> Array:
        """Return the number of a level for each lane."""
        share = (1 - EXPLORE) * self.score / self.score.sum() + EXPLORE / LEVELS
        return self.rng.choice(LEVELS, count, p=share)

    def learn(self, drawn: Array, gains: Array) -> None:
        """Credit each lane's level with its gain, as a share of all energy, and fade the past."""
        self.score *= FADE
        np.add.at(self.score, drawn, gains)
        np.maximum(self.score, FLOOR, out=self.score)


class Population:
    """Elites that are reheated, round after round.

    B lanes are annealed from nothing and the best P of them become elites. In a round, lane k
    starts at elite k mod P with noise of its own, is annealed, and crossed into its elite. When a
    dozen rounds in a row gain nothing, the sweeps of a round grow; every twenty rounds the worst
    elite is crossed with the best.

    Parameters
    ----------
    annealer : Annealer
    crossover : Crossover
    lanes, elites : int
    sweeps : int
        Of the first annealing.
    monitor : Monitor
    """

    def __init__(
        self,
        annealer: Annealer,
        crossover: Crossover,
        lanes: int,
        elites: int,
        sweeps: int,
        monitor: Monitor,
    ) -> None:
        self.annealer, self.crossover, self.monitor = annealer, crossover, monitor
        self.rng = annealer.rng
        plan = annealer.schedule
        self.bandit = Bandit(*plan.reheat, self.rng)
        s = annealer.anneal(
            annealer.start(lanes), np.full(lanes, plan.noise), sweeps, monitor, HALF
        )
        best = np.argsort(annealer.lanes.values(s), kind="stable")[:elites]
        self.elites = np.ascontiguousarray(s[:, best])
        self.crossover.cross(self.elites, s)
        self.home = np.arange(lanes) % len(best)
        self.sweeps = min(SWEEPS, max(10, min(sweeps // 4, 2 * annealer.lanes.size)))
        self.rounds, self.quiet = 0, 0
        self.values = annealer.lanes.values(self.elites)

    def reheat(self) -> None:
        """Make one round."""
        drawn = self.bandit.draw(len(self.home))
        v = np.ascontiguousarray(self.elites[:, self.home])
        s = self.annealer.anneal(v, self.bandit.levels[drawn], self.sweeps, self.monitor)
        gains = self.crossover.cross(self.elites, s)
        self.rounds += 1
        if self.rounds % MIX == 0:
            self._mix()
        self.values = self.annealer.lanes.values(self.elites)
        self.bandit.learn(drawn, CREDIT * gains / max(GAIN, float(np.abs(self.values).max())))
        self.quiet = 0 if gains.sum() > GAIN else self.quiet + 1
        if self.quiet % QUIET == 0 and self.quiet:
            self.sweeps = min(int(GROWTH * self.sweeps), MOST_SWEEPS)

    def _mix(self) -> None:
        """Cross the worst elite with the best."""
        worst, best = int(self.values.argmax()), int(self.values.argmin())
        if worst != best:
            child = self.elites[:, [worst]]
            self.crossover.cross(child, self.elites[:, [best]])
            self.elites[:, [worst]] = child


def reheats(
    network: Lanes,
    rng: np.random.Generator,
    monitor: Monitor,
    *,
    lanes: int = LANES,
    elites: int = ELITES,
    sweeps: int = 1000,
) -> Iterator[Incumbent]:
    """Yield the best spins known after every round of annealing and reheats.

    A few short annealings come first, so that easy problems are over at once. A population whose
    rounds gain nothing for long gives way to a new one, and is crossed into the best that is
    known. The rounds end when `AGREE` populations in a row have come to the same lowest energy.

    Parameters
    ----------
    network : Lanes
    rng : numpy.random.Generator
    monitor : Monitor
        Its time limit makes annealings that would take too long cool faster.
    lanes, elites : int, default 32, 4
        Copies of the network, and how many of the best are reheated.
    sweeps : int, default 1000
        Of a population's first annealing.

    Yields
    ------
    Incumbent
        Spins in the energy's own order; the cost is E.
    """
    annealer = Annealer(network, rng)
    crossover = Crossover(network.J, network.h, rng)
    known = _Known(network, crossover)
    for short in (sweeps // RUNG**k for k in range(RUNGS, 1, -1)):
        if short >= FEWEST:
            population = Population(annealer, crossover, lanes, elites, short, monitor)
            yield known.take(population)
    agreed = 0
    while agreed < AGREE:
        before = known.cost
        population = Population(annealer, crossover, lanes, elites, sweeps, monitor)
        while population.quiet < PATIENCE:
            yield known.take(population)
            population.reheat()
        yield known.merge(population)
        agreed = 0 if known.cost < before else agreed + known.reached(population)


class _Known:
    """The best spins that any population has come to."""

    def __init__(self, network: Lanes, crossover: Crossover) -> None:
        self.network, self.crossover = network, crossover
        self.spins = np.ones((network.size, 1), dtype=np.float32)
        self.x, self.cost = np.ones(network.size), np.inf

    def take(self, population: Population) -> Incumbent:
        """Take over a population's best elite, where it is better."""
        return self._keep(population.elites[:, [int(population.values.argmin())]])

    def merge(self, population: Population) -> Incumbent:
        """Cross what is known with all elites of a population that has come to rest."""
        child = self.spins.copy()
        self.crossover.cross(child, population.elites)
        return self._keep(child)

    def reached(self, population: Population) -> bool:
        """Whether a population has come to the lowest energy that is known."""
        low = self.network.values(self.spins)[0]
        return bool(population.values.min() <= low + GAIN * max(1.0, abs(low)))

    def _keep(self, spins: Array) -> Incumbent:
        x = self.network.outside(spins[:, 0])
        cost = float(self.network.energy.value(x))
        if cost < self.cost - GAIN * self.network.scale:
            self.spins, self.x, self.cost = spins.copy(), x, cost
        return Incumbent(self.x, self.cost)
