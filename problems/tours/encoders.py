"""Tours as outputs V[city, position], and the energies whose minima they are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import eigvalsh

from hopopt import Kronecker
from hopopt.core import Order, permutation
from hopopt.solve import Encoding
from problems.shared.encodings import permutation_encoding

Floats = NDArray[np.float64]

WAVES = 16


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


def matrix_of_tour(order: Order) -> Floats:
    """Return the permutation matrix V[city, position] of a tour."""
    V = np.zeros((len(order), len(order)))
    V[order, np.arange(len(order))] = 1
    return V


def tour_of(V: Floats) -> Order:
    """Decode: the permutation of the largest total output (a linear assignment), or as it is."""
    return np.argsort(permutation(V)) if V.ndim > 1 else V.astype(np.intp)


def unit_scale(matrix: Floats) -> float:
    """Return the distances' mean magnitude, or 1 where there is nothing to scale."""
    n = len(matrix)
    mean = float(np.abs(matrix).sum()) / max(1, n * n)
    return mean if mean > 0 else 1.0


def centred(matrix: Floats) -> Floats:
    """Return PMP with P = I − 1/n: rows and columns of mean 0."""
    return np.asarray(matrix - matrix.mean(0) - matrix.mean(1)[:, None] + matrix.mean())


def length_criticality(matrix: Floats) -> float:
    """Return the temperature at which n×n Sinkhorn units with H = length(V) leave V = 1/n.

    The modes that grow are waves of the cities around the tour, a·exp(2πi·kp/n) at position p, so
    that T_c is the largest eigenvalue of −P(D·e^{iθ} + Dᵀ·e^{−iθ})P/n, θ = 2πk/n, k = 1 … n/2: what
    `Network.critical_temperature` finds among n² units, here among n. For symmetric distances the
    longest and the shortest wave suffice, which is exact; else `WAVES` of them, exact to n = 32.
    """
    n = len(matrix)
    if n < 2:
        return 0.0
    waves = 2 if np.array_equal(matrix, matrix.T) else WAVES
    angles = 2 * np.pi / n * np.unique(np.linspace(1, n // 2, waves).round())
    D, last = centred(matrix), [n - 1, n - 1]
    tops = []
    for angle in angles:
        turned = np.exp(1j * angle) * D
        mode = -2 * np.cos(angle) * D if waves == 2 else -(turned + turned.conj().T)
        tops.append(float(eigvalsh(mode, subset_by_index=last)[0]))
    return max(0.0, *tops) / n


def leading_modes(matrix: Floats, count: int) -> tuple[Floats, Floats]:
    """Return the most negative eigenvalues of the centred, symmetrised distances, and their modes.

    For Euclidean distances they are the plane's own directions: the modes that lose stability first
    when a network over the distances is cooled.
    """
    values, vectors = np.linalg.eigh(centred((matrix + matrix.T) / 2))
    signs = np.where(vectors.sum(0) < 0, -1.0, 1.0)
    return values[:count], (vectors * signs)[:, :count]


def tour_encoding(matrix: Floats) -> Encoding:
    """Return the tours of a distance matrix over n×n units V[city, position], for `certify`.

    Negative distances, those of edges that must be taken, are shifted to 0 along with all others,
    which lengthens every tour by the same.
    """
    d = matrix.copy()
    d[~np.eye(len(d), dtype=bool)] -= min(0.0, float(d.min(initial=0)))
    return permutation_encoding(len(d), length(d), largest_tour_field(d))


def largest_tour_field(matrix: Floats) -> float:
    """Return the largest d_xy + d_zx over cities x and two others y ≠ z, both ways apart."""
    n = len(matrix)
    if n < 3:
        return float(matrix.max(initial=0)) * 2
    off = np.where(np.eye(n, dtype=bool), -np.inf, 0.0)
    out, back = matrix + off, matrix.T + off
    sums = out[:, :, None] + back[:, None, :]
    sums[:, np.arange(n), np.arange(n)] = -np.inf
    return float(sums.max())
