"""Energies: objectives H(v) on a domain, closed under addition and scalar multiplication."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property, reduce
from itertools import chain
from math import prod
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from hopopt.core.checks import check_kind, check_shape, finite, listed
from hopopt.core.lagrangian import Array, fits, per_replica, total
from hopopt.core.spectrum import extreme_eigenvalues, told_from_zero


class Energy(ABC):
    """An objective H(v) for states of one domain shape; batch axes come first everywhere.

    Attributes
    ----------
    shape : tuple of int
        The domain shape of v. Methods accept v of shape (..., *shape).
    quadratic : bool
        Whether ∇²H is one constant matrix, the same in every replica.
    conservative : bool
        Whether the field −∇H is that of an energy at all; that of asymmetric weights is not.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Clauses, Quadratic
    >>> H = np.array([1, 2]) * Quadratic(np.eye(2)) + Clauses([[1, 2]])  # for two replicas
    >>> type(H).__name__, type(H.terms[0]).__name__, H.value(-np.ones((2, 2)))
    ('Sum', 'Scaled', array([2., 3.]))
    """

    __array_ufunc__ = None  # an array times an energy is a `Scaled`, not an array of objects

    shape: tuple[int, ...]
    quadratic: bool = False
    conservative: bool = True

    @abstractmethod
    def value(self, v: Array) -> Array:
        """Return H(v), one number per replica."""

    @abstractmethod
    def gradient(self, v: Array) -> Array:
        """Return ∇H(v), shaped as v."""

    @abstractmethod
    def hessp(self, v: Array, w: Array) -> Array:
        """Return ∇²H(v)·w."""

    @abstractmethod
    def flip(self, v: Array, delta: Array) -> Array:
        """Return the exact change of H when each unit i *alone* moves by delta_i, shaped as v.

        For a quadratic energy this is delta·∇H + ½·Q_ii·delta²: the self-term is accounted for.
        """

    def columns(self, units: Array) -> Array | None:
        """Return the columns of ∇²H that belong to these units (in C order), if it is quadratic.

        Of shape (*units.shape, N). None, the default: one costs as much as a whole gradient.
        """
        return None

    def curvature(self) -> float:
        """Return an upper bound of the largest eigenvalue of ∇²H over the domain."""
        if not self.quadratic:
            raise TypeError(f"no curvature bound is known for {self!r}")
        return self.spectrum[1]

    @cached_property
    def spectrum(self) -> tuple[float, float]:
        """The extreme eigenvalues of ∇²H, for quadratic energies (by Lanczos, a hair outside)."""
        origin, batch = np.zeros(self.shape), (-1, *self.shape)
        return extreme_eigenvalues(
            lambda w: self.hessp(origin, w.reshape(batch)).reshape(w.shape), origin.size
        )

    def majorizer(self, v: Array) -> Energy:
        """Return an energy with a solvable minimum that touches H at v and lies above it.

        A quadratic energy serves itself where it is convex, is linearised where it is concave, and
        otherwise is bounded by its largest curvature.
        """
        if not self.quadratic:
            raise TypeError(f"no majorizer is known for {self!r}")
        if self.surely_convex():
            return self
        low, bend = told_from_zero(*self.spectrum)
        return self if low >= 0 else Diagonal.touching(self.shape, v, *self.evaluate(v), bend)

    def surely_convex(self) -> bool:
        """Whether H is convex by a test that costs next to nothing; False may mean unknown."""
        return False

    def evaluate(self, v: Array) -> tuple[Array, Array]:
        """Return H(v) and ∇H(v) together, at the cost of one where the energy can share work."""
        return self.value(v), self.gradient(v)

    def argmin(self, leak: ArrayLike = 0.0) -> Array:
        """Return the v that minimises H(v) + (leak/2)·‖v‖², for convex quadratic energies."""
        raise TypeError(f"{type(self).__name__} has no minimum in closed form")

    def merged(self, other: Energy) -> Energy | None:
        """Return this energy plus another as one of the same kind, where there is one."""
        return None

    def __add__(self, other: Energy | int) -> Energy:
        if isinstance(other, int) and other == 0:
            return self
        if not isinstance(other, Energy):
            return NotImplemented
        if self.shape != other.shape:
            raise ValueError(
                f"energies add only on one domain: shapes {self.shape} and {other.shape} differ"
            )
        return Sum([self, other])

    __radd__ = __add__

    def __mul__(self, factor: ArrayLike) -> Energy:
        return Scaled(factor, self)

    __rmul__ = __mul__

    def __neg__(self) -> Energy:
        return -1.0 * self

    def __sub__(self, other: Energy) -> Energy:
        return self + (-other)


class Sum(Energy):
    """A sum of energies on one domain; `+` builds it."""

    def __init__(self, terms: Sequence[Energy]) -> None:
        parts = listed(terms, "terms", "energies")
        nested = (term.terms if isinstance(term, Sum) else (term,) for term in parts)
        self.terms: tuple[Energy, ...] = tuple(chain.from_iterable(nested))
        check_kind("terms", self.terms[0] if self.terms else None, "quadratic", "conservative")
        self.shape = self.terms[0].shape
        self.quadratic = all(term.quadratic for term in self.terms)
        self.conservative = all(term.conservative for term in self.terms)

    def value(self, v: Array) -> Array:
        return sum((term.value(v) for term in self.terms), np.zeros(()))

    def gradient(self, v: Array) -> Array:
        return reduce(np.add, (term.gradient(v) for term in self.terms))

    def evaluate(self, v: Array) -> tuple[Array, Array]:
        values, gradients = zip(*(term.evaluate(v) for term in self.terms), strict=True)
        return reduce(np.add, values), reduce(np.add, gradients)

    def hessp(self, v: Array, w: Array) -> Array:
        return reduce(np.add, (term.hessp(v, w) for term in self.terms))

    def flip(self, v: Array, delta: Array) -> Array:
        return reduce(np.add, (term.flip(v, delta) for term in self.terms))

    def columns(self, units: Array) -> Array | None:
        parts = [term.columns(units) for term in self.terms]
        known = [part for part in parts if part is not None]
        return reduce(np.add, known) if len(known) == len(parts) else None

    def curvature(self) -> float:
        return super().curvature() if self.quadratic else sum(t.curvature() for t in self.terms)

    def majorizer(self, v: Array) -> Energy:
        if self.quadratic and not self.surely_convex() and told_from_zero(*self.spectrum)[1] == 0:
            return super().majorizer(v)  # concave together, though its terms may not be
        parts: list[Energy] = []
        for part in Sum([term.majorizer(v) for term in self.terms]).terms:
            for k, kept in enumerate(parts):
                joined = kept.merged(part) or part.merged(kept)
                if joined is not None:
                    parts[k] = joined
                    break
            else:
                parts.append(part)
        return parts[0] if len(parts) == 1 else Sum(parts)

    def surely_convex(self) -> bool:
        return all(term.surely_convex() for term in self.terms)

    def __mul__(self, factor: ArrayLike) -> Energy:
        return Sum([factor * term for term in self.terms])

    __rmul__ = __mul__

    def __repr__(self) -> str:
        return " + ".join(map(repr, self.terms))


class Scaled(Energy):
    """A multiple of an energy; the factor may differ from replica to replica. `*` builds it."""

    def __init__(self, factor: ArrayLike, energy: Energy) -> None:
        values = np.asarray(finite(factor, "factor"), dtype=float)
        check_kind("energy", energy, "quadratic", "conservative")
        if isinstance(energy, Scaled):
            values, energy = values * energy.factor, energy.energy
        self.factor: Array = values
        self.energy: Energy = energy
        self.shape, self.conservative = energy.shape, energy.conservative
        self.quadratic = energy.quadratic and values.ndim == 0

    def _multiple(self) -> Array:
        return per_replica(self.factor, len(self.shape))

    def value(self, v: Array) -> Array:
        return np.asarray(self.factor * self.energy.value(v))

    def gradient(self, v: Array) -> Array:
        return self._multiple() * self.energy.gradient(v)

    def evaluate(self, v: Array) -> tuple[Array, Array]:
        value, gradient = self.energy.evaluate(v)
        return np.asarray(self.factor * value), self._multiple() * gradient

    def hessp(self, v: Array, w: Array) -> Array:
        return self._multiple() * self.energy.hessp(v, w)

    def flip(self, v: Array, delta: Array) -> Array:
        return self._multiple() * self.energy.flip(v, delta)

    def columns(self, units: Array) -> Array | None:
        columns = self.energy.columns(units)
        return None if columns is None else np.asarray(self.factor * columns)

    def curvature(self) -> float:
        if self.energy.quadratic:
            low, high = self.energy.spectrum
            return float(np.max(np.maximum(self.factor * low, self.factor * high)))
        if np.any(self.factor < 0):
            raise TypeError(f"no curvature bound is known for {self!r}")
        return float(np.max(self.factor * self.energy.curvature()))

    def majorizer(self, v: Array) -> Energy:
        if self.quadratic:
            return super().majorizer(v)
        if np.any(self.factor < 0):
            raise TypeError(f"no majorizer is known for {self!r}")
        return self.energy.majorizer(v) * self.factor

    def __repr__(self) -> str:
        return f"{self.factor}*({self.energy!r})"


class Diagonal(Energy):
    """H(v) = ½·Σ d_i·v_i² + Σ c_i·v_i + constant: inputs (c = −i), thresholds, self-coupling.

    Parameters
    ----------
    shape : tuple of int
    d, c : array_like, default 0
        Broadcast against (..., *shape); batch axes allowed.
    constant : array_like over the replicas, default 0

    Examples
    --------
    >>> float(Diagonal((2,), d=2.0, c=[0.0, 1.0]).value(np.array([1.0, 3.0])))
    13.0
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        d: ArrayLike = 0.0,
        c: ArrayLike = 0.0,
        constant: ArrayLike = 0.0,
    ) -> None:
        self.shape = check_shape(shape)
        self.d, self.c, self.constant = finite(d, "d"), finite(c, "c"), finite(constant, "constant")
        for name, values in (("d", self.d), ("c", self.c)):
            if not fits(values, shape):
                raise ValueError(f"{name} must fit shape {shape}; got {values.shape}")
        self.quadratic = self.d.ndim <= len(shape)

    @classmethod
    def touching(
        cls, shape: tuple[int, ...], v: Array, value: Array, gradient: Array, bend: ArrayLike
    ) -> Self:
        """Return the parabola of curvature `bend` with this value and gradient at v."""
        bend = np.asarray(bend)
        constant = value - total(gradient * v - bend * v * v / 2, len(shape))
        return cls(shape, bend, gradient - bend * v, constant)

    def value(self, v: Array) -> Array:
        return self.constant + total(v * (self.d * v / 2 + self.c), len(self.shape))

    def gradient(self, v: Array) -> Array:
        return np.asarray(self.d * v + self.c)

    def hessp(self, v: Array, w: Array) -> Array:
        return self.d * w

    def flip(self, v: Array, delta: Array) -> Array:
        return np.asarray(delta * (self.gradient(v) + self.d * delta / 2))

    def columns(self, units: Array) -> Array | None:
        values, every = np.broadcast_to(self.d, self.shape).ravel(), np.arange(prod(self.shape))
        return np.where(units[..., None] == every, values[units][..., None], 0.0)

    @cached_property
    def spectrum(self) -> tuple[float, float]:
        return float(self.d.min()), float(self.d.max())

    def curvature(self) -> float:
        return self.spectrum[1]

    def surely_convex(self) -> bool:
        return bool(np.all(self.d >= 0))

    def majorizer(self, v: Array) -> Energy:
        """Linearise each concave unit by itself."""
        if self.surely_convex():
            return self
        return Diagonal.touching(self.shape, v, *self.evaluate(v), np.maximum(self.d, 0))

    def argmin(self, leak: ArrayLike = 0.0) -> Array:
        bend = self.d + np.asarray(leak)
        if not np.all(bend > 0):
            raise ValueError("the energy is not strictly convex: d + leak must be positive")
        least = -self.c / bend
        return np.array(np.broadcast_to(least, np.broadcast_shapes(least.shape, self.shape)))

    def merged(self, other: Energy) -> Energy | None:
        if not isinstance(other, Diagonal):
            return None
        c, constant = self.c + other.c, self.constant + other.constant
        return Diagonal(self.shape, self.d + other.d, c, constant)

    def __mul__(self, factor: ArrayLike) -> Energy:
        f = per_replica(factor, len(self.shape))
        return Diagonal(self.shape, f * self.d, f * self.c, np.asarray(factor) * self.constant)

    __rmul__ = __mul__

    def __repr__(self) -> str:
        return f"Diagonal(shape={self.shape})"
