"""Two-valued units that rest after they have changed: a discrete network for single instances."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from hopopt import Attempt, IsingEnergy, Method, Monitor
from hopopt.search import Incumbent, search
from problems.spins.instance import Instance

Array = NDArray[Any]

DENSE_UNITS = 4000
UNITS, MOST_LANES = 3200, 32  # in all lanes together
POOL = 1 << 16
CHUNK = 500
DEPTH = 1000
REST, SPREAD, RESTING = 7.0, 8.0, 1 / 4
NOISE = (0.1, 2.0)
SECONDS = 2.0
LEAST = 1e-4


@dataclass(eq=False)
class RestingSpins:
    """Lanes of an Ising network that moves one unit at a time and lets it rest afterwards.

    In every lane the unit that lowers E most flips, or the one that raises it least where none
    lowers it; then it stays as it is for a while, so that the network leaves every minimum by the
    shallowest way. Without rest this is steepest descent; with it, one-flip tabu search in a
    network's words.

    Parameters
    ----------
    energy : IsingEnergy
    s : array, shape (B, N)
        The first spins of each lane.
    rng : numpy.random.Generator
    rest, spread : float
        A unit rests for rest + spread·z steps, z uniform on [0, 1], but no more than N/4.
    jitter : float or array, shape (B, 1)
        Ties are broken by noise of this size, in the energy's own units.

    Attributes
    ----------
    value, best_value : arrays, shape (B,)
        The energies of the spins s, and of the lowest that a lane has come to since it began.
    best : array, shape (B, N)
        Those lowest spins.
    since : array of int, shape (B,)
        The steps that a lane has made after them.

    References
    ----------
    Aihara, Takabe & Toyoda, "Chaotic neural networks", 1990, for refractoriness; Glover, "Tabu
    search", 1989.
    """

    energy: IsingEnergy
    s: Array
    rng: np.random.Generator
    rest: float = REST
    spread: float = SPREAD
    jitter: float | Array = 0.05
    step: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        J, (lanes, size) = self.energy.J, self.s.shape
        self._rows = as_dense(J).astype(np.float32) if size <= DENSE_UNITS else None
        self._sparse = sparse.csr_array(J)
        self._pool = self.rng.random(POOL + lanes * size, dtype=np.float32)
        self._lane = np.arange(lanes)
        self._least = 1e-6 * self.energy.scale
        self._jitter = np.zeros((lanes, 1), dtype=np.float32)
        self._until, self._field = np.zeros((2, lanes, size), dtype=np.float32)
        self.value, self.best_value = np.zeros((2, lanes))
        self.since = np.zeros(lanes, dtype=np.intp)
        first, self.s = self.s, np.empty((lanes, size), dtype=np.float32)
        self.best = self.s.copy()
        self.begin(self._lane, first, self.jitter)

    def begin(self, lanes: Array, s: Array, jitter: float | Array) -> None:
        """Let some lanes start again from spins, shape (N,) or (len(lanes), N), rested."""
        spins = np.asarray(s, dtype=float)
        self.s[lanes] = self.best[lanes] = spins
        self._field[lanes] = self.energy.field(spins)
        self._until[lanes] = self.since[lanes] = 0
        self._jitter[lanes] = jitter
        self.value[lanes] = self.best_value[lanes] = self.energy.value(spins)

    def run(self, steps: int) -> None:
        """Flip so many units in each lane, and keep the best states."""
        size = self.s.shape[1]
        rests = self.rest + self.spread * self.rng.random((steps, len(self.s)), dtype=np.float32)
        np.minimum(rests, RESTING * size, out=rests)
        for rest, start in zip(rests, self.rng.integers(POOL, size=steps).tolist(), strict=True):
            self._flip(rest, self._pool[start : start + self.s.size].reshape(self.s.shape))

    def _flip(self, rest: Array, noise: Array) -> None:
        self.step += 1
        self.since += 1
        rise = self.s * self._field
        rise += self._jitter * noise
        np.copyto(rise, np.inf, where=self._until > self.step)
        unit = rise.argmin(1)
        here = self._lane, unit
        old = self.s[here]
        self.value += 2 * old * self._field[here]
        self.s[here] = -old
        self._tell(unit, 2 * old)
        self._until[here] = self.step + rest
        better = self.value < self.best_value - self._least
        if better.any():
            self.best[better], self.best_value[better] = self.s[better], self.value[better]
            self.since[better] = 0

    def _tell(self, unit: Array, change: Array) -> None:
        """Take changes of one unit a lane from the fields of its neighbours."""
        if self._rows is not None:
            self._field -= change[:, None] * self._rows[unit]
            return
        J = self._sparse
        for lane, k in enumerate(unit.tolist()):
            near = slice(J.indptr[k], J.indptr[k + 1])
            self._field[lane, J.indices[near]] -= change[lane] * J.data[near]


def exact(energy: IsingEnergy, s: Array) -> Incumbent:
    """Return spins with their energy in double precision."""
    spins = s.astype(float)
    return Incumbent(spins, float(energy.value(spins)))


def as_dense(J: Any) -> Array:
    """Return a matrix as an array."""
    return np.asarray(sparse.coo_array(J).toarray())


class Refractory(Method):
    """Two-valued units that rest after they have changed; a stuck lane starts again, silent.

    It is pure: each step flips one unit, chosen by the units' fields and rest alone, and nothing
    else touches the state. It is also, step for step, one-flip tabu search with random tenures and
    restarts, in as many lanes as hold 3,200 units (at most 32): see `RestingSpins`.

    At each start the noise that breaks ties is drawn anew: a tenth of the mean coupling, or twice
    it, which also lets units change that are not the best.

    Parameters
    ----------
    target : float, optional
        Stop at this cost, or a better one.
    depth : int, default 1000
        Steps without a better state before a lane starts again.
    rest, spread : float, default 7 and 8
        A unit rests for rest + spread·z steps, but no more than a quarter of the units.
    patience : int, optional
        Stop after so many rounds of 500 steps in a row without a better solution.
    """

    name: ClassVar[str] = "refractory"
    summary: ClassVar[str] = "two-valued units that rest after a change: tabu search as a network"

    def __init__(
        self,
        target: float | None = None,
        depth: int = DEPTH,
        rest: float = REST,
        spread: float = SPREAD,
        patience: int | None = None,
    ) -> None:
        if depth < 1 or rest < 0 or spread < 0:
            raise ValueError(
                "depth must be positive, rest and spread nonnegative; "
                f"got {depth}, {rest}, {spread}"
            )
        self.target, self.depth, self.rest, self.spread = target, depth, rest, spread
        self.patience = patience

    def attempt(self, problem: Instance, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        target = -np.inf
        if self.target is not None:
            target = problem.loss(self.target) + LEAST * problem.energy.scale
        rounds = self._rounds(problem.energy, rng)
        found = search(
            rounds, monitor, target=target, patience=self.patience, decode=problem.decode
        )
        return Attempt.of(found, "refractory", problem.decode, output=found.best.x)

    def budget(self, problem: Instance) -> float:
        return SECONDS

    def _rounds(self, energy: IsingEnergy, rng: np.random.Generator) -> Iterator[Incumbent]:
        couplings = sparse.coo_array(energy.J).data
        weight = float(np.abs(couplings).mean()) if couplings.size else energy.scale
        silent, lanes = np.full(energy.size, -1.0), max(1, min(MOST_LANES, UNITS // energy.size))
        noise = weight * np.array(NOISE)
        first, levels = np.tile(silent, (lanes, 1)), np.resize(noise, (lanes, 1))
        network = RestingSpins(energy, first, rng, self.rest, self.spread, levels)
        best = exact(energy, silent)
        while True:
            network.run(CHUNK)
            low = int(network.best_value.argmin())
            if network.best_value[low] < best.cost - LEAST * weight:
                best = exact(energy, network.best[low])
            yield best
            stuck = np.flatnonzero(network.since >= self.depth)
            if len(stuck):
                network.begin(stuck, silent, rng.choice(noise, (len(stuck), 1)))
