"""The network of K chains on V[position, chain, orientation], for any K, at any temperature."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hopopt import Diagonal, Energy, ExponentialEuler, Monitor, Network, Polytope, anneal

Array = NDArray[Any]
Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

ONE_OF_EACH = ((1, 2), (0, 2))
ROUNDING = 1e-9


class ChainLength(Energy):
    """The length of the edges that join K chains: H(V) = ⟨V_p, W·V_{p+1}⟩ summed, and both ends.

    V[p, j, s] says that chain j + 1 stands at position p, as it was or reversed; chain 0 is pinned
    before the first position. With o = (j, s) and W[o, q] the edge where q follows o,
    H = Σ_q W[0, q]·V_0q + Σ_p Σ_oq V_po·W[o, q]·V_{p+1,q} + Σ_o V_{K−2,o}·W[o, 0].

    Parameters
    ----------
    W : array, shape (..., 2K, 2K)
        As `Reconnections.weights` gives it; may differ from lane to lane.
    """

    def __init__(self, W: Floats) -> None:
        chains = W.shape[-1] // 2
        self.shape = (chains - 1, chains - 1, 2)
        self.first, self.last = W[..., 0, 2:], W[..., 2:, 0]
        own = np.kron(np.eye(chains - 1), np.ones((2, 2))) > 0
        self.inner = np.where(own, 0.0, W[..., 2:, 2:])
        self.quadratic = W.ndim == 2

    def _flat(self, v: Array) -> Array:
        return v.reshape(*v.shape[:-2], -1)

    def value(self, v: Array) -> Array:
        x = self._flat(v)
        between = (x[..., :-1, :] * (x[..., 1:, :] @ np.swapaxes(self.inner, -1, -2))).sum((-2, -1))
        ends = (x[..., 0, :] * self.first).sum(-1) + (x[..., -1, :] * self.last).sum(-1)
        return np.asarray(between + ends)

    def gradient(self, v: Array) -> Array:
        x = self._flat(self.hessp(v, v))
        x[..., 0, :] += self.first
        x[..., -1, :] += self.last
        return x.reshape(v.shape)

    def hessp(self, v: Array, w: Array) -> Array:
        x = self._flat(w)
        out = np.zeros(np.broadcast_shapes(x.shape, (*self.inner.shape[:-2], 1, 1)))
        out[..., :-1, :] += x[..., 1:, :] @ np.swapaxes(self.inner, -1, -2)
        out[..., 1:, :] += x[..., :-1, :] @ self.inner
        return out.reshape(*out.shape[:-1], *self.shape[1:])

    def flip(self, v: Array, delta: Array) -> Array:
        return delta * self.gradient(v)

    def __repr__(self) -> str:
        return f"ChainLength(shape={self.shape})"


def outputs(orders: Integers) -> Floats:
    """Return V of orders of oriented chains, shape (..., K)."""
    chains = orders.shape[-1]
    V = np.zeros((*orders.shape[:-1], chains - 1, 2 * (chains - 1)))
    np.put_along_axis(V, orders[..., 1:, None] - 2, 1.0, -1)
    return V.reshape(*V.shape[:-1], chains - 1, 2)


def orders_of(V: Floats) -> Integers:
    """Return the oriented chains of vertices V, chain 0 first."""
    flat = V.reshape(*V.shape[:-2], -1).argmax(axis=-1) + 2
    return np.concatenate([np.zeros_like(flat[..., :1]), flat], axis=-1)


def annealed(W: Floats, rng: np.random.Generator, stages: int = 40) -> Integers:
    """Return orders by the core's continuous network: Sinkhorn units, cooled, all lanes at once.

    Distances over their mean; β from 2 to 60 and a self-coupling from 0 to 1, one exponential step
    of factor ½ and two sweeps a stage, from noise of .05; decoded by the nearest vertex.
    """
    count, chains = len(W), W.shape[-1] // 2
    usable = np.isfinite(W)
    mean = np.where(usable, W, 0).sum((1, 2)) / np.maximum(1, usable.sum((1, 2)))
    energy = ChainLength(W / np.where(mean > 0, mean, 1.0)[:, None, None])
    domain = Polytope(ONE_OF_EACH, sweeps=2)
    networks = (
        Network(energy + Diagonal(energy.shape, -a), domain, T=1 / beta)
        for beta, a in zip(np.geomspace(2, 60, stages), np.linspace(0, 1, stages), strict=True)
    )
    step = ExponentialEuler(float(np.log(2)), max_steps=1, tol=0, descends=False)
    start = 0.05 * rng.standard_normal((count, chains - 1, chains - 1, 2))
    rest = anneal(networks, step, start, monitor=Monitor(record=False))
    return orders_of(domain.on(energy.shape).vertex(rest.u))


def settled(W: Floats, orders: Integers) -> tuple[Integers, Floats]:
    """Return where the T → 0 network comes to rest from some orders, and the lengths there.

    Asynchronous dynamics in all lanes: position by position a chain turns round, then pair by pair
    two chains change places, each as it was or reversed, where that lowers H; until nothing does.
    """
    orders = orders.copy()
    chains = orders.shape[1]
    moving = np.arange(len(orders))
    while len(moving):
        before = orders[moving].copy()
        for p in range(1, chains):
            _try(W, orders, moving, [{p: (p, 1)}])
        for p in range(1, chains):
            for q in range(p + 1, chains):
                states = [{p: (q, s), q: (p, r)} for s in (0, 1) for r in (0, 1)]
                _try(W, orders, moving, states)
        moving = moving[(orders[moving] != before).any(axis=1)]
    return orders, lengths_of(W, orders)


def _try(
    W: Floats, orders: Integers, lanes: Integers, states: list[dict[int, tuple[int, int]]]
) -> None:
    """Take the best of some states, ``position: (whose chain, turned)``, where that lowers H."""
    now, weights = orders[lanes], W[lanes]
    best, kept = lengths_of(weights, now), now.copy()
    bound = best - ROUNDING * np.abs(best)
    for state in states:
        trial = now.copy()
        for place, (source, turned) in state.items():
            trial[:, place] = now[:, source] ^ turned
        length = lengths_of(weights, trial)
        better = (length < best) & (length < bound)
        kept[better], best = trial[better], np.where(better, length, best)
    orders[lanes] = kept


def lengths_of(W: Floats, orders: Integers) -> Floats:
    """Return the new edges' total length for each row."""
    row = np.arange(len(W))[:, None]
    return np.asarray(W[row, orders, np.roll(orders, -1, axis=1)].sum(axis=1))
