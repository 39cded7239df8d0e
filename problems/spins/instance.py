"""What a method sees of a problem of two-valued variables."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hopopt import IsingEnergy, Multilinear

Spins = NDArray[np.floating[Any]]


class AnyInstance(Protocol):
    """An energy of spins, of second order or of any, and what they stand for.

    Attributes
    ----------
    size : int
        The problem's own variables.
    energy : IsingEnergy or Multilinear
    exact : bool
        Whether E(s) is the loss of ``decode(s)`` for all spins.
    floor : float
        An energy at or below which spins are optimal; −∞ where none is known.
    decision : bool
        Whether spins above the floor are no solution at all, so that a search goes on.
    """

    @property
    def size(self) -> int: ...
    @property
    def energy(self) -> IsingEnergy | Multilinear: ...
    @property
    def exact(self) -> bool: ...
    @property
    def floor(self) -> float: ...
    @property
    def decision(self) -> bool: ...

    def decode(self, s: Spins) -> Any:
        """Return the solution that spins, shape (N,), stand for."""
        ...

    def encode(self, x: Any) -> Spins | None:
        """Return the spins of a solution; None where it cannot tell."""
        ...

    def loss(self, cost: float) -> float:
        """Return what is to be minimised."""
        ...


class Instance(AnyInstance, Protocol):
    """An instance whose energy is E(s) = −½·sᵀJs − hᵀs + constant."""

    @property
    def energy(self) -> IsingEnergy: ...


def goal(instance: AnyInstance, target: float | None) -> float:
    """Return the energy at which to stop: that of a target cost, or one known to be optimal."""
    if target is None:
        return instance.floor
    if not instance.exact:
        raise ValueError(f"target needs an exact encoding, where cost is energy; got {instance!r}")
    return instance.loss(target)
