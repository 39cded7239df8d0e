"""Closed tours in a batch: walks choose edges to remove, networks reconnect the chains."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from problems.tours.kopt.engines import DenseMemory, Engine
from problems.tours.kopt.oropt import best_moves
from problems.tours.kopt.reconnections import reconnections

Array = NDArray[Any]
Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

STORED = 2**18
TOLERANCE = 1e-7  # gains up to this share of a good edge are none


class Moves(NamedTuple):
    """Improving reconnections, one a row; chains that a row does not use have length 0.

    Attributes
    ----------
    walk : array of int, shape (N,)
        Which of the walks led here.
    lane, gain : arrays, shape (N,)
    chains : array of int, shape (N,)
        K of each.
    ends : array of int, shape (N, 2·K_max)
        Slots of the chains' entries and exits, filled up by the first entry.
    order : array of int, shape (N, K_max)
        The oriented chains in their new order.
    first, sign, length : arrays of int, shape (N, K_max)
        The new tour as stretches of the old one: position to begin at, direction, slots.
    """

    walk: Integers
    lane: Integers
    gain: Floats
    chains: Integers
    ends: Integers
    order: Integers
    first: Integers
    sign: Integers
    length: Integers


class Lanes:
    """B closed tours of M slots each, improved side by side by K-chain networks.

    Slots are numbered lane·M + k and hold a city each. An edge between the consecutive slots k and
    k + 1 of a lane may be fixed: it is never removed, so that it may stand for a path outside.

    Parameters
    ----------
    distance : callable
        d(i, j) of cities, elementwise on arrays.
    lanes, slots, width : int
        B, M, and how many candidates a slot has.
    symmetric : bool
        Whether chains may be reversed.
    rng : numpy.random.Generator
    scale : float
        The typical length of a good edge.
    tries : int
        Walks from each slot whose surroundings have changed.
    chains : int, default 5
        K, the most edges that a move removes.
    noise : float, default 8
        Exponential noise on the gain by which a walk chooses its next edge, in units of `scale`.
    engine : Engine, optional
        What joins the chains; the dense memory by default.
    polish : bool, default False
        Let 2-opt and Or-opt moves name the edges to remove, in place of walks (symmetric only).

    Attributes
    ----------
    order : array, shape (B, M)
        The slots in tour order.
    beside, cut : arrays, shape (B·M, 2)
        The slots after and before each slot, and the lengths of the edges to them, −∞ where fixed.
    dirty : array, shape (B·M,)
        How many walks each slot still has to make.
    """

    def __init__(
        self,
        distance: Callable[[Array, Array], Floats],
        lanes: int,
        slots: int,
        width: int,
        symmetric: bool,
        rng: np.random.Generator,
        *,
        scale: float,
        tries: int,
        chains: int = 5,
        noise: float = 8.0,
        engine: Engine | None = None,
        polish: bool = False,
    ) -> None:
        self.distance, self.symmetric, self.rng = distance, symmetric, rng
        self.lanes, self.slots, self.width = lanes, slots, width
        self.chains, self.noise, self.tries = min(chains, slots), noise, tries
        self.engine = DenseMemory() if engine is None else engine
        self.polish = polish
        self.scale, self.tolerance = scale, TOLERANCE * scale
        size = lanes * slots
        self.base = np.arange(lanes) * slots
        self.city = np.zeros(size, dtype=np.intp)
        self.fixed = np.zeros(size, dtype=bool)
        sides = 1 if symmetric else 2
        self.near = np.zeros((sides, size, width), dtype=np.intp)
        self.away = np.zeros((sides, size, width), dtype=np.float32)
        self.order = self.base[:, None] + np.arange(slots)
        self.position = np.zeros(size, dtype=np.intp)
        self.beside = np.zeros((size, 2), dtype=np.intp)
        self.cut = np.zeros((size, 2), dtype=np.float32)
        self.dirty = np.zeros(size, dtype=np.int16)
        self._store = self._drawn(STORED)
        self.walks = self.networks = self.moves = 0

    def between(self, a: Array, b: Array) -> Floats:
        """Return the distances between slots."""
        return self.distance(self.city.take(a), self.city.take(b))

    def refresh(self, lanes: Array) -> None:
        """Renew positions, neighbours and removable lengths after some orders have changed."""
        order = self.order[lanes]
        following = np.concatenate([order[:, 1:], order[:, :1]], axis=1)
        self.position[order] = np.arange(self.slots)
        self.beside[order, 0] = following
        self.beside[following, 1] = order
        lengths = self.between(order, following)
        step = following - order
        wrap = self.slots - 1
        fixed = self.fixed.take(order) & ((step == 1) | (step == -wrap))
        fixed |= self.fixed.take(following) & ((step == -1) | (step == wrap))
        lengths[fixed] = -np.inf
        self.cut[order, 0] = lengths
        self.cut[following, 1] = lengths

    def propose(self, starts: Integers) -> Moves:
        """Walk from each of some slots, and let a network reconnect the chains of each walk."""
        edges, count = self._walk(starts) if not self.polish else best_moves(self, starts)
        self.walks += len(starts)
        found = []
        for chains in range(2 if self.symmetric else 3, self.chains + 1):
            walks = np.flatnonzero(count == chains)
            if len(walks):
                found.append(self._reconnect(walks, edges[walks, :chains]))
        return _joined(found, self.chains)

    def _walk(self, starts: Integers) -> tuple[Integers, Integers]:
        """Return the removed edges of each walk, shape (N, K), by the slot before, and how many.

        From the loose end w to a candidate x, where one of x's edges is removed next, as long as
        the lengths removed minus the lengths added stay positive (Lin & Kernighan 1973).
        """
        side = (self.rng.random(len(starts)) < 0.5).astype(np.intp)
        edges = np.full((len(starts), self.chains), -1)
        edges[:, 0] = np.where(side, self.beside[starts, 1], starts)
        count = np.ones(len(starts), dtype=np.intp)
        gain = self.cut[starts, side]
        active = np.flatnonzero(gain > 0)
        loose, gain = starts[active], gain[active]
        for step in range(1, self.chains):
            near, score = self._options(loose, gain, side[active])
            noisy = score + self._noise(score.shape)
            choice, before = self._choose(near, noisy, edges[active, :step])
            row = np.arange(len(loose))
            gain = score[row, choice]
            go = np.flatnonzero((gain > 0) & (before >= 0))
            active, choice, gain = active[go], choice[go], gain[go]
            if not len(active):
                break
            edges[active, step] = before[go]
            count[active] = step + 1
            loose = self.beside[near[go, choice >> 1], choice & 1]
        return edges, count

    def _options(self, loose: Integers, gain: Array, side: Integers) -> tuple[Integers, Array]:
        """Return the candidates (N, k), and the gain of going on there (N, 2k), −∞ where barred.

        Even columns remove the edge after the candidate, odd ones that before it.
        """
        if self.symmetric:
            near, away = self.near[0].take(loose, axis=0), self.away[0].take(loose, axis=0)
        else:
            near, away = self.near[side, loose], self.away[side, loose]
        rest = gain[:, None] - away
        here = loose[:, None]
        score = rest[:, :, None] + self.cut.take(near, axis=0)
        barred = rest <= 0
        ends = self.beside[loose]
        if self.symmetric:
            barred |= (near == ends[:, :1]) | (near == ends[:, 1:])
        else:
            barred |= near == np.take_along_axis(ends, side[:, None], 1)
            score[side == 0, :, 0] = -np.inf
            score[side == 1, :, 1] = -np.inf
        barred |= near == here
        score[barred] = -np.inf
        score = score.reshape(len(loose), near.shape[1] * 2)
        score[score <= 0] = -np.inf
        return near, score

    def _choose(self, near: Integers, noisy: Array, edges: Integers) -> tuple[Integers, Integers]:
        """Return the best column of each row, and its edge; −1 where that is among `edges`.

        A row whose first choice is an edge that has gone already chooses once more.
        """
        choice = noisy.argmax(axis=1)
        row = np.arange(len(near))
        before = self._edge(near[row, choice >> 1], choice)
        twice = np.flatnonzero((edges == before[:, None]).any(axis=1))
        if len(twice):
            noisy[twice, choice[twice]] = -np.inf
            choice[twice] = noisy[twice].argmax(axis=1)
            again = self._edge(near[twice, choice[twice] >> 1], choice[twice])
            before[twice] = np.where((edges[twice] == again[:, None]).any(axis=1), -1, again)
        return choice, before

    def _edge(self, slot: Integers, choice: Integers) -> Integers:
        """Return an edge of each slot by the slot before it: the one after, or the one before."""
        return np.where(choice & 1, self.beside[slot, 1], slot)

    def _noise(self, shape: tuple[int, ...]) -> Array:
        """Return exponential noise, a stretch of a store of it."""
        size = int(np.prod(shape))
        start = int(self.rng.integers(0, max(1, len(self._store) - size)))
        if size > len(self._store):
            self._store = self._drawn(2 * size)
        return self._store[start : start + size].reshape(shape)

    def _drawn(self, size: int) -> Array:
        noise = self.rng.standard_exponential(size, dtype=np.float32)
        return noise * np.float32(self.noise * self.scale)

    def _reconnect(self, walks: Integers, edges: Integers) -> Moves:
        """Let the engine reconnect the chains of each row; keep what becomes shorter."""
        count, chains = edges.shape
        memory = reconnections(chains, self.symmetric)
        self.networks += count
        place = self.position.take(edges)
        by_place = place.argsort(axis=1)
        row = np.arange(count)[:, None]
        place, leaving = place[row, by_place], edges[row, by_place]
        entering = np.empty_like(leaving)
        entering[:, 1:] = self.beside[leaving[:, :-1], 0]
        entering[:, 0] = self.beside[leaving[:, -1], 0]
        ends = np.stack([entering, leaving], axis=2).reshape(count, 2 * chains)
        lengths = self.between(ends[:, memory.pairs[:, 0]], ends[:, memory.pairs[:, 1]])
        order, gain = self.engine.join(memory, lengths, self.rng)
        good = np.flatnonzero(gain > self.tolerance)
        order, place, ends = order[good], place[good], ends[good]
        first = np.roll(place, 1, axis=1) + 1
        first[:, 0] -= self.slots
        chain, turned = order >> 1, order & 1
        length = np.take_along_axis(place - first + 1, chain, 1)
        begin = np.take_along_axis(first, chain, 1)
        begin = np.where(turned, np.take_along_axis(place, chain, 1), begin)
        return Moves(
            walks[good],
            edges[good, 0] // self.slots,
            gain[good],
            np.full(len(good), chains),
            _filled(ends, 2 * self.chains, ends[:, :1]),
            _filled(order, self.chains, 0),
            _filled(begin, self.chains, 0),
            _filled(1 - 2 * turned, self.chains, 1),
            _filled(length, self.chains, 0),
        )

    def rewrite(self, lanes: Integers, first: Integers, sign: Integers, length: Integers) -> None:
        """Put the tours of some lanes together from their own stretches, as in `Moves`."""
        rows = len(lanes)
        stretch = np.repeat(np.arange(length.size), length.ravel())
        offset = (np.cumsum(length, axis=1) - length).ravel()
        step = np.tile(np.arange(self.slots), rows) - offset[stretch]
        place = (first.ravel()[stretch] + sign.ravel()[stretch] * step) % self.slots
        self.order[lanes] = np.take_along_axis(
            self.order[lanes], place.reshape(rows, self.slots), 1
        )
        self.refresh(lanes)


def _filled(values: Array, width: int, by: Any) -> Array:
    """Return rows filled up to `width` columns by a number, or by one of each row."""
    out = np.empty((len(values), width), dtype=values.dtype)
    out[:, values.shape[1] :] = by
    out[:, : values.shape[1]] = values
    return out


def _joined(parts: list[Moves], chains: int) -> Moves:
    """Return the moves of several numbers of chains as one."""
    if not parts:
        none, nothing = np.empty(0, dtype=np.intp), np.empty((0, chains), dtype=np.intp)
        ends = np.empty((0, 2 * chains), dtype=np.intp)
        return Moves(none, none, np.empty(0), none, ends, nothing, nothing, nothing, nothing)
    return Moves(*(np.concatenate(column) for column in zip(*parts, strict=True)))
