"""Reheats of the best: the rounds of a search for low Ising energy."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hopopt.core.lagrangian import Array
from hopopt.core.matrices import is_sparse
from hopopt.core.motion import Monitor
from hopopt.fast.arranged import couplings_of
from hopopt.fast.couplings import Couplings
from hopopt.fast.ready import REPLICAS, TIE
from hopopt.search.annealer import Annealer
from hopopt.search.crossover import Crossover
from hopopt.search.incumbent import Incumbent
from hopopt.search.joining import blocks
from hopopt.search.presolving import presolve
from hopopt.search.swinging import Swing

ELITES = 4
GAIN = 1e-6  # the least that counts as a gain, in units of ρ
FIRST_SHARE = 0.5  # of the time that is left, for a population's first annealing

# The bandit: levels of noise, how a score fades in a round, its least, the share of draws that
# ignore the scores, and what a gain counts.
LEVELS, FADE, FLOOR, EXPLORE, CREDIT = 16, 0.97, 0.02, 0.3, 2e4

# Generations: how many a population breeds at most, how many replicas are the parents of one, and
# the shares of its sweeps that a child gets, of the units that the blocks may number, of the time
# left.
GENERATIONS, PARENTS, CHILD_SWEEPS, CHILD_UNITS, CHILD_SHARE = 12, 16, 0.5, 0.5, 0.25

# A population: sweeps of its first reheats at most, their growth after QUIET rounds without a gain
# and where it ends; rounds without a gain after which it gives way; rounds from one cross of the
# worst elite with the best to the next.
SWEEPS, GROWTH, MOST_SWEEPS = 100, 1.6, 20_000
QUIET, PATIENCE, MIX = 12, 24, 20

# An annealing of N units takes no more than ENOUGH + PAIRS·N² sweeps.
ENOUGH, PAIRS = 100, 1 / 16

# The search: its short annealings take the sweeps over RUNG to the power of RUNGS, RUNGS − 1, … 2,
# where that leaves FEWEST; then come populations, until so many agree.
RUNG, RUNGS, FEWEST = 4, 4, 50
AGREE = 8


class Bandit:
    """Chooses the noise of each reheated replica by what such noise has gained lately."""

    def __init__(self, low: float, high: float, rng: np.random.Generator) -> None:
        self.levels, self.score, self.rng = np.linspace(low, high, LEVELS), np.ones(LEVELS), rng

    def draw(self, count: int) -> Array:
        """Return the number of a level for each replica."""
        share = (1 - EXPLORE) * self.score / self.score.sum() + EXPLORE / LEVELS
        return self.rng.choice(LEVELS, count, p=share)

    def learn(self, drawn: Array, gains: Array) -> None:
        """Credit each level with its replica's gain, a share of all energy, and fade the past."""
        self.score *= FADE
        np.add.at(self.score, drawn, gains)
        np.maximum(self.score, FLOOR, out=self.score)


class Population:
    """Replicas that breed, and elites among them that are reheated, round after round.

    B replicas are annealed from nothing. While that is worthwhile they breed: where sixteen of
    them, drawn at random, agree, units are joined to `blocks`; the presolved energy of the blocks
    is annealed from nothing, and its replicas are crossed into those of the population. The best P
    replicas are the elites. In a round, replica k starts at elite k mod P with noise of its own, is
    annealed, and crossed into its elite. When a dozen rounds in a row gain nothing, the sweeps of a
    round grow; every twenty rounds the worst elite is crossed with the best.

    Parameters
    ----------
    annealer : Annealer
    crossover : Crossover
    replicas, elites : int
    sweeps : int
        Of the first annealing.
    monitor : Monitor
    """

    def __init__(
        self,
        annealer: Annealer,
        crossover: Crossover,
        replicas: int,
        elites: int,
        sweeps: int,
        monitor: Monitor,
    ) -> None:
        self.annealer, self.crossover, self.monitor = annealer, crossover, monitor
        self.rng, self.first_sweeps = annealer.rng, sweeps
        self.bandit = Bandit(*annealer.schedule.reheat, self.rng)
        self.home = np.arange(replicas) % elites
        self.sweeps = min(SWEEPS, max(10, min(sweeps // 4, 2 * annealer.couplings.size)))
        self.rounds, self.quiet, self.generations = 0, 0, 0
        share = FIRST_SHARE if self.has_time(1 - FIRST_SHARE) else 1.0
        self._elect(annealer.from_nothing(replicas, sweeps, monitor, share))
        if monitor.remaining() > 0:
            self.crossover.cross(self.elites, self.replicas)
        self.replicas[:, :elites] = self.elites
        self.values = annealer.couplings.values(self.elites)

    def has_time(self, share: float = 1.0) -> bool:
        """Whether a share of the time left is enough for a long reheat, where inertia goes on."""
        if self.annealer.swing is None or not self.annealer.paced:
            return True
        reheat = SWEEPS * self.annealer.couplings.seconds(len(self.home))
        return share * self.monitor.remaining() >= reheat

    def _elect(self, s: Array) -> None:
        """Take over replicas, the best ones first, and make these elites."""
        values, count = self.annealer.couplings.values(s), int(self.home.max()) + 1
        order = np.argsort(values, kind="stable")
        self.replicas, self.values = s[:, order], values[order[:count]]
        self.elites: Array = np.ascontiguousarray(self.replicas[:, :count])

    def breed(self) -> bool:
        """Make one generation; return whether it was worthwhile, and so may be the next."""
        network, count = self.annealer.couplings, self.replicas.shape[1]
        assert isinstance(network, Couplings)
        if not is_sparse(network.J) or count < 2 or self.generations == GENERATIONS:
            return False
        parents = self.rng.choice(count, min(PARENTS, count // 2 + 1), replace=False)
        joined = blocks(network.J, network.h[:, 0], self.replicas[:, parents])
        core = presolve(joined.energy)
        if core.energy.size > CHILD_UNITS * network.size or self.monitor.remaining() <= 0:
            return False
        children = np.zeros((0, count))
        if core.energy.size:
            child = couplings_of(core.energy, network.units, network.loops)
            annealer = Annealer(child, self.rng, self.annealer.paced)
            sweeps = min(int(CHILD_SWEEPS * self.first_sweeps), most_sweeps(child.size))
            s = annealer.from_nothing(count, sweeps, self.monitor, CHILD_SHARE)
            children = annealer.couplings.outside(s)
        lifted = joined.members @ core.lift(children)
        gains = self.crossover.cross(self.replicas, lifted.astype(np.float32))
        self._elect(self.replicas)
        self.generations += 1
        return bool(gains.any())

    def reheat(self) -> None:
        """Make one round."""
        drawn = self.bandit.draw(len(self.home))
        v = np.ascontiguousarray(self.elites[:, self.home])
        s = self.annealer.anneal(v, self.bandit.levels[drawn], self.sweeps, self.monitor)
        gains = self.crossover.cross(self.elites, s)
        self.rounds += 1
        if self.rounds % MIX == 0:
            self._mix()
        self.values = self.annealer.couplings.values(self.elites)
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


def most_sweeps(size: int) -> int:
    """Return how many sweeps an annealing of so many units takes at most.

    Examples
    --------
    >>> most_sweeps(10), most_sweeps(1000)
    (106, 62600)
    """
    return int(ENOUGH + PAIRS * size**2)


def reheats(
    network: Couplings,
    rng: np.random.Generator,
    monitor: Monitor,
    *,
    replicas: int = REPLICAS,
    elites: int = ELITES,
    sweeps: int = 1000,
    paced: bool = True,
    swing: Swing | None = None,
) -> Iterator[Incumbent]:
    """Yield the best spins known after every round of annealing and reheats.

    A few short annealings come first, so that easy problems are over at once. Then come populations
    that breed and are reheated. One whose rounds gain nothing for long gives way to a new one, and
    is crossed into the best that is known. The rounds end when `AGREE` populations in a row have
    come to the same lowest energy.

    Parameters
    ----------
    network : Couplings
    rng : numpy.random.Generator
    monitor : Monitor
        Its time limit makes annealings that would take too long cool faster.
    replicas, elites : int, default 64, 4
        Copies of the network, and how many of the best are reheated.
    sweeps : int, default 1000
        Of a population's first annealing.
    paced : bool, default True
        Whether annealings keep to their share of the time (see `Annealer`).
    swing : Swing, optional
        What a population's first replicas come from, in half the time, instead of an annealing.

    Yields
    ------
    Incumbent
        Spins in the energy's own order; the cost is E.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import IsingEnergy
    >>> energy = IsingEnergy([[0.0, 1.0, 0.0], [1.0, 0.0, -1.0], [0.0, -1.0, 0.0]])
    >>> from hopopt.fast import couplings_of
    >>> from hopopt.search import search
    >>> network, rng = couplings_of(energy, "sign"), np.random.default_rng(0)
    >>> search(reheats(network, rng, Monitor(), replicas=4), Monitor()).status.name
    'CONVERGED'
    """
    annealer = Annealer(network, rng, paced, swing)
    crossover = Crossover(network.J, network.h, rng, network.loops)
    known = _Known(network, crossover)
    for short in (sweeps // RUNG**k for k in range(RUNGS, 1, -1)):
        if short >= FEWEST and swing is None:
            population = Population(annealer, crossover, replicas, elites, short, monitor)
            yield known.take(population)
    agreed = 0
    while agreed < AGREE:
        before = known.cost
        population = Population(annealer, crossover, replicas, elites, sweeps, monitor)
        yield known.take(population)
        while population.breed():
            yield known.take(population)
        while population.quiet < PATIENCE and population.has_time():
            yield known.take(population)
            population.reheat()
        yield known.merge(population)
        lower = known.cost < before - GAIN * network.scale
        agreed = 0 if lower else agreed + known.reached(population)


class _Known:
    """The best spins that any population has come to, by their energies in double precision."""

    def __init__(self, network: Couplings, crossover: Crossover) -> None:
        self.network, self.crossover = network, crossover
        self.spins = np.ones((network.size, 1), dtype=np.float32)
        self.x, self.cost = np.ones(network.size), np.inf

    def take(self, population: Population) -> Incumbent:
        """Take over a population's best elite, where it is better."""
        return self._keep(population.elites)

    def merge(self, population: Population) -> Incumbent:
        """Cross what is known with all elites of a population that has come to rest."""
        child = self.spins.copy()
        self.crossover.cross(child, population.elites)
        return self._keep(child)

    def reached(self, population: Population) -> bool:
        """Whether a population has come to the lowest energy that is known."""
        low = self.network.values(self.spins)[0]
        return bool(population.values.min() <= low + TIE * max(1.0, abs(low)))

    def _keep(self, spins: Array) -> Incumbent:
        x, cost = self.network.lowest(self.network.outer, spins)
        if cost < self.cost:
            self.x, self.cost = x, cost
            self.spins = x[self.network.order, None].astype(np.float32)
        return Incumbent(self.x, self.cost)
