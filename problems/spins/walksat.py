"""Local search over clauses, without any network: WalkSAT and probSAT, as controls."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple

import numpy as np

from hopopt import Attempt, Method, Monitor, Multilinear
from hopopt.fast import cached, copies, installed, interruptible, loaded, require
from hopopt.search import Incumbent, search
from hopopt.solve import Kind
from problems.spins import flipping
from problems.spins.annealing import SECONDS
from problems.spins.instance import AnyInstance, Spins, goal

PARTS = ("begin", "flip", "choose", "freely", "walk")
FEWEST = 500
BASE, LARGEST, FINE = 0.9, 500, 4  # breaks in quarters of the mean weight, up to 500 of it
FLIPS, INTERPRETED = 50_000, 500  # at a time
RESTART = 100  # rounds without a better solution, as many as there were


class Kernel(NamedTuple):
    """The ways in."""

    begin: Any
    walk: Any


def kernel(compiled: bool | None, size: int) -> Kernel:
    """Return the loops, compiled where numba is there: True compiles them now if need be.

    Few variables, below 500, do not wait for numba to be imported.
    """
    few = size < FEWEST and not loaded()
    if compiled is False or not installed() or (compiled is None and few):
        return Kernel(flipping.begin, flipping.walk)
    made = _compiled()
    return made if compiled or cached(*made) else Kernel(flipping.begin, flipping.walk)


@lru_cache(maxsize=1)
def _compiled() -> Kernel:
    import numba

    found = copies(numba.njit(cache=True), (flipping, PARTS))
    return Kernel(interruptible(found["begin"]), interruptible(found["walk"]))


class WalkSAT(Method):
    """Flip a variable of a broken clause: the one that breaks least, or, with noise, any.

    A classical control. Clauses are drawn alike whatever they weigh.

    Parameters
    ----------
    noise : float, default .5
        How often any variable of the clause flips, where none is free.
    target : float, optional
        Stop at this cost, or a better one; satisfied clauses are always the end.
    rounds : int, optional
        Stop after so many rounds of 50,000 flips, 500 where they are not compiled.
    compiled : bool, optional
        Whether the flips are compiled (numba, the extra ``fast``): the same flips. By default where
        numba's cache holds them; True compiles them now if need be.

    Attributes
    ----------
    initial : solution or None
        Where the first walk starts.

    References
    ----------
    Selman, Kautz & Cohen, "Noise strategies for improving local search", 1994.
    """

    name: ClassVar[str] = "walksat"
    summary: ClassVar[str] = "WalkSAT: flips in broken clauses, with noise"
    kind: Kind = "classical"
    initial: Any = None

    def __init__(
        self,
        noise: float = 0.5,
        target: float | None = None,
        rounds: int | None = None,
        compiled: bool | None = None,
    ) -> None:
        if not 0 <= noise <= 1:
            raise ValueError(f"noise must lie in 0 … 1; got {noise!r}")
        if rounds is not None and rounds < 1:
            raise ValueError(f"rounds must be at least 1; got {rounds}")
        if compiled:
            require()
        self.noise, self.target, self.rounds, self.compiled = noise, target, rounds, compiled

    def attempt(self, problem: AnyInstance, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        energy = problem.energy
        assert isinstance(energy, Multilinear)
        start = None if self.initial is None else problem.encode(self.initial)
        rounds = self._rounds(energy, start, rng)
        found = search(rounds, monitor, target=goal(problem, self.target), decode=problem.decode)
        return Attempt.of(found, self.name, problem.decode, output=found.best.x)

    def budget(self, problem: AnyInstance) -> float:
        return SECONDS

    def _scores(self) -> Any:
        """Return how likely breaks of so many parts of the unit are taken; none if by noise."""
        return np.zeros(0)

    def _rounds(
        self, energy: Multilinear, start: Spins | None, rng: np.random.Generator
    ) -> Iterator[Incumbent]:
        loops, (clauses, places, weights) = kernel(self.compiled, energy.size), books_of(energy)
        flips = INTERPRETED if loops.walk is flipping.walk else FLIPS
        unit = float(np.mean(weights)) if len(weights) else 1.0
        rule, count = (self._scores(), unit / FINE, self.noise), 0
        known = Incumbent(np.ones(energy.size), np.inf)
        while True:
            s = rng.choice(np.array([-1, 1], dtype=np.int8), energy.size)
            if start is not None:
                s, start = start.astype(np.int8), None
            books = empty_books(len(weights), energy.size)
            best, costs = s.copy(), np.full(2, loops.begin(clauses, weights, s, books))
            quiet = 0
            while quiet <= RESTART:
                count, before = count + 1, costs[1]
                z = rng.random((flips, 3))
                loops.walk(clauses, places, weights, s, books, z, rule, best, costs)
                quiet = 0 if costs[1] < before else quiet + 1
                x = best.astype(float)
                value = float(energy.value(x))
                known = Incumbent(x, value) if value < known.cost else known
                yield known
                if not books[-1][0] or count == self.rounds:
                    return


class ProbSAT(WalkSAT):
    """Flip a variable of a broken clause with probability ∝ (.9 + what it breaks)^−power.

    The best on random clauses of three literals near 4.2 a variable.

    Parameters
    ----------
    power : float, default 2.06
        Higher for longer clauses; what breaks is in units of the mean weight.
    target, rounds, compiled
        As in `WalkSAT`.

    References
    ----------
    Balint & Schöning, "Choosing probability distributions for stochastic local search and the role
    of make versus break", 2012.
    """

    name: ClassVar[str] = "probsat"
    summary: ClassVar[str] = "probSAT: flips in broken clauses, by what they break"

    def __init__(
        self,
        power: float = 2.06,
        target: float | None = None,
        rounds: int | None = None,
        compiled: bool | None = None,
    ) -> None:
        super().__init__(0.0, target, rounds, compiled)
        if not (np.isfinite(power) and power > 0):
            raise ValueError(f"power must be finite and positive; got {power!r}")
        self.power = power

    def _scores(self) -> Any:
        return (BASE + np.arange(LARGEST * FINE) / FINE) ** -self.power


def books_of(energy: Multilinear) -> tuple[Any, Any, Any]:
    """Return clauses by their literals, variables by their clauses, and weights, as arrays."""
    parts = energy.products
    lengths = np.concatenate([[0], *(np.full(p.weights.size, len(p.units)) for p in parts)])
    variables = _joined([p.units.T.ravel() for p in parts]).astype(np.int32)
    signs = _joined([np.where(p.slopes < 0, 1, -1).T.ravel() for p in parts]).astype(np.int8)
    weights = np.concatenate([np.zeros(0), *(p.weights for p in parts)])
    starts = np.cumsum(lengths).astype(np.int64)
    order = np.argsort(variables, kind="stable")
    members = np.repeat(np.arange(len(weights)), lengths[1:].astype(np.intp))[order]
    ends = np.searchsorted(variables[order], np.arange(energy.size + 1))
    places = (ends.astype(np.int64), members.astype(np.int32), signs[order])
    return (starts, variables, signs), places, weights


def empty_books(clauses: int, variables: int) -> tuple[Any, ...]:
    """Return the books that `begin` fills."""
    true, critical, unsatisfied, position = np.zeros((4, clauses), dtype=np.int32)
    breaks, counts = np.zeros(variables), np.zeros(1, dtype=np.int64)
    return true, critical, breaks, unsatisfied, position, counts


def _joined(arrays: list[Any]) -> Any:
    return np.concatenate([np.zeros(0, dtype=np.intp), *arrays])
