"""Dense memories of two-valued units, with the exact energy of every flip by two products."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from hopopt.core.hidden import Memory
from hopopt.core.lagrangian import Array, Lagrangian
from hopopt.core.polytope import Polytope
from hopopt.core.power import Power


class DenseMemory(Memory):
    """H(v) = −L_T(Ξv + b) of patterns whose entries all have one size, so that flips are exact.

    A unit that moves by δ changes every similarity m_μ by ±a, a = |ξ|·|δ|. Then ΔH_i needs only
    the products Ξᵀg and a sum over the patterns:

    - `Power` units, H = −Σ F(m_μ): ΔH_i = −sgn(δ_i)·(Ξᵀg)_i/|ξ| − c, with
      g = (F(m+a) − F(m−a))/2 and c = Σ_μ [(F(m+a) + F(m−a))/2 − F(m)]. For F(m) = m²/2 the
      constant c is the removed diagonal of Hebb's weights;
    - `Softmax` units: ΔH_i = −T·ln(cosh(a/T) + sinh(a/T)·sgn(δ_i)·(Ξᵀp)_i/|ξ|), p the attention.

    Parameters are those of `Memory`, with similarity "dot" and axis "patterns".

    References
    ----------
    Krotov & Hopfield, 2016; Demircigil et al., "On a model of associative memory with huge storage
    capacity", 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Softmax
    >>> H = DenseMemory([[1.0, 1.0, -1.0], [1.0, -1.0, 1.0]], Softmax(), T=0.5)
    >>> H.flip(np.array([1.0, 1.0, -1.0]), np.array([-2.0, -2.0, 2.0])).round(3)
    array([2.   , 1.654, 1.654])
    """

    def __init__(
        self,
        patterns: ArrayLike,
        hidden: Lagrangian,
        T: ArrayLike = 1.0,
        *,
        bias: ArrayLike | None = None,
    ) -> None:
        super().__init__(patterns, hidden, T, bias=bias)
        if not isinstance(self.hidden, Power | Polytope):
            raise TypeError(f"hidden must be Power or Softmax units; got {hidden!r}")
        self.entry = float(np.abs(self.patterns.flat[0]))
        if self.entry == 0 or not np.all(np.abs(self.patterns) == self.entry):
            raise ValueError("patterns must have entries of one size, ±q; got others")

    def flip(self, v: Array, delta: Array) -> Array:
        sizes = np.unique(np.abs(delta[delta != 0]))
        if len(sizes) > 1:
            return super().flip(v, delta)
        return self.flip_at(self.similarities(v), delta)

    def flip_at(self, s: Array, delta: Array) -> Array:
        """Return `flip` from the similarities, for moves of one size (and zeros)."""
        size = float(np.abs(delta).max(initial=0))
        if size == 0:
            return np.zeros(np.shape(delta))
        pull, constant = self.response(s, size)
        towards = np.sign(delta) * (pull @ self.patterns) / self.entry
        return np.where(delta == 0, 0.0, self.rise(towards, constant[..., None], size))

    def response(self, s: Array, size: float) -> tuple[Array, Array]:
        """Return g (or the attention p) and c for moves of one size, given the similarities."""
        if not isinstance(self.hidden, Power):
            return self.hidden.gradient(s, self.T)[0], np.zeros(s.shape[:-1])
        a, T = size * self.entry, np.asarray(self.T)[..., None]
        up, down, now = (T * self.hidden.terms(x / T) for x in (s + a, s - a, s))
        return (up - down) / 2, ((up + down) / 2 - now).sum(-1)

    def rise(self, towards: Array, constant: Array, size: float) -> Array:
        """Return ΔH for moves whose product sgn(δ_i)·(Ξᵀg)_i/|ξ| is `towards`."""
        if isinstance(self.hidden, Power):
            return -towards - constant
        x = size * self.entry / self.T
        up, down = 1 + towards, np.maximum(1 - towards, 0)
        with np.errstate(divide="ignore"):
            grown = np.log(np.maximum(up, 0) / 2) + x
            shrunk = np.log(down / 2) - x
        return np.asarray(-self.T * np.logaddexp(grown, shrunk))
