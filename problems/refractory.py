"""Two-valued units that rest after they have changed: a discrete network for single instances."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from hopopt import Attempt, Incumbent, Method, Monitor, search
from hopopt.ising import IsingEnergy

if TYPE_CHECKING:
    from problems.quadratic import QuadraticProblem

Array = NDArray[Any]

DENSE_UNITS = 4000
CHUNK = 500
DEPTH = 1000
NOISE = (0.1, 2.0)
SECONDS = 2.0
LEAST = 1e-4


@dataclass(eq=False)
class RestingSpins:
    """An Ising network that moves one unit at a time and lets it rest afterwards.

    The unit that lowers E most flips, or the one that raises it least where none lowers it; then it
    stays as it is for a while, so that the network leaves every minimum by the shallowest way.
    Without rest this is steepest descent; with it, one-flip tabu search in a network's words.

    Parameters
    ----------
    energy : IsingEnergy
    s : array, shape (N,)
        The first spins.
    rng : numpy.random.Generator
    rest, spread : float
        A unit rests for rest + spread·z steps, z uniform on [0, 1].
    jitter : float
        Ties are broken by noise of this size, in the energy's own units.

    References
    ----------
    Aihara, Takabe & Toyoda, "Chaotic neural networks", 1990, for refractoriness; Glover, "Tabu
    search", 1989.
    """

    energy: IsingEnergy
    s: Array
    rng: np.random.Generator
    rest: float = 2.0
    spread: float = 8.0
    jitter: float = 0.05
    step: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        J, size = self.energy.J, self.energy.size
        dense = size <= DENSE_UNITS
        self._rows = as_dense(J) if dense else None
        if self._rows is not None:
            self._rows = self._rows.astype(np.float32)
        self._sparse = None if dense else sparse.csr_array(J)
        self._until = np.zeros(size, dtype=np.float32)
        self._least = 1e-6 * self.energy.scale
        self.begin(self.s)

    def begin(self, s: Array) -> None:
        """Start again from these spins, rested."""
        self.s = np.array(s, dtype=np.float32)
        self._field = np.asarray(self.energy.field(self.s.astype(float)), dtype=np.float32)
        self._until[:] = 0
        self.value = float(self.energy.value(self.s.astype(float)))
        self.best, self.best_value = self.s.copy(), self.value

    def run(self, steps: int) -> None:
        """Flip so many units, and keep the best state."""
        rests = self.rest + self.spread * self.rng.random(steps)
        for rest in rests.tolist():
            self._flip(rest)

    def _flip(self, rest: float) -> None:
        self.step += 1
        rise = self.s * self._field
        rise += self.jitter * self.rng.random(len(rise), dtype=np.float32)
        rise[self._until > self.step] = np.inf
        unit = int(rise.argmin())
        old = self.s[unit]
        self.value += 2 * float(old * self._field[unit])
        self.s[unit] = -old
        if self._rows is not None:
            self._field -= (2 * old) * self._rows[unit]
        elif self._sparse is not None:
            near = slice(*self._sparse.indptr[unit : unit + 2].tolist())
            self._field[self._sparse.indices[near]] -= 2 * old * self._sparse.data[near]
        self._until[unit] = self.step + rest
        if self.value < self.best_value - self._least:
            self.best, self.best_value = self.s.copy(), self.value


def exact(energy: IsingEnergy, s: Array) -> Incumbent:
    """Return spins with their energy in double precision."""
    spins = s.astype(float)
    return Incumbent(spins, float(energy.value(spins)))


def as_dense(J: Any) -> Array:
    """Return a matrix as an array."""
    return np.asarray(sparse.coo_array(J).toarray())


class Refractory(Method):
    """Two-valued units that rest after they have changed; a stuck network starts again, silent.

    It is pure: each step flips one unit, chosen by the units' fields and rest alone, and nothing
    else touches the state. It is also, step for step, one-flip tabu search with random tenures and
    restarts: see `RestingSpins`.

    At each start the noise that breaks ties is drawn anew: a tenth of the mean coupling, or twice
    it, which also lets units change that are not the best.

    Parameters
    ----------
    target : float, optional
        Stop at this cost, or a better one.
    depth : int, default 1000
        Steps without a better state before the network starts again.
    rest, spread : float, default 2 and 8
        A unit rests for rest + spread·z steps.
    patience : int, optional
        Stop after so many rounds of 500 steps in a row without a better solution.
    """

    name: ClassVar[str] = "refractory"
    summary: ClassVar[str] = "two-valued units that rest after a change: tabu search as a network"

    def __init__(
        self,
        target: float | None = None,
        depth: int = DEPTH,
        rest: float = 2.0,
        spread: float = 8.0,
        patience: int | None = None,
    ) -> None:
        if depth < 1 or rest < 0 or spread < 0:
            raise ValueError(
                "depth must be positive, rest and spread nonnegative; "
                f"got {depth}, {rest}, {spread}"
            )
        self.target, self.depth, self.rest, self.spread = target, depth, rest, spread
        self.patience = patience

    def attempt(
        self, problem: QuadraticProblem, rng: np.random.Generator, monitor: Monitor
    ) -> Attempt:
        target = -np.inf
        if self.target is not None:
            target = problem.loss(self.target) + LEAST * problem.energy.scale
        rounds = self._rounds(problem.energy, rng)
        found = search(
            rounds, monitor, target=target, patience=self.patience, decode=problem.decode
        )
        s = found.best.x
        return Attempt(
            x=problem.decode(s),
            status=found.status,
            integrator="refractory",
            nit=found.rounds,
            output=s,
            energy=found.best.cost,
            trace=found.trace,
        )

    def budget(self, problem: QuadraticProblem) -> float:
        return SECONDS

    def _rounds(self, energy: IsingEnergy, rng: np.random.Generator) -> Iterator[Incumbent]:
        couplings = sparse.coo_array(energy.J).data
        weight = float(np.abs(couplings).mean()) if couplings.size else energy.scale
        silent = np.full(energy.size, -1.0)
        network = RestingSpins(energy, silent, rng, self.rest, self.spread, NOISE[0] * weight)
        best = exact(energy, network.best)
        since = 0
        while True:
            before = network.best_value
            network.run(CHUNK)
            since = 0 if network.best_value < before else since + CHUNK
            if network.best_value < best.cost - LEAST * weight:
                best = exact(energy, network.best)
            yield best
            if since >= self.depth:
                network.begin(silent)
                network.jitter = weight * float(rng.choice(NOISE))
                since = 0
