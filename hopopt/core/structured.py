"""Symmetric matrices that are never written out: they know products, and each of their rows."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike
from scipy.sparse.linalg import LinearOperator

from hopopt.core.checks import is_finite, is_whole
from hopopt.core.lagrangian import Array

PANEL = 64


class Structured(LinearOperator):
    """A symmetric operator of N units that gives its rows one by one.

    That is what flips, sweeps and tabu search need of couplings, so that N² of them take no memory.
    A subclass defines `_matmat`, and what is abstract below.

    Parameters
    ----------
    size : int
        N.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import LowRank
    >>> from hopopt.core import Structured
    >>> Q = LowRank(np.array([[1.0, 2.0, 3.0]]))
    >>> isinstance(Q, Structured), Q.rows(np.array([2])), (-2 * Q).squares()
    (True, array([[3., 6., 9.]]), array([ 56., 224., 504.]))
    """

    def __init__(self, size: int) -> None:
        if not is_whole(size) or not 0 <= size < 2**31:
            raise ValueError(f"size must be a number of units, below 2^31; got {str(size)[:40]}")
        super().__init__(np.dtype(float), (size, size))  # type: ignore[call-arg]

    @abstractmethod
    def diagonal(self) -> Array:
        """Return the diagonal."""

    @abstractmethod
    def rows(self, units: Array) -> Array:
        """Return the rows of some units, shape (len(units), N), in a new array."""

    @abstractmethod
    def squares(self) -> Array:
        """Return Σ_j Q_ij² of every row."""

    @abstractmethod
    def scaled(self, factor: float) -> Self:
        """Return a multiple of the matrix."""

    @abstractmethod
    def shifted(self, shift: Array) -> Self:
        """Return the matrix with numbers added to its diagonal."""

    def explicit(self, dtype: DTypeLike = float) -> Array:
        """Return the matrix written out."""
        size = self.shape[0]
        out = np.empty((size, size), dtype=dtype)
        for first in range(0, size, PANEL):
            units = np.arange(first, min(first + PANEL, size))
            out[units] = self.rows(units)
        return out

    @abstractmethod
    def _matmat(self, X: Array) -> Array: ...

    def _matvec(self, x: Array) -> Array:
        return self._matmat(x.reshape(-1, 1))[:, 0]

    def _adjoint(self) -> Self:
        return self

    def __neg__(self) -> Self:  # type: ignore[override]
        return self.scaled(-1.0)

    def __mul__(self, other: Any) -> Any:
        return self.scaled(float(other)) if is_finite(other) else super().__mul__(other)

    def __rmul__(self, other: Any) -> Any:
        return self.scaled(float(other)) if is_finite(other) else super().__rmul__(other)

    def __truediv__(self, other: Any) -> Any:
        return self.scaled(1 / float(other))
