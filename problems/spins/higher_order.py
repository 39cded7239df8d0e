"""What every problem of two-valued variables with a cost of any order has in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from scipy import sparse

from hopopt import Method, Multilinear
from problems.spins.dynamics import ContinuousFlow
from problems.spins.inertial import InertialReplicas
from problems.spins.mean_field import MeanField
from problems.spins.quadratized import QuadraticAnneal
from problems.spins.replicas import AnnealedReplicas, Boltzmann
from problems.spins.spin_problem import SpinProblem
from problems.spins.tabu import Tabu

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class HigherOrderProblem(SpinProblem):
    """A problem whose solutions are spins s in {−1, 1} of least energy, of any order.

    A subclass states the `energy`, once, and `decode`s spins into its own solutions; with `cost`,
    `size` and `load` it is complete. No auxiliary variables are needed: the network's units meet in
    products of any number.

    Attributes
    ----------
    energy : Multilinear
        E(s), of spins.

    Examples
    --------
    >>> from problems import HUBO
    >>> problem = HUBO({("a", "b", "c"): -3, ("a",): 1})
    >>> isinstance(problem, HigherOrderProblem), problem.energy.order
    (True, 3)
    """

    methods: ClassVar[Mapping[str, type[Method]]] = {
        method.name: method
        for method in (
            AnnealedReplicas,
            Boltzmann,
            MeanField,
            ContinuousFlow,
            InertialReplicas,
            QuadraticAnneal,
            Tabu,
        )
    }
    energy: Multilinear

    def ranking(self) -> Sequence[str]:
        """Return the methods by name; of second order, crossover and reheats are the best."""
        names = list(super().ranking())
        if self.energy.order > 2 or QuadraticAnneal.name not in names:
            return names
        return [QuadraticAnneal.name, *(n for n in names if n != QuadraticAnneal.name)]

    def plot(self, x: Any, ax: Axes | None = None) -> Axes:
        """Draw who meets whom in products, and how they weigh, the variables that are 1 first."""
        from hopopt.plotting import caption
        from problems.spins.pictures import plot_couplings

        up, title = self.up(x), caption(self, self.cost(x))
        return plot_couplings(meetings(self.energy), up, ax, title=title, symbol="Σ|w|", word="1")

    def up(self, x: Any) -> Any:
        """Return which variables a solution has up, shape (N,)."""
        return np.asarray(x) > 0


def meetings(energy: Multilinear) -> Any:
    """Return the weight of the products in which two units meet, shape (N, N), sparse."""
    found: Any = sparse.csr_array((energy.size, energy.size))
    for part in energy.products:
        size = np.abs(part.weights * np.prod(np.abs(part.slopes), axis=0))
        ends = (part.units.ravel(), np.tile(np.arange(len(size)), len(part.units)))
        members = sparse.csr_array((np.ones(part.units.size), ends), (energy.size, len(size)))
        found = found + (members * size) @ members.T
    return found
