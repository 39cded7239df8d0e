"""Units that share a budget: multipliers in their thresholds keep linear constraints."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from hopopt.core.checks import numbers
from hopopt.core.lagrangian import Array, Blocks, Lagrangian, total
from hopopt.core.prices import ROUNDS, SATURATED, Prices, bend
from hopopt.core.units import Separable

SPENT = 1e-9


@dataclass(frozen=True, eq=False, init=False)
class Budget(Lagrangian):
    """Two-valued units whose outputs may not cost too much: ⟨wₖ, v⟩ ≤ bₖ for every k.

    L_T(u) = min over λ ≥ 0 of L_base,T(u − Σₖ λₖ·wₖ) + ⟨λ, b⟩, so that v is the output of the base
    under thresholds that are lifted by prices λ: none where the budget is not spent, else just as
    high as keeps it. This is the entropic projection on the constraints, as Sinkhorn's is on sums
    of rows and columns, and E descends with it likewise. The prices are solved for at every output,
    from those of the last one: row by row by a bracketed Newton iteration, and all together by
    Newton's method where that brings them closer.

    A vertex may have outputs between 0 and 1, one for each budget that is spent.

    Parameters
    ----------
    base : Tanh, Sigmoid or Clip
    weights : array_like, shape (m, *shape) or shape
        Nonnegative: what a unit costs in each of m budgets, or in the one.
    bound : array_like, shape (m,) or float
    steps : int, optional
        Rounds of a call, at most; by default until the constraints hold.
    tol : float, default 1e-14
        To what share of the largest possible cost the constraints hold.

    Raises
    ------
    ValueError
        Where a budget cannot be kept, or weights are negative or not finite.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Budget, Sigmoid
    >>> units = Budget(Sigmoid(), [1.0, 2.0, 3.0], 3.0)
    >>> v, prices = units.gradient(np.array([1.0, 1.0, 1.0]))
    >>> v.round(3), round(float(v @ [1, 2, 3]), 9)
    (array([0.759, 0.574, 0.365]), 3.0)
    """

    base: Separable
    weights: Array
    bound: Array
    steps: int | None = None
    tol: float = 1e-14
    equal: ClassVar[bool] = False
    bounded: ClassVar[bool] = True

    def __init__(
        self,
        base: Separable,
        weights: ArrayLike,
        bound: ArrayLike,
        steps: int | None = None,
        tol: float = 1e-14,
    ) -> None:
        if not isinstance(base, Separable) or not base.bounded:
            raise TypeError(f"base must be two-valued units, such as Sigmoid(); got {base!r}")
        if steps is not None and steps < 1:
            raise ValueError(f"steps must be at least 1, or None to converge; got {steps}")
        b = np.atleast_1d(np.asarray(numbers(bound, "bound"), dtype=float))
        w = np.asarray(weights, dtype=float)
        w = w if np.ndim(bound) else w[None]
        if b.ndim != 1 or w.ndim < 2 or len(w) != len(b) or not w.size:
            raise ValueError(f"weights must be one row a bound; got {w.shape} and {b.shape}")
        for name, values in (("weights", w), ("bound", b)):
            if not np.all(np.isfinite(values)):
                raise ValueError(f"{name} must be finite; got NaN or infinity")
        if not self.equal and np.any(w < 0):
            raise ValueError(f"weights must be nonnegative; got {w.min():g}")
        parts = {"base": base.on(w.shape[1:]), "weights": w, "bound": b, "steps": steps, "tol": tol}
        for name, part in parts.items():
            object.__setattr__(self, name, part)
        self.check_pins(np.zeros(w.shape[1:], dtype=bool), np.zeros(w.shape[1:]))

    @property
    def blocks(self) -> Blocks:
        return "whole"

    @property
    def lipschitz(self) -> float:
        return self.base.lipschitz

    @property
    def ndim(self) -> int:
        return self.base.ndim

    def on(self, shape: tuple[int, ...]) -> Self:
        if shape != self.weights.shape[1:]:
            raise ValueError(
                f"{type(self).__name__} has weights for the shape {self.weights.shape[1:]}; "
                f"got the shape {shape}"
            )
        return self

    def labels(self, shape: tuple[int, ...]) -> Array:
        return np.zeros(shape, dtype=np.intp)

    def _rows(self, dtype: Any = float) -> tuple[Array, Array]:
        """Return weights (m, N) and bounds (m,), scaled to a largest weight of 1."""
        w = self.weights.reshape(len(self.bound), -1)
        scale = np.maximum(np.abs(w).max(axis=1), np.finfo(float).tiny)
        return (w / scale[:, None]).astype(dtype), (self.bound / scale).astype(dtype)

    def _gradient(self, x: Array, warm: Array | None) -> tuple[Array, Array | None]:
        y, prices = self._priced(x, warm)
        batch = x.shape[: x.ndim - self.ndim]
        return self._out(y).reshape(x.shape), prices.reshape(*batch, len(self.bound))

    def _value(self, x: Array, warm: Array | None) -> Array:
        y, prices = self._priced(x, warm)
        value = self.base._value(y.reshape(x.shape), None)
        return np.asarray(value + (prices @ self._rows(y.dtype)[1]).reshape(value.shape))

    def _out(self, y: Array) -> Array:
        return self.base._gradient(y, None)[0]

    def _priced(self, x: Array, warm: Array | None) -> tuple[Array, Array]:
        """Return the states less the prices that keep the budgets, and those: (R, N), (R, m)."""
        y = x.reshape(-1, prod(self.weights.shape[1:]))
        w, b = self._rows(y.dtype)
        prices = np.zeros((len(y), len(b)), y.dtype)
        if warm is not None:
            shape = *x.shape[: x.ndim - self.ndim], len(b)
            prices[:] = np.broadcast_to(warm, shape).reshape(prices.shape)
            y = y - prices @ w
        tol = max(self.tol, 16 * float(np.finfo(y.dtype).eps))
        return Prices(self.base, w, b, self.equal, tol).lower(y, prices, self.steps or ROUNDS)

    def _jvp(self, v: Array, w: Array) -> Array:
        shape = np.broadcast_shapes(v.shape, w.shape)
        flat, push = (np.broadcast_to(a, shape).reshape(-1, self.weights[0].size) for a in (v, w))
        rows, b = self._rows()
        moved = self.base._jvp(flat, push)
        spent = np.full((len(flat), len(b)), True)
        if not self.equal:
            spent = flat @ rows.T >= b - SPENT * rows.sum(axis=1)
        known = bend(self.base, flat, rows) * (spent[:, :, None] & spent[:, None, :])
        lift = np.linalg.pinv(known, hermitian=True) @ (spent * (moved @ rows.T))[..., None]
        return np.asarray(moved - self.base._jvp(flat, lift[..., 0] @ rows)).reshape(shape)

    def _inverse(self, v: Array) -> Array:
        """Return a state whose output is v, and its vertex where v is one: where prices are due."""
        w, b = self._rows()
        spent = v.reshape(-1, w.shape[1]) @ w.T >= b - SPENT * np.abs(w).sum(axis=1)
        lift = (spent * SATURATED / np.where(w > 0, w, np.inf).min(axis=1, initial=1)) @ w
        return np.asarray(self.base._inverse(v) + (0 if self.equal else lift.reshape(v.shape)))

    def density(self, v: Array) -> Array:
        return self.base.density(v)

    def noise(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        return self.base.noise(rng, shape)

    def vertex(self, u: Array) -> Array:
        flat = u.reshape(-1, self.weights[0].size)
        best = self.base.vertex(flat)
        w, b = self._rows()
        over = np.full(len(flat), True) if self.equal else np.any(best @ w.T > b, axis=1)
        if over.any():
            corner = self._fill if len(b) == 1 else self._program
            best[over] = corner(flat[over], w, b)
        return best.reshape(u.shape)

    def _fill(self, u: Array, w: Array, b: Array) -> Array:
        """Return argmax ⟨u, v⟩ where ⟨w, v⟩ = b, one row: units leave in the order of u/w."""
        low, high = self.base.low, self.base.high
        dear, cheap = np.where(w[0] > 0, high, low), np.where(w[0] > 0, low, high)
        with np.errstate(divide="ignore", invalid="ignore"):
            order = np.argsort(np.where(w[0] != 0, u / w[0], np.inf), axis=1, kind="stable")
        drop = np.abs(w[0][order]) * (high - low)
        left = (w[0] * dear).sum() - (np.cumsum(drop, axis=1) - drop) - b[0]
        share = np.divide(left, drop, out=np.zeros_like(left), where=drop > 0)
        moved = np.empty_like(share)
        share = np.where(np.abs(share - np.rint(share)) < SPENT, np.rint(share), share)
        np.put_along_axis(moved, order, np.clip(share, 0, 1), axis=1)
        tied = dear + moved * (cheap - dear)
        return np.asarray(np.where(w[0] != 0, tied, self.base.vertex(u)))

    def _program(self, u: Array, w: Array, b: Array) -> Array:
        """Return argmax ⟨u, v⟩ under several budgets, by linear programming."""
        from scipy.optimize import linprog  # slow to import

        box, kept = (self.base.low, self.base.high), np.isfinite(u)
        best = np.where(u > 0, self.base.high, self.base.low)
        for k, free in enumerate(kept):
            left = b - w[:, ~free] @ best[k, ~free]
            best[k, free] = linprog(-u[k, free], w[:, free], left, bounds=box).x
        return best

    def pinned(self, u: Array, mask: Array, values: Array) -> Array:
        middle = (self.base.low + self.base.high) / 2
        return np.where(mask, np.where(values > middle, np.inf, -np.inf), u)

    def check_pins(self, mask: Array, values: Array) -> None:
        low, high = self.base.low, self.base.high
        if not np.all(~mask | (values == low) | (values == high)):
            raise ValueError(f"clamped values must be {low:g} or {high:g}; got {values[mask]}")
        for w, b in zip(self.weights, self.bound, strict=True):
            ends = [w * np.where(mask, values, end) for end in (low, high)]
            least = float(total(np.minimum(*ends), self.ndim).max())
            most = float(total(np.maximum(*ends), self.ndim).min()) if self.equal else np.inf
            slack = 1e-9 * float(np.abs(w).sum())
            if not least - slack <= b <= most + slack:
                raise ValueError(
                    f"bound must lie in [{least:g}, {most:g}], what outputs can cost; got {b:g}"
                )


@dataclass(frozen=True, eq=False, init=False)
class Balance(Budget):
    """Two-valued units in balance: ⟨w, v⟩ = b at all times.

    As `Budget`, with one row, weights of any sign, and a multiplier of any sign.

    Parameters
    ----------
    base : Tanh, Sigmoid or Clip
    weights : array_like, shape `shape`
    bound : float, default 0
        Between the least and the most that the outputs can weigh.
    steps, tol
        As in `Budget`.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Balance, Tanh
    >>> v, _ = Balance(Tanh(), np.ones(4)).gradient(np.array([3.0, 2.0, 1.0, 1.0]))
    >>> v.round(3), abs(float(v.sum())) < 1e-9
    (array([ 0.867,  0.312, -0.59 , -0.59 ]), True)
    """

    equal: ClassVar[bool] = True

    def __init__(
        self,
        base: Separable,
        weights: ArrayLike,
        bound: float = 0.0,
        steps: int | None = None,
        tol: float = 1e-14,
    ) -> None:
        super().__init__(base, weights, bound, steps, tol)
