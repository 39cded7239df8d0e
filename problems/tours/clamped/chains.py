"""The network of K chains on V[position, chain, orientation], and its exchanges, made fast."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hopopt import Energy, Exchanges, Network, Polytope

Array = NDArray[Any]
Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Between = Callable[[Ints, Ints], Floats]

ONE_OF_EACH = ((1, 2), (0, 2))
ROUNDING = 1e-12


class ChainLength(Energy):
    """The length of the edges that join K chains: H(V) = ⟨V_p, W·V_{p+1}⟩ summed, and both ends.

    V[p, j, s] says that chain j + 1 stands at position p, as it was (s = 0) or reversed; chain 0 is
    pinned before the first position and after the last. With o = (j, s) and W[o, q] the edge where
    q follows o, H = Σ_q W[0, q]·V_0q + Σ_p Σ_oq V_po·W[o, q]·V_{p+1,q} + Σ_o V_{K−2,o}·W[o, 0].

    It is the length of the tour V[city, position], up to a constant, on the face where all is
    clamped but the order of the chains and their orientations.

    Parameters
    ----------
    between : callable
        d(i, j) elementwise, for arrays of cities.
    entry, exit : array of int, shape (..., K, S)
        The city at which each chain is entered and left in each of S orientations: 2, or 1 where
        chains may not be reversed.

    Examples
    --------
    >>> place = np.array([0.0, 1.0, 3.0, 6.0, 10.0, 15.0])
    >>> ends = np.array([[[0, 1], [1, 0]], [[2, 3], [3, 2]], [[4, 5], [5, 4]]])
    >>> energy = ChainLength(lambda i, j: abs(place[i] - place[j]), ends[..., 0], ends[..., 1])
    >>> float(energy.value(outputs(np.array([0, 2, 4]), 2)))
    21.0
    """

    def __init__(self, between: Between, entry: Ints, exit: Ints) -> None:
        *_, chains, self.orientations = entry.shape
        self.between, self.entry, self.exit = between, entry, exit
        self.shape = (chains - 1, chains - 1, self.orientations)
        self.quadratic = entry.ndim == 2

    @cached_property
    def W(self) -> Floats:
        """W[o, q], the edge where q follows o: shape (..., K·S, K·S), 0 inside a chain."""
        flat = (*self.entry.shape[:-2], -1)
        leaving, to = self.exit.reshape(flat), self.entry.reshape(flat)
        S, chains = self.orientations, self.entry.shape[-2]
        own = np.kron(np.eye(chains), np.ones((S, S))) > 0
        return np.where(own, 0.0, self.between(leaving[..., :, None], to[..., None, :]))

    def _flat(self, v: Array) -> Array:
        return v.reshape(*v.shape[:-2], -1)

    def _parts(self) -> tuple[Array, Array, Array]:
        """Return the edges from chain 0, among the others, and to chain 0."""
        S = self.orientations
        return self.W[..., 0, S:], self.W[..., S:, S:], self.W[..., S:, 0]

    def value(self, v: Array) -> Array:
        x, (first, inner, last) = self._flat(v), self._parts()
        between = (x[..., :-1, :] * (x[..., 1:, :] @ np.swapaxes(inner, -1, -2))).sum((-2, -1))
        ends = (x[..., 0, :] * first).sum(-1) + (x[..., -1, :] * last).sum(-1)
        return np.asarray(between + ends)

    def gradient(self, v: Array) -> Array:
        first, _, last = self._parts()
        x = self._flat(self.hessp(v, v))
        x[..., 0, :] += first
        x[..., -1, :] += last
        return x.reshape(v.shape)

    def hessp(self, v: Array, w: Array) -> Array:
        x, (_, inner, _) = self._flat(w), self._parts()
        out = np.zeros(np.broadcast_shapes(x.shape, (*inner.shape[:-2], 1, 1)))
        out[..., :-1, :] += x[..., 1:, :] @ np.swapaxes(inner, -1, -2)
        out[..., 1:, :] += x[..., :-1, :] @ inner
        return out.reshape(*out.shape[:-1], *self.shape[1:])

    def flip(self, v: Array, delta: Array) -> Array:
        return delta * self.gradient(v)

    def lengths(self, orders: Ints) -> Floats:
        """Return the new edges' total length for orders of oriented chains, shape (..., K)."""
        following = np.roll(orders, -1, axis=-1)
        flat = (*self.entry.shape[:-2], -1)
        leaving = np.take_along_axis(self.exit.reshape(flat), orders, -1)
        to = np.take_along_axis(self.entry.reshape(flat), following, -1)
        return np.asarray(self.between(leaving, to).sum(-1))

    def __repr__(self) -> str:
        return f"ChainLength(shape={self.shape})"


def outputs(orders: Ints, orientations: int) -> Floats:
    """Return V of orders of oriented chains o = S·chain + s, shape (..., K), chain 0 first."""
    rows = orders.shape[-1] - 1
    V = np.zeros((*orders.shape[:-1], rows, orientations * rows))
    np.put_along_axis(V, orders[..., 1:, None] - orientations, 1.0, -1)
    return V.reshape(*V.shape[:-1], rows, orientations)


def orders_of(V: Array) -> Ints:
    """Return the oriented chains of vertices V, chain 0 first."""
    flat = V.reshape(*V.shape[:-2], -1).argmax(axis=-1) + V.shape[-1]
    return np.concatenate([np.zeros_like(flat[..., :1]), flat], axis=-1)


@dataclass(frozen=True, eq=False)
class ChainExchanges(Exchanges):
    """`Exchanges` for `ChainLength`, made fast: of two positions that meet, only edges are read."""

    def _walk(self, network: Network, v: Array) -> Any:
        units, energy = network.lagrangian, network.energy
        if not (isinstance(energy, ChainLength) and isinstance(units, Polytope)):
            return super()._walk(network, v)
        return super()._walk(network, v) if v.ndim != 4 else ChainWalk(energy, v)


class ChainWalk:
    """Replicas of K chains at vertices, shape (N, K − 1, K − 1, S), all at the same two positions.

    Two positions p < q hold chains A and B. Their configurations differ in the edges into and out
    of both alone: what other positions hold does not enter.
    """

    def __init__(self, energy: ChainLength, v: Array) -> None:
        self.between, self.S = energy.between, energy.orientations
        self.orders = orders_of(v)
        shape = (len(v), -1)
        self._entry = np.broadcast_to(energy.entry, (len(v), *energy.entry.shape[-2:])).reshape(
            shape
        )
        self._exit = np.broadcast_to(energy.exit, (len(v), *energy.exit.shape[-2:])).reshape(shape)
        self._replica = np.arange(len(v))

    @property
    def v(self) -> Floats:
        """The outputs."""
        return outputs(self.orders, self.S)

    def meet(self, pairs: Array, noise: Array | None) -> int:
        """Let pairs of positions meet one after another; return how many changes there were."""
        return sum(
            self._meet(p + 1, q + 1, None if noise is None else noise[k])
            for k, (_, p, q) in enumerate(pairs.tolist())
        )

    def _meet(self, p: int, q: int, kick: Array | None) -> int:
        at_p, at_q = self._choices(p, q)
        H = self._lengths(p, q, at_p, at_q)
        push = H[0] - H[1:] - ROUNDING * (np.abs(H[0]) + np.abs(H[1:]))
        if kick is not None:
            push += kick
        best = push.argmax(axis=0)
        moves = np.flatnonzero(push[best, self._replica] > 0)
        chosen = best[moves] + 1
        swap, first, second = np.unravel_index(chosen, (2, self.S, self.S))
        self.orders[moves, p] = at_p[self.S * swap + first, moves]
        self.orders[moves, q] = at_q[self.S * swap + second, moves]
        return len(moves)

    def _choices(self, p: int, q: int) -> tuple[Ints, Ints]:
        """Return what each position may hold, shape (2·S, N): its own chain first, or the other."""
        chain, turned = np.divmod(self.orders[:, [p, q]].T, self.S)
        turns = (turned[:, None] + np.arange(self.S)[:, None]) % self.S
        other = chain[::-1, None] * self.S + turns
        mine = chain[:, None] * self.S + turns
        both = np.concatenate([mine, other], axis=1)
        return both[0], both[1]

    def _lengths(self, p: int, q: int, at_p: Ints, at_q: Ints) -> Floats:
        """Return the edges' length in every configuration (other, turn at p, turn at q)."""
        N, S, last = len(self.orders), self.S, self.orders.shape[1] - 1
        before = self._exit[self._replica, self.orders[:, p - 1]]
        after = self._entry[self._replica, self.orders[:, (q + 1) % (last + 1)]]
        into, out = self._ends(at_p)
        into_q, out_q = self._ends(at_q)
        left, right = self.between(before, into), self.between(out_q, after)
        if q == p + 1:
            middle = self.between(out.reshape(2, S, 1, N), into_q.reshape(2, 1, S, N))
            H = left.reshape(2, S, 1, N) + middle + right.reshape(2, 1, S, N)
        else:
            left = left + self.between(out, self._entry[self._replica, self.orders[:, p + 1]])
            right = right + self.between(self._exit[self._replica, self.orders[:, q - 1]], into_q)
            H = left.reshape(2, S, 1, N) + right.reshape(2, 1, S, N)
        return np.asarray(H.reshape(-1, N))

    def _ends(self, units: Ints) -> tuple[Ints, Ints]:
        return self._entry[self._replica, units], self._exit[self._replica, units]
