"""Ising energies: quadratic energies of spins s in {−1, 1}, sparse or dense."""

from __future__ import annotations

from copy import copy
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse
from scipy.sparse.linalg import LinearOperator

from hopopt.core.checks import checked_numbers, indices
from hopopt.core.lagrangian import Array
from hopopt.core.matrices import Matrix, diagonal_of, real, square
from hopopt.core.quadratic import Quadratic
from hopopt.core.structured import Structured


@checked_numbers
class IsingEnergy(Quadratic):
    """E(s) = −½·sᵀJs − hᵀs + constant of spins s in {−1, 1}: weights J, inputs h.

    It is the `Quadratic` with Q = −J and c = −h, so that every network and motion takes it. What
    J has on its diagonal is constant on spins, and moves into the constant.

    Parameters
    ----------
    J : array_like, sparse array or Structured, shape (N, N)
        Couplings; symmetrised, as sᵀJs means.
    h : array_like, shape (N,), optional
        Fields; zero by default.
    constant : float, default 0

    Raises
    ------
    ValueError
        Where J is not square, h does not fit, or a number is NaN, infinite, or so large that sums
        are not finite.

    References
    ----------
    Hopfield, "Neural networks and physical systems with emergent collective computational
    abilities", 1982.

    Examples
    --------
    >>> import numpy as np
    >>> E = IsingEnergy([[0, 1], [1, 0]], [0.5, 0])
    >>> float(E.value(np.array([1.0, 1.0]))), E.field(np.array([1.0, 1.0]))
    (-1.5, array([1.5, 1. ]))
    """

    sums = True

    def __init__(self, J: Any, h: ArrayLike | None = None, constant: float = 0.0) -> None:
        if isinstance(J, LinearOperator) and not isinstance(J, Structured):
            raise TypeError("J must be a matrix, dense or sparse; got a LinearOperator")
        J = square(J.astype(float) if hasattr(J, "tocsr") else J, "J", sums=True)
        size = J.shape[0]
        h = np.zeros(size) if h is None else real(h, "h", sums=True)
        if h.shape != (size,):
            raise ValueError(f"h must have shape ({size},), one field a spin; got {h.shape}")
        constant = float(real(constant, "constant", sums=True))
        diagonal = diagonal_of(J)
        super().__init__(_hollow(J, diagonal), -h, constant=constant - float(diagonal.sum()) / 2)

    @classmethod
    def from_edges(
        cls,
        size: int,
        edges: tuple[ArrayLike, ArrayLike],
        weights: ArrayLike,
        h: ArrayLike | None = None,
        constant: float = 0.0,
    ) -> Self:
        """Build −Σ w_ij·s_i·s_j − hᵀs + constant from pairs; what comes twice is added up.

        Parameters
        ----------
        size : int
            Number of spins N.
        edges : pair of int arrays
            The ends i and j of each pair.
        weights : array_like
            w, one a pair; a pair i = j is a constant.
        h, constant
            As above.
        """
        i, j = (indices(end, "edges") for end in edges)
        w = np.broadcast_to(real(weights, "weights", sums=True), i.shape)
        pairs = (np.concatenate([w, w]), (np.concatenate([i, j]), np.concatenate([j, i])))
        return cls(sparse.csr_array(pairs, shape=(size, size)), h, constant)

    @property
    def size(self) -> int:
        """The number of spins N."""
        return self.shape[0]

    @property
    def J(self) -> Matrix:
        """The couplings, symmetric with zero diagonal: ndarray, CSR or `Structured`."""
        return -self.Q

    @property
    def h(self) -> Array:
        """The fields."""
        return -self.c

    @cached_property
    def scale(self) -> float:
        """The mean size ρ of the field on a spin, mean √(h_i² + Σ_j J_ij²); 1 where all vanish."""
        if isinstance(self.Q, Structured):
            return float(np.sqrt(self.Q.squares() + self.c**2).mean()) or 1.0
        largest = max(_largest(self.Q), float(np.abs(self.c).max(initial=0)))
        if not largest:
            return 1.0
        unit = float(np.ldexp(1.0, np.frexp(largest)[1]))
        if isinstance(self.Q, np.ndarray):
            squares = np.array([((row / unit) ** 2).sum() for row in self.Q])
        else:
            Q: Any = self.Q / unit
            squares = np.asarray(Q.multiply(Q).sum(1))
        return float(unit * np.sqrt(squares + (self.c / unit) ** 2).mean())

    def product(self, v: Array) -> Array:
        return super().product(v) if self.size else np.zeros(v.shape)

    def field(self, s: Array) -> Array:
        """Return Js + h, shaped as s: a spin lowers E by pointing along its field."""
        return -self.gradient(s)

    def over(self, unit: float) -> Self:
        """Return E/unit, the energy counted in a positive number."""
        counted = copy(self)
        counted.__dict__.pop("scale", None)
        counted.Q, counted.c = self.Q / unit, self.c / unit
        counted.constant = self.constant / unit
        return counted

    def __repr__(self) -> str:
        return f"IsingEnergy({self.size} spins)"


def _hollow(J: Matrix, diagonal: Array) -> Matrix:
    """Return −J without its diagonal, explicit zeros and all."""
    if isinstance(J, Structured):
        return -J.shifted(-diagonal)
    if isinstance(J, np.ndarray):
        dense = -J
        np.fill_diagonal(dense, 0.0)
        return dense
    Q: Any = sparse.csr_array(sparse.diags_array(diagonal) - J) if diagonal.any() else -J
    Q.eliminate_zeros()
    return Q


def _largest(matrix: Matrix) -> float:
    values = matrix if isinstance(matrix, np.ndarray) else matrix.data
    return float(max(values.max(initial=0), -values.min(initial=0)))
