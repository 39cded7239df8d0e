"""Tabu search over spins: single flips of an Ising energy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from hopopt import Attempt, IsingEnergy, Method, Monitor, Multilinear
from hopopt.core import Matrix, Structured
from hopopt.search import Incumbent, TabuSearch, search
from hopopt.solve import Kind
from problems.shared.magnitudes import exponent, moderate
from problems.spins.flips import SPREAD, TENURE, FlipMoves, TermMoves
from problems.spins.instance import AnyInstance

Array = NDArray[Any]

UNITS = 3200  # in all replicas together
DEPTH = 1000
NOISE = (0.002, 0.2, 4.0)  # in the energy's own units, where a flip counts twice its field
SECONDS = 2.0
LEAST = 1e-4
SAMPLE = 32  # rows
FALLS = 30


def improved(energy: IsingEnergy, s: Array, rng: np.random.Generator) -> Iterator[Incumbent]:
    """Yield spins, and then what a short tabu search from them finds, if it is better."""
    yield exact(energy, s)
    if energy.size:
        found = TabuSearch(FlipMoves(moderated(energy), s[None]), rng)
        found.run(FlipMoves.chunk)
        yield exact(energy, found.best[0])


def fallen(energy: IsingEnergy, rng: np.random.Generator) -> Incumbent:
    """Return random spins after a few rounds in which half of those flip that point uphill."""
    s = rng.choice([-1.0, 1.0], energy.size)
    for _ in range(FALLS):
        s[(s * energy.field(s) < 0) & (rng.random(energy.size) < 0.5)] *= -1
    return exact(energy, s)


def exact(energy: IsingEnergy | Multilinear, s: Array) -> Incumbent:
    """Return spins with their energy in double precision."""
    spins = s.astype(float)
    return Incumbent(spins, float(energy.value(spins)))


def moderated(energy: Any) -> Any:
    """Return an energy of moderate size, in units of a power of two: single precision holds it."""
    down = moderate(exponent(energy.scale))
    if not down:
        return energy
    if isinstance(energy, IsingEnergy):
        return energy.over(float(np.ldexp(1.0, down)))
    return energy * float(np.ldexp(1.0, -down))


def typical(energy: IsingEnergy | Multilinear) -> float:
    """Return the mean size of a coupling, or what stands for it in products: 0 where none is."""
    if isinstance(energy, IsingEnergy):
        couplings = couplings_of(energy.Q)
    else:
        parts = [p.weights * np.prod(np.abs(p.slopes), axis=0) for p in energy.products]
        couplings = np.concatenate([np.zeros(0), *parts])
    return float(np.abs(couplings).mean()) if couplings.size else 0.0


def couplings_of(Q: Matrix) -> Array:
    """Return the couplings that are not zero; of a structured matrix, those in some of its rows."""
    if isinstance(Q, Structured):
        Q = Q.rows(np.linspace(0, Q.shape[0] - 1, min(Q.shape[0], SAMPLE)).astype(np.intp))
    return np.asarray(Q[Q != 0] if isinstance(Q, np.ndarray) else Q.data)


class Tabu(Method):
    """One-flip tabu search with random tenures, in replicas; one that is stuck starts again.

    Replicas, as many as hold 3,200 units (at most 32), start from all spins down. At each start the
    noise that breaks ties is drawn anew: a fifth of the mean coupling, four times it, which also
    makes flips that are not the best, or a five hundredth, which sees what large penalties hide.

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
        Stop after so many rounds, 500 steps or 100, in a row without a better solution.

    Attributes
    ----------
    initial : solution or None
        Where replicas start instead, the first time.

    References
    ----------
    Glover, "Tabu search, part I", 1989; Palubeckis, "Multistart tabu search strategies for the
    unconstrained binary quadratic optimization problem", 2004.
    """

    name: ClassVar[str] = "tabu"
    summary: ClassVar[str] = "one-flip tabu search in replicas, restarted where it is stuck"
    kind: Kind = "classical"
    initial: Any = None

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

    def attempt(self, problem: AnyInstance, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        target = problem.floor
        if self.target is not None:
            target = problem.loss(self.target) + LEAST * problem.energy.scale
        start = None if self.initial is None else problem.encode(self.initial)
        rounds = self.rounds(problem.energy, start, rng)
        found = search(
            rounds, monitor, target=target, patience=self.patience, decode=problem.decode
        )
        return Attempt.of(found, "tabu", problem.decode, output=found.best.x)

    def budget(self, problem: AnyInstance) -> float:
        return SECONDS

    def rounds(
        self, energy: IsingEnergy | Multilinear, start: Array | None, rng: np.random.Generator
    ) -> Iterator[Incumbent]:
        """Yield the best spins after every few hundred steps, without end."""
        given, energy = energy, moderated(energy)
        weight = typical(energy) or energy.scale
        kind = FlipMoves if isinstance(energy, IsingEnergy) else TermMoves
        down, replicas = (
            np.full(energy.size, -1.0),
            max(1, min(kind.most_replicas, UNITS // energy.size)),
        )
        noise = weight * np.array(NOISE)
        start = down if start is None else start
        moves = kind(energy, np.tile(start, (replicas, 1)), self.tenure, self.spread)
        found = TabuSearch(moves, rng, np.resize(noise, (replicas, 1)), 1e-6 * energy.scale)
        best = exact(energy, start)
        while True:
            found.run(kind.chunk)
            low = int(found.best_value.argmin())
            if found.best_value[low] < best.cost - LEAST * weight:
                best = exact(energy, found.best[low])
            yield best if energy is given else exact(given, best.x)
            stuck = np.flatnonzero(found.since >= self.depth)
            if len(stuck):
                moves.place(stuck, down)
                found.begin(stuck, rng.choice(noise, (len(stuck), 1)))
