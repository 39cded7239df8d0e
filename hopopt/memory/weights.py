"""Weights of pairwise memories: factors where they are fewer numbers than the matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse.linalg import LinearOperator

from hopopt.core.lagrangian import Array
from hopopt.core.low_rank import LowRank
from hopopt.core.matrices import Matrix


def low_rank(factors: Array, s: Array | float, dtype: Any = float) -> Matrix:
    """Return Uᵀ·diag(s)·U without its diagonal: factored while U has fewer than N/2 rows.

    Examples
    --------
    >>> low_rank(np.array([[1.0, 1.0, -1.0]]), 1.0) @ np.eye(3)
    array([[ 0.,  1., -1.],
           [ 1.,  0., -1.],
           [-1., -1.,  0.]])
    """
    U = factors.astype(dtype, copy=False)
    scale = np.broadcast_to(np.asarray(s, dtype=float), (len(U),))
    diagonal = np.einsum("pi,p,pi->i", U, scale, U, dtype=float) if len(U) else 0.0
    if 2 * len(U) < U.shape[1]:
        return LowRank(U, scale, -np.asarray(diagonal))
    W = np.asarray((U.T * scale) @ U, dtype=float)
    np.fill_diagonal(W, 0)
    return W


class Weights(LinearOperator):
    """Weights as an operator: products by the factors, the matrix only on request.

    NumPy and Matplotlib take them for the array; indexing makes it, too.

    Examples
    --------
    >>> weights = Weights(low_rank(np.array([[1.0, -1.0, 1.0]]), 1.0))
    >>> weights @ np.array([1.0, 0.0, 0.0])
    array([ 0., -1.,  1.])
    >>> float(weights[0, 1]), np.asarray(weights).shape, weights.nbytes
    (-1.0, (3, 3), 56)
    """

    def __init__(self, matrix: Matrix) -> None:
        self.matrix = matrix
        super().__init__(np.dtype(float), matrix.shape)  # type: ignore[call-arg]

    def _matmat(self, X: Array) -> Array:
        return np.asarray(self.matrix @ X)

    def _matvec(self, x: Array) -> Array:
        return np.asarray(self.matrix @ x)

    def _adjoint(self) -> LinearOperator:
        return self

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        if copy is False:
            raise ValueError("weights are made into an array by a copy alone; got copy=False")
        return self.toarray().astype(dtype or float, copy=False)

    def __getitem__(self, key: Any) -> Any:
        return self.toarray()[key]

    def __len__(self) -> int:
        return int(self.shape[0])

    def diagonal(self) -> Array:
        """Return the diagonal: zero but for rounding."""
        return np.asarray(self.matrix.diagonal())

    def toarray(self) -> Array:
        """Return W as an array, shape (N, N); a learned one has an exactly zero diagonal."""
        if isinstance(self.matrix, np.ndarray):
            return self.matrix.copy()
        W = np.asarray((self.matrix.factors.T * self.matrix.s) @ self.matrix.factors, dtype=float)
        np.fill_diagonal(W, 0)
        return np.asarray((W + W.T) / 2)

    @property
    def nbytes(self) -> int:
        """How much memory the weights take."""
        if isinstance(self.matrix, np.ndarray):
            return self.matrix.nbytes
        return sum(int(part.nbytes) for part in (self.matrix.factors, self.matrix.s, self.matrix.d))
