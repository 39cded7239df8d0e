"""The quadratic encoding of an energy of higher order, annealed: what auxiliary spins cost."""

from __future__ import annotations

from itertools import chain
from typing import Any, ClassVar

import numpy as np

from hopopt import Attempt, Monitor, Multilinear
from hopopt.search import presolve, search
from problems.spins.annealing import Anneal
from problems.spins.instance import AnyInstance, Spins, goal
from problems.spins.quadratization import Quadratized
from problems.spins.tabu import improved


class QuadraticAnneal(Anneal):
    """`Anneal` of the quadratic encoding, in which auxiliary spins stand for products of two.

    An energy of second order needs none, and no method of ours is better there. Above it the
    encoding is larger and stiffer than the network of higher order, which finds lower energies.

    Parameters
    ----------
    target, units, replicas, elites, sweeps, patience, compiled
        As in `Anneal`.
    """

    name: ClassVar[str] = "quadratic"
    summary: ClassVar[str] = "the quadratic encoding (Rosenberg 1975), by `anneal`"

    def attempt(self, problem: AnyInstance, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        original = problem.energy
        assert isinstance(original, Multilinear)
        target, encoded = goal(problem, self.target), Quadratized(original)
        decode = _decoder(problem, encoded)
        start = None if self.initial is None else problem.encode(self.initial)
        first = () if start is None else improved(encoded.energy, encoded.inner(start), rng)
        rounds = chain(first, self._rounds(presolve(encoded.energy), rng, monitor))
        found = search(rounds, monitor, target=target, patience=self.patience, decode=decode)
        spins = encoded.outer(found.best.x)
        energy = float(original.value(spins))
        return Attempt.of(found, decode=decode, output=spins, energy=energy)


def _decoder(problem: AnyInstance, encoded: Quadratized) -> Any:
    def decode(s: Spins) -> Any:
        return problem.decode(encoded.outer(s))

    return decode
