"""Quadratic energies H(v) = ½⟨v, Qv⟩ + ⟨c, v⟩ + constant, never by an n²×n² matrix.

In Hopfield's notation T = −Q are the weights and i = −c the external inputs.
"""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property
from math import prod
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse.linalg import LinearOperator

from hopopt.core.checks import check_shape, finite
from hopopt.core.energy import Diagonal, Energy
from hopopt.core.lagrangian import Array, total
from hopopt.core.matrices import (
    Matrix,
    apply,
    checked,
    diagonal_of,
    is_sparse,
    rows_of,
    scaled,
    shifted,
    solve,
    square,
    vector,
)
from hopopt.core.structured import Structured


class QuadraticForm(Energy):
    """Shared by all quadratic energies: they state Q·v and Q's diagonal.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Penalty, Quadratic, QuadraticForm
    >>> H = Penalty(np.ones((1, 2)), [1.0])
    >>> isinstance(H, QuadraticForm), H.product(np.array([1.0, 0.0])), H.diagonal()
    (True, array([1., 1.]), array([1., 1.]))
    """

    quadratic = True
    c: Array
    constant: Array

    @abstractmethod
    def product(self, v: Array) -> Array:
        """Return Q·v, shaped as v, with Q symmetric."""

    @abstractmethod
    def diagonal(self) -> Array:
        """Return the diagonal of Q, shaped as the domain."""

    def _set_linear(self, c: ArrayLike | None, constant: ArrayLike) -> None:
        self.c = np.zeros(self.shape) if c is None else finite(c, "c").astype(float)
        self.constant = finite(constant, "constant").astype(float)
        if self.c.shape[max(0, self.c.ndim - len(self.shape)) :] != self.shape:
            raise ValueError(f"c must have shape {self.shape}; got {self.c.shape}")

    def argmin(self, leak: ArrayLike = 0.0) -> Array:
        leak, ndim = np.asarray(leak, dtype=float), len(self.shape)
        if leak.ndim <= ndim:
            return self._argmin(leak, self.c)
        lead = np.broadcast_shapes(leak.shape[:-ndim], self.c.shape[:-ndim])
        leaks = np.broadcast_to(leak, (*lead, *leak.shape[-ndim:]))
        c = np.broadcast_to(self.c, (*lead, *self.shape))
        least = [self._argmin(leaks[replica], c[replica]) for replica in np.ndindex(*lead)]
        return np.reshape(least, c.shape)

    def _argmin(self, leak: Array, c: Array) -> Array:
        """Return the v that minimises ½⟨v, Qv⟩ + ⟨c, v⟩ + (leak/2)·‖v‖² for one leak of all."""
        return super().argmin(leak)

    def _flat(self, v: Array) -> Array:
        return v.reshape(*v.shape[: v.ndim - len(self.shape)], prod(self.shape))

    @cached_property
    def _self_coupling(self) -> Array:
        return self.diagonal()

    def evaluate(self, v: Array) -> tuple[Array, Array]:
        product = self.product(v)
        value = self.constant + total(v * (product / 2 + self.c), len(self.shape))
        return value, product + self.c

    def value(self, v: Array) -> Array:
        return self.evaluate(v)[0]

    def gradient(self, v: Array) -> Array:
        return self.product(v) + self.c

    def hessp(self, v: Array, w: Array) -> Array:
        return self.product(w)

    def flip(self, v: Array, delta: Array) -> Array:
        return delta * (self.gradient(v) + self._self_coupling * delta / 2)


class Quadratic(QuadraticForm):
    """H(v) = ½·vᵀQv + cᵀv + constant; Hopfield's weights are T = −Q.

    Parameters
    ----------
    Q : ndarray, sparse array or LinearOperator, shape (N, N)
        Symmetrised where it is a matrix; a LinearOperator must be symmetric.
    c : array_like, shape `shape` (batch axes allowed), optional
        Linear term; zero by default.
    shape : tuple of int, optional
        Domain shape with N units in all; (N,) by default.
    constant : float or array over the replicas, default 0

    Examples
    --------
    >>> import numpy as np
    >>> H = Quadratic([[0.0, 1.0], [1.0, 0.0]])
    >>> float(H.value(np.array([1.0, -1.0]))), H.flip(np.array([1.0, -1.0]), np.array([-2.0, 2.0]))
    (-1.0, array([2., 2.]))
    """

    sums: ClassVar[bool] = False  # whether outputs are of size 1, so that entries just add up

    def __init__(
        self,
        Q: Matrix,
        c: ArrayLike | None = None,
        *,
        shape: tuple[int, ...] | None = None,
        constant: ArrayLike = 0.0,
    ) -> None:
        Q = square(Q, "Q", sums=self.sums)
        self.Q = Q if isinstance(Q, LinearOperator) else (Q + Q.T) / 2
        self.shape = (self.Q.shape[0],) if shape is None else check_shape(shape)
        if prod(self.shape) != self.Q.shape[0]:
            raise ValueError(f"shape must hold {self.Q.shape[0]} units; got {self.shape}")
        self._set_linear(c, constant)

    def product(self, v: Array) -> Array:
        return apply(self.Q, self._flat(v)).reshape(v.shape)

    def diagonal(self) -> Array:
        return diagonal_of(self.Q).reshape(self.shape)

    def columns(self, units: Array) -> Array | None:
        known = isinstance(self.Q, Structured) or not isinstance(self.Q, LinearOperator)
        return rows_of(self.Q, units) if known else None

    def _argmin(self, leak: Array, c: Array) -> Array:
        if isinstance(self.Q, LinearOperator):
            return super()._argmin(leak, c)
        rhs = -self._flat(c)
        diagonal = np.broadcast_to(leak, self.shape).ravel()
        x = solve(shifted(self.Q, diagonal), rhs.reshape(-1, rhs.shape[-1]).T)
        return x.T.reshape(c.shape)

    def merged(self, other: Energy) -> Energy | None:
        """Take in a diagonal."""
        if isinstance(self.Q, LinearOperator) or not isinstance(other, Diagonal):
            return None
        if other.d.ndim > len(self.shape):
            return None
        Q = shifted(self.Q, np.broadcast_to(other.d, self.shape).ravel())
        constant = self.constant + other.constant
        return Quadratic(Q, self.c + other.c, shape=self.shape, constant=constant)

    def __mul__(self, factor: ArrayLike) -> Energy:
        if np.ndim(factor):
            return super().__mul__(factor)
        f = float(np.asarray(factor))
        constant = f * self.constant
        return Quadratic(scaled(self.Q, f), f * self.c, shape=self.shape, constant=constant)

    __rmul__ = __mul__

    def __repr__(self) -> str:
        return f"Quadratic(shape={self.shape})"


class Penalty(QuadraticForm):
    """H(v) = P/2·‖A·v − b‖²: linear constraints as an energy.

    Parameters
    ----------
    A : matrix (M, N)
        ndarray or sparse, acting on the flattened v.
    b : array_like, shape (M,)
    P : float
        Weight of the constraint, nonnegative.
    shape : tuple of int, optional
        Domain shape with N units; (N,) by default.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Penalty
    >>> one_of_three = Penalty(np.ones((1, 3)), [1.0], P=2.0)
    >>> one_of_three.value(np.array([[0.0, 1.0, 0.0], [1.0, 1.0, 0.0]]))
    array([0., 1.])
    """

    def __init__(
        self, A: Matrix, b: ArrayLike, P: float = 1.0, *, shape: tuple[int, ...] | None = None
    ) -> None:
        self.A = checked(A, "A")
        self.b = vector(b, "b", self.A.shape[0])
        if not 0 <= P < np.inf:
            raise ValueError(f"P must be finite and nonnegative; got {P}")
        self.P = float(P)
        self.shape = (self.A.shape[1],) if shape is None else check_shape(shape)
        if prod(self.shape) != self.A.shape[1]:
            raise ValueError(f"shape must hold {self.A.shape[1]} units; got {self.shape}")
        c = -self.P * (self.A.T @ self.b).reshape(self.shape)
        self._set_linear(c, self.P / 2 * float(self.b @ self.b))

    def product(self, v: Array) -> Array:
        inner = apply(self.A, self._flat(v))
        return self.P * apply(self.A.T, inner).reshape(v.shape)

    def diagonal(self) -> Array:
        squares = self.A.multiply(self.A) if is_sparse(self.A) else self.A**2
        return np.asarray(self.P * squares.sum(0)).reshape(self.shape)

    def surely_convex(self) -> bool:
        return True

    def __mul__(self, factor: ArrayLike) -> Energy:
        if np.ndim(factor) or float(np.asarray(factor)) < 0:
            return super().__mul__(factor)
        return Penalty(self.A, self.b, self.P * float(np.asarray(factor)), shape=self.shape)

    __rmul__ = __mul__

    def __repr__(self) -> str:
        return f"Penalty(shape={self.shape}, P={self.P:g})"
