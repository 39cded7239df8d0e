"""A machine of another kind for one Ising energy: optical oscillators.

It is no Hopfield network; it is here to be compared with. States are in units of 1 and
couplings in units of ρ, shape (N, B).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from itertools import count
from typing import ClassVar

import numpy as np

from hopopt import Attempt, Method, Monitor
from hopopt.core import Array
from hopopt.fast import Couplings, couplings_of
from hopopt.search import Incumbent, search
from hopopt.solve import Kind
from problems.spins.annealing import SECONDS, at_least_one
from problems.spins.instance import Instance, goal

LOOK = 8  # steps from one look at the clock to the next


def coherent(ready: Couplings, count: int, steps: int, rng: np.random.Generator) -> Iterator[Array]:
    """The coherent Ising machine's mean field: ẋ = (p(t) − 1 − x²)·x + ε·(Jx + √⟨x²⟩·h) + noise.

    The pump p rises from 0 to 1, past the threshold; ε = ½/ρ, Euler steps of .1, noise .01
    (Wang et al. 2013). Fields are scaled by the amplitude, as the couplings are by x. Yields the
    amplitudes after each step.
    """
    x = (0.01 * rng.standard_normal((ready.size, count))).astype(np.float32)
    dt, noise = np.float32(0.1), np.float32(0.01 * np.sqrt(0.1))
    for pump in np.linspace(0, 1, steps, dtype=np.float32):
        force = ready.J @ x
        force += ready.h * np.sqrt(np.mean(x * x, axis=0))
        x += dt * ((pump - 1 - x * x) * x + np.float32(0.5) * force)
        x += noise * rng.standard_normal(x.shape, dtype=np.float32)
        np.clip(x, -1.5, 1.5, out=x)
        yield x


class Oscillators(Method):
    """What these methods share: batches of replicas, signs, and flips that lower E.

    Each batch runs for its steps, takes the signs, and flips single spins until none lowers E; then
    another begins, until the time is over. No presolve: it is the dynamics that are compared.

    Parameters
    ----------
    target : float, optional
        Stop at this cost, or a better one.
    replicas : int, default 32
        In a batch.
    steps : int, default 1000
        Of a batch.
    batches : int, optional
        How many batches; by default as many as there is time for.
    """

    kind: Kind = "classical"

    def __init__(
        self,
        target: float | None = None,
        replicas: int = 32,
        steps: int = 1000,
        batches: int | None = None,
    ) -> None:
        at_least_one(replicas=replicas, steps=steps, batches=batches)
        self.target, self.replicas, self.steps, self.batches = target, replicas, steps, batches

    @abstractmethod
    def run(self, ready: Couplings, rng: np.random.Generator) -> Iterator[Array]:
        """Yield the states of a batch after each step."""

    def attempt(self, problem: Instance, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        target = goal(problem, self.target)
        rounds = self._rounds(problem, rng, monitor)
        found = search(rounds, monitor, target=target, decode=problem.decode)
        did = monitor.counts
        return Attempt.of(
            found, "euler", problem.decode, output=found.best.x, nit=did.nit, nfev=did.nfev
        )

    def _rounds(
        self, problem: Instance, rng: np.random.Generator, monitor: Monitor
    ) -> Iterator[Incumbent]:
        ready = couplings_of(problem.energy)
        best = Incumbent(np.ones(problem.energy.size), np.inf)
        for _ in count() if self.batches is None else range(self.batches):
            x = np.zeros((ready.size, self.replicas), dtype=np.float32)
            for step, state in enumerate(self.run(ready, rng), 1):
                x = state
                monitor.counts.add(1, 1)
                if step % LOOK == 0 and monitor.over():
                    break
            s = np.where(x < 0, np.float32(-1), np.float32(1))
            ready.descend(s)
            spins, value = ready.lowest(problem.energy, s)
            best = Incumbent(spins, value) if value < best.cost else best
            yield best

    def budget(self, problem: Instance) -> float:
        return SECONDS


class CoherentIsing(Oscillators):
    """The coherent Ising machine's mean field; see `coherent`."""

    name: ClassVar[str] = "coherent-ising"
    summary: ClassVar[str] = "mean field of optical oscillators (Wang et al. 2013)"

    def run(self, ready: Couplings, rng: np.random.Generator) -> Iterator[Array]:
        return coherent(ready, self.replicas, self.steps, rng)
