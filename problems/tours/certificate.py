"""Whether a tour of few cities is certainly the shortest."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from problems.tours.bound import shortcuts, whole
from problems.tours.cutting import CITIES, CuttingPlanes
from problems.tours.instance import Instance

Ints = NDArray[np.intp]

SMALL, WHOLE = 1e-9, 1e-6
FEWEST = 4


class Certificate:
    """A bound of all tours that rises as it is asked, until it reaches the best one.

    Parameters
    ----------
    problem : Instance
        Of few cities, see `able`.
    cost : float
        Of a known tour.

    Attributes
    ----------
    bound : float
        No tour costs less.
    """

    def __init__(self, problem: Instance, cost: float) -> None:
        self.whole, self.factor = whole(problem.route.distances), problem.route.factor
        upper = cost + SMALL * abs(cost)
        self.planes = CuttingPlanes(problem.distances, upper / self.factor)
        self.bound, self.branched = -np.inf, False

    @staticmethod
    def able(problem: Instance) -> bool:
        """Whether there are few enough cities, whose encoded lengths are their costs."""
        distances = problem.distances
        return FEWEST <= distances.n <= CITIES and not shortcuts(distances)

    def proves(self, cost: float) -> bool:
        """Whether no tour costs less, by more than rounding."""
        return self.bound >= self._below(cost)

    def relax(self, deadline: float) -> None:
        """Raise the bound by cutting planes."""
        self._raise(self.factor * self.planes.relax(deadline))

    def branch(self, cost: float, deadline: float) -> Ints | None:
        """Look for a tour that costs less, and return it; where there is none, the bound says so.

        Only the first call does.
        """
        if self.branched:
            return None
        self.branched = True
        below = self._below(cost)
        proof = self.planes.branch(below / self.factor, deadline)
        reached = self.factor * proof.bound
        self._raise(cost if reached >= below and proof.order is None else reached)
        return proof.order

    def _raise(self, bound: float) -> None:
        least = np.ceil(bound - WHOLE) if self.whole and np.isfinite(bound) else bound
        self.bound = max(self.bound, float(least))

    def _below(self, cost: float) -> float:
        """Return what a better tour costs at most: a whole number less, or anything at all.

        A tour that takes missing ways costs infinity: any other is better.
        """
        if not np.isfinite(cost):
            return np.inf
        return cost - 1 + WHOLE if self.whole else cost - SMALL * abs(cost)
