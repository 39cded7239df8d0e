"""Units that do not constrain each other: linear, bipolar, binary and hard-limited ones."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod
from typing import ClassVar, Self

import numpy as np
from scipy.special import xlogy

from hopopt.core.checks import check_axes
from hopopt.core.lagrangian import Array, Blocks, Lagrangian, total


@dataclass(frozen=True)
class Separable(Lagrangian):
    """Units that do not constrain each other: L is a sum over units."""

    ndim: int = 1
    blocks: ClassVar[Blocks] = "unit"
    low: ClassVar[float] = -1.0
    high: ClassVar[float] = 1.0
    bounded: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_axes(ndim=self.ndim)

    def on(self, shape: tuple[int, ...]) -> Self:
        return replace(self, ndim=len(shape))

    def labels(self, shape: tuple[int, ...]) -> Array:
        return np.arange(prod(shape)).reshape(shape)

    def vertex(self, u: Array) -> Array:
        low, high = np.array([self.low, self.high], dtype=u.dtype)
        return np.asarray(np.where(u < 0, low, high))

    def opposite(self, v: Array) -> Array:
        low, high = np.array([self.low, self.high], dtype=v.dtype)
        return np.asarray(np.where(v > (self.low + self.high) / 2, low, high))

    def check_pins(self, mask: Array, values: Array) -> None:
        low, high = (self.low, self.high) if self.bounded else (-np.inf, np.inf)
        if not np.all(~mask | (np.isfinite(values) & (values >= low) & (values <= high))):
            raise ValueError(
                f"clamped values must be finite and lie in [{low:g}, {high:g}], the domain of "
                f"{type(self).__name__}; got {np.unique(values[mask])}"
            )


@dataclass(frozen=True)
class Unbounded(Separable):
    """Units on the whole line, which have no vertices."""

    bounded: ClassVar[bool] = False

    def vertex(self, u: Array) -> Array:
        raise TypeError(f"{self._kind} are unbounded: their domain has no vertices")

    def opposite(self, v: Array) -> Array:
        raise TypeError(f"{self._kind} are unbounded: they cannot flip")

    def noise(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        raise TypeError(f"{self._kind} are unbounded: vertex noise is not defined for them")

    @property
    def _kind(self) -> str:
        return f"{type(self).__name__} units"


@dataclass(frozen=True)
class Identity(Unbounded):
    """Linear units: L = ‖u‖²/2, v = u/T, on the whole space.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Identity
    >>> Identity().gradient(np.array([-3.0, 0.5]), T=2.0)[0]
    array([-1.5 ,  0.25])
    """

    lipschitz: ClassVar[float] = 1.0

    def _value(self, x: Array, warm: Array | None) -> Array:
        return total(x * x / 2, self.ndim)

    def _gradient(self, x: Array, warm: Array | None) -> tuple[Array, Array | None]:
        return x, None

    def density(self, v: Array) -> Array:
        return v * v / 2

    def _jvp(self, v: Array, w: Array) -> Array:
        return w

    def _inverse(self, v: Array) -> Array:
        return v


@dataclass(frozen=True)
class Tanh(Separable):
    """Bipolar units: L = Σ ln 2cosh u, v = tanh(u/T) in [−1, 1].

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Tanh
    >>> v, _ = Tanh().gradient(np.array([0.0, 1.0]), T=0.5)
    >>> v.round(3)
    array([0.   , 0.964])
    """

    lipschitz: ClassVar[float] = 1.0

    def _value(self, x: Array, warm: Array | None) -> Array:
        return total(np.logaddexp(x, -x), self.ndim)

    def _gradient(self, x: Array, warm: Array | None) -> tuple[Array, Array | None]:
        return np.tanh(x), None

    def density(self, v: Array) -> Array:
        return np.asarray((xlogy(1 + v, (1 + v) / 2) + xlogy(1 - v, (1 - v) / 2)) / 2)

    def _jvp(self, v: Array, w: Array) -> Array:
        return np.asarray((1 - v * v) * w)

    def _inverse(self, v: Array) -> Array:
        return np.asarray(np.arctanh(np.clip(v, -1 + 1e-12, 1 - 1e-12)))

    def noise(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        return rng.logistic(scale=0.5, size=shape)


@dataclass(frozen=True)
class Sigmoid(Separable):
    """Binary units of the 1984 network: v = (1 + tanh(u/T))/2 in [0, 1], T = u₀ the inverse gain.

    L(u) = Σ ½·ln(1 + e^{2u}); L*(v) = ½·Σ [v ln v + (1−v) ln(1−v)]. As tanh units do, they follow
    the field twice as steeply as a Boltzmann machine's units at the same T.

    References
    ----------
    Hopfield, "Neurons with graded response have collective computational properties like those of
    two-state neurons", 1984.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Sigmoid
    >>> Sigmoid().gradient(np.array([-1.0, 0.0, 1.0]), T=0.5)[0].round(3)
    array([0.018, 0.5  , 0.982])
    """

    low: ClassVar[float] = 0.0
    lipschitz: ClassVar[float] = 0.5

    def _value(self, x: Array, warm: Array | None) -> Array:
        return total(np.logaddexp(0, 2 * x) / 2, self.ndim)

    def _gradient(self, x: Array, warm: Array | None) -> tuple[Array, Array | None]:
        return (1 + np.tanh(x)) / 2, None

    def density(self, v: Array) -> Array:
        return np.asarray((xlogy(v, v) + xlogy(1 - v, 1 - v)) / 2)

    def _jvp(self, v: Array, w: Array) -> Array:
        return np.asarray(2 * v * (1 - v) * w)

    def _inverse(self, v: Array) -> Array:
        return np.asarray(np.arctanh(np.clip(2 * v - 1, -1 + 1e-12, 1 - 1e-12)))

    def noise(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        return rng.logistic(scale=0.5, size=shape)


@dataclass(frozen=True)
class Clip(Separable):
    """Hard-limited linear units: v = clip(u/T, −1, 1); L is Huber's function.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Clip
    >>> Clip().gradient(np.array([-3.0, 0.5, 2.0]), T=2.0)[0]
    array([-1.  ,  0.25,  1.  ])
    """

    lipschitz: ClassVar[float] = 1.0

    def _value(self, x: Array, warm: Array | None) -> Array:
        v = np.clip(x, -1, 1)
        return total(x * v - v * v / 2, self.ndim)

    def _gradient(self, x: Array, warm: Array | None) -> tuple[Array, Array | None]:
        return np.clip(x, -1, 1), None

    def density(self, v: Array) -> Array:
        return v * v / 2

    def _jvp(self, v: Array, w: Array) -> Array:
        return np.where(np.abs(v) < 1, w, 0)

    def _inverse(self, v: Array) -> Array:
        return v

    def noise(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        return rng.uniform(-1, 1, size=shape)
