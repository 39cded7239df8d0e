"""The span of the stored patterns, kept orthonormal while patterns come and go."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import DTypeLike
from scipy import linalg

from hopopt.core.lagrangian import Array
from hopopt.memory.rows import Rows

DEPENDENT = 1e-7


class Span:
    """An orthonormal basis B of the row space of Ξ, and the dual coefficients M with Ξ⁺ = Bᵀ·M.

    With Ξ = K·B, M = K⁺. One pattern more appends its residual to B (Gram–Schmidt, twice) and a
    column to M (Greville 1960). One pattern less: where it is independent of the others (its
    leverage K_μ·M_μ is 1), the direction a = M_μ that only it reaches is turned into the last row
    of B by a Householder reflection, and dropped; where it depends on them, the span stays. All of
    it costs O(N·R + P·R), a refit O(N·P²).

    Parameters
    ----------
    width : int
        N.
    dtype : dtype, default float64
        Of the basis.

    Attributes
    ----------
    squares : array, shape (N,)
        The diagonal of BᵀB.

    References
    ----------
    Greville, "Some applications of the pseudoinverse of a matrix", SIAM Review 2, 1960.

    Examples
    --------
    >>> span = Span(3)
    >>> span.append(np.array([[1.0, 1.0, 1.0], [1.0, 1.0, -1.0], [0.0, 0.0, 2.0]]))
    >>> len(span.basis), span.squares.round(9)
    (2, array([0.5, 0.5, 1. ]))
    >>> span.delete(0, np.array([1.0, 1.0, 1.0]))  # the other two still reach it
    >>> len(span.basis)
    2
    """

    def __init__(self, width: int, dtype: DTypeLike = float) -> None:
        self._basis = Rows(width, dtype)
        self.dual = np.empty((0, 0), dtype)
        self.squares = np.zeros(width)

    @classmethod
    def of(cls, basis: Array, dual: Array) -> Self:
        """Return a span from its two arrays."""
        span = cls(basis.shape[1], basis.dtype)
        span._basis.append(basis)
        span.dual = dual
        span.squares = _squares(span.basis)
        return span

    @property
    def basis(self) -> Array:
        """B, shape (R, N); a view, valid until the next change."""
        return self._basis.view

    def append(self, patterns: Array) -> None:
        """Take in patterns, shape (K, N); several at once by one pivoted QR."""
        if len(patterns) == 1:
            self._append_one(patterns[0].astype(self.basis.dtype))
        else:
            self._append_block(patterns.astype(self.basis.dtype))

    def _append_one(self, x: Array) -> None:
        first = self.basis @ x
        residual = x - first @ self.basis
        second = self.basis @ residual
        residual -= second @ self.basis
        inside, length = first + second, float(np.sqrt(residual @ residual))
        if length <= self._negligible(float(np.sqrt(x @ x))):
            self._append_dual(inside)
            return
        row = residual / length
        self._basis.append(row[None])
        self.squares += row.astype(float) ** 2
        rank, count = self.dual.shape
        dual = np.zeros((rank + 1, count + 1), self.dual.dtype)
        dual[:rank, :count] = self.dual
        dual[rank, :count] = -(inside @ self.dual) / length
        dual[rank, count] = 1 / length
        self.dual = dual

    def _negligible(self, size: float) -> float:
        return max(DEPENDENT, 100 * float(np.finfo(self.basis.dtype).eps)) * size

    def _append_dual(self, inside: Array) -> None:
        """Take in a pattern that the span already holds: only the dual changes."""
        reach = inside @ self.dual
        turn = self.dual @ reach
        column = turn / (1 + inside @ turn)
        self.dual = np.column_stack([self.dual - np.outer(column, reach), column])

    def _append_block(self, X: Array) -> None:
        """Take in a block: its residuals' directions by pivoted QR, then the dual afresh."""
        known = X @ self.basis.T
        residual = X - known @ self.basis
        residual -= (residual @ self.basis.T) @ self.basis
        Q, R, _ = linalg.qr(residual.T, mode="economic", pivoting=True, check_finite=False)
        sizes = np.sqrt(np.einsum("ij,ij->i", X, X))
        depth = np.abs(np.diag(R))
        rank = int((depth > self._negligible(float(sizes.max(initial=0)))).sum())
        old = None if not len(self.basis) else np.linalg.pinv(self.dual)
        self._basis.append(Q[:, :rank].T)
        self.squares = _squares(self.basis)
        coefficients = X @ self.basis.T
        if old is not None:
            padded = np.zeros((len(old), len(self.basis)), self.dual.dtype)
            padded[:, : old.shape[1]] = old
            coefficients = np.concatenate([padded, coefficients])
        self.dual = np.linalg.pinv(coefficients).astype(self.basis.dtype)

    def delete(self, index: int, pattern: Array) -> None:
        """Forget a pattern, given by its place and itself."""
        column = self.dual[:, index].copy()
        inside = self.basis @ pattern.astype(self.basis.dtype)
        rest = np.delete(self.dual, index, axis=1)
        leverage = float(inside @ column)
        if 1 - leverage > 1e3 * DEPENDENT:
            self.dual = rest + np.outer(column, (inside @ rest) / (1 - leverage))
            return
        axis = column / np.sqrt(column @ column)
        sign = 1.0 if axis[-1] < 0 else -1.0
        axis[-1] -= sign
        axis /= np.sqrt(axis @ axis)
        basis = self.basis
        _reflect(basis, axis)
        _reflect(rest, axis)
        self.squares -= basis[-1].astype(float) ** 2
        self._basis.delete(len(basis) - 1)
        self.dual = rest[:-1]


def _reflect(rows: Array, axis: Array) -> None:
    """Apply 1 − 2·a·aᵀ to the rows, in place."""
    ger = linalg.blas.sger if rows.dtype == np.float32 else linalg.blas.dger
    if rows.flags.c_contiguous:
        ger(-2.0, axis @ rows, axis, a=rows.T, overwrite_a=1)
    else:
        rows -= 2 * np.outer(axis, axis @ rows)


def _squares(basis: Array) -> Array:
    return np.asarray(np.einsum("ri,ri->i", basis, basis, dtype=float))
