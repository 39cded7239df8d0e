"""Matrices of low rank, and a diagonal."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from hopopt.core.checks import numbers
from hopopt.core.lagrangian import Array
from hopopt.core.matrices import checked, vector
from hopopt.core.structured import Structured


class LowRank(Structured):
    """The symmetric operator Uᵀ·diag(s)·U + diag(d): P×N numbers instead of N².

    Parameters
    ----------
    factors : array_like, shape (P, N)
        U; float32 is kept as it is, at half the memory.
    s : array_like, shape (P,), default 1
    d : array_like, shape (N,), default 0

    Examples
    --------
    >>> import numpy as np
    >>> LowRank(np.array([[1.0, -1.0]]), 0.5, [2.0, 0.0]) @ np.array([1.0, 0.0])
    array([ 2.5, -0.5])
    """

    def __init__(self, factors: ArrayLike, s: ArrayLike = 1.0, d: ArrayLike = 0.0) -> None:
        given = np.atleast_2d(numbers(factors, "factors"))
        single = given.dtype == np.float32 and bool(np.isfinite(given).all())
        self.factors: Array = given if single else checked(given, "factors")
        rank, size = self.factors.shape
        self.s, self.d = vector(s, "s", rank), vector(d, "d", size)
        super().__init__(size)

    def _matmat(self, X: Array) -> Array:
        hidden = self.s[:, None] * (self.factors @ X)
        return np.asarray(self.factors.T @ hidden + self.d[:, None] * X)

    def diagonal(self) -> Array:
        """Return the diagonal of the operator."""
        return np.asarray(self.s @ self.factors**2 + self.d)

    def rows(self, units: Array) -> Array:
        part = self.factors[:, units]
        rows = np.asarray((part * self.s[:, None]).T @ self.factors)
        rows[np.arange(len(units)), units] += self.d[units]
        return rows

    def squares(self) -> Array:
        inner = self.s[:, None] * (self.factors @ self.factors.T) * self.s
        whole = np.einsum("ki,kl,li->i", self.factors, inner, self.factors, optimize=True)
        own = self.diagonal() - self.d
        return np.asarray(np.maximum(whole + 2 * self.d * own + self.d**2, 0.0))

    def scaled(self, factor: float) -> Self:
        return type(self)(self.factors, factor * self.s, factor * self.d)

    def shifted(self, shift: Array) -> Self:
        return type(self)(self.factors, self.s, self.d + shift)
