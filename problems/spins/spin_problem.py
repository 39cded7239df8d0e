"""What every problem of two-valued variables has in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from math import prod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from hopopt import Energy, Problem
from hopopt.core import Array, real
from problems.spins.instance import Spins

FEW = 6


class SpinProblem(Problem):
    """A problem whose solutions are spins s in {−1, 1} of least energy.

    By default all solutions are feasible, and of plain types.

    Attributes
    ----------
    energy : Energy
        E(s).
    exact : bool
        Whether E(s) is the loss of ``decode(s)`` for all spins, so that a cost is an energy. Where
        it is not (penalties, repair), the methods refuse a `target`.
    levelled : bool
        Whether E(s) ranks solutions that costs, sums of numbers far apart, do not tell apart: see
        `magnitudes.level`.
    floor : float
        An energy at or below which spins are optimal; −∞ where none is known.
    decision : bool
        Whether spins above the floor are no solution at all, so that a search goes on.
    """

    exact: bool = True
    levelled: bool = False
    energy: Energy
    floor: float = -np.inf
    decision: ClassVar[bool] = False

    @abstractmethod
    def decode(self, s: Spins) -> Any:
        """Return the solution that spins, shape (N,), stand for."""

    def corners(self) -> Iterable[Array]:
        size = prod(self.energy.shape)
        if size > FEW or self.levelled:
            return ()
        return 1.0 - 2.0 * (np.arange(2**size)[:, None] >> np.arange(size) & 1)

    def feasible(self, x: Any) -> bool:
        return not self.violations(x)

    def describe(self, x: Any) -> dict[str, Any]:
        """Return the sense of the cost, and the solution in plain types (see `plain`)."""
        return {"sense": self.sense, "solution": self.plain(x)}

    def encode(self, x: Any) -> Spins | None:
        """Return the spins of a solution, for a search to begin with; None where it cannot tell."""
        return None

    def plain(self, x: Any) -> Any:
        """Return a solution in plain types, for JSON."""
        return x


def checked_vector(x: ArrayLike, size: int, what: str) -> Array:
    """Return a solution as finite numbers, one a variable, or refuse it."""
    values = real(x, "x", sums=True)
    if values.shape != (size,):
        raise ValueError(f"x must hold {size} {what}; got shape {values.shape}")
    return values
