"""Lagrangians: the convex functions whose gradients are a network's activations.

A Lagrangian L fixes the **domain** that the outputs live in: the output is v = ∇L_T(u) with
L_T(u) = T·L(u/T), and the temperature T is the inverse gain. Its conjugate L_T*(v) = T·L*(v) is the
term that makes the energy of a network with finite gain a Lyapunov function
(Hopfield 1984; Krotov & Hopfield 2021). States may carry batch axes in front of the domain's axes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]
Blocks = Literal["unit", "group", "whole"]


def per_replica(parameter: ArrayLike, ndim: int) -> Array:
    """Return a per-replica parameter shaped to broadcast against states with `ndim` domain axes."""
    values = np.asarray(parameter)
    return values.reshape(values.shape + (1,) * ndim) if values.ndim else values


def fits(parameter: Array, shape: tuple[int, ...]) -> bool:
    """Whether a per-unit parameter broadcasts to a domain shape, batch axes apart."""
    inner = parameter.shape[max(0, parameter.ndim - len(shape)) :]
    return all(a in (1, b) for a, b in zip(inner[::-1], shape[::-1], strict=False))


def total(values: Array, ndim: int) -> Array:
    """Sum over the `ndim` domain axes, keeping the batch axes."""
    return np.asarray(values.sum(axis=tuple(range(-ndim, 0))))


class Lagrangian(ABC):
    """A convex function L; its gradient is the activation, its temperature the inverse gain.

    Subclasses state the functions at T = 1 (`_value`, `_gradient`, `_jvp`, `density`); the
    temperature enters here, once, as L_T(u) = T·L(u/T).

    References
    ----------
    Krotov & Hopfield, "Large associative memory problem in neurobiology and machine learning",
    2021.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Lagrangian, Softmax, Tanh
    >>> units, u = Softmax(), np.array([1.0, 0.0])
    >>> v, _ = units.gradient(u, T=0.5)
    >>> v.round(3), bool(np.isclose(units.value(u, 0.5) + units.conjugate(v, 0.5), u @ v))
    (array([0.881, 0.119]), True)
    """

    @property
    @abstractmethod
    def blocks(self) -> Blocks:
        """What may change alone while the output stays in the domain: unit, group or whole."""

    @property
    @abstractmethod
    def bounded(self) -> bool:
        """Whether the domain is bounded, so that it has vertices."""

    @property
    @abstractmethod
    def lipschitz(self) -> float:
        """Lipschitz constant of v(u) at T = 1; at temperature T it is ``lipschitz / T``."""

    @property
    @abstractmethod
    def ndim(self) -> int:
        """Number of domain axes, the last ones of every state."""

    @abstractmethod
    def on(self, shape: tuple[int, ...]) -> Self:
        """Return this Lagrangian for states of the given domain shape, or refuse the shape."""

    @abstractmethod
    def _value(self, x: Array, warm: Array | None) -> Array: ...

    @abstractmethod
    def _gradient(self, x: Array, warm: Array | None) -> tuple[Array, Array | None]: ...

    @abstractmethod
    def _jvp(self, v: Array, w: Array) -> Array: ...

    @abstractmethod
    def _inverse(self, v: Array) -> Array: ...

    @abstractmethod
    def density(self, v: Array) -> Array:
        """Return the conjugate L*(v) at T = 1 unit by unit; its sum over the domain is L*(v)."""

    @abstractmethod
    def vertex(self, u: Array) -> Array:
        """Return argmax of ⟨u, v⟩ over the domain: the limit of `gradient` as T → 0."""

    @abstractmethod
    def noise(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        """Draw z such that the mean of ``vertex(u + T·z)`` is ``gradient(u, T)``.

        Exact where the blocks are units or groups; for a whole polytope it is the usual
        perturbation (Gumbel), which only approximates it.
        """

    def value(self, u: Array, T: ArrayLike = 1.0, warm: Array | None = None) -> Array:
        """Return L_T(u) = T·L(u/T), one number per replica."""
        scaled = None if warm is None else warm / self._beside(u, T, warm)
        return np.asarray(np.asarray(T) * self._value(u / per_replica(T, self.ndim), scaled))

    def gradient(
        self, u: Array, T: ArrayLike = 1.0, warm: Array | None = None
    ) -> tuple[Array, Array | None]:
        """Return the output v = ∇L_T(u) and the potentials that warm the next call.

        Parameters
        ----------
        u : array, shape (..., *domain)
            The state.
        T : float or array over the replicas
            Temperature, positive.
        warm : array, optional
            Potentials of an earlier call at a nearby state, in units of u (so that they need no
            rescaling when T changes). Only Sinkhorn units have any; the others return None.
        """
        scaled = None if warm is None else warm / self._beside(u, T, warm)
        x = np.divide(u, per_replica(T, self.ndim), dtype=np.result_type(u, np.float32))
        v, potentials = self._gradient(x, scaled)
        if potentials is None:
            return v, None
        return v, potentials * self._beside(u, T, potentials)

    def _beside(self, u: Array, T: ArrayLike, potentials: Array) -> Array:
        """Return T shaped to broadcast against potentials, whose batch axes are those of u."""
        batch = max(u.ndim - self.ndim, np.ndim(T))
        return per_replica(T, potentials.ndim - batch)

    def evaluate(self, u: Array, T: ArrayLike = 1.0) -> tuple[Array, Array]:
        """Return L_T(u) and ∇L_T(u) together, sharing work where there is some to share."""
        value, v = self._evaluate(u / per_replica(T, self.ndim))
        return np.asarray(np.asarray(T) * value), v

    def _evaluate(self, x: Array) -> tuple[Array, Array]:
        return self._value(x, None), self._gradient(x, None)[0]

    def conjugate(self, v: Array, T: ArrayLike = 1.0) -> Array:
        """Return L_T*(v) = T·L*(v), one number per replica."""
        return np.asarray(np.asarray(T) * total(self.density(v), self.ndim))

    def jvp(self, v: Array, w: Array, T: ArrayLike = 1.0) -> Array:
        """Return ∇²L_T·w, read off the output v: how the output moves when the state moves by w."""
        return self._jvp(v, w) / per_replica(T, self.ndim)

    def inverse(self, v: Array, T: ArrayLike = 1.0) -> Array:
        """Return a state u whose output is v (outputs at the border are drawn in by 1e-12)."""
        return self._inverse(v) * per_replica(T, self.ndim)

    def opposite(self, v: Array) -> Array:
        """Return, for units with two vertices, the other vertex of every unit."""
        raise TypeError(f"{self!r} has no two-valued units, so no unit of it can flip")

    def pinned(self, u: Array, mask: Array, values: Array) -> Array:
        """Return u with the clamped units (where `mask`) set so that no other unit feels them."""
        return np.where(mask, 0.0, u)

    @abstractmethod
    def check_pins(self, mask: Array, values: Array) -> None:
        """Refuse clamped values outside the domain."""

    @abstractmethod
    def labels(self, shape: tuple[int, ...]) -> Array:
        """Return, for a domain of this shape, the number of the block that each unit belongs to."""

    def uniform(self, parameter: Array) -> bool:
        """Whether a per-unit parameter is constant inside each block, as descent requires."""
        axes = (1,) * (self.ndim - parameter.ndim) + parameter.shape
        labels = self.labels(axes[len(axes) - self.ndim :])
        _, first, block = np.unique(labels.ravel(), return_index=True, return_inverse=True)
        values = parameter.reshape(-1, labels.size)
        return bool(np.all(values == values[:, first[block]]))


def instance(value: object, name: str) -> None:
    """Refuse by name what is no Lagrangian, its class among others."""
    if not isinstance(value, Lagrangian):
        raise TypeError(f"{name} must be a Lagrangian, such as Tanh(); got {value!r}")
