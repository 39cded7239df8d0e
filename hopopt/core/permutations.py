"""Permutations: the vertices of n×n Sinkhorn units, and quadratic energies there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from hopopt.core.checks import numbers
from hopopt.core.kronecker import Kronecker
from hopopt.core.lagrangian import Array

Order = NDArray[np.intp]

ROUNDING = 1e-12


def permutation(V: Array) -> Order:
    """Return p with V[i, p(i)] of the largest sum: the vertex that outputs point to.

    Parameters
    ----------
    V : array, shape (n, n)

    Examples
    --------
    >>> permutation(np.array([[0.1, 0.9], [0.6, 0.4]]))
    array([1, 0])
    """
    nearest = numbers(V, "V").argmax(-1)
    if (np.bincount(nearest, minlength=len(nearest)) == 1).all():
        return np.asarray(nearest)
    from scipy.optimize import linear_sum_assignment  # a slow import: only where it is used

    return np.asarray(linear_sum_assignment(V, maximize=True)[1])


def permutation_matrix(p: Array) -> Array:
    """Return V with V[i, p(i)] = 1 and zeros elsewhere; batch axes come first.

    Examples
    --------
    >>> permutation_matrix(np.array([1, 0]))
    array([[0., 1.],
           [1., 0.]])
    """
    p = numbers(p, "p")
    if not p.ndim or p.dtype.kind not in "iu" or np.any((p < 0) | (p >= p.shape[-1])):
        raise ValueError(f"p must hold whole numbers from 0 to n − 1, n of them; got {p!r}")
    return np.asarray(np.eye(p.shape[-1])[p])


def is_permutation(V: Array) -> bool:
    """Whether the outputs above ½ are a permutation matrix.

    Examples
    --------
    >>> is_permutation(np.array([[0.1, 0.9], [0.6, 0.4]]))
    True
    """
    on = numbers(V, "V") > 0.5
    return bool(np.all(on.sum(-1) == 1) and np.all(on.sum(-2) == 1))


@dataclass(frozen=True, eq=False)
class Placement:
    """A quadratic energy of permutations, H(p) = Σ_ij A_ij·B_p(i)p(j) + Σ_i C_i,p(i).

    Parameters
    ----------
    A, B, C : arrays, shape (n, n)
        A and B with a zero diagonal, symmetric both where one was: see `of`.
    """

    A: Array
    B: Array
    C: Array

    @classmethod
    def of(cls, A: Array, B: Array, C: Array | None = None) -> Self:
        """Return the form of two matrices: diagonals go to C, and one symmetry serves both."""
        own = np.outer(A.diagonal(), B.diagonal())
        A, B = A - np.diag(A.diagonal()), B - np.diag(B.diagonal())
        if np.array_equal(A, A.T) or np.array_equal(B, B.T):
            A, B = (A + A.T) / 2, (B + B.T) / 2
        return cls(A, B, own if C is None else own + C)

    @classmethod
    def of_energy(cls, energy: Kronecker) -> Self | None:
        """Return what an energy is at permutations, its constant apart.

        None where it is on other outputs than n×n, its matrices are not dense, or its inputs differ
        from replica to replica.

        Examples
        --------
        >>> A, B = np.array([[0.0, 1.0], [2.0, 0.0]]), np.array([[0.0, 3.0], [5.0, 0.0]])
        >>> energy = Kronecker(A, B)
        >>> Placement.of_energy(energy).value(np.array([1, 0]))
        6.5
        >>> float(energy.value(permutation_matrix(np.array([1, 0]))))
        6.5
        """
        A, B = energy.A, energy.B
        if not (isinstance(A, np.ndarray) and isinstance(B, np.ndarray) and len(A) == len(B)):
            return None
        if energy.c.ndim > 2:
            return None
        return cls.of(A / 2, B.T, np.broadcast_to(energy.c, energy.shape))

    @property
    def size(self) -> int:
        """The number n of things to place."""
        return len(self.A)

    @cached_property
    def symmetric(self) -> bool:
        """Whether both matrices are."""
        return np.array_equal(self.A, self.A.T) and np.array_equal(self.B, self.B.T)

    def value(self, p: Order) -> float:
        """Return H of a permutation."""
        pairs = float((self.A * self.B[np.ix_(p, p)]).sum())
        return pairs + float(self.C[np.arange(self.size), p].sum())

    @cached_property
    def rounding(self) -> float:
        """What a sum may be off by: a share of the largest |H| that the matrices allow."""
        norm = np.linalg.norm
        return ROUNDING * float(norm(self.A) * norm(self.B) + norm(self.C))

    def scales(self) -> tuple[float, float]:
        """Return the spectral norms of A and B, 1 for one that is zero."""
        return float(np.linalg.norm(self.A, 2)) or 1.0, float(np.linalg.norm(self.B, 2)) or 1.0

    def energy(self) -> Kronecker:
        """Return H on n×n outputs, both matrices scaled to norm 1."""
        a, b = self.scales()
        return Kronecker(2 * self.A / a, self.B.T / b, self.C / (a * b))

    def exchanges(self, p: Order) -> Array:
        """Return ΔH of exchanging the images of every two, shape (n, n)."""
        B, both = self.B[p[:, None], p], self._both_ways
        M = both @ B if self.symmetric else self.A @ B.T + self.A.T @ B
        M += self.C[:, p]
        own = M.diagonal()
        rise = both * (2 * B if self.symmetric else B + B.T)
        rise += M + M.T
        rise -= own[:, None] + own
        return np.asarray(rise)

    @cached_property
    def _both_ways(self) -> Array:
        return self.A + self.A.T
