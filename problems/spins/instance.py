"""What a method sees of a quadratic problem of two-valued variables."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hopopt import IsingEnergy

Spins = NDArray[np.floating[Any]]


class Instance(Protocol):
    """An Ising energy, and what its spins stand for.

    Attributes
    ----------
    size : int
        The problem's own variables.
    energy : IsingEnergy
        E(s) = −½·sᵀJs − hᵀs + constant.
    exact : bool
        Whether E(s) is the loss of ``decode(s)`` for all spins.
    """

    @property
    def size(self) -> int: ...
    @property
    def energy(self) -> IsingEnergy: ...
    @property
    def exact(self) -> bool: ...

    def decode(self, s: Spins) -> Any:
        """Return the solution that spins, shape (N,), stand for."""
        ...

    def loss(self, cost: float) -> float:
        """Return what is to be minimised."""
        ...


def goal(instance: Instance, target: float | None) -> float:
    """Return the energy at which to stop: that of a target cost, where there is one."""
    if target is None:
        return -np.inf
    if not instance.exact:
        raise ValueError(f"target needs an exact encoding, where cost is energy; got {instance!r}")
    return instance.loss(target)
