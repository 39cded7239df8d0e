"""The multipliers of linear constraints on separable units: where the dual function is least."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from hopopt.core.lagrangian import Array
from hopopt.core.units import Separable

ROUNDS = 100  # by default
STEPS = 200
SATURATED = 20.0  # tanh of it is 1 in double precision
COARSER = 4.0


def bend(base: Separable, v: Array, w: Array) -> Array:
    """Return w·∇²L·wᵀ at the outputs v (R, N), a matrix (R, m, m)."""
    return np.asarray((w * base._jvp(v, np.ones_like(v))[:, None, :]) @ w.T)


@dataclass(frozen=True, eq=False)
class Prices:
    """Prices λ under which the outputs of y = x − λ·w keep the constraints w·v ≤ b, or w·v = b.

    They minimise the convex dual function L(x − λ·w) + ⟨λ, b⟩, over λ ≥ 0 or over all λ.

    Parameters
    ----------
    base : Separable
    w : array, shape (m, N)
    b : array, shape (m,)
    equal : bool
        Whether there is one constraint, which has to hold with equality.
    tol : float
        To what share of Σ|w| they hold.
    scale : float, default 1
        By what the states are divided: a temperature on top of the units' own.
    """

    base: Separable
    w: Array
    b: Array
    equal: bool
    tol: float
    scale: float = 1.0

    def out(self, y: Array) -> Array:
        """Return the outputs of states (R, N)."""
        return self.base._gradient(y / self.scale, None)[0]

    def lower(self, y: Array, prices: Array, rounds: int) -> tuple[Array, Array]:
        """Return the states less what the new prices take, and those prices.

        All together, and row by row where that brings them less than half the way. The states are
        lowered bit by bit, so that none is the difference of two large numbers.

        Parameters
        ----------
        y : array, shape (R, N)
            Less what the first prices take.
        prices : array, shape (R, m)
        rounds : int
            At most; where it is less than `ROUNDS`, that is all that is tried.
        """
        if len(self.b) == 1:
            tol = self.tol * float(np.abs(self.w).sum())
            y, price = self._price(y, self.w[0], float(self.b[0]), prices[:, 0], tol)
            return y, price[:, None]
        y, prices, moving = self._rounds(y, prices, rounds)
        steepest = float(np.where(np.isfinite(y), np.abs(y), 0).max(initial=0))
        if not moving.any() or steepest < COARSER or rounds < ROUNDS:
            return y, prices
        for scale in np.geomspace(
            steepest, 1, 2 + int(np.log(steepest) / np.log(COARSER))
        ).tolist():
            y[moving], prices[moving], _ = replace(self, scale=scale)._rounds(
                y[moving], prices[moving], rounds
            )
        return y, prices

    def _rounds(self, y: Array, prices: Array, rounds: int) -> tuple[Array, Array, Array]:
        """Return what `lower` does, and which replicas do not keep the constraints yet."""
        w, b, y, prices = self.w, self.b, y.copy(), prices.copy()
        tol = np.maximum(self.tol * np.abs(w).sum(axis=1), np.finfo(y.dtype).tiny)
        before, paying = np.full(len(y), np.inf), [np.flatnonzero(row) for row in w]
        for _ in range(rounds):
            excess = self.out(y) @ w.T - b
            off = np.abs(np.maximum(excess, -prices) / tol).max(axis=1)
            moving = off > 1
            if not moving.any():
                break
            if np.any(off > before / 2):
                for k, on in enumerate(paying):
                    y[:, on], prices[:, k] = self._price(
                        y[:, on], w[k, on], b[k], prices[:, k], float(tol[k])
                    )
                before[:] = np.inf
                continue
            before = off
            y[moving], prices[moving] = self._together(
                y[moving], prices[moving], excess[moving], float(tol.min())
            )
        return y, prices, moving

    def _price(self, y: Array, w: Array, b: float, price: Array, tol: float) -> tuple[Array, Array]:
        """Move the price in one budget, those in the others as they are: to 0, or what it takes."""
        known = np.abs(w[w != 0])
        for _ in range(2 if known.size else 0):  # once more, where y was steep, from close by
            steepest = np.where(np.isfinite(y), np.abs(y), 0).max(axis=1)
            high = (steepest + SATURATED * self.scale) / known.min()
            low, settled = -high, np.zeros(len(y), dtype=bool)
            if not self.equal:
                low, settled = -price, self.out(y + price[:, None] * w) @ w <= b
            start = np.where(settled, low, 0)
            t, exact = self._root(y, w[None], np.full(len(y), b), (low, high), start, settled, tol)
            y, price = y - t[:, None] * w, price + t
            if exact:
                break
        return y, price

    def _root(
        self,
        y: Array,
        w: Array,
        b: Array,
        ends: tuple[Array, Array],
        t: Array,
        settled: Array,
        tol: float,
    ) -> tuple[Array, bool]:
        """Return the t from end to end at which the output of y − t·w weighs b, and if it does so.

        By Newton's method where it stays inside, else by halving; settled replicas keep theirs.
        """
        low, high = ends
        exact = settled
        for _ in range(STEPS):
            v = self.out(y - t[:, None] * w)
            excess = (v * w).sum(axis=1) - b
            low, high = np.where(excess > 0, t, low), np.where(excess < 0, t, high)
            exact = exact | (np.abs(excess) <= tol)
            settled = exact | (high - low <= 4 * np.finfo(t.dtype).eps * (1 + np.abs(t)))
            if settled.all():
                break
            slope = (self.base._jvp(v, w) * w).sum(axis=1) / self.scale
            new = t + np.divide(excess, slope, out=np.full_like(t, np.inf), where=slope > 0)
            inside = (new > low) & (new < high)
            t = np.where(settled, t, np.where(inside, new, (low + high) / 2))
        return np.asarray(t), bool(exact.all())

    def _together(self, y: Array, prices: Array, excess: Array, tol: float) -> tuple[Array, Array]:
        """Move all prices along Newton's direction, to its lowest point.

        Where no output is between the ends there is no second derivative, and the direction is that
        of the excess.
        """
        w, b = self.w, self.b
        free = (prices > 0) | (excess > 0)
        H = bend(self.base, self.out(y), w) * (free[:, :, None] & free[:, None, :])
        trace = np.trace(H, axis1=1, axis2=2)
        ridge = np.where(trace > 0, 16 * np.finfo(y.dtype).eps * trace, 1)
        H += ridge[:, None, None] * np.eye(len(b), dtype=y.dtype)
        way = np.linalg.solve(H, np.where(free, excess, 0)[..., None])[..., 0]
        way /= np.maximum(np.abs(way).max(axis=1, keepdims=True), np.finfo(y.dtype).tiny)
        room = np.divide(prices, -way, out=np.full_like(way, np.inf), where=way < 0).min(axis=1)
        row, cost = way @ w, (way * b).sum(axis=1)
        known = np.where(row != 0, np.abs(row), np.inf).min(axis=1)
        steepest = np.where(np.isfinite(y), np.abs(y), 0).max(axis=1)
        high = np.minimum(room, (steepest + SATURATED * self.scale) / known)
        settled = (self.out(y - high[:, None] * row) * row).sum(axis=1) >= cost
        start = np.where(settled, high, np.minimum(1.0, high / 2))
        t, _ = self._root(y, row, cost, (np.zeros_like(high), high), start, settled, tol)
        return y - t[:, None] * row, np.maximum(prices + t[:, None] * way, 0)
