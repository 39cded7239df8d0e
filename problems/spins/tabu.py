"""Tabu search over spins: single flips of an Ising energy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from hopopt import Attempt, IsingEnergy, Method, Monitor
from hopopt.search import Incumbent, TabuSearch, search
from hopopt.solve import Kind
from problems.spins.instance import Instance

Array = NDArray[Any]

DENSE_UNITS = 4000
UNITS, REPLICAS = 3200, 32  # units in all replicas together, replicas at most
CHUNK = 500
DEPTH = 1000
TENURE, SPREAD, MOST_TABU = 7.0, 8.0, 1 / 4
NOISE = (0.2, 4.0)  # in the energy's own units, where a flip counts twice its field
SECONDS = 2.0
LEAST = 1e-4


class FlipMoves:
    """Single flips of an Ising network's units, in replicas.

    Parameters
    ----------
    energy : IsingEnergy
    s : array, shape (B, N)
        The first spins of each replica.
    tenure, spread : float
        A unit that has flipped is tabu for tenure + spread·z steps, z uniform on [0, 1], but no
        more than N/4.

    Attributes
    ----------
    state : array of float32, shape (B, N)
        The spins.
    value : array, shape (B,)
        Their energies.
    """

    def __init__(
        self, energy: IsingEnergy, s: Array, tenure: float = TENURE, spread: float = SPREAD
    ) -> None:
        J, (replicas, size) = energy.J, s.shape
        self.energy, self.tenure, self.spread = energy, tenure, spread
        self._rows = 4 * as_dense(J).astype(np.float32) if size <= DENSE_UNITS else None
        self._sparse = 4 * sparse.csr_array(J)
        self._replicas = np.arange(replicas)
        self._until, self._field, self.state = np.zeros((3, replicas, size), dtype=np.float32)
        self.value, self.most = np.zeros(replicas), size
        self.place(self._replicas, s)

    def place(self, replicas: Array, s: Array) -> None:
        """Put some replicas in states, shape (N,) or (len(replicas), N), with nothing tabu."""
        spins = np.asarray(s, dtype=float)
        self.state[replicas] = spins
        self._field[replicas] = 2 * self.energy.field(spins)
        self._until[replicas] = 0
        self.value[replicas] = self.energy.value(spins)

    def rises(self) -> Array:
        return self.state * self._field

    def tabu(self, step: int) -> Array:
        return np.asarray(self._until > step)

    def tenures(self, z: Array) -> Array:
        return np.asarray(
            np.minimum(self.tenure + self.spread * z, MOST_TABU * self.state.shape[1])
        )

    def make(self, chosen: Array, step: int, tenure: Array) -> None:
        here = self._replicas, chosen
        old = self.state[here]
        self.value += old * self._field[here]
        self.state[here] = -old
        self._tell(chosen, old)
        self._until[here] = step + tenure[0]

    def admits(self) -> Array:
        return np.ones(len(self.value), dtype=bool)

    def _tell(self, units: Array, old: Array) -> None:
        """Take what one unit a replica was from the fields of its neighbours, twice."""
        if self._rows is not None:
            self._field -= old[:, None] * self._rows[units]
            return
        J = self._sparse
        for replica, k in enumerate(units.tolist()):
            near = slice(J.indptr[k], J.indptr[k + 1])
            self._field[replica, J.indices[near]] -= old[replica] * J.data[near]


def exact(energy: IsingEnergy, s: Array) -> Incumbent:
    """Return spins with their energy in double precision."""
    spins = s.astype(float)
    return Incumbent(spins, float(energy.value(spins)))


def as_dense(J: Any) -> Array:
    """Return a matrix as an array."""
    return np.asarray(sparse.coo_array(J).toarray())


class Tabu(Method):
    """One-flip tabu search with random tenures, in replicas; one that is stuck starts again.

    Replicas, as many as hold 3,200 units (at most 32), start from all spins down. At each start the
    noise that breaks ties is drawn anew: a fifth of the mean coupling, or four times it, which also
    makes flips that are not the best.

    Parameters
    ----------
    target : float, optional
        Stop at this cost, or a better one.
    depth : int, default 1000
        Steps without a better state before a replica starts again.
    tenure, spread : float, default 7 and 8
        A unit that has flipped is tabu for tenure + spread·z steps, z uniform on [0, 1], but no
        more than a quarter of the units.
    patience : int, optional
        Stop after so many rounds of 500 steps in a row without a better solution.

    References
    ----------
    Glover, "Tabu search, part I", 1989; Palubeckis, "Multistart tabu search strategies for the
    unconstrained binary quadratic optimization problem", 2004.
    """

    name: ClassVar[str] = "tabu"
    summary: ClassVar[str] = "one-flip tabu search in replicas, restarted where it is stuck"
    kind: Kind = "classical"

    def __init__(
        self,
        target: float | None = None,
        depth: int = DEPTH,
        tenure: float = TENURE,
        spread: float = SPREAD,
        patience: int | None = None,
    ) -> None:
        if depth < 1 or tenure < 0 or spread < 0:
            raise ValueError(
                "depth must be positive, tenure and spread nonnegative; "
                f"got {depth}, {tenure}, {spread}"
            )
        self.target, self.depth, self.tenure, self.spread = target, depth, tenure, spread
        self.patience = patience

    def attempt(self, problem: Instance, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        target = -np.inf
        if self.target is not None:
            target = problem.loss(self.target) + LEAST * problem.energy.scale
        rounds = self._rounds(problem.energy, rng)
        found = search(
            rounds, monitor, target=target, patience=self.patience, decode=problem.decode
        )
        return Attempt.of(found, "tabu", problem.decode, output=found.best.x)

    def budget(self, problem: Instance) -> float:
        return SECONDS

    def _rounds(self, energy: IsingEnergy, rng: np.random.Generator) -> Iterator[Incumbent]:
        couplings = sparse.coo_array(energy.J).data
        weight = float(np.abs(couplings).mean()) if couplings.size else energy.scale
        down, replicas = np.full(energy.size, -1.0), max(1, min(REPLICAS, UNITS // energy.size))
        noise = weight * np.array(NOISE)
        moves = FlipMoves(energy, np.tile(down, (replicas, 1)), self.tenure, self.spread)
        found = TabuSearch(moves, rng, np.resize(noise, (replicas, 1)), 1e-6 * energy.scale)
        best = exact(energy, down)
        while True:
            found.run(CHUNK)
            low = int(found.best_value.argmin())
            if found.best_value[low] < best.cost - LEAST * weight:
                best = exact(energy, found.best[low])
            yield best
            stuck = np.flatnonzero(found.since >= self.depth)
            if len(stuck):
                moves.place(stuck, down)
                found.begin(stuck, rng.choice(noise, (len(stuck), 1)))
