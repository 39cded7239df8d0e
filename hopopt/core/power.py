"""Power units: the hidden layer of the polynomial memories."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from hopopt.core.checks import is_whole
from hopopt.core.lagrangian import Array, total
from hopopt.core.units import Unbounded


@dataclass(frozen=True)
class Power(Unbounded):
    """Units of degree n: L = Σ |u|ⁿ/n, v = sign(u)·|u|ⁿ⁻¹, on the whole space.

    n = 2 is `Identity`. As the hidden layer of a `Memory` it leaves the energy
    −Σ_μ |⟨ξ_μ, v⟩|ⁿ/n behind, whose capacity grows as Nⁿ⁻¹.

    Parameters
    ----------
    degree : int, default 2
        n ≥ 2.

    References
    ----------
    Krotov & Hopfield, "Dense associative memory for pattern recognition", 2016.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Power
    >>> Power(3).gradient(np.array([-2.0, 1.0]))[0]
    array([-4.,  1.])
    """

    degree: int = 2
    ndim: int = field(default=1, kw_only=True)
    lipschitz: ClassVar[float] = np.inf

    def __post_init__(self) -> None:
        super().__post_init__()
        if not is_whole(self.degree) or self.degree < 2:
            raise ValueError(f"degree must be a whole number of at least 2; got {self.degree!r}")

    def terms(self, x: Array) -> Array:
        """Return |x|ⁿ/n, entry by entry."""
        return np.asarray(whole_power(np.abs(x), self.degree) / self.degree)

    def _value(self, x: Array, warm: Array | None) -> Array:
        return total(self.terms(x), self.ndim)

    def _gradient(self, x: Array, warm: Array | None) -> tuple[Array, Array | None]:
        return x * whole_power(np.abs(x), self.degree - 2), None

    def density(self, v: Array) -> Array:
        share = (self.degree - 1) / self.degree
        return np.asarray(share * np.abs(v) ** (1 / share))

    def _jvp(self, v: Array, w: Array) -> Array:
        slope = np.abs(v) ** ((self.degree - 2) / (self.degree - 1))
        return np.asarray((self.degree - 1) * slope * w)

    def _inverse(self, v: Array) -> Array:
        return np.asarray(np.sign(v) * np.abs(v) ** (1 / (self.degree - 1)))


def whole_power(x: Array, exponent: int) -> Array:
    """Return x to a whole power by repeated squaring, many times faster than `**`.

    Examples
    --------
    >>> import numpy as np
    >>> whole_power(np.array([2.0, 3.0]), 5)
    array([ 32., 243.])
    """
    out, square = np.ones_like(x), x
    while exponent:
        if exponent & 1:
            out = out * square
        exponent >>= 1
        if exponent:
            square = square * square
    return out
