"""Constraints as penalties over zero-one units, and the bounds above which they cannot fail.

All are written with v in place of v², which is the same on corners and leaves no unit coupled to
itself, so that what holds for single flips holds for the continuous network, too.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import permutations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from hopopt import Diagonal, Energy, Kronecker
from hopopt.core import Array
from hopopt.solve import Encoding

Floats = NDArray[np.float64]

PERMUTATIONS = "the stable corners are the permutations"
FEW_PLACES = 4
ONE_HOT = "the stable corners have one unit on in every group"


def one_each(n: int, rows: float, cols: float) -> Energy:
    """Return rows/2·Σ_x Σ_{i≠j} v_xi·v_xj + cols/2·Σ_i Σ_{x≠y} v_xi·v_yi on n×n outputs.

    Zero where no row and no column holds two.
    """
    others = np.ones((n, n)) - np.eye(n)
    unit = sparse.eye_array(n, format="csr")
    return Kronecker(unit, rows * others) + Kronecker(cols * others, unit)


def permutation_penalty(n: int, P: float) -> Energy:
    """Return P/2·Σ_x (S_x − 1)² + P/2·Σ_i (S_i − 1)² on corners of n×n units."""
    return one_each(n, P, P) + Diagonal((n, n), 0.0, -P, n * P)


def one_hot_penalty(groups: int, units: int, P: float) -> Energy:
    """Return P/2·Σ_g (S_g − 1)² on corners of (groups, units)."""
    others = P * (np.ones((units, units)) - np.eye(units))
    pairs = Kronecker(np.eye(groups), others)
    return pairs + Diagonal((groups, units), 0.0, -P / 2, groups * P / 2)


def permutation_corners(n: int) -> Iterable[Array]:
    """Return every permutation matrix, where there are few; none elsewhere."""
    every = permutations(range(n)) if n <= FEW_PLACES else ()
    return (np.eye(n)[list(order)] for order in every)


def are_permutations(v: Array) -> Array:
    """Return which of the corners, shape (M, n, n), are permutation matrices."""
    return np.asarray((v.sum(-1) == 1).all(-1) & (v.sum(-2) == 1).all(-1))


def are_one_hot(v: Array) -> Array:
    """Return which of the corners, shape (M, groups, units), have one unit on in every group."""
    return np.asarray((v.sum(-1) == 1).all(-1))


def permutation_encoding(n: int, cost: Energy, largest: float) -> Encoding:
    """Return the encoding of a cost over permutations whose field is nowhere negative.

    Parameters
    ----------
    n : int
    cost : Energy
        On n×n units, of which none couples to itself.
    largest : float
        The cost's largest field over states with at most one unit on in every row and column.
    """
    return Encoding(
        lambda P: permutation_penalty(n, P) + cost, are_permutations, largest, PERMUTATIONS
    )


def one_hot_encoding(cost: Energy, largest: float) -> Encoding:
    """Return the encoding of a cost over one-hot groups, of any sign.

    Parameters
    ----------
    cost : Energy
        On (groups, units), of which none couples to itself.
    largest : float
        An upper bound of |∂cost/∂v| over all corners.
    """
    groups, units = cost.shape

    def energy(P: float) -> Energy:
        return one_hot_penalty(groups, units, P) + cost

    return Encoding(energy, are_one_hot, 2 * largest, ONE_HOT)


def largest_assignment_field(A: Floats, B: Floats, C: Floats) -> float:
    """Return the largest ∂/∂v_ik of Σ A_ij·B_kl·v_ik·v_jl + Σ C_ik·v_ik over states with S ≤ 1.

    For nonnegative matrices: the facility and the place with the largest sorted products
    (Hardy, Littlewood & Pólya 1934), an upper bound where both matrices are asymmetric.
    """

    def products(M: Floats, N: Floats) -> Floats:
        off = ~np.eye(len(M), dtype=bool)
        rows = [np.sort(X[off].reshape(len(X), -1), axis=1) for X in (M, N)]
        return np.asarray(rows[0] @ rows[1].T)

    return float((products(A, B) + products(A.T, B.T) + C).max())
