"""Tours as outputs V[city, position], and the energies whose minima they are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linear_sum_assignment

from hopopt import Energy, Kronecker

Floats = NDArray[np.float64]
Order = NDArray[np.intp]


def length(matrix: Floats) -> Kronecker:
    """Return the energy H(V) = Σ_{x,y,i} d_xy·v_xi·v_{y,i+1}: a tour's length at its V.

    Parameters
    ----------
    matrix : array, shape (n, n)
        Distances, symmetric or not; positions are cyclic.
    """
    n = len(matrix)
    following = sparse.csr_array((np.ones(n), ((np.arange(n) + 1) % n, np.arange(n))), shape=(n, n))
    if np.array_equal(matrix, matrix.T):
        return Kronecker(matrix, following + following.T)
    return Kronecker(2 * matrix, following)


def one_each(n: int, rows: float, cols: float) -> Energy:
    """Return rows/2·Σ_x Σ_{i≠j} v_xi·v_xj + cols/2·Σ_i Σ_{x≠y} v_xi·v_yi on n×n outputs.

    Zero where no city stands twice and no position holds two.
    """
    others = np.ones((n, n)) - np.eye(n)
    unit = sparse.eye_array(n, format="csr")
    return Kronecker(unit, rows * others) + Kronecker(cols * others, unit)


def matrix_of_tour(order: Order) -> Floats:
    """Return the permutation matrix V[city, position] of a tour."""
    V = np.zeros((len(order), len(order)))
    V[order, np.arange(len(order))] = 1
    return V


def is_tour(V: Floats) -> bool:
    """Whether the outputs above ½ are a permutation matrix."""
    on = V > 0.5
    return bool(np.all(on.sum(0) == 1) and np.all(on.sum(1) == 1))


def tour_of(V: Floats) -> Order:
    """Decode: the permutation of the largest total output (a linear assignment)."""
    _, position = linear_sum_assignment(V, maximize=True)
    return np.argsort(position)


def unit_scale(matrix: Floats) -> float:
    """Return the distances' mean magnitude, or 1 where there is nothing to scale."""
    n = len(matrix)
    mean = float(np.abs(matrix).sum()) / max(1, n * n)
    return mean if mean > 0 else 1.0


def leading_modes(matrix: Floats, count: int) -> tuple[Floats, Floats]:
    """Return the most negative eigenvalues of the centred, symmetrised distances, and their modes.

    For Euclidean distances they are the plane's own directions: the modes that lose stability first
    when a network over the distances is cooled.
    """
    symmetric = (matrix + matrix.T) / 2
    centred = symmetric - symmetric.mean(0) - symmetric.mean(1)[:, None] + symmetric.mean()
    values, vectors = np.linalg.eigh(centred)
    signs = np.where(vectors.sum(0) < 0, -1.0, 1.0)
    return values[:count], (vectors * signs)[:, :count]
