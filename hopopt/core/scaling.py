"""Matrix scaling: the potentials that give a positive matrix unit row and column sums.

Sinkhorn's alternating sweeps, warm-started, finished by Newton steps on the potentials where sweeps
converge slowly (Sinkhorn 1964; Knight & Ruiz 2013 for the Newton finish). Everything is batched
over leading axes, and every solve is against the graph Laplacian of the doubly stochastic matrix,
whose off-diagonal entries are sums of positive terms, so that no cancellation spoils it near a
vertex.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

SWEEPS_BEFORE_NEWTON = 8
MAX_ROUNDS = 200
WARM_ROUNDS = 12
STALLED = 20
LARGEST_FACTOR = 1e77
LARGEST_STEP = 30.0
HOMOTOPY_RANGE = 60.0


class Scaling(NamedTuple):
    """The scaled matrix exp(m + row + col) and its logarithmic potentials."""

    matrix: Array
    row: Array
    col: Array


def scale(m: Array, col: Array | None, sweeps: int | None, tol: float) -> Scaling:
    """Scale exp(m), shape (..., r, r), to unit row and column sums.

    Parameters
    ----------
    m : array, shape (..., r, r)
        Logarithms; −inf forbids an entry.
    col : array, shape (..., r), optional
        Column potentials to start from.
    sweeps : int, optional
        Do just this many row-and-column sweeps. None: go on until every sum is within `tol` of 1,
        or as near as the rounding of m allows.
    tol : float
        Largest error of a row sum (column sums are exact).
    """
    if sweeps is not None:
        return _sweep(m, _log_columns(m) if col is None else col, sweeps)
    if col is not None:
        result, error = _converge(m, col, tol, WARM_ROUNDS)
        if error <= tol:
            return result
    return _converge(m, _cold_start(m, tol), tol, MAX_ROUNDS)[0]


def _converge(m: Array, col: Array, tol: float, rounds: int) -> tuple[Scaling, float]:
    """Sweep, then take Newton steps until the row sums are right or the rounds are over.

    Where the range of m is so wide that `tol` is below what its rounding allows, the error stalls:
    after `STALLED` rounds that have not halved it, what is reached has to do.
    """
    result = _sweep(m, col, SWEEPS_BEFORE_NEWTON)
    least = error = _row_error(result.matrix)
    quiet = 0
    for _ in range(rounds):
        if error <= tol or quiet == STALLED:
            break
        result = _newton(m, result, error)
        error = _row_error(result.matrix)
        least, quiet = (error, 0) if error < least / 2 else (least, quiet + 1)
    return result, error


def _cold_start(m: Array, tol: float) -> Array:
    """Return column potentials by homotopy: those of m/4, four times over, while m is wide."""
    finite = np.where(np.isfinite(m), m, 0)
    if np.ptp(finite) < HOMOTOPY_RANGE:
        return _log_columns(m)
    return 4 * scale(m / 4, None, None, max(tol, 1e-3)).col


def _newton(m: Array, result: Scaling, error: float) -> Scaling:
    """Take the longest of a few fractions of the Newton step that helps, or else some sweeps."""
    step = _newton_step(result.matrix)
    for fraction in (1.0, 0.5, 0.125):
        trial = _sweep(m, result.col + fraction * step, 1)
        if _row_error(trial.matrix) < (1 - fraction / 2) * error:
            return trial
    return _sweep(m, result.col, 4 * SWEEPS_BEFORE_NEWTON)


def project(P: Array, w: Array) -> Array:
    """Return P∘(w − α − β) with zero row and column sums: the tangent motion of a scaled matrix."""
    moved = P * w
    row, col = moved.sum(-1), moved.sum(-2)
    r = np.maximum(P.sum(-1), np.finfo(P.dtype).tiny)
    beta = _solve_laplacian(P, r, col - _left(row / r, P))
    alpha = (row - _right(P, beta)) / r
    return np.asarray(moved - P * (alpha[..., :, None] + beta[..., None, :]))


def _row_error(matrix: Array) -> float:
    return float(np.abs(matrix.sum(-1) - 1).max())


def _left(a: Array, K: Array) -> Array:
    return np.asarray(np.matmul(a[..., None, :], K)[..., 0, :])


def _right(K: Array, b: Array) -> Array:
    return np.asarray(np.matmul(K, b[..., :, None])[..., 0])


def _log_sum(x: Array, axis: int) -> Array:
    top = x.max(axis, keepdims=True)
    return np.asarray(np.log(np.exp(x - top).sum(axis)) + top.squeeze(axis))


def _log_columns(m: Array) -> Array:
    rows = m - m.max(-1, keepdims=True)
    return -_log_sum(rows, -2)


def _sweep(m: Array, col: Array, sweeps: int) -> Scaling:
    """Return the matrix after some sweeps, in plain arithmetic where the range allows it."""
    x = m + col[..., None, :]
    top = x.max(-1, keepdims=True)
    K = np.exp(x - top)
    b = np.ones_like(col)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        for _ in range(sweeps):
            a = 1 / _right(K, b)
            b = 1 / _left(a, K)
    if not (b.max() < LARGEST_FACTOR and b.min() > 1 / LARGEST_FACTOR):
        return _log_sweep(m, col, sweeps)
    K *= a[..., :, None]
    K *= b[..., None, :]
    return Scaling(K, np.log(a) - top[..., 0], col + np.log(b))


def _log_sweep(m: Array, col: Array, sweeps: int) -> Scaling:
    """As `_sweep`, by log-sum-exp: slower, safe at any range of m."""
    for _ in range(sweeps):
        row = -_log_sum(m + col[..., None, :], -1)
        col = -_log_sum(m + row[..., :, None], -2)
    return Scaling(np.exp(m + row[..., :, None] + col[..., None, :]), row, col)


def _newton_step(P: Array) -> Array:
    r = P.sum(-1)
    step = _solve_laplacian(P, r, (1 - P.sum(-2)) - _left((1 - r) / r, P))
    return np.minimum(np.maximum(step, -LARGEST_STEP), LARGEST_STEP)


def _solve_laplacian(P: Array, r: Array, rhs: Array) -> Array:
    """Solve (diag(colsum) − Pᵀdiag(1/r)P)·β = rhs, β's mean (the system's null space) at zero.

    Batch axes that only `rhs` has, the leading ones, share one factorisation.
    """
    n = P.shape[-1]
    W = np.matmul(np.swapaxes(P / r[..., :, None], -1, -2), P)
    diagonal = np.arange(n)
    W[..., diagonal, diagonal] = 0
    system = 1 / n - W
    system[..., diagonal, diagonal] += W.sum(-1) + np.finfo(P.dtype).eps
    extra = rhs.ndim + 1 - system.ndim
    if extra <= 0:
        return np.asarray(np.linalg.solve(system, rhs[..., None])[..., 0])
    columns = np.moveaxis(rhs.reshape(-1, *rhs.shape[extra:]), 0, -1)
    return np.moveaxis(np.linalg.solve(system, columns), -1, 0).reshape(rhs.shape)
