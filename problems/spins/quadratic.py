"""What every problem of two-valued variables with a quadratic cost has in common."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from scipy import sparse

from hopopt import IsingEnergy, LowRank, Method
from hopopt.core import Array, Matrix, filled
from problems.shared.whole import refuse_large
from problems.spins.methods import METHODS
from problems.spins.peers import PEERS
from problems.spins.spin_problem import SpinProblem
from problems.spins.toroidal import ToroidalMatching

MANY, DENSE = 1500, 0.25  # spins from which, and couplings a pair above which, inertia leads


class QuadraticProblem(SpinProblem):
    """A problem whose solutions are spins s in {−1, 1} of least Ising energy.

    A subclass states the `energy`, once, and `decode`s spins into its own solutions; with `cost`,
    `size` and `load` it is complete, and every method below solves it. By default all solutions are
    feasible, and of plain types.

    Attributes
    ----------
    energy : IsingEnergy
        E(s) = −½·sᵀJs − hᵀs + constant.
    exact : bool
        As in `SpinProblem`.

    Examples
    --------
    >>> from problems import MaxCut
    >>> square = MaxCut(4, ([0, 1, 2, 3], [1, 2, 3, 0]))
    >>> isinstance(square, QuadraticProblem), square.energy.size
    (True, 4)
    """

    methods: ClassVar[Mapping[str, type[Method]]] = {
        **METHODS,
        **PEERS,
        ToroidalMatching.name: ToroidalMatching,
    }
    energy: IsingEnergy

    def ranking(self) -> Sequence[str]:
        """Return the methods by name, the best one first: units with inertia where many are dense.

        That is where annealing is the best otherwise. Measured on ±1 couplings of all pairs: at
        2,000 spins `inertial` finds lower energies than `anneal` in the same time, at 1,000 the
        same ones.
        """
        names, size = super().ranking(), self.energy.size
        if names[0] != "anneal" or size < MANY or filled(self.energy.Q) < DENSE * size**2:
            return names
        return ["inertial", *(name for name in names if name != "inertial")]


def outer(a: Array, factor: float) -> Matrix:
    """Return factor·aaᵀ, written out where the units are few."""
    few = len(a) < MANY
    return factor * np.outer(a, a) if few else LowRank(a, factor)


def pairs_of(entries: Mapping[Any, float], name: str) -> tuple[list[Any], sparse.csr_array[Any]]:
    """Return the variables of ``{(u, v): value}`` and the matrix of values, as they are.

    The variables are in their natural order, or, where they have none, in that of their first
    appearance.
    """
    for key in entries:
        if not (isinstance(key, tuple) and len(key) == 2):
            raise ValueError(f"{name} must map pairs (u, v) to numbers; got the key {key!r}")
    refuse_large(list(entries.values()), name)
    variables = list(dict.fromkeys(end for pair in entries for end in pair))
    with contextlib.suppress(TypeError):
        variables = sorted(variables)
    index = {label: k for k, label in enumerate(variables)}
    ends = np.array([(index[u], index[v]) for u, v in entries], dtype=np.intp).reshape(-1, 2)
    values = np.array([float(value) for value in entries.values()])
    shape = (len(variables), len(variables))
    return variables, sparse.csr_array((values, (ends[:, 0], ends[:, 1])), shape=shape)
