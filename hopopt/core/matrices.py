"""The matrices that energies are made of: dense, sparse, low rank, or any linear operator."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import linalg, sparse
from scipy.sparse.csgraph import reverse_cuthill_mckee
from scipy.sparse.linalg import LinearOperator, splu

from hopopt.core.checks import check_kind, numbers
from hopopt.core.lagrangian import Array
from hopopt.core.structured import Structured

LARGEST, LARGEST_SUM = 1e150, 1e306
Matrix = Any  # an ndarray, a scipy sparse array or matrix, or a LinearOperator


def is_sparse(matrix: Matrix) -> bool:
    """Whether a matrix is one of SciPy's sparse arrays or matrices."""
    return bool(sparse.issparse(matrix))


def real(values: ArrayLike, name: str, sums: bool = False) -> Array:
    """Return an array of finite numbers in float64, or refuse it by name.

    Parameters
    ----------
    values : array_like
    name : str
        What to call them where they are refused.
    sums : bool, default False
        Whether they are added up, and never multiplied with each other.

    Raises
    ------
    ValueError
        Where the rows are ragged, or an entry is masked, text, complex, NaN, infinite, or above
        1e150 in size, where sums of products would overflow; of mere sums, where these would.

    Examples
    --------
    >>> real([1, 2], "weights")
    array([1., 2.])
    """
    entries = numbers(values, name).astype(float, copy=False)
    largest = float(max(entries.max(initial=0), -entries.min(initial=0)))
    if not np.isfinite(largest):
        raise ValueError(f"{name} must be finite; got NaN or infinity")
    most = LARGEST_SUM / max(1, entries.size) if sums else LARGEST
    if largest > most:
        raise ValueError(
            f"{name} must be finite, and within ±{most:.3g} so that sums are; got {largest:g}"
        )
    return np.asarray(entries)


def checked(matrix: Matrix, name: str, sums: bool = False) -> Matrix:
    """Return a copy of a matrix in float64, CSR where sparse, or refuse it by name.

    Parameters
    ----------
    matrix : ndarray, scipy sparse array or matrix, or LinearOperator
        A LinearOperator is returned as it is.
    name : str
        What to call it where it is refused.
    sums : bool, default False
        As for `real`.

    Examples
    --------
    >>> import numpy as np
    >>> checked([[1, 2], [3, 4]], "weights")
    array([[1., 2.],
           [3., 4.]])
    >>> checked([1, 2], "weights")
    Traceback (most recent call last):
    ValueError: weights must be a matrix; got shape (2,)
    """
    if isinstance(matrix, LinearOperator):
        return matrix
    if is_sparse(matrix):
        matrix = sparse.csr_array(matrix, copy=True)
        matrix.data = real(matrix.data, name, sums)
    else:
        matrix = np.array(real(matrix, name, sums))
    if len(matrix.shape) != 2:
        raise ValueError(f"{name} must be a matrix; got shape {matrix.shape}")
    return matrix


def square(matrix: Matrix, name: str, size: int | None = None, sums: bool = False) -> Matrix:
    """Return a `checked` matrix that is square, and of `size` where that is given.

    Parameters
    ----------
    matrix : ndarray, scipy sparse array or matrix, or LinearOperator
    name : str
        What to call it where it is refused.
    size : int, optional
        How many rows it must have.
    sums : bool, default False
        As for `real`.

    Examples
    --------
    >>> square([[1, 2, 3]], "weights")
    Traceback (most recent call last):
    ValueError: weights must be 1×1; got shape (1, 3)
    """
    matrix = checked(matrix, name, sums)
    expected = matrix.shape[0] if size is None else size
    if matrix.shape != (expected, expected):
        raise ValueError(f"{name} must be {expected}×{expected}; got shape {matrix.shape}")
    return matrix


def vector(values: ArrayLike, name: str, size: int) -> Array:
    """Return finite numbers, one for each of `size` units, or refuse them by name."""
    numbers = real(values, name)
    if numbers.ndim and numbers.shape != (size,):
        raise ValueError(f"{name} must have shape ({size},) or be a number; got {numbers.shape}")
    return np.broadcast_to(numbers, (size,))


def apply(matrix: Matrix, v: Array) -> Array:
    """Return the matrix times each vector, the last axis of v, for any kind of matrix."""
    if isinstance(matrix, np.ndarray):
        return np.asarray(v @ matrix.T)
    columns = v.reshape(-1, v.shape[-1]).T
    return np.asarray(matrix @ columns).T.reshape(*v.shape[:-1], matrix.shape[0])


def filled(matrix: Matrix) -> int:
    """Return how many entries are not zero; of a structured matrix, how many there may be.

    Parameters
    ----------
    matrix : ndarray, scipy sparse array or matrix, or LinearOperator

    Examples
    --------
    >>> import numpy as np
    >>> filled(np.eye(3))
    3
    """
    if isinstance(matrix, LinearOperator):
        return int(matrix.shape[0] * matrix.shape[1])
    return int(np.count_nonzero(matrix) if isinstance(matrix, np.ndarray) else matrix.nnz)


def explicit(matrix: Matrix) -> Matrix:
    """Return a matrix as it is, but written out where it is structured.

    Parameters
    ----------
    matrix : ndarray, scipy sparse array or matrix, or LinearOperator

    Examples
    --------
    >>> from hopopt import LowRank
    >>> explicit(LowRank([[1.0, 2.0]]))
    array([[1., 2.],
           [2., 4.]])
    """
    return matrix.explicit() if isinstance(matrix, Structured) else matrix


def rows_of(matrix: Matrix, units: Array) -> Array:
    """Return some rows of a matrix as an array, shape (*units.shape, N).

    Parameters
    ----------
    matrix : ndarray, scipy sparse array, or Structured
    units : array of int
        Which rows.

    Examples
    --------
    >>> import numpy as np
    >>> rows_of(sparse.csr_array(np.eye(3)), np.array([2, 0]))
    array([[0., 0., 1.],
           [1., 0., 0.]])
    """
    if isinstance(matrix, np.ndarray):
        return matrix[units]
    flat = units.ravel()
    rows = matrix.rows(flat) if isinstance(matrix, Structured) else matrix[flat].toarray()
    return np.asarray(rows).reshape(*units.shape, matrix.shape[1])


def scaled(matrix: Matrix, factor: float) -> Matrix:
    """Return a multiple of a matrix, structured where it was structured."""
    return matrix.scaled(factor) if isinstance(matrix, Structured) else factor * matrix


def is_symmetric(matrix: Matrix) -> bool:
    """Whether a matrix is known to be symmetric."""
    if isinstance(matrix, LinearOperator):
        return isinstance(matrix, Structured)
    difference = matrix - matrix.T
    return bool(difference.nnz == 0 if is_sparse(difference) else not difference.any())


def diagonal_of(matrix: Matrix) -> Array:
    """Return the diagonal, column by column where the matrix does not know it.

    Examples
    --------
    >>> import numpy as np
    >>> diagonal_of(np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([1., 4.])
    """
    if hasattr(matrix, "diagonal"):
        return np.asarray(matrix.diagonal())
    check_kind("matrix", matrix, "shape", "__matmul__")
    size = matrix.shape[0]
    return np.array([(matrix @ np.eye(1, size, k)[0])[k] for k in range(size)])


def shifted(matrix: Matrix, shift: ArrayLike) -> Matrix:
    """Return a dense, sparse or structured matrix with `shift` added to its diagonal."""
    size = matrix.shape[0]
    values = np.broadcast_to(np.asarray(shift, dtype=float), (size,))
    if isinstance(matrix, Structured):
        return matrix.shifted(values)
    if is_sparse(matrix):
        return sparse.csr_array(matrix + sparse.diags_array(values))
    out = np.array(matrix)
    out[np.arange(size), np.arange(size)] += values
    return out


BANDWIDTH = 16
RESIDUAL = 1e-6


def solve(A: Matrix, rhs: Array) -> Array:
    """Solve A·X = rhs, shape (N,) or (N, K), for a symmetric positive definite matrix.

    A sparse matrix is first ordered by reverse Cuthill–McKee, which turns chains and rings into
    narrow bands; then LAPACK's banded Cholesky does the rest.

    Raises
    ------
    ValueError
        If the matrix is not positive definite.
    """
    try:
        x = _solve_sparse(A, rhs) if is_sparse(A) else _solve_dense(A, rhs)
    except (linalg.LinAlgError, RuntimeError) as error:
        raise ValueError(f"the energy is not strictly convex: {error}") from error
    if not np.abs(A @ x - rhs).max(initial=0) <= RESIDUAL * np.abs(rhs).max(initial=0):
        raise ValueError("the energy is not strictly convex: its matrix is nearly singular")
    return np.asarray(x)


def _solve_dense(A: Array, rhs: Array) -> Array:
    return np.asarray(linalg.cho_solve(linalg.cho_factor(A), rhs))


def _solve_sparse(A: Matrix, rhs: Array) -> Array:
    order = reverse_cuthill_mckee(A, symmetric_mode=True)
    rank = np.empty_like(order)
    rank[order] = np.arange(order.size)
    entries = sparse.coo_array(A)
    i, j = rank[entries.coords[0]], rank[entries.coords[1]]
    width = int(np.max(np.abs(i - j), initial=0))
    if width > BANDWIDTH:
        return np.asarray(splu(sparse.csc_array(A)).solve(rhs))
    band = np.zeros((width + 1, order.size))
    upper = i <= j
    band[width + i[upper] - j[upper], j[upper]] = entries.data[upper]
    x = np.empty_like(rhs)
    x[order] = linalg.solveh_banded(band, rhs[order], check_finite=False)
    return x
