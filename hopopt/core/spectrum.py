"""The extreme eigenvalues of a symmetric operator, which bound steps and decide convexity."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.sparse.linalg import LinearOperator, eigsh

from hopopt.core.lagrangian import Array

DENSE_SPECTRUM = 200
LANCZOS_ERROR = 1e-4


def extreme_eigenvalues(product: Callable[[Array], Array], size: int) -> tuple[float, float]:
    """Return bounds of the least and the largest eigenvalue of a symmetric operator.

    Exact for small operators; else by Lanczos, first the end of larger magnitude and then, from
    there, the other one: both widened by what Lanczos may have missed.

    Parameters
    ----------
    product : callable
        Applies the operator to vectors, the last axis of an array.
    size : int
    """
    if size <= DENSE_SPECTRUM:
        eigenvalues = np.linalg.eigvalsh(product(np.eye(size)))
        return float(eigenvalues[0]), float(eigenvalues[-1])
    first = _largest(product, size)
    other = first + _largest(lambda w: product(w) - first * w, size)
    margin = LANCZOS_ERROR * max(abs(first), abs(other))
    return min(first, other) - margin, max(first, other) + margin


def told_from_zero(low: float, high: float) -> tuple[float, float]:
    """Return the negative part of `low` and the positive of `high`, 0 where Lanczos errs as far."""
    noise = 2 * LANCZOS_ERROR * max(abs(low), abs(high))
    return (low if low < -noise else 0.0), (high if high > noise else 0.0)


def _largest(product: Callable[[Array], Array], size: int) -> float:
    """Return the eigenvalue of largest magnitude, with its sign."""
    v0 = np.random.default_rng(0).standard_normal(size)
    if not product(v0).any():
        return 0.0
    operator = LinearOperator((size, size), product, dtype=float)
    top = eigsh(operator, 1, which="LM", v0=v0, tol=LANCZOS_ERROR, return_eigenvectors=False)
    return float(top[0])
