"""The quadratic energy of two small matrices: H(V) = ½·⟨V, A·V·B⟩ for outputs in a table."""

from __future__ import annotations

from functools import cached_property, partial

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse.linalg import LinearOperator

from hopopt.core.checks import check_shape
from hopopt.core.energy import Diagonal, Energy
from hopopt.core.lagrangian import Array, fits
from hopopt.core.matrices import (
    Matrix,
    apply,
    diagonal_of,
    is_sparse,
    is_symmetric,
    scaled,
    shifted,
    solve,
    square,
)
from hopopt.core.quadratic import QuadraticForm
from hopopt.core.spectrum import extreme_eigenvalues


class Kronecker(QuadraticForm):
    """H(V) = ½·⟨V, A·V·B⟩ + ⟨c, V⟩ + constant on n×m outputs: two small products, no nm×nm matrix.

    Parameters
    ----------
    A : matrix (n, n)
        ndarray, sparse or LinearOperator.
    B : matrix (m, m), optional
        None is the identity; then `shape` is needed.
    c, constant
        As in `Quadratic`.
    shape : (n, m), optional

    Notes
    -----
    An asymmetric pair is symmetrised as the form itself is: Q·V = ½(A·V·B + Aᵀ·V·Bᵀ).

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Kronecker
    >>> A, B = np.array([[0.0, 1.0], [1.0, 0.0]]), np.diag([1.0, 2.0, 3.0])
    >>> H, V = Kronecker(A, B), np.ones((2, 3))
    >>> float(H.value(V)), float(np.ravel(V) @ np.kron(A, B) @ np.ravel(V)) / 2
    (6.0, 6.0)
    """

    shape: tuple[int, int]

    def __init__(
        self,
        A: Matrix,
        B: Matrix | None = None,
        c: ArrayLike | None = None,
        *,
        shape: tuple[int, int] | None = None,
        constant: ArrayLike = 0.0,
    ) -> None:
        if shape is not None and len(check_shape(shape)) != 2:
            raise ValueError(f"shape must be two numbers of units; got {shape!r}")
        self.A = square(A, "A", shape[0] if shape else None)
        self.B = None if B is None else square(B, "B", shape[1] if shape else None)
        if shape is None:
            if self.B is None:
                raise ValueError("shape must be given where B is None (the identity)")
            shape = (self.A.shape[0], self.B.shape[0])
        self.shape = shape
        self._set_linear(c, constant)
        self._symmetric = is_symmetric(self.A) and (self.B is None or is_symmetric(self.B))

    def product(self, v: Array) -> Array:
        forward = self._sides(self.A, self.B, v)
        if self._symmetric:
            return forward
        back = self._sides(self.A.T, None if self.B is None else self.B.T, v)
        return (forward + back) / 2

    @staticmethod
    def _sides(A: Matrix, B: Matrix | None, v: Array) -> Array:
        if isinstance(A, np.ndarray) or v.ndim == 2:
            left = np.asarray(A @ v)
        else:
            left = np.swapaxes(apply(A, np.swapaxes(v, -1, -2)), -1, -2)
        return left if B is None else apply(B.T, left)

    def diagonal(self) -> Array:
        right = np.ones(self.shape[1]) if self.B is None else diagonal_of(self.B)
        return np.outer(diagonal_of(self.A), right)

    @cached_property
    def spectrum(self) -> tuple[float, float]:
        if not self._symmetric:
            return super().spectrum
        ends = [
            (1.0, 1.0) if M is None else extreme_eigenvalues(partial(apply, M), M.shape[0])
            for M in (self.A, self.B)
        ]
        products = [a * b for a in ends[0] for b in ends[1]]
        return min(products), max(products)

    def surely_convex(self) -> bool:
        """By Gershgorin's circles, for a sparse A beside the identity."""
        if self.B is not None or not is_sparse(self.A):
            return False
        diagonal = self.A.diagonal()
        return bool(np.all(diagonal >= abs(self.A).sum(axis=1) - np.abs(diagonal) - 1e-12))

    def _argmin(self, leak: Array, c: Array) -> Array:
        if not self._rows_only(leak):
            return super()._argmin(leak, c)
        shift = np.broadcast_to(leak, self.shape)[:, 0]
        n = self.shape[0]
        rhs = -np.moveaxis(c, -2, 0)
        x = solve(shifted(self.A, shift), rhs.reshape(n, -1))
        return np.moveaxis(x.reshape(rhs.shape), 0, -2)

    def _rows_only(self, d: Array) -> bool:
        """Whether this energy plus ½·d·v² still is A·V for some matrix A."""
        if self.B is not None or isinstance(self.A, LinearOperator) or not fits(d, self.shape):
            return False
        return d.ndim <= 2 and bool(np.all(d == (d[..., :1] if d.ndim else d)))

    def merged(self, other: Energy) -> Energy | None:
        """Take in a diagonal that is constant along rows, where B is the identity."""
        if not isinstance(other, Diagonal) or not self._rows_only(other.d):
            return None
        A = shifted(self.A, np.broadcast_to(other.d, self.shape)[:, 0])
        constant = self.constant + other.constant
        return Kronecker(A, None, self.c + other.c, shape=self.shape, constant=constant)

    def __mul__(self, factor: ArrayLike) -> Energy:
        if np.ndim(factor):
            return super().__mul__(factor)
        f = float(np.asarray(factor))
        A, c, constant = scaled(self.A, f), f * self.c, f * self.constant
        return Kronecker(A, self.B, c, shape=self.shape, constant=constant)

    __rmul__ = __mul__

    def __repr__(self) -> str:
        return f"Kronecker(shape={self.shape})"
